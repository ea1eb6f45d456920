"""Topics that an installation adds, what became of the questions that parents asked, and fits of the search."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sqltypes.AutoString(length=length), nullable=False)


def upgrade() -> None:
    """Bring the change."""
    op.create_table(
        "guide_own_topic",
        _text("topic_id", 80),
        _text("zh", 120),
        _text("en", 120),
        sa.Column("from_month", sa.Integer(), nullable=False),
        sa.Column("to_month", sa.Integer(), nullable=False),
        _text("added_by", 64),
        sa.Column("added_at", sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("topic_id"),
    )
    op.create_table(
        "guide_dealt_group",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("text", 300),
        _text("language", 2),
        sa.Column("age_months", sa.Integer(), nullable=True),
        sa.Column("questions", sa.Integer(), nullable=False),
        _text("became", 8),
        _text("topic_id", 80),
        _text("dealt_by", 64),
        sa.Column("dealt_at", sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_guide_dealt_group_dealt_at", "guide_dealt_group", ["dealt_at"])
    op.create_table(
        "guide_fit",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("edition", 12),
        _text("by", 80),
        sa.Column("began_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ended_at", sqltypes.UTCDateTime(), nullable=True),
        _text("outcome", 10),
        sa.Column("topics", sa.Integer(), nullable=True),
        sa.Column("wordings", sa.Integer(), nullable=True),
        _text("error", 120),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("guide_state", sa.Column("raised_at", sqltypes.UTCDateTime(), nullable=True))
    op.add_column("guide_state", sa.Column("fitted_counter", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("question", sa.Column("dealt_with", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("question", "dealt_with")
    op.drop_column("guide_state", "fitted_counter")
    op.drop_column("guide_state", "raised_at")
    op.drop_table("guide_fit")
    op.drop_table("guide_dealt_group")
    op.drop_table("guide_own_topic")
