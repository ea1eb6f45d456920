"""What time does to events: holds and offers run out, lists end at the start, unconfirmed places go on.

Run every few seconds by the worker, by any number of processes: one event a transaction, whose row is held.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, or_
from sqlmodel import Session, col, select

from bot.database import Database
from bot.events.booking_notices import key_of, stop_notices, tell_end_of_waiting
from bot.events.entries import Desk, end_entry
from bot.events.event_rows import BookingRow, EventRow
from bot.events.offer_clock import on_clock
from bot.events.seat_claims import entries_of, lock_event, recount
from bot.events.waiting_list import end_list, expire_due, offer_freed
from bot.outreach.outgoing import State
from bot.outreach.outreach_rows import OutgoingRow
from bot.sealing import Keyring

log = logging.getLogger(__name__)

RELEASE_HOUR = 20
"""On the clock of the place, the evening before: places that nobody confirmed go to the list."""

KEPT_FOR = timedelta(days=400)
"""An entry is let go so long after its event: fairness looks back half a year, estimates a year."""

_TOLD: State = "sent"


@dataclass(frozen=True)
class Swept:
    """What one run did: holds and offers that ran out, offers made, entries turned away, places released."""

    expired: int = 0
    offered: int = 0
    turned_away: int = 0
    released: int = 0


def sweep_events(database: Database, keys: Keyring, now: datetime) -> Swept:
    """Let time pass for every event that something is due for."""
    with database.transaction() as session:
        due = _due(session, now)
    total = Swept()
    for event_id in due:
        with database.transaction() as session:
            done = sweep_event(Desk(session, keys, now), event_id)
        total = Swept(*(sum(pair) for pair in zip(vars(total).values(), vars(done).values(), strict=True)))
    return total


def sweep_event(desk: Desk, event_id: str) -> Swept:
    """Let time pass for one event, in the caller's transaction."""
    event = lock_event(desk.session, event_id)
    if event is None:
        return Swept()
    expired = expire_due(desk, event_id)
    if desk.now >= event.starts_at:
        return Swept(expired, 0, end_list(desk, event))
    released = _release(desk, event)
    return Swept(expired, len(offer_freed(desk, event_id)), 0, released)


def recount_events(database: Database, now: datetime) -> list[str]:
    """Check the counters of coming events against their entries, nightly. Returns the codes that had to be put right."""
    with database.transaction() as session:
        rows = session.execute(select(EventRow.id, EventRow.code).where(col(EventRow.ends_at) > now)).all()
    wrong = []
    for event_id, code in rows:
        with database.transaction() as session:
            if not recount(session, event_id):
                log.error("the seats of event %s were counted wrongly and were put right", code)
                wrong.append(code)
    return wrong


def let_go_of_old_entries(session: Session, now: datetime) -> int:
    """Forget who came to events of long ago. Returns how many entries went."""
    old = select(EventRow.id).where(col(EventRow.ends_at) < now - KEPT_FOR)
    gone = delete(BookingRow).where(col(BookingRow.event_id).in_(old)).returning(col(BookingRow.id))
    options = {"synchronize_session": False}
    return len(session.execute(gone, execution_options=options).all())


def _due(session: Session, now: datetime) -> list[str]:
    """Events with something that ran out, a list that ended, seats free for the list, or an evening before."""
    ran_out = select(BookingRow.event_id).where(
        col(BookingRow.state).in_(("held", "offered")), col(BookingRow.held_until) <= now
    )
    over = (col(EventRow.starts_at) <= now, col(EventRow.waiting) > 0)
    free = (col(EventRow.waiting) > 0, col(EventRow.taken) < col(EventRow.capacity), col(EventRow.starts_at) > now)
    soon = (
        col(EventRow.reconfirm),
        col(EventRow.status) == "published",
        col(EventRow.starts_at) > now,
        col(EventRow.starts_at) < now + timedelta(days=1),
    )
    statement = select(EventRow.id).where(
        or_(
            col(EventRow.id).in_(ran_out),
            over[0] & over[1],
            free[0] & free[1] & free[2],
            soon[0] & soon[1] & soon[2] & soon[3],
        )
    )
    return list(session.exec(statement.order_by(col(EventRow.starts_at), col(EventRow.id))).all())


def _release(desk: Desk, event: EventRow) -> int:
    """Give places on that were asked about and not confirmed; a family that was never reached keeps its place."""
    evening = on_clock(event.starts_at.astimezone(ZoneInfo(event.zone)) - timedelta(days=1), RELEASE_HOUR)
    if not event.reconfirm or event.status != "published" or desk.now < evening:
        return 0
    released = 0
    for row in entries_of(desk.session, event.id, ("confirmed",)):
        if row.coming_at is not None or not _was_asked(desk.session, event, row):
            continue
        end_entry(desk, row, "released")
        stop_notices(desk, row, "released")
        tell_end_of_waiting(desk, event, row, "released")
        released += 1
    return released


def _was_asked(session: Session, event: EventRow, row: BookingRow) -> bool:
    statement = select(OutgoingRow.state).where(col(OutgoingRow.key) == key_of(event, row, "day_before"))
    return session.exec(statement).first() == _TOLD
