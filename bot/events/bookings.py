"""What a family does with its one entry for an event: hold, confirm, change, cancel. All its places or none.

A double tap or a delivery that comes twice finds the entry that is there. What ends with free seats offers them to the
waiting list in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from bot.events.booking_notices import Desk, plan_reminders, stop_notices
from bot.events.event_rows import LIVE_STATES, SEATED_STATES, BookingChildRow, BookingRow, EventRow
from bot.events.seat_claims import claim, count_waiting, give_back, lock_event, room_of, take, terms_of
from bot.events.seats import (
    HOLD_FOR,
    Party,
    Places,
    State,
    Why,
    fits,
    may_claim,
    offers_made,
    places_for,
    why_closed,
    why_not_party,
)
from bot.events.waiting_list import expire_due, offer_freed
from bot.families.family_rows import new_id


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


def hold(desk: Desk, wish: Wish, *, confirmed: bool = False) -> Granted | Refused:
    """Keep the places for a family that is choosing; with `confirmed`, book them at once.

    An entry that the family has already is given back as it is; a hold of another size is changed.
    """
    event = claim(desk.session, wish.event_id, wish.party, desk.now)
    known = _known(desk.session, wish)
    if event is None:
        if known is not None:
            return _again(desk, known, wish)
        return _refused(desk, wish, confirmed=confirmed)
    places = places_for(wish.party, terms_of(event))
    if known is not None and known.state != "waiting":
        give_back(desk.session, event.id, places)
        return _again(desk, known, wish)
    state: State = "confirmed" if confirmed else "held"
    if known is not None:  # in the last hours the list is over: who waited takes what is free as everybody may
        count_waiting(desk.session, event.id, -1)
        row = known
    else:
        row = fresh_entry(desk, wish, state)
    _seat(row, wish.party, places)
    row.held_until = None if confirmed else min(desk.now + HOLD_FOR, event.starts_at)
    _enter(desk, row, state)
    _name_children(desk.session, row, wish.child_ids)
    if confirmed:
        plan_reminders(desk, event, row)
    return Granted(entry_of(desk.session, row))


def confirm(desk: Desk, booking_id: str) -> Granted | Refused:
    """Make a hold or an offer a booking. Confirming twice changes nothing."""
    found = _locked(desk, booking_id)
    if isinstance(found, Refused):
        return found
    event, row = found
    if row.state == "confirmed":
        return Granted(entry_of(desk.session, row), already=True)
    why = "cancelled" if event.status == "cancelled" else "started" if desk.now >= event.starts_at else None
    if why is not None:
        return Refused(cast("Why", why))
    if row.state not in {"held", "offered"}:
        return Refused("gone", room_of(event).free)
    if row.held_until is not None and row.held_until <= desk.now:
        expire_due(desk, event)
        return Refused("gone", room_of(event).free)
    row.held_until = None
    _enter(desk, row, "confirmed")
    stop_notices(desk, row, "answered")
    plan_reminders(desk, event, row)
    return Granted(entry_of(desk.session, row))


def change(desk: Desk, booking_id: str, party: Party, child_ids: tuple[str, ...]) -> Granted | Refused:
    """Give an entry another party: all its places or the entry as it was. More places may not overtake the list."""
    found = _locked(desk, booking_id)
    if isinstance(found, Refused):
        return found
    event, row = found
    terms = terms_of(event)
    why = why_closed(terms, desk.now) or why_not_party(party, terms)
    if why in {"not_open", "closed"}:  # who is in may still become fewer
        why = None if party.children <= row.children and party.adults <= row.adults else why
    if why is not None or row.state not in LIVE_STATES:
        return Refused(why or "gone")
    places = places_for(party, terms)
    if row.state in SEATED_STATES:
        more = Places(max(0, places.seats - row.seats), max(0, places.adults - row.adult_seats))
        less = Places(max(0, row.seats - places.seats), max(0, row.adult_seats - places.adults))
        if more != Places(0, 0):
            if not may_claim(room_of(event), more, terms, desk.now):
                return Refused("full" if not fits(room_of(event), more) else "list_first", room_of(event).free)
            if not take(desk.session, event.id, more, desk.now):
                return Refused("full", room_of(event).free)
        if less != Places(0, 0):
            give_back(desk.session, event.id, less)
    _seat(row, party, places)
    _enter(desk, row, cast("State", row.state))
    _name_children(desk.session, row, child_ids)
    offer_freed(desk, event.id)
    return Granted(entry_of(desk.session, row))


def cancel(desk: Desk, booking_id: str) -> Granted | Refused:
    """End an entry, whatever it is; an offer counts as declined. What it had goes to the list at once."""
    found = _locked(desk, booking_id)
    if isinstance(found, Refused):
        return found
    event, row = found
    if row.state not in LIVE_STATES:
        return Granted(entry_of(desk.session, row), already=True)
    if row.checked_in_at is not None:
        return Refused("checked_in")
    if desk.now >= event.ends_at:
        return Refused("started")
    end_entry(desk, row, "declined" if row.state == "offered" else "cancelled")
    stop_notices(desk, row, "cancelled")
    offer_freed(desk, event.id)
    return Granted(entry_of(desk.session, row))


def say_coming(desk: Desk, booking_id: str) -> Granted | Refused:
    """The family says, the day before, that it will come."""
    found = _locked(desk, booking_id)
    if isinstance(found, Refused):
        return found
    _event, row = found
    if row.state != "confirmed":
        return Refused("gone")
    row.coming_at = row.coming_at or desk.now
    _enter(desk, row, "confirmed")
    return Granted(entry_of(desk.session, row))


def check_in(desk: Desk, booking_id: str) -> bool:
    """Let a family in, once. Returns whether it was this call that did."""
    statement = (
        update(BookingRow)
        .where(
            col(BookingRow.id) == booking_id,
            col(BookingRow.state) == "confirmed",
            col(BookingRow.checked_in_at).is_(None),
        )
        .values(checked_in_at=desk.now, changed_at=desk.now)
        .returning(col(BookingRow.id))
    )
    return desk.session.execute(statement).first() is not None


def end_entry(desk: Desk, row: BookingRow, state: State) -> None:
    """Take an entry out of the event; the caller holds the event's row."""
    if row.state in SEATED_STATES:
        give_back(desk.session, row.event_id, Places(row.seats, row.adult_seats))
    elif row.state == "waiting":
        count_waiting(desk.session, row.event_id, -1)
    row.held_until = None
    _enter(desk, row, state)


