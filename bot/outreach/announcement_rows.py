"""The tables of announcements: each one, and everyone of its frozen audience.

A recipient's row stays when the person is forgotten, without saying whose it was, so that the report still adds up.
Times are UTC instants.
"""

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint


class AnnouncementRow(SQLModel, table=True):
    """One announcement, its texts plain: they speak of no family.

    `frozen_to`: the last hidden address that freezing has looked at, None before it begins. `ordered_to`: the number
    of the last recipient whose message lies in the outbox. `settled_at`: when the last recipient became final.
    """

    __tablename__ = "announcement"

    id: str = Field(primary_key=True, max_length=16)
    topic: str = Field(max_length=16)
    state: str = Field(index=True, max_length=24)
    text_zh: str
    text_en: str
    rule: str
    made_by: str = Field(max_length=80)
    created_at: datetime
    changed_at: datetime
    tested_at: datetime | None = None
    started_by: str | None = Field(default=None, max_length=80)
    confirmed_by: str | None = Field(default=None, max_length=80)
    size_confirmed: int | None = None
    starts_at: datetime | None = None
    audience_size: int | None = None
    paused_by: str | None = Field(default=None, max_length=80)
    why_paused: str | None = Field(default=None, max_length=80)
    ended_at: datetime | None = None
    frozen_to: str | None = Field(default=None, max_length=32)
    frozen_count: int = 0
    ordered_to: int = 0
    settled_at: datetime | None = None


class RecipientRow(SQLModel, table=True):
    """One chat of a frozen audience. `outcome`: None until it is final; before that the outbox knows.

    `chat_key` and `family_id`: None once that person, that family, was erased.
    """

    __tablename__ = "announcement_recipient"
    __table_args__ = (UniqueConstraint("announcement_id", "chat_key", name="uq_announcement_recipient_chat"),)

    announcement_id: str = Field(primary_key=True, foreign_key="announcement.id", ondelete="CASCADE", max_length=16)
    number: int = Field(primary_key=True)
    chat_key: str | None = Field(default=None, index=True, max_length=32)
    family_id: str | None = Field(default=None, foreign_key="family.id", ondelete="SET NULL", index=True, max_length=16)
    outcome: str | None = Field(default=None, max_length=16)
    reason: str | None = Field(default=None, max_length=80)
