"""The waiting list: join it, offer freed places in order, decline, run out. The reason of each offer is written down.

An offer is a hold like any other: its places are taken until it is answered or runs out.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from bot.events.booking_notices import stop_notices, tell_end_of_waiting, tell_offer
from bot.events.entries import Desk, Granted, Refused, Wish, end_entry, enter, entry_of, live_entry, write_entry_of
from bot.events.event_rows import BookingRow, EventRow, OfferNoteRow
from bot.events.offer_clock import offer_ends
from bot.events.seat_claims import count_waiting, entries_of, give_back, lock_event, room_of, take, terms_of
from bot.events.seats import (
    Offer,
    PassedOver,
    Places,
    Waiting,
    after_lapse,
    may_claim,
    next_moves,
    offers_made,
    places_for,
    priority_of,
    why_closed,
    why_not_party,
)


def join(desk: Desk, wish: Wish) -> Granted | Refused:
    """Put a family on the list; where places are free after all, it gets an offer at once.

    A family that has an entry already keeps it as it is.
    """
    event = lock_event(desk.session, wish.event_id)
    if event is None:
        return Refused("not_there")
    known = live_entry(desk.session, wish.event_id, wish.family_id) or same_request(desk.session, wish)
    if known is not None:
        return Granted(entry_of(desk.session, known), already=True)
    terms = terms_of(event)
    why = why_closed(terms, desk.now) or why_not_party(wish.party, terms)
    if why is None and not offers_made(terms, desk.now):
        why = "full"
    if why is not None:
        return Refused(why, room_of(event).free)
    places = places_for(wish.party, terms)
    if places.seats > event.capacity or places.adults > (event.adult_capacity or 0) > 0:
        return Refused("full")
    priority = _priority(desk.session, wish.family_id, desk.now)
    row = write_entry_of(desk, wish, "waiting", places, priority=priority)
    count_waiting(desk.session, event.id, 1)
    offer_freed(desk, event.id)
    return Granted(entry_of(desk.session, row))


def offer_freed(desk: Desk, event_id: str) -> list[str]:
    """Offer what is free to the list, in order. Returns the ids of the entries that got an offer.

    Takes the event's row first, so that any number of distributors offer one after the other.
    """
    event = lock_event(desk.session, event_id)
    if event is None or event.waiting == 0 or room_of(event).free == 0:
        return []
    rows = {row.id: row for row in entries_of(desk.session, event_id, ("waiting",))}
    if not offers_made(terms_of(event), desk.now):
        if event.status == "published":
            for row in rows.values():
                _note(desk, row, "too_late", room_of(event).free)
        return []
    offered = []
    for move in next_moves(room_of(event), [_waiting(row) for row in rows.values()], terms_of(event), desk.now):
        row = rows[move.entry.id]
        if isinstance(move, PassedOver):
            _note(desk, row, "passed_over", move.free)
        elif take(desk.session, event_id, move.entry.places, desk.now):
            _offer(desk, event, row, move)
            offered.append(row.id)
    return offered


def expire_due(desk: Desk, event_id: str) -> int:
    """End the holds and offers of an event that have run out. Returns how many.

    A hold ends; an offer that runs out puts its entry at the end of the list once, and ends it the next time.
    """
    if _next_end(desk.session, event_id, desk.now) is None:
        return 0
    event = lock_event(desk.session, event_id)
    over = [
        row
        for row in ([] if event is None else entries_of(desk.session, event_id, ("held", "offered")))
        if row.held_until is not None and row.held_until <= desk.now
    ]
    for row in over:
        if event is None or row.state == "held":
            end_entry(desk, row, "expired")
        elif after_lapse(row.lapsed) == "waiting" and offers_made(terms_of(event), desk.now):
            _back_to_the_end(desk, event, row)
        else:
            row.lapsed += 1
            end_entry(desk, row, "out")
            stop_notices(desk, row, "lapsed")
            tell_end_of_waiting(desk, event, row, "out")
            _note(desk, row, "out", room_of(event).free)
    if over:
        offer_freed(desk, event_id)
    return len(over)


def end_list(desk: Desk, event: EventRow) -> int:
    """The event has begun: whoever still waits was turned away, and comes earlier next time. Returns how many."""
    rows = entries_of(desk.session, event.id, ("waiting",))
    for row in rows:
        end_entry(desk, row, "turned_away")
        _note(desk, row, "turned_away", room_of(event).free)
        tell_end_of_waiting(desk, event, row, "turned_away")
    return len(rows)


def standing(session: Session, row: BookingRow) -> tuple[int, int]:
    """The place of a waiting entry, from 1, and how many seats those before it wait for."""
    before = 0
    for place, other in enumerate(entries_of(session, row.event_id, ("waiting",)), start=1):
        if other.id == row.id:
            return place, before
        before += other.seats
    return 0, before


def notes_of(session: Session, event_id: str) -> list[OfferNoteRow]:
    """Why each offer of an event was made or not, oldest first."""
    statement = select(OfferNoteRow).where(col(OfferNoteRow.event_id) == event_id).order_by(col(OfferNoteRow.id))
    return list(session.exec(statement).all())


def same_request(session: Session, wish: Wish) -> BookingRow | None:
    """The entry that the same delivery made before, whatever became of it."""
    if wish.request_key is None:
        return None
    statement = select(BookingRow).where(col(BookingRow.request_key) == wish.request_key)
    return session.exec(statement.execution_options(populate_existing=True)).first()


def may_more(event: EventRow, more: Places, now: datetime) -> bool:
    """Whether an entry that has places may get more of them: nobody who waits is overtaken."""
    return may_claim(room_of(event), more, terms_of(event), now)


def _offer(desk: Desk, event: EventRow, row: BookingRow, move: Offer) -> None:
    count_waiting(desk.session, event.id, -1)
    row.held_until = offer_ends(desk.now, event.starts_at, ZoneInfo(event.zone))
    enter(desk, row, "offered")
    _note(desk, row, "offered", move.free)
    tell_offer(desk, event, row)


def _back_to_the_end(desk: Desk, event: EventRow, row: BookingRow) -> None:
    give_back(desk.session, event.id, Places(row.seats, row.adult_seats))
    count_waiting(desk.session, event.id, 1)
    row.lapsed += 1
    row.waits_from, row.priority = desk.now, 0
    stop_notices(desk, row, "lapsed")
    enter(desk, row, "waiting")
    _note(desk, row, "lapsed", room_of(event).free)
    tell_end_of_waiting(desk, event, row, "lapsed")


def _next_end(session: Session, event_id: str, now: datetime) -> str | None:
    statement = select(BookingRow.id).where(
        col(BookingRow.event_id) == event_id,
        col(BookingRow.state).in_(("held", "offered")),
        col(BookingRow.held_until) <= now,
    )
    return session.exec(statement.limit(1)).first()


def _priority(session: Session, family_id: str, now: datetime) -> int:
    mine = select(BookingRow).where(col(BookingRow.family_id) == family_id)
    rows = session.exec(mine).all()
    turned_away = [row.changed_at for row in rows if row.state == "turned_away"]
    placed = [row.confirmed_at for row in rows if row.confirmed_at is not None and row.state == "confirmed"]
    return priority_of(turned_away, max(placed, default=None), now)


def _waiting(row: BookingRow) -> Waiting:
    return Waiting(row.id, Places(row.seats, row.adult_seats), row.priority, row.waits_from or row.created_at)


def _note(desk: Desk, row: BookingRow, what: str, free: int) -> None:
    """Write the reason down, unless it is the same as the one before."""
    last = select(OfferNoteRow).where(col(OfferNoteRow.booking_id) == row.id).order_by(col(OfferNoteRow.id).desc())
    before = desk.session.exec(last.limit(1)).first()
    if before is not None and (before.what, before.free, before.needed) == (what, free, row.seats):
        return
    desk.session.add(
        OfferNoteRow(event_id=row.event_id, booking_id=row.id, at=desk.now, what=what, free=free, needed=row.seats)
    )
    desk.session.flush()
