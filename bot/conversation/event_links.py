"""Where events meet the other rooms: an answer mentions the next fitting one; consent and erasing end bookings."""

from dataclasses import replace
from typing import Any

from sqlmodel import col, select

from bot.events.booking_desk import children_here, desk_of, hand_over, leave_events, place_of_search
from bot.events.bookings import cancel, change
from bot.events.event_pages import title_of, when_say
from bot.events.event_rows import LIVE_STATES, BookingChildRow, BookingRow, EventRow
from bot.events.event_search import next_on_topic
from bot.events.seats import Party
from bot.families.child import Child
from bot.families.consent import given
from bot.families.membership import guarded_family, members_of, memberships
from bot.flow import Visit, button
from bot.messages import Reply, Say

ABOUT_EVENTS = "service.events"
"""The guide's own topic on events: its answer leads to the list."""


def with_next_event(visit: Visit, reply: Reply, topic_id: str, child: Child | None) -> Reply:
    """The answer with the next event on its topic that fits, has free places and is in the family's district.

    The same answer where there is none, or where the family did not agree to events or told no district.
    """
    if topic_id == ABOUT_EVENTS:
        return replace(reply, buttons=(*reply.buttons, (button("button.events_near", "event:list:0"),)))
    children = [one for one in children_here(visit) if child is None or one.id == child.id]
    near = place_of_search(children, None)
    if near.district is None:
        return reply
    event = next_on_topic(visit.session, visit.now, topic_id, near, children)
    if event is None:
        return reply
    title = title_of(event, visit.language)
    line = Say("event.fits_answer", {"title": title, "when": when_say(event.starts_at, event.zone), "host": event.host})
    row = (button("button.event_see", f"event:card:{event.id}"),)
    return replace(reply, lines=(*reply.lines, line), buttons=(*reply.buttons, row))


def ask_consent(visit: Visit, argument: str) -> Reply:
    """What is agreed to before a booking, with the button pressed before to go on."""
    lines = (Say("event.consent_needed"), Say("consent.text.events", look="bullet"))
    if guarded_family(visit) is None and memberships(visit):
        return Reply((*lines, Say("consent.ask_guardian")))
    agree = button("button.agree", "consent:give:events", purpose=Say("consent.name.events"))
    return Reply(lines, ((agree,), (button("button.then_on", f"event:{argument}"),)))


def end_unwanted_bookings(visit: Visit) -> int:
    """End what families have that no longer agree to events. Returns how many entries ended."""
    families = [one.family_id for one in memberships(visit) if "events" not in given(visit, one.family_id)]
    return leave_events(visit, families)


def forget_bookings(visit: Visit) -> None:
    """The visitor is about to be erased: seats of families that go with them are freed, others' are handed over."""
    for member in memberships(visit):
        others = [one for one in members_of(visit, member.family_id) if one.id != member.id]
        if member.role == "guardian" and not any(one.role == "guardian" for one in others):
            leave_events(visit, [member.family_id])
        else:
            hand_over(visit, member, others)


def fit_to_children(visit: Visit) -> None:
    """A child was erased: entries that named it become smaller, and end where nobody else was named."""
    families = [one.family_id for one in memberships(visit)]
    live = (col(BookingRow.family_id).in_(families), col(BookingRow.state).in_(LIVE_STATES))
    rows = visit.session.exec(select(BookingRow).where(*live).order_by(col(BookingRow.event_id))).all()
    for row in rows:
        named = select(BookingChildRow.child_id).where(col(BookingChildRow.booking_id) == row.id)
        left = tuple(visit.session.exec(named).all())
        if not left:
            cancel(desk_of(visit), row.id)
        elif len(left) < row.children:
            change(desk_of(visit), row.id, Party(len(left), row.adults), left)


def bookings_lines(visit: Visit) -> list[Say]:
    """What is kept of the visitor's bookings, in words; nothing where there is none."""
    count = len(_kept(visit))
    return [Say("mydata.bookings", {"count": count})] if count else []


def bookings_copy(visit: Visit) -> list[dict[str, Any]]:
    """What is kept of the visitor's bookings, those that ended too, oldest first."""
    return [
        {
            "event": event.title_zh,
            "starts_at": event.starts_at.isoformat(),
            "place": event.place,
            "state": row.state,
            "children": row.children,
            "adults": row.adults,
            "made_at": row.created_at.isoformat(),
        }
        for event, row in _kept(visit)
    ]


def _kept(visit: Visit) -> list[tuple[EventRow, BookingRow]]:
    families = [member.family_id for member in memberships(visit)]
    statement = select(EventRow, BookingRow).join(BookingRow, col(BookingRow.event_id) == col(EventRow.id))
    statement = statement.where(col(BookingRow.family_id).in_(families)).order_by(col(BookingRow.created_at))
    return [(event, row) for event, row in visit.session.exec(statement).all()]
