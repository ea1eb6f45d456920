"""The book of the clockwork; announcements with their frozen audiences."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0007"
down_revision = "0003"
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


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_job_run_started_at", table_name="job_run")
    op.drop_table("job_run")
    op.drop_table("job")
