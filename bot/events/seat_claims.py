"""Seats in the database: claimed by one conditional UPDATE, with CHECK constraints behind it, and given back.

Whoever changes an entry holds the event's row first (`lock_event`, or the claim itself), so that two who change entries
of one event do so one after the other, on SQLite and PostgreSQL alike, in the order in which they came.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Update, and_, case, func, or_, update
from sqlmodel import Session, col, select

from bot.events.event_rows import SEATED_STATES, BookingRow, EventRow
from bot.events.seats import LAST_OFFER_BEFORE, Party, Places, Room, Terms

_OF_EVENTS = 7_001
"""The first half of every advisory lock on an event; two events that share the second half wait for each other."""


def room_of(row: EventRow) -> Room:
    """How full the event of a row is."""
    return Room(row.capacity, row.taken, row.waiting, row.adult_capacity, row.adults_taken)


def terms_of(row: EventRow) -> Terms:
    """What the event of a row asks."""
    return Terms(
        status=row.status,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        months_from=row.months_from,
        months_to=row.months_to,
        seat_for=row.seat_for,
        adults_apart=row.adult_capacity is not None,
        most_children=row.most_children,
        most_adults=row.most_adults,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
    )


def claim(session: Session, event_id: str, party: Party, now: datetime) -> EventRow | None:
    """Take the places of somebody who is not on the list, all or none; before anything else of the event is touched.

    Asks in one statement what `seats.why_closed`, `why_not_party` and `may_claim` ask. Returns the event as it is
    afterwards, None where nothing was taken.
    """
    apart = col(EventRow.adult_capacity).is_not(None)
    seats = party.children + case((or_(apart, col(EventRow.seat_for) == "child"), 0), else_=party.adults)
    adults = case((apart, party.adults), else_=0)
    claimable = (
        *_free(event_id, seats, adults),
        col(EventRow.status) == "published",
        col(EventRow.starts_at) > now,
        or_(col(EventRow.opens_at).is_(None), col(EventRow.opens_at) <= now),
        or_(col(EventRow.closes_at).is_(None), col(EventRow.closes_at) > now),
        col(EventRow.most_children) >= party.children,
        col(EventRow.most_adults) >= party.adults,
        or_(col(EventRow.waiting) == 0, col(EventRow.starts_at) < now + LAST_OFFER_BEFORE),
    )
    if _many_writers(session):  # who cannot get a seat need not stand in the queue for one
        if session.exec(select(EventRow.id).where(*claimable)).first() is None:
            return None
        _queue_up(session, event_id)
    return _changed(session, _taking(seats, adults).where(*claimable))


def take(session: Session, event_id: str, places: Places, now: datetime) -> bool:
    """Take places for an entry that is served before others. Returns whether they were free, all of them."""
    open_now = and_(col(EventRow.status) == "published", col(EventRow.starts_at) > now)
    free = _free(event_id, places.seats, places.adults)
    return _changed(session, _taking(places.seats, places.adults).where(*free, open_now)) is not None


def give_back(session: Session, event_id: str, places: Places) -> None:
    """Free places that an entry had."""
    left, adults_left = col(EventRow.taken) - places.seats, col(EventRow.adults_taken) - places.adults
    _changed(
        session,
        update(EventRow)
        .where(col(EventRow.id) == event_id)
        .values(
            taken=left,
            ceiling=_larger(left, col(EventRow.capacity)),
            adults_taken=adults_left,
            adult_ceiling=_larger(adults_left, col(EventRow.adult_capacity)),
        ),
    )


def count_waiting(session: Session, event_id: str, more: int) -> None:
    """Note that so many entries joined (or, negative, left) the waiting list."""
    waiting = col(EventRow.waiting) + more
    _changed(session, update(EventRow).where(col(EventRow.id) == event_id).values(waiting=waiting))


def lock_event(session: Session, event_id: str) -> EventRow | None:
    """The event as it is now, for somebody who is about to change its entries; the next one waits.

    SQLite needs no more than its transaction, which lets one writer in at a time.
    """
    statement = select(EventRow).where(col(EventRow.id) == event_id).execution_options(populate_existing=True)
    if _many_writers(session):
        _queue_up(session, event_id)
        statement = statement.with_for_update()
    return session.exec(statement).first()


def counted(session: Session, event_id: str) -> tuple[int, int, int]:
    """Seats, adults' seats and waiting entries, counted from the entries themselves."""
    seated = col(BookingRow.state).in_(SEATED_STATES)
    sums = (
        func.coalesce(func.sum(case((seated, BookingRow.seats), else_=0)), 0),
        func.coalesce(func.sum(case((seated, BookingRow.adult_seats), else_=0)), 0),
        func.coalesce(func.sum(case((col(BookingRow.state) == "waiting", 1), else_=0)), 0),
    )
    taken, adults, waiting = session.execute(select(*sums).where(col(BookingRow.event_id) == event_id)).one()
    return int(taken), int(adults), int(waiting)


