"""The child's calendar: doses, check-up visits, measurements, answers to warning signs, private calendar addresses."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ENTRIES = ("dose", "checkup_visit", "measurement", "screening")


def upgrade() -> None:
    """Bring the change."""
    for table in _ENTRIES:
        op.create_table(
            table,
            sa.Column("id", sqltypes.AutoString(length=16), nullable=False),
            sa.Column("child_id", sqltypes.AutoString(length=16), nullable=False),
            sa.Column("entry", sqltypes.AutoString(), nullable=False),
            sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
            sa.Column("created_by", sqltypes.AutoString(length=32), nullable=True),
            sa.Column("undone_at", sqltypes.UTCDateTime(), nullable=True),
            sa.ForeignKeyConstraint(["child_id"], ["child.id"], ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("id"),
        )
    op.create_table(
        "calendar_feed",
        sa.Column("token_hash", sqltypes.AutoString(length=64), nullable=False),
        sa.Column("child_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("chat_key", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("language", sqltypes.AutoString(length=2), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("revoked_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    for table, column in _indexes():
        op.create_index(f"ix_{table}_{column}", table, [column], unique=False)


def downgrade() -> None:
    """Take it back."""
    for table, column in reversed(_indexes()):
        op.drop_index(f"ix_{table}_{column}", table_name=table)
    for table in ("calendar_feed", *reversed(_ENTRIES)):
        op.drop_table(table)


def _indexes() -> list[tuple[str, str]]:
    entries = [(table, column) for table in _ENTRIES for column in ("child_id", "created_by")]
    return [*entries, ("calendar_feed", "child_id"), ("calendar_feed", "chat_key")]
