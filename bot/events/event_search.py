"""Which events a family is shown: those that are open, fit a child on their day, and are near."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from bot.events.chances import Chance, chance
from bot.events.event_rows import BookingRow, EventRow
from bot.events.event_view import EventView
from bot.events.seat_claims import terms_of
from bot.events.seats import why_not_age
from bot.events.waiting_list import standing
from bot.families.child import Child
from knowledge.birth_date import completed_months
from knowledge.near_places import Position, metres_between, place_of_host
from knowledge.places import Place

WEEK = timedelta(days=7)
LINKED_WITHIN = timedelta(days=28)
"""An event is mentioned below an answer only when it is as near as this."""


@dataclass(frozen=True)
class Near:
    """Where to look. `district`: Chinese name, None for the whole city; `street`: its events come first."""

    district: str | None = None
    street: str | None = None


@dataclass(frozen=True)
class Listed:
    """An event in a list. `metres`: how far its host is as the crow flies, None where that is not known or not asked."""

    row: EventRow
    metres: float | None = None
    measured: bool = False


def events_in_week(session: Session, now: datetime, view: EventView, near: Near, children: list[Child]) -> list[Listed]:
    """Open events of the view's week, those of the street and the soonest first.

    Those that fit a child on their day; every one where there are no children or the view asks for all ages.
    """
    since = now + WEEK * view.week
    found = _open_between(session, now, since, since + WEEK, near.district)
    every = view.all_ages or not children
    kept = [row for row in found if every or fitting_children(row, children)]
    kept = [row for row in kept if not view.spoken or row.language in {view.spoken, "both"}]
    kept.sort(key=lambda row: (row.street != (near.street or ""), row.starts_at, row.code))
    return [Listed(row) for row in kept]


def by_distance(found: Sequence[Listed], places: tuple[Place, ...], position: Position) -> list[Listed]:
    """The same events, the nearest host first; those whose host has no position on record come last, in their order."""
    measured = [Listed(one.row, _metres_to(one.row, places, position), measured=True) for one in found]
    return sorted(measured, key=lambda one: (one.metres is None, one.metres or 0.0))


def _metres_to(row: EventRow, places: tuple[Place, ...], position: Position) -> float | None:
    host = place_of_host(places, row.host, row.district, row.place)
    if host is None or host.latitude is None or host.longitude is None:
        return None
    return metres_between(position, Position(host.latitude, host.longitude))


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
