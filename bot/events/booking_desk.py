"""Who stands at the desk: the visitor's family, its consent, its children, and its own entries. Every right is asked here."""

import hashlib
import hmac

from sqlmodel import col, select

from bot.errors import Refusal
from bot.events.booking_notices import plan_reminders
from bot.events.bookings import cancel
from bot.events.entries import Desk, Entry, Wish, entry_of
from bot.events.event_rows import LIVE_STATES, BookingRow, EventRow
from bot.events.event_search import Near
from bot.events.seats import Party
from bot.families.child import Child
from bot.families.children import children_for
from bot.families.consent import given
from bot.families.membership import Member, memberships, require
from bot.families.roles import Right, may
from bot.flow import Visit
from bot.outreach.muting import choices_of
from knowledge.districts import DISTRICTS, slug_of


class EventsNotAgreed(Refusal):
    """A booking needs the guardian's consent to events."""

    def __init__(self) -> None:
        super().__init__("event.consent_needed")


def desk_of(visit: Visit) -> Desk:
    """The desk in the visitor's transaction."""
    return Desk(visit.session, visit.keys, visit.now)


def family_for(visit: Visit) -> str:
    """The family that the visitor may book for: one that agreed to events, the earliest joined first.

    Raises: Refusal: nobody agreed, or the visitor only looks on.
    """
    mine = memberships(visit)
    agreed = [member for member in mine if "events" in given(visit, member.family_id)]
    if not agreed:
        raise EventsNotAgreed
    allowed = next((member for member in agreed if may(member.role, "record")), None)
    if allowed is None:
        raise Refusal("family.not_allowed")
    return allowed.family_id


def children_here(visit: Visit) -> list[Child]:
    """The children whose guardians agreed to events, the eldest first."""
    return children_for(visit, "events")


def children_of_entry(visit: Visit, entry: Entry) -> list[Child]:
    """The children that an entry names and that the visitor shares."""
    return [one for one in children_here(visit) if one.id in entry.child_ids]


def place_of_search(children: list[Child], where: str | None, street: str | None = None) -> Near:
    """Where to look. `where`: a district's short name or "city", None: where the children live. `street`: in it first."""
    if where is not None:
        return Near(next((zh for zh, _en in DISTRICTS if slug_of(zh) == where), None), street)
    home = next((one for one in children if one.district is not None), None)
    return Near() if home is None else Near(home.district, home.street)


def wish_of(visit: Visit, event_id: str, family_id: str, children: list[Child]) -> Wish:
    """What the visitor asks for: these children with one adult, once for each delivery."""
    request = None
    if visit.delivery:
        secret = f"{visit.delivery}\n{event_id}".encode()
        request = hmac.new(visit.secret, secret, hashlib.sha256).hexdigest()[:32]
    return Wish(
        event_id, family_id, Party(len(children), 1), visit.chat_key, tuple(one.id for one in children), request
    )


def my_entry(visit: Visit, booking_id: str, right: Right) -> tuple[EventRow, Entry]:
    """An entry of the visitor's own family, with its event.

    Raises: Refusal: it is not there or another family's (the answer is the same), or the role has no such right.
    """
    row = visit.session.get(BookingRow, booking_id)
    if row is None:
        raise Refusal("event.no_gone")
    require(visit, row.family_id, right)
    return visit.session.get_one(EventRow, row.event_id), entry_of(visit.session, row)


def my_entries(visit: Visit) -> list[tuple[EventRow, Entry]]:
    """What the visitor's families have at events that are not over, the soonest first."""
    families = [member.family_id for member in memberships(visit)]
    statement = (
        select(EventRow, BookingRow)
        .join(BookingRow, col(BookingRow.event_id) == col(EventRow.id))
        .where(
            col(BookingRow.family_id).in_(families),
            col(BookingRow.state).in_(LIVE_STATES),
            col(EventRow.ends_at) > visit.now,
        )
        .order_by(col(EventRow.starts_at), col(EventRow.code))
    )
    return [(event, entry_of(visit.session, row)) for event, row in visit.session.exec(statement).all()]


def leave_events(visit: Visit, families: list[str]) -> int:
    """End what these families have at events to come; their seats go to the lists. Returns how many entries ended."""
    statement = select(BookingRow).where(
        col(BookingRow.family_id).in_(families), col(BookingRow.state).in_(LIVE_STATES)
    )
    rows = visit.session.exec(statement.order_by(col(BookingRow.event_id))).all()
    for row in rows:
        cancel(desk_of(visit), row.id)
    return len(rows)


def hand_over(visit: Visit, member: Member, others: list[Member]) -> None:
    """The visitor goes and the family stays: another member hears of its bookings from now on, a guardian first.

    Nobody hears of them who has stopped everything: they did not ask for these bookings.
    """
    choices = choices_of(visit.session, [(one.chat_key, None) for one in others])
    others = [one for one in others if not choices[one.chat_key, None].stopped_everything_since(None)]
    heir = next((one for one in others if one.role == "guardian"), others[0] if others else None)
    mine = (col(BookingRow.family_id) == member.family_id, col(BookingRow.chat_key) == visit.chat_key)
    for row in visit.session.exec(select(BookingRow).where(*mine)).all():
        row.chat_key = None if heir is None else heir.chat_key
        visit.session.add(row)
        visit.session.flush()
        event = visit.session.get_one(EventRow, row.event_id)
        if row.state == "confirmed" and event.starts_at > visit.now:
            plan_reminders(desk_of(visit), event, row)
