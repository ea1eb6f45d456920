"""Finding an event: the list of a week near the family, one event, how to pass it on."""

from collections.abc import Sequence

from bot.errors import Refusal
from bot.events.booking_desk import children_here, my_entries, place_of_search
from bot.events.event_pages import card, fits_say, list_line, list_row, title_of, when_place
from bot.events.event_rows import EventRow
from bot.events.event_search import Listed, events_in_week
from bot.events.event_view import CITY, WEEKS_SHOWN, EventView
from bot.families.child import Child
from bot.flow import Visit, button
from bot.messages import Button, Quote, Reply, Say
from knowledge.districts import DISTRICTS, slug_of

MOST_LISTED = 5


def listing(visit: Visit, view: EventView, street: str | None = None) -> Reply:
    """Events of a week near the family or in a district. `street`: its events come first."""
    children = children_here(visit)
    near = place_of_search(children, view.where or None, street)
    found = events_in_week(visit.session, visit.now, view, near, children)
    district = Say("event.whole_city") if near.district is None else Say(f"district.{slug_of(near.district)}")
    key = "events.title_week" if view.week else "events.title"
    head = Say(key, {"district": district, "week": view.week + 1}, "title")
    return list_page(visit, view, "list", head, found, children, wider=near.district is not None)


def list_page(
    visit: Visit,
    view: EventView,
    verb: str,
    head: Say,
    found: Sequence[Listed],
    children: Sequence[Child],
    *,
    wider: bool = False,
) -> Reply:
    """A list with everything that narrows or widens it. `verb`: what its own buttons begin with."""
    lines: list[Say | Quote] = [head]
    if children:
        lines.append(Say("events.all_ages", look="note") if view.all_ages else fits_say(children))
    if view.spoken:
        lines.append(Say(f"events.only_{view.spoken}", look="note"))
    shown = found[:MOST_LISTED]
    lines += [list_line(number, one, visit.language) for number, one in enumerate(shown, start=1)]
    if not shown:
        lines.append(Say("events.none"))
    if len(found) > MOST_LISTED:
        lines.append(Say("events.more", {"count": len(found) - MOST_LISTED}, "note"))
    if not children:
        lines.append(Say("events.no_child", look="note"))
    rows = [list_row(number, one.row) for number, one in enumerate(shown, start=1)]
    turn: list[Button] = []
    if view.week:
        turn.append(button("button.week_before", f"event:{verb}:{view.but(week=view.week - 1).data}"))
    if view.week < WEEKS_SHOWN - 1:
        turn.append(button("button.week_after", f"event:{verb}:{view.but(week=view.week + 1).data}"))
    where = [button("button.events_by_distance", f"event:near:{view.but(where='').data}")] if verb == "list" else []
    where.append(button("button.other_district", f"event:places:{view.data}"))
    if wider:
        where.append(button("button.whole_city", f"event:list:{view.but(where=CITY).data}"))
    rows += [tuple(turn), tuple(where), _narrowing(visit, view, verb, children)]
    return Reply(tuple(lines), (*rows, (button("button.my_bookings", "event:mine"),)))


def which_district(view: EventView) -> Reply:
    """Every district as a button."""
    buttons = [
        Button(Say(f"district.{slug_of(zh)}"), f"event:list:{view.but(where=slug_of(zh)).data}")
        for zh, _en in DISTRICTS
    ]
    rows = [tuple(buttons[start : start + 4]) for start in range(0, len(buttons), 4)]
    city = button("button.whole_city", f"event:list:{view.but(where=CITY).data}")
    return Reply((Say("events.which_district"),), (*rows, (city,)))


def card_of(visit: Visit, event_id: str) -> Reply:
    """One event, with the family's own entry where it has one."""
    event = shown_event(visit, event_id)
    mine = next((entry for row, entry in my_entries(visit) if row.id == event.id), None)
    return card(event, visit.language, visit.now, mine)


def share_of(visit: Visit, event_id: str) -> Reply:
    """What to pass on: the event, and links that open the conversation at it."""
    event = shown_event(visit, event_id)
    lines: list[Say | Quote] = [Quote(title_of(event, visit.language), "title"), when_place(event)]
    lines.append(Say("event.ages", {"from": event.months_from, "to": event.months_to}))
    links = [f"https://t.me/{visit.bot_name}?start=event_{event.id}"] if visit.bot_name else []
    if visit.public_url and not visit.here_only:
        links.append(f"{visit.public_url}/e/{event.id}")
    lines += [Quote(link) for link in links]
    return Reply((*lines, Say("events.share", look="note")))


def _narrowing(visit: Visit, view: EventView, verb: str, children: Sequence[Child]) -> tuple[Button, ...]:
    """Buttons of language and ages, each to the other way of seeing the list."""
    other = "" if view.spoken else visit.language
    key = f"button.events_{other}" if other else "button.events_any_language"
    buttons = [button(key, f"event:{verb}:{view.but(spoken=other).data}")]
    if children:
        key = "button.events_my_ages" if view.all_ages else "button.events_all_ages"
        buttons.append(button(key, f"event:{verb}:{view.but(all_ages=not view.all_ages).data}"))
    return tuple(buttons)


def shown_event(visit: Visit, event_id: str) -> EventRow:
    """An event that families may see.

    Raises: Refusal: there is none.
    """
    event = visit.session.get(EventRow, event_id)
    if event is None or event.status == "draft":
        raise Refusal("event.no_not_there")
    return event


def number_in(text: str) -> int:
    """The number in a button's data; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
