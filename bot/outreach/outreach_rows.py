"""The tables of outreach. Addresses and contents are sealed; a chat is known by its hidden address.

Read and write them through `contact` and `outbox`; the sender moves rows from state to state. Times are UTC instants.
"""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from bot.sealing import sealed_field


class ContactRow(SQLModel, table=True):
    """How one chat is reached. Exactly one of `reachable_since` and `unreachable_since` is set."""

    __tablename__ = "contact"

    chat_key: str = Field(primary_key=True, max_length=32)
    channel: str = Field(max_length=16)
    address: str = sealed_field()
    language: str = Field(max_length=2)
    reachable_since: datetime | None = None
    unreachable_since: datetime | None = None
    last_wrote_at: datetime


class OutgoingRow(SQLModel, table=True):
    """One message to one chat.

    `next_try_at` is set exactly while the row waits and is not paused. `lease_until`: while sending, until when the
    sender has it; while unknown, when the doubt is closed, None afterwards. `fence` goes up with every claim and with
    the closing of a doubt: news under an older number comes too late. `left_at`: when the request may have left, None
    before. `doubts`: how often its arrival was in doubt. `content` goes when nothing more will be sent.
    """

    __tablename__ = "outgoing"
    __table_args__ = (
        Index("ix_outgoing_lane_next_try_at", "lane", "next_try_at"),
        Index("ix_outgoing_subject_state", "subject", "state"),
        Index("ix_outgoing_kind_sent_at", "kind", "sent_at"),
    )

    id: str = Field(primary_key=True, max_length=16)
    key: str = Field(unique=True, max_length=160)
    chat_key: str = Field(index=True, max_length=32)
    family_id: str | None = Field(default=None, foreign_key="family.id", ondelete="CASCADE", index=True, max_length=16)
    child_id: str | None = Field(default=None, foreign_key="child.id", ondelete="CASCADE", index=True, max_length=16)
    kind: str = Field(max_length=16)
    subject: str = Field(max_length=80)
    topic: str = Field(max_length=24)
    lane: str = Field(max_length=8)
    content: str | None = sealed_field(default=None)
    due_at: datetime
    expires_at: datetime
    on_doubt: str = Field(max_length=6)
    state: str = Field(max_length=16)
    reason: str | None = Field(default=None, max_length=80)
    attempts: int = 0
    doubts: int = 0
    lease_until: datetime | None = Field(default=None, index=True)
    fence: int = 0
    next_try_at: datetime | None = None
    left_at: datetime | None = None
    sent_at: datetime | None = None
    message_ref: str | None = Field(default=None, max_length=64)
    created_at: datetime
    changed_at: datetime
