"""Whom we can reach, and what goes out: contacts and the outbox."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_INDEXES = ("chat_key", "family_id", "child_id", "lease_until")


def upgrade() -> None:
    """Bring the change."""
    op.create_table(
        "contact",
        sa.Column("chat_key", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("channel", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("address", sqltypes.AutoString(), nullable=False),
        sa.Column("language", sqltypes.AutoString(length=2), nullable=False),
        sa.Column("reachable_since", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("unreachable_since", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("last_wrote_at", sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("chat_key"),
    )
    op.create_table(
        "outgoing",
        sa.Column("id", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("key", sqltypes.AutoString(length=160), nullable=False),
        sa.Column("chat_key", sqltypes.AutoString(length=32), nullable=False),
        sa.Column("family_id", sqltypes.AutoString(length=16), nullable=True),
        sa.Column("child_id", sqltypes.AutoString(length=16), nullable=True),
        sa.Column("kind", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("subject", sqltypes.AutoString(length=80), nullable=False),
        sa.Column("topic", sqltypes.AutoString(length=24), nullable=False),
        sa.Column("lane", sqltypes.AutoString(length=8), nullable=False),
        sa.Column("content", sqltypes.AutoString(), nullable=True),
        sa.Column("due_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("on_doubt", sqltypes.AutoString(length=6), nullable=False),
        sa.Column("state", sqltypes.AutoString(length=16), nullable=False),
        sa.Column("reason", sqltypes.AutoString(length=80), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("doubts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("left_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("sent_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("message_ref", sqltypes.AutoString(length=64), nullable=True),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("changed_at", sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    for column in _INDEXES:
        op.create_index(f"ix_outgoing_{column}", "outgoing", [column], unique=False)
    op.create_index("ix_outgoing_lane_next_try_at", "outgoing", ["lane", "next_try_at"], unique=False)
    op.create_index("ix_outgoing_subject_state", "outgoing", ["subject", "state"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_outgoing_subject_state", table_name="outgoing")
    op.drop_index("ix_outgoing_lane_next_try_at", table_name="outgoing")
    for column in reversed(_INDEXES):
        op.drop_index(f"ix_outgoing_{column}", table_name="outgoing")
    op.drop_table("outgoing")
    op.drop_table("contact")
