"""The tables of events, of the entries that families have there, and of why an offer was made or not.

`event.taken` counts the seats of every entry that has some (held, offered, confirmed); `bookings.recount` proves it
against the entries. Times are UTC instants. Entries go with their family, the children named in them with the child
(ON DELETE CASCADE). Which child comes is an id alone; no name lies here.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

LIVE_STATES = ("held", "offered", "confirmed", "waiting")
"""An entry in one of these is the family's one entry for the event."""

SEATED_STATES = ("held", "offered", "confirmed")
"""An entry in one of these has seats."""

_LIVE = text(f"state IN ({', '.join(repr(state) for state in LIVE_STATES)})")


class EventRow(SQLModel, table=True):
    """One event on one day.

    `code`: the operator's own name of it, the same in every import. `zone`: of the place, for days and quiet hours.
    `seat_for`: "child" where children take seats and adults come along, "person" where everyone takes one.
    `adult_capacity`: None unless adults are counted apart from children. `ceiling`: what `taken` may not pass; above
    `capacity` only while staff have lowered that below what was taken. `waiting`: entries on the waiting list.
    `version` grows when day or place change; `opens_at`, `closes_at`: booking, None for at once and until the start.
    `reconfirm`: places that nobody confirmed the evening before go to the list. `topics`: ids of the guide, with spaces.
    """

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("taken >= 0 AND taken <= ceiling", name="ck_event_taken"),
        CheckConstraint("capacity >= 0 AND ceiling >= capacity", name="ck_event_capacity"),
        CheckConstraint(
            "adults_taken >= 0 AND (adult_ceiling IS NULL OR adults_taken <= adult_ceiling)", name="ck_event_adults"
        ),
        CheckConstraint("waiting >= 0", name="ck_event_waiting"),
        CheckConstraint("ends_at > starts_at", name="ck_event_times"),
    )

    id: str = Field(primary_key=True, max_length=16)
    code: str = Field(unique=True, max_length=60)
    series: str = Field(default="", index=True, max_length=40)
    kind: str = Field(max_length=12)
    title_zh: str = Field(max_length=80)
    title_en: str = Field(default="", max_length=120)
    host: str = Field(max_length=80)
    district: str = Field(index=True, max_length=8)
    street: str = Field(default="", max_length=20)
    place: str = Field(max_length=160)
    map_url: str = Field(default="", max_length=300)
    zone: str = Field(max_length=40)
    starts_at: datetime = Field(index=True)
    ends_at: datetime
    months_from: int
    months_to: int
    language: str = Field(default="zh", max_length=4)
    capacity: int
    ceiling: int
    taken: int = 0
    adult_capacity: int | None = None
    adult_ceiling: int | None = None
    adults_taken: int = 0
    waiting: int = 0
    seat_for: str = Field(default="child", max_length=6)
    most_children: int = 2
    most_adults: int = 2
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    cost_yuan: int = 0
    bring: str = Field(default="", max_length=300)
    picture_url: str = Field(default="", max_length=300)
    contact: str = Field(default="", max_length=120)
    topics: str = Field(default="", max_length=300)
    status: str = Field(default="draft", index=True, max_length=10)
    reconfirm: bool = False
    version: int = 1
    created_at: datetime
    changed_at: datetime


class BookingRow(SQLModel, table=True):
    """What one family has at one event: a hold, an offer, a confirmed booking, a place on the waiting list, or an end.

    `chat_key`: who made it and hears of it, None once that person was erased. `request_key`: hides the delivery that
    made it, so that the same delivery makes one. `seats`, `adult_seats`: what it takes, or waits for. `held_until`: end
    of a hold or an offer. `priority`: how often the family was turned away lately. `waits_from`: place in the order.
    `lapsed`: offers that ran out. `coming_at`: said yes the evening before. `checked_in_at`: was let in.
    """

    __tablename__ = "booking"
    __table_args__ = (
        Index("uq_booking_live", "event_id", "family_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("ix_booking_queue", "event_id", "state", "priority", "waits_from"),
        CheckConstraint("seats >= 0 AND adult_seats >= 0 AND children >= 1 AND adults >= 0", name="ck_booking_seats"),
    )

    id: str = Field(primary_key=True, max_length=16)
    event_id: str = Field(foreign_key="event.id", ondelete="CASCADE", max_length=16)
    family_id: str = Field(foreign_key="family.id", ondelete="CASCADE", index=True, max_length=16)
    chat_key: str | None = Field(default=None, index=True, max_length=32)
    request_key: str | None = Field(default=None, unique=True, max_length=32)
    state: str = Field(max_length=12)
    children: int
    adults: int
    seats: int
    adult_seats: int = 0
    held_until: datetime | None = Field(default=None, index=True)
    priority: int = 0
    waits_from: datetime | None = None
    lapsed: int = 0
    confirmed_at: datetime | None = None
    coming_at: datetime | None = None
    checked_in_at: datetime | None = None
    created_at: datetime
    changed_at: datetime


class BookingChildRow(SQLModel, table=True):
    """A child that a booking is for."""

    __tablename__ = "booking_child"

    booking_id: str = Field(primary_key=True, foreign_key="booking.id", ondelete="CASCADE", max_length=16)
    child_id: str = Field(primary_key=True, foreign_key="child.id", ondelete="CASCADE", index=True, max_length=16)


class OfferNoteRow(SQLModel, table=True):
    """Why an entry of the waiting list got an offer, or did not, and what came of it."""

    __tablename__ = "offer_note"

    id: int | None = Field(default=None, primary_key=True)
    event_id: str = Field(foreign_key="event.id", ondelete="CASCADE", index=True, max_length=16)
    booking_id: str = Field(foreign_key="booking.id", ondelete="CASCADE", index=True, max_length=16)
    at: datetime
    what: str = Field(max_length=16)
    free: int
    needed: int
