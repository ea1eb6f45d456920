"""The rate of each Telegram token, shared by all processes; messages that wait for a browser."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the change."""
    op.create_table(
        "rate_token",
        sa.Column("token_key", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("next_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("live_at", sqltypes.AutoString(), nullable=False),
        sa.Column("halted_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("halted_until", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("swept_at", sqltypes.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("token_key"),
    )
    op.create_table(
        "rate_chat",
        sa.Column("token_key", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("chat_key", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("free_at", sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token_key", "chat_key"),
    )
    op.create_index("ix_rate_chat_free_at", "rate_chat", ["free_at"], unique=False)
    op.create_table(
        "web_message",
        sa.Column("id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("chat_key", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("reply", sqltypes.AutoString(), nullable=False),
        sa.Column("arrived_at", sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("chat_key", "arrived_at"):
        op.create_index(f"ix_web_message_{column}", "web_message", [column], unique=False)


def downgrade() -> None:
    """Take it back."""
    for table in ("web_message", "rate_chat", "rate_token"):
        op.drop_table(table)
