"""Dialogues, deliveries and the question log."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the change."""
    op.create_table(
        "conversation",
        sa.Column("chat_key", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("language", sqltypes.AutoString(length=2), nullable=True),
        sa.Column("age_months", sa.Integer(), nullable=True),
        sa.Column("age_named_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("last_question", sqltypes.AutoString(), nullable=True),
        sa.Column("last_asked_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("open_choices", sqltypes.AutoString(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("chat_key"),
    )
    op.create_table(
        "delivery",
        sa.Column("channel", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("update_id", sqltypes.AutoString(length=80), nullable=False),
        sa.Column("chat_key", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("owner", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("received_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("replies", sqltypes.AutoString(), nullable=True),
        sa.Column("sent_at", sqltypes.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("channel", "update_id"),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_chat_key"), ["chat_key"], unique=False)

    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat_key", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("asked_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("channel", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("language", sqltypes.AutoString(length=2), nullable=False),
        sa.Column("text", sqltypes.AutoString(), nullable=False),
        sa.Column("age_months", sa.Integer(), nullable=True),
        sa.Column("decision", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("urgency", sqltypes.AutoString(length=10), nullable=False),
        sa.Column("topics", sqltypes.AutoString(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("edition", sqltypes.AutoString(length=12), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_asked_at"), ["asked_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_question_chat_key"), ["chat_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_question_decision"), ["decision"], unique=False)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_question_decision"))
        batch_op.drop_index(batch_op.f("ix_question_chat_key"))
        batch_op.drop_index(batch_op.f("ix_question_asked_at"))

    op.drop_table("question")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_chat_key"))

    op.drop_table("delivery")
    op.drop_table("conversation")
