"""Which events a family is shown: those that are open, fit a child on their day, and are near."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from bot.events.chances import Chance, chance
from bot.events.event_rows import BookingRow, EventRow
from bot.events.seat_claims import terms_of
from bot.events.seats import why_not_age
from bot.events.waiting_list import standing
from bot.families.child import Child
from knowledge.birth_date import completed_months

WEEKS_SHOWN = 8
LINKED_WITHIN = timedelta(days=28)
"""An event is mentioned below an answer only when it is as near as this."""


@dataclass(frozen=True)
class Near:
    """Where to look. `district`: Chinese name, None for the whole city; `street`: its events come first."""

    district: str | None = None
    street: str | None = None


def events_in_week(
    session: Session, now: datetime, week: int, near: Near, children: list[Child]
) -> list[tuple[EventRow, tuple[Child, ...]]]:
    """Open events of a week (0: the next seven days) with the children they fit, near ones and the soonest first.

    Without children every event of the week, with an empty tuple.
    """
    since = now + timedelta(days=7 * week)
    found = _open_between(session, now, since, since + timedelta(days=7), near.district)
    fitting = [(row, fitting_children(row, children)) for row in found]
    kept = [(row, fits) for row, fits in fitting if fits or not children]
    return sorted(kept, key=lambda one: (one[0].street != (near.street or ""), one[0].starts_at, one[0].code))


def next_on_topic(session: Session, now: datetime, topic_id: str, near: Near, children: list[Child]) -> EventRow | None:
    """The next event on a topic of the guide, with free places, in the family's district; None where there is none."""
    for row in _open_between(session, now, now, now + LINKED_WITHIN, near.district):
        if topic_id in row.topics.split() and row.waiting == 0 and row.taken < row.capacity:
            opened = (row.opens_at is None or row.opens_at <= now) and (row.closes_at is None or row.closes_at > now)
            if opened and fitting_children(row, children):
                return row
    return None


def fitting_children(row: EventRow, children: list[Child]) -> tuple[Child, ...]:
    """The children who are of the event's age on its day."""
    day = local_day(row)
    return tuple(one for one in children if why_not_age(completed_months(one.born_on, day), terms_of(row)) is None)


def local_day(row: EventRow) -> date:
    """The day of an event on the calendar of its place."""
    return row.starts_at.astimezone(ZoneInfo(row.zone)).date()


def chance_of(session: Session, row: BookingRow, event: EventRow) -> tuple[int, Chance]:
    """Place on the list, from 1, and the chance, from what became of places at past events of the same kind."""
    place, ahead = standing(session, row)
    past = (col(EventRow.kind) == event.kind, col(EventRow.starts_at) < row.created_at)
    seats = func.coalesce(func.sum(col(BookingRow.seats)), 0)
    base = select(seats).join(EventRow, col(EventRow.id) == col(BookingRow.event_id)).where(*past)
    base = base.where(col(BookingRow.confirmed_at).is_not(None))
    booked = session.exec(base).one()
    freed = session.exec(base.where(col(BookingRow.state).in_(("cancelled", "released")))).one()
    return place, chance(ahead, row.seats, event.taken, int(booked), int(freed))


def _open_between(
    session: Session, now: datetime, since: datetime, until: datetime, district: str | None
) -> list[EventRow]:
    statement = select(EventRow).where(
        col(EventRow.status) == "published",
        col(EventRow.starts_at) > now,
        col(EventRow.starts_at) >= since,
        col(EventRow.starts_at) < until,
        or_(col(EventRow.closes_at).is_(None), col(EventRow.closes_at) > now),
    )
    if district is not None:
        statement = statement.where(col(EventRow.district) == district)
    return list(session.exec(statement.order_by(col(EventRow.starts_at), col(EventRow.code))).all())
