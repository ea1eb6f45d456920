"""What a family is told of its entry, as orders to the outbox, written in the transaction of the change.

Each order carries the event's version and says nothing that could become untrue: the words are made when it leaves
(`booking_messages`). A moved event gets a new version; what was planned under the old one is withdrawn.
"""

from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.events.entries import Desk
from bot.events.event_rows import BookingRow, EventRow
from bot.events.offer_clock import DAY_BEGINS, awake_later, on_clock
from bot.outreach.outbox import Order, enqueue_many, withdraw
from bot.outreach.outgoing import Lane

KIND = "booking"
TOPIC = "events"

Rule = Literal["day_before", "two_hours", "offer", "lapsed", "out", "moved", "cancelled", "released", "turned_away"]

DAY_BEFORE_HOUR = 10
"""On the clock of the place: the day before is told in the morning, so that who cannot come can still say so."""

SOON = timedelta(hours=14)
"""What changes an event that starts as soon as this is told at once, also at night."""

_ENOUGH = timedelta(minutes=20)
"""A message that would expire sooner than this after it is due is not worth sending."""


def plan_reminders(desk: Desk, event: EventRow, row: BookingRow) -> None:
    """Ask for the reminders of a confirmed booking that are still ahead: the day before, and two hours before."""
    local = event.starts_at.astimezone(ZoneInfo(event.zone))
    day_before = on_clock(local - timedelta(days=1), DAY_BEFORE_HOUR)
    two_hours = max(event.starts_at - timedelta(hours=2), on_clock(local, DAY_BEGINS))
    planned = (
        _order(event, row, "day_before", "reminder", day_before, event.starts_at - timedelta(hours=3)),
        _order(event, row, "two_hours", "urgent", two_hours, event.starts_at),
    )
    _put(desk, *(order for order in planned if order is not None and order.due_at > desk.now))


def tell_offer(desk: Desk, event: EventRow, row: BookingRow) -> None:
    """Tell of an offer; by day, because its clock runs by day only."""
    ends_at = row.held_until or event.starts_at
    due_at = awake_later(desk.now, timedelta(0), ZoneInfo(event.zone))
    # an entry can be offered places more than once: the instant keeps the orders apart
    _put(desk, _order(event, row, "offer", "urgent", due_at, ends_at, f"{desk.now.timestamp():.0f}"))


def tell_end_of_waiting(desk: Desk, event: EventRow, row: BookingRow, rule: Rule) -> None:
    """Tell that an offer ran out, that the list is over for the family, or that its place was given on."""
    due_at = awake_later(desk.now, timedelta(0), ZoneInfo(event.zone))
    expires_at = max(event.ends_at, due_at) + timedelta(days=2)
    _put(desk, _order(event, row, rule, "reminder", due_at, expires_at))


def tell_change(desk: Desk, event: EventRow, row: BookingRow, rule: Literal["moved", "cancelled"]) -> None:
    """Tell, once for this version, that the event was moved or cancelled; what was planned before is withdrawn."""
    stop_notices(desk, row, rule)
    soon = event.starts_at - desk.now <= SOON
    due_at = desk.now if soon else awake_later(desk.now, timedelta(0), ZoneInfo(event.zone))
    _put(desk, _order(event, row, rule, "urgent", due_at, max(event.ends_at, due_at + _ENOUGH)))


def stop_notices(desk: Desk, row: BookingRow, reason: str) -> None:
    """Whatever is still to be said about an entry is not said any more."""
    withdraw(desk.session, subject_of(row.id), reason, desk.now)


def subject_of(booking_id: str) -> str:
    """What the outbox knows an entry by."""
    return f"{KIND}:{booking_id}"


def key_of(event: EventRow, row: BookingRow, rule: Rule, more: str = "0") -> str:
    """The key of an order: an entry, a rule, a version of the event."""
    return f"{subject_of(row.id)}:{rule}:{more}:v{event.version}:{row.chat_key}"


def _order(
    event: EventRow, row: BookingRow, rule: Rule, lane: Lane, due_at: datetime, expires_at: datetime, more: str = "0"
) -> Order | None:
    """The order; None where nobody is to be told, or it would come too late to be of use."""
    if row.chat_key is None or expires_at - due_at < _ENOUGH:
        return None
    return Order(
        chat_key=row.chat_key,
        kind=KIND,
        subject=subject_of(row.id),
        key=key_of(event, row, rule, more),
        topic=TOPIC,
        lane=lane,
        due_at=due_at,
        expires_at=expires_at,
        content={"rule": rule, "version": str(event.version), "state": row.state},
        family_id=row.family_id,
        on_doubt="resend" if rule in {"cancelled", "moved"} else "skip",
    )


def _put(desk: Desk, *orders: Order | None) -> None:
    enqueue_many(desk.session, desk.keys, [order for order in orders if order is not None], desk.now)
