"""The tables of the child's calendar. What is about a child's health is sealed; ids and instants are plain.

The rows know nothing of rights: read and write them through `sealed_entries` and `feeds`. They go with their child
(ON DELETE CASCADE). `created_by` is a chat's hidden address, None once that person was erased. Times are UTC instants.
"""

from datetime import datetime

from sqlmodel import Field, SQLModel

from bot.sealing import sealed_field


class EntryRow(SQLModel):
    """What the kinds of record share: one sealed entry (JSON) of one child. `undone_at`: taken back then."""

    id: str = Field(primary_key=True, max_length=16)
    child_id: str = Field(foreign_key="child.id", ondelete="CASCADE", index=True, max_length=16)
    entry: str = sealed_field()
    created_at: datetime
    created_by: str | None = Field(default=None, index=True, max_length=32)
    undone_at: datetime | None = None


class DoseRow(EntryRow, table=True):
    """A dose: given, booked, declined, unsure, or not for this child."""

    __tablename__ = "dose"


class VisitRow(EntryRow, table=True):
    """A check-up visit: done, or the clinic's own date for a coming one."""

    __tablename__ = "checkup_visit"


class MeasurementRow(EntryRow, table=True):
    """A weight, length or head on a day."""

    __tablename__ = "measurement"


class ScreeningRow(EntryRow, table=True):
    """Answers to the warning signs of an age."""

    __tablename__ = "screening"


class NudgeAnswerRow(EntryRow, table=True):
    """What a family said to a nudge that is no record of the calendar: later, or the handbook is there."""

    __tablename__ = "nudge_answer"


ENTRY_TABLES: tuple[type[EntryRow], ...] = (DoseRow, VisitRow, MeasurementRow, ScreeningRow, NudgeAnswerRow)


class FeedRow(SQLModel, table=True):
    """A private address of a child's calendar, for one person. Only the hash of its token is kept."""

    __tablename__ = "calendar_feed"

    token_hash: str = Field(primary_key=True, max_length=64)
    child_id: str = Field(foreign_key="child.id", ondelete="CASCADE", index=True, max_length=16)
    chat_key: str = Field(index=True, max_length=32)
    language: str = Field(max_length=2)
    named: bool = False
    created_at: datetime
    revoked_at: datetime | None = None
