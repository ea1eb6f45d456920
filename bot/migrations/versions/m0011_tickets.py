"""Tickets: a parent's question to a person."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _text(name: str, length: int | None = None, *, nullable: bool = False) -> sa.Column[str]:
    kind = sqltypes.AutoString(length=length) if length else sqltypes.AutoString()
    return sa.Column(name, kind, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sqltypes.UTCDateTime(), nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def upgrade() -> None:
    """Bring the change."""
    op.create_table(
        "ticket",
        _text("id", 16), _text("chat_key", 32), _text("language", 2), _text("state", 10), _text("urgency", 10),
        _number("consent"), _instant("asked_at"), _instant("waits_since", nullable=True),
        _text("claimed_by", 64, nullable=True), _instant("claimed_at", nullable=True),
        _instant("first_reply_at", nullable=True), _instant("closed_at", nullable=True),
        _text("closed_because", 10, nullable=True), _number("version"), _instant("changed_at"),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_table(
        "ticket_message",
        _text("id", 16), _text("ticket_id", 16), _number("number"), _instant("at"), _text("kind", 10),
        _text("author", 80), _text("text"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], ondelete="CASCADE"), sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    for table, column in _INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column], unique=False)


def downgrade() -> None:
    """Take it back."""
    for table, column in reversed(_INDEXES):
        op.drop_index(f"ix_{table}_{column}", table_name=table)
    op.drop_table("ticket_message")
    op.drop_table("ticket")


_INDEXES = [
    ("ticket", "chat_key"), ("ticket", "state"), ("ticket", "asked_at"), ("ticket", "closed_at"),
    ("ticket_message", "ticket_id"),
]  # fmt: skip
