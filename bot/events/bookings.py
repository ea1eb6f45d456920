"""What a family does with its one entry for an event: hold, confirm, change, cancel. All its places or none.

A double tap or a delivery that comes twice finds the entry that is there. What ends with free seats offers them to the
waiting list in the same transaction.
"""

from collections.abc import Sequence

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from bot.events.booking_notices import plan_reminders, stop_notices
from bot.events.entries import (
    Desk,
    Granted,
    Refused,
    Wish,
    end_entry,
    enter,
    entry_of,
    live_entry,
    resize_party,
    write_entry_of,
)
from bot.events.event_rows import LIVE_STATES, SEATED_STATES, BookingRow, EventRow
from bot.events.seat_claims import claim, count_waiting, give_back, lock_event, room_of, take, terms_of
from bot.events.seats import (
    HOLD_FOR,
    Party,
    Places,
    State,
    Why,
    fits,
    places_for,
    why_closed,
    why_not_party,
)
from bot.events.waiting_list import expire_due, may_more, offer_freed, same_request


def hold(desk: Desk, wish: Wish, *, confirmed: bool = False) -> Granted | Refused:
    """Keep the places for a family that is choosing; with `confirmed`, book them at once.

    An entry that the family has already is given back as it is; a hold of another size is changed.
    """
    return _hold(desk, wish, confirmed=confirmed, once_more=True)


def _hold(desk: Desk, wish: Wish, *, confirmed: bool, once_more: bool) -> Granted | Refused:
    event = claim(desk.session, wish.event_id, wish.party, desk.now)
    known = live_entry(desk.session, wish.event_id, wish.family_id) or same_request(desk.session, wish)
    if event is not None and known is not None and known.state != "waiting":
        give_back(desk.session, event.id, places_for(wish.party, terms_of(event)))
    if known is not None and (event is None or known.state != "waiting"):
        if _has_run_out(desk, known) and once_more:
            expire_due(desk, known.event_id)
            return _hold(desk, wish, confirmed=confirmed, once_more=False)
        return _again(desk, known, wish, confirmed=confirmed)
    if event is None:
        refused = _refused(desk, wish)
        seats_wanting = refused.why in {"full", "list_first"}
        if seats_wanting and once_more and (_freed_meanwhile(desk, wish, refused) or expire_due(desk, wish.event_id)):
            return _hold(desk, wish, confirmed=confirmed, once_more=False)
        return refused
    places = places_for(wish.party, terms_of(event))
    state: State = "confirmed" if confirmed else "held"
    until = None if confirmed else min(desk.now + HOLD_FOR, event.starts_at)
    if known is None:
        row = write_entry_of(desk, wish, state, places, until)
    else:  # in the last hours the list is over: who waited takes what is free, as everybody may
        row = known
        count_waiting(desk.session, event.id, -1)
        resize_party(desk, row, wish.party, places, wish.child_ids)
        row.held_until = until
        enter(desk, row, state)
    if confirmed:
        plan_reminders(desk, event, row)
    return Granted(entry_of(desk.session, row, wish.child_ids or None if known else wish.child_ids))


def confirm(desk: Desk, booking_id: str) -> Granted | Refused:
    """Make a hold or an offer a booking. Confirming twice changes nothing."""
    found = _locked(desk, booking_id)
    if isinstance(found, Refused):
        return found
    event, row = found
    if row.state == "confirmed":
        return Granted(entry_of(desk.session, row), already=True)
    why: Why | None = "cancelled" if event.status == "cancelled" else "started" if desk.now >= event.starts_at else None
    if why is not None:
        return Refused(why)
    if row.state not in {"held", "offered"}:
        return Refused("gone", room_of(event).free)
    if row.held_until is not None and row.held_until <= desk.now:
        expire_due(desk, event.id)
        return Refused("gone", room_of(event).free)
    stop_notices(desk, row, "answered")
    enter(desk, row, "confirmed")
    plan_reminders(desk, event, row)
    return Granted(entry_of(desk.session, row))


