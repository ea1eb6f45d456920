"""What people want to be written to about, and what families answer to nudges."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_INDEXES = (
    ("outreach_choice", "chat_key"),
    ("outreach_choice", "child_id"),
    ("nudge_answer", "child_id"),
    ("nudge_answer", "created_by"),
)


def upgrade() -> None:
    """Bring the change."""
    op.create_table(
        "outreach_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat_key", sqltypes.AutoString(length=32), nullable=True),
        sa.Column("child_id", sqltypes.AutoString(length=16), nullable=True),
        sa.Column("topic", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("chosen_at", sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "nudge_answer",
        sa.Column("id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("child_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("entry", sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("created_by", sqltypes.AutoString(length=32), nullable=True),
        sa.Column("undone_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    for table, column in _INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column], unique=False)


def downgrade() -> None:
    """Take it back."""
    for table, column in reversed(_INDEXES):
        op.drop_index(f"ix_{table}_{column}", table_name=table)
    op.drop_table("nudge_answer")
    op.drop_table("outreach_choice")