def live_entry(session: Session, event_id: str, family_id: str) -> BookingRow | None:
    """The family's one entry for an event."""
    mine = (col(BookingRow.event_id) == event_id, col(BookingRow.family_id) == family_id)
    statement = select(BookingRow).where(*mine, col(BookingRow.state).in_(LIVE_STATES))
    return session.exec(statement.execution_options(populate_existing=True)).first()


def entry_of(session: Session, row: BookingRow) -> Entry:
    """An entry as a value."""
    children = select(BookingChildRow.child_id).where(col(BookingChildRow.booking_id) == row.id)
    return Entry(
        row.id,
        row.event_id,
        row.family_id,
        cast("State", row.state),
        Party(row.children, row.adults),
        Places(row.seats, row.adult_seats),
        row.held_until,
        tuple(sorted(session.exec(children).all())),
    )


def fresh_entry(desk: Desk, wish: Wish, state: State) -> BookingRow:
    """A new entry of a family, not yet written."""
    return BookingRow(
        id=new_id(),
        event_id=wish.event_id,
        family_id=wish.family_id,
        chat_key=wish.chat_key,
        request_key=wish.request_key,
        state=state,
        children=wish.party.children,
        adults=wish.party.adults,
        seats=0,
        created_at=desk.now,
        changed_at=desk.now,
    )
