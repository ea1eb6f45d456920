"""What a family has at an event, as rows change: the words shared by bookings, waiting list and passing time.

Every function here expects that the caller holds the event's row.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from sqlalchemy import delete
from sqlmodel import Session, col, select

from bot.events.event_rows import LIVE_STATES, SEATED_STATES, BookingChildRow, BookingRow
from bot.events.seat_claims import count_waiting, give_back
from bot.events.seats import Party, Places, State, Why
from bot.families.family_rows import new_id
from bot.sealing import Keyring


@dataclass(frozen=True)
class Desk:
    """Where seats are given: a transaction, the keys of the outbox, and the instant (UTC)."""

    session: Session
    keys: Keyring
    now: datetime


@dataclass(frozen=True)
class Wish:
    """Who wants places at an event. `request_key`: the same for the same delivery, None where nothing repeats."""

    event_id: str
    family_id: str
    party: Party
    chat_key: str | None = None
    child_ids: tuple[str, ...] = ()
    request_key: str | None = None


@dataclass(frozen=True)
class Entry:
    """A family's entry as a value. `held_until`: end of a hold or an offer, None for neither."""

    id: str
    event_id: str
    family_id: str
    state: State
    party: Party
    places: Places
    held_until: datetime | None = None
    child_ids: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Granted:
    """The entry as it is now. `already`: it was so before, nothing was changed."""

    entry: Entry
    already: bool = False


@dataclass(frozen=True)
class Refused:
    """Nothing was changed. `free`: seats that nobody has."""

    why: Why
    free: int = 0


def live_entry(session: Session, event_id: str, family_id: str) -> BookingRow | None:
    """The family's one entry for an event; None where it has none (any more)."""
    mine = (col(BookingRow.event_id) == event_id, col(BookingRow.family_id) == family_id)
    statement = select(BookingRow).where(*mine, col(BookingRow.state).in_(LIVE_STATES))
    return session.exec(statement.execution_options(populate_existing=True)).first()


def entry_of(session: Session, row: BookingRow, child_ids: tuple[str, ...] | None = None) -> Entry:
    """An entry as a value. `child_ids`: None to look them up."""
    if child_ids is None:
        named = select(BookingChildRow.child_id).where(col(BookingChildRow.booking_id) == row.id)
        child_ids = tuple(session.exec(named).all())
    return Entry(
        row.id,
        row.event_id,
        row.family_id,
        cast("State", row.state),
        Party(row.children, row.adults),
        Places(row.seats, row.adult_seats),
        row.held_until,
        tuple(sorted(child_ids)),
    )


def write_entry_of(
    desk: Desk, wish: Wish, state: State, places: Places, held_until: datetime | None = None, priority: int = 0
) -> BookingRow:
    """A new entry of a family, in one statement: the event's row is held meanwhile."""
    row = BookingRow(
        id=new_id(),
        event_id=wish.event_id,
        family_id=wish.family_id,
        chat_key=wish.chat_key,
        request_key=wish.request_key,
        state=state,
        children=wish.party.children,
        adults=wish.party.adults,
        seats=places.seats,
        adult_seats=places.adults,
        held_until=held_until,
        priority=priority,
        waits_from=desk.now if state == "waiting" else None,
        confirmed_at=desk.now if state == "confirmed" else None,
        created_at=desk.now,
        changed_at=desk.now,
    )
    desk.session.add(row)
    desk.session.flush()
    name_children(desk.session, row, wish.child_ids)
    return row


def enter(desk: Desk, row: BookingRow, state: State) -> None:
    """Bring an entry into a state, without touching the event's counters."""
    row.state, row.changed_at = state, desk.now
    if state == "confirmed":
        row.confirmed_at = row.confirmed_at or desk.now
    if state in {"held", "offered"}:
        row.confirmed_at = None
    else:
        row.held_until = None
    desk.session.add(row)
    desk.session.flush()


def end_entry(desk: Desk, row: BookingRow, state: State) -> None:
    """Take an entry out of the event: its seats are free, or its place on the list is gone."""
    if row.state in SEATED_STATES:
        give_back(desk.session, row.event_id, Places(row.seats, row.adult_seats))
    elif row.state == "waiting":
        count_waiting(desk.session, row.event_id, -1)
    enter(desk, row, state)


def resize_party(desk: Desk, row: BookingRow, party: Party, places: Places, child_ids: tuple[str, ...]) -> None:
    """Give an entry another party, without touching the event's counters."""
    row.children, row.adults, row.seats, row.adult_seats = party.children, party.adults, places.seats, places.adults
    row.changed_at = desk.now
    desk.session.add(row)
    desk.session.flush()
    name_children(desk.session, row, child_ids)


def name_children(session: Session, row: BookingRow, child_ids: tuple[str, ...]) -> None:
    """Note which children an entry is for; none given leaves them as they were."""
    if not child_ids:
        return
    session.execute(delete(BookingChildRow).where(col(BookingChildRow.booking_id) == row.id))
    for child_id in child_ids:
        session.add(BookingChildRow(booking_id=row.id, child_id=child_id))
    session.flush()
