"""Events of a year as they are counted: held, booked and attended by agreed families, found useful. See `counting`."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from bot.events.admission_rows import EventAnswerRow
from bot.events.event_rows import BookingRow, EventRow
from bot.indicators.counted_rows import EventSeen, SaidUseful

YEAR = timedelta(days=365)


def events_held(session: Session, end: datetime) -> tuple[EventSeen, ...]:
    """The events that were over by then, of a year."""
    rows = session.execute(select(EventRow.kind, EventRow.district, EventRow.host).where(*_held(end))).all()
    return tuple(EventSeen(*row) for row in rows)


def bookings_held(session: Session, agreed: frozenset[str], end: datetime) -> list[tuple[BookingRow, EventRow]]:
    """The confirmed bookings of those events by agreed families."""
    statement = select(BookingRow, EventRow).join(EventRow, col(EventRow.id) == col(BookingRow.event_id))
    rows = session.execute(statement.where(*_held(end), col(BookingRow.state) == "confirmed")).all()
    return [(row, event) for row, event in rows if row.family_id in agreed]


def said_useful(session: Session, agreed: frozenset[str], end: datetime) -> tuple[SaidUseful, ...]:
    """What agreed families said of them afterwards."""
    statement = (
        select(BookingRow.family_id, EventRow.kind, EventAnswerRow.answer)
        .join(EventRow, col(EventRow.id) == col(BookingRow.event_id))
        .join(EventAnswerRow, col(EventAnswerRow.booking_id) == col(BookingRow.id))
        .where(*_held(end), col(EventAnswerRow.question) == "useful")
    )
    rows = session.execute(statement).all()
    return tuple(SaidUseful(family, kind, answer == "yes") for family, kind, answer in rows if family in agreed)


def _held(end: datetime) -> tuple[Any, ...]:
    return (
        col(EventRow.status).in_(("published", "full", "done")),
        col(EventRow.ends_at) <= end,
        col(EventRow.starts_at) >= end - YEAR,
    )
