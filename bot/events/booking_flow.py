"""Events as a conversation: find one near that fits, keep seats, confirm, change, cancel, wait, take it along.

Three taps from /events to a seat: the list, "book", "confirm". Every button stands for itself; one step can be open,
which asks from where to look.
"""

from bot.events.booking_desk import my_entries
from bot.events.booking_steps import change_who, claim_places, decide, look
from bot.events.event_browsing import card_of, listing, share_of, which_district
from bot.events.event_pages import NAME, title_of, when_say
from bot.events.event_view import EventView, view_of
from bot.events.events_nearby import ask_near, hear_near, press_near
from bot.flow import Aside, Flow, Said, Step, Turn, Visit, button
from bot.messages import Quote, Reply, Say


def booking_flow() -> Flow:
    """The flow as a value."""
    return Flow(NAME, press=_press, hear=_hear, ask=_ask)


def begin_events(visit: Visit) -> Turn:
    """/events: what fits this week, near the family."""
    return Turn(listing(visit, EventView()))


def begin_bookings(visit: Visit) -> Turn:
    """/bookings: what the family has booked or waits for."""
    return Turn(_mine(visit))


def _press(visit: Visit, step: Step | None, argument: str) -> Turn:
    verb, _, rest = argument.partition(":")
    parts = rest.split(":")
    match verb:
        case "list":
            reply = listing(visit, view_of(rest))
        case "near":
            return press_near(visit, step, view_of(rest))
        case "places":
            reply = which_district(view_of(rest))
        case "card":
            reply = card_of(visit, rest)
        case "share":
            reply = share_of(visit, rest)
        case "book" | "kids" | "wait" | "waitkids":
            reply = claim_places(visit, verb, parts[0], tuple(parts[1:]))
        case "yes" | "no" | "dropped" | "coming":
            reply = decide(visit, verb, rest)
        case "adults" | "with":
            reply = change_who(visit, verb, parts[0], tuple(parts[1:]))
        case "who" | "change" | "drop" | "entry" | "ics":
            reply = look(visit, verb, rest)
        case "mine":
            reply = _mine(visit)
        case _:
            return Turn(Reply((Say("button_gone"),)), step)
    return Turn(reply, step)


def _hear(visit: Visit, step: Step, said: Said) -> Turn | Aside:
    return hear_near(visit, step, said)


def _ask(_visit: Visit, step: Step) -> Turn:
    return ask_near(view_of(step.draft.get("view", "")))


def _mine(visit: Visit) -> Reply:
    entries = my_entries(visit)
    if not entries:
        return Reply((Say("bookings.none"),), ((button("button.all_events", "event:list:0"),),))
    lines: list[Say | Quote] = [Say("bookings.title", look="title")]
    rows = []
    for number, (event, entry) in enumerate(entries, start=1):
        title = title_of(event, visit.language)
        when = when_say(event.starts_at, event.zone)
        state = Say(f"booking.is_{entry.state}")
        lines.append(Say("bookings.line", {"number": number, "title": title, "when": when, "state": state}, "bullet"))
        rows.append((button("button.event_card", f"event:entry:{entry.id}", number=number),))
    return Reply(tuple(lines), tuple(rows))