def recount(session: Session, event_id: str) -> bool:
    """Put the event's counters right by its entries. Returns whether they were right: they always should be."""
    row = lock_event(session, event_id)
    if row is None:
        return True
    taken, adults, waiting = counted(session, event_id)
    if (row.taken, row.adults_taken, row.waiting) == (taken, adults, waiting):
        return True
    ceilings: dict[str, Any] = {"ceiling": max(row.capacity, taken)}
    if row.adult_capacity is not None:
        ceilings["adult_ceiling"] = max(row.adult_capacity, adults)
    values = {"taken": taken, "adults_taken": adults, "waiting": waiting, **ceilings}
    _changed(session, update(EventRow).where(col(EventRow.id) == event_id).values(**values))
    return False


def entries_of(session: Session, event_id: str, states: Sequence[str]) -> list[BookingRow]:
    """The entries of an event in these states, as they are now, in the order in which the list is served."""
    statement = (
        select(BookingRow)
        .where(col(BookingRow.event_id) == event_id, col(BookingRow.state).in_(states))
        .order_by(col(BookingRow.priority).desc(), col(BookingRow.waits_from), col(BookingRow.id))
        .execution_options(populate_existing=True)
    )
    return list(session.exec(statement).all())


def _many_writers(session: Session) -> bool:
    """Whether others can write at this moment: SQLite lets one writer in at a time by itself."""
    return session.get_bind().dialect.name == "postgresql"


def _queue_up(session: Session, event_id: str) -> None:
    """Wait behind those who came first.

    PostgreSQL hands a row's lock to whoever asks at the right moment, so that in a rush some wait many times as long as
    the rest (p99 eleven times the median); a lock of its own is given in order. The row's lock is what guards the seats.
    """
    session.execute(select(func.pg_advisory_xact_lock(_OF_EVENTS, func.hashtext(event_id))))


def _free(
    event_id: str, seats: ColumnElement[int] | int, adults: ColumnElement[int] | int
) -> tuple[ColumnElement[bool], ...]:
    """So many seats are free at the event."""
    return (
        col(EventRow.id) == event_id,
        col(EventRow.taken) + seats <= col(EventRow.capacity),
        or_(
            col(EventRow.adult_capacity).is_(None), col(EventRow.adults_taken) + adults <= col(EventRow.adult_capacity)
        ),
    )


def _taking(seats: ColumnElement[int] | int, adults: ColumnElement[int] | int) -> Update:
    return update(EventRow).values(taken=col(EventRow.taken) + seats, adults_taken=col(EventRow.adults_taken) + adults)


def _larger(one: ColumnElement[int], other: Any) -> Any:
    return case((one > other, one), else_=other)


def _changed(session: Session, statement: Update) -> EventRow | None:
    options = {"populate_existing": True, "synchronize_session": False}
    return session.execute(statement.returning(EventRow), execution_options=options).scalars().first()