def change(desk: Desk, booking_id: str, party: Party, child_ids: tuple[str, ...] = ()) -> Granted | Refused:
    """Give an entry another party: all its places, or the entry as it was. More places may not overtake the list."""
    found = _locked(desk, booking_id)
    if isinstance(found, Refused):
        return found
    event, row = found
    terms = terms_of(event)
    why = why_closed(terms, desk.now) or why_not_party(party, terms)
    if why in {"not_open", "closed"} and party.children <= row.children and party.adults <= row.adults:
        why = None  # who has places may still become fewer
    if why is not None or row.state not in LIVE_STATES:
        return Refused(why or "gone")
    if row.held_until is not None and row.held_until <= desk.now:
        expire_due(desk, event.id)
        return Refused("gone", room_of(event).free)
    places = places_for(party, terms)
    if row.state in SEATED_STATES:
        more = Places(max(0, places.seats - row.seats), max(0, places.adults - row.adult_seats))
        less = Places(max(0, row.seats - places.seats), max(0, row.adult_seats - places.adults))
        if more != Places(0):
            if not may_more(event, more, desk.now):
                return Refused("list_first" if fits(room_of(event), more) else "full", room_of(event).free)
            if not take(desk.session, event.id, more, desk.now):
                return Refused("full", room_of(event).free)
        if less != Places(0):
            give_back(desk.session, event.id, less)
    resize_party(desk, row, party, places, child_ids)
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
    enter(desk, row, "confirmed")
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
    options = {"synchronize_session": "fetch"}
    return desk.session.execute(statement, execution_options=options).first() is not None


def attended(session: Session, event: str, chats: Sequence[str]) -> frozenset[str]:
    """Who of some chats was let in at an event, by its id or code."""
    statement = (
        select(BookingRow.chat_key)
        .join(EventRow, col(EventRow.id) == col(BookingRow.event_id))
        .where(
            or_(col(EventRow.id) == event, col(EventRow.code) == event),
            col(BookingRow.checked_in_at).is_not(None),
            col(BookingRow.chat_key).in_(chats),
        )
    )
    return frozenset(key for key in session.exec(statement).all() if key is not None)


def _again(desk: Desk, row: BookingRow, wish: Wish, *, confirmed: bool) -> Granted | Refused:
    """The family has an entry: a hold takes the new party, everything else stays as it is."""
    if row.state != "held" or _has_run_out(desk, row):
        return Granted(entry_of(desk.session, row), already=True)
    if Party(row.children, row.adults) != wish.party:
        changed = change(desk, row.id, wish.party, wish.child_ids)
        if isinstance(changed, Refused):
            return changed
    return confirm(desk, row.id) if confirmed else Granted(entry_of(desk.session, row))


def _has_run_out(desk: Desk, row: BookingRow) -> bool:
    return row.state in {"held", "offered"} and row.held_until is not None and row.held_until <= desk.now


def _refused(desk: Desk, wish: Wish) -> Refused:
    """Why the claim took nothing."""
    event = desk.session.get(EventRow, wish.event_id, populate_existing=True)
    if event is None:
        return Refused("not_there")
    terms, room = terms_of(event), room_of(event)
    why = why_closed(terms, desk.now) or why_not_party(wish.party, terms)
    if why is None:
        why = "list_first" if fits(room, places_for(wish.party, terms)) else "full"
    return Refused(why, room.free)


def _freed_meanwhile(desk: Desk, wish: Wish, refused: Refused) -> bool:
    """Seats were freed between the claim and the look for its reason: they fit, and nobody waits."""
    return refused.why == "list_first" and room_of(desk.session.get_one(EventRow, wish.event_id)).waiting == 0


def _locked(desk: Desk, booking_id: str) -> tuple[EventRow, BookingRow] | Refused:
    """The entry with its event, whose row is held from now on."""
    row = desk.session.get(BookingRow, booking_id)
    event = None if row is None else lock_event(desk.session, row.event_id)
    fresh = desk.session.get(BookingRow, booking_id, populate_existing=True)
    if event is None or fresh is None:
        return Refused("gone")
    return event, fresh
