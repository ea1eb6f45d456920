"""The book of the clockwork; announcements with their frozen audiences."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the change."""
    op.create_table(
        "job",
        sa.Column("name", sqltypes.AutoString(length=40), nullable=False),
        sa.Column("every_s", sa.Integer(), nullable=False),
        sa.Column("known_since", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("period_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("started_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("held_until", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("last_ok_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("last_outcome", sqltypes.AutoString(length=10), nullable=True),
        sa.Column("last_error", sqltypes.AutoString(length=80), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "job_run",
        sa.Column("name", sqltypes.AutoString(length=40), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("period_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("started_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("limit_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("worker", sqltypes.AutoString(length=40), nullable=False),
        sa.Column("outcome", sqltypes.AutoString(length=10), nullable=True),
        sa.Column("ended_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("counts", sqltypes.AutoString(), nullable=False),
        sa.Column("error", sqltypes.AutoString(length=80), nullable=True),
        sa.PrimaryKeyConstraint("name", "run"),
    )
    op.create_index("ix_job_run_started_at", "job_run", ["started_at"], unique=False)
    op.create_table(
        "announcement",
        sa.Column("id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("topic", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("state", sqltypes.AutoString(length=24), nullable=False),
        sa.Column("text_zh", sqltypes.AutoString(), nullable=False),
        sa.Column("text_en", sqltypes.AutoString(), nullable=False),
        sa.Column("rule", sqltypes.AutoString(), nullable=False),
        sa.Column("made_by", sqltypes.AutoString(length=80), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("changed_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("tested_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("started_by", sqltypes.AutoString(length=80), nullable=True),
        sa.Column("confirmed_by", sqltypes.AutoString(length=80), nullable=True),
        sa.Column("size_confirmed", sa.Integer(), nullable=True),
        sa.Column("starts_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("audience_size", sa.Integer(), nullable=True),
        sa.Column("paused_by", sqltypes.AutoString(length=80), nullable=True),
        sa.Column("why_paused", sqltypes.AutoString(length=80), nullable=True),
        sa.Column("ended_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("frozen_to", sqltypes.AutoString(length=32), nullable=True),
        sa.Column("frozen_count", sa.Integer(), nullable=False),
        sa.Column("ordered_to", sa.Integer(), nullable=False),
        sa.Column("settled_at", sqltypes.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "announcement_recipient",
        sa.Column("announcement_id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("chat_key", sqltypes.AutoString(length=32), nullable=True),
        sa.Column("family_id", sqltypes.AutoString(length=16), nullable=True),
        sa.Column("outcome", sqltypes.AutoString(length=16), nullable=True),
        sa.Column("reason", sqltypes.AutoString(length=80), nullable=True),
        sa.ForeignKeyConstraint(["announcement_id"], ["announcement.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("announcement_id", "number"),
        sa.UniqueConstraint("announcement_id", "chat_key", name="uq_announcement_recipient_chat"),
    )
    op.create_table(
        "staff_chat",
        sa.Column("chat_key", sqltypes.AutoString(length=32), nullable=False),
        sa.PrimaryKeyConstraint("chat_key"),
    )
    op.create_index("ix_announcement_state", "announcement", ["state"], unique=False)
    for column in ("chat_key", "family_id"):
        op.create_index(f"ix_announcement_recipient_{column}", "announcement_recipient", [column], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("staff_chat")
    for column in ("family_id", "chat_key"):
        op.drop_index(f"ix_announcement_recipient_{column}", table_name="announcement_recipient")
    op.drop_index("ix_announcement_state", table_name="announcement")
    op.drop_table("announcement_recipient")
    op.drop_table("announcement")
    op.drop_index("ix_job_run_started_at", table_name="job_run")
    op.drop_table("job_run")
    op.drop_table("job")
