"""Questions grouped by meaning; when the last message about a child was sent, found by an index."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the change."""
    op.create_table(
        "question_group",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("questions", sqltypes.AutoString(), nullable=False),
        sa.Column("members", sqltypes.AutoString(), nullable=False),
        sa.Column("no_answer", sa.Integer(), nullable=False),
        sa.Column("choices", sa.Integer(), nullable=False),
        sa.Column("unsure", sa.Integer(), nullable=False),
        sa.Column("disliked", sa.Integer(), nullable=False),
        sa.Column("trend", sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "question_grouping",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("made_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_outgoing_kind_sent_at", "outgoing", ["kind", "sent_at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_outgoing_kind_sent_at", table_name="outgoing")
    op.drop_table("question_grouping")
    op.drop_table("question_group")
