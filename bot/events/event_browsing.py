"""Finding an event: the list of a week near the family, one event, how to pass it on."""

from bot.errors import Refusal
from bot.events.booking_desk import children_here, my_entries, place_of_search
from bot.events.event_pages import card, list_line, list_row, title_of, when_place
from bot.events.event_rows import EventRow
from bot.events.event_search import WEEKS_SHOWN, events_in_week
from bot.flow import Visit, button
from bot.messages import Button, Quote, Reply, Say
from knowledge.districts import DISTRICTS, slug_of

MOST_LISTED = 5
CITY = "city"


def listing(visit: Visit, week: int, where: str | None) -> Reply:
    """Events of a week (0: the next seven days). `where`: a district's short name or "city", None: near the family."""
    week = min(week, WEEKS_SHOWN - 1)
    children = children_here(visit)
    near = place_of_search(children, where)
    found = events_in_week(visit.session, visit.now, week, near, children)
    suffix = "" if where is None else f":{where}"
    district = Say("event.whole_city") if near.district is None else Say(f"district.{slug_of(near.district)}")
    head = Say("events.title_week" if week else "events.title", {"district": district, "week": week + 1}, "title")
    lines: list[Say | Quote] = [head]
    shown = [row for row, _fits in found[:MOST_LISTED]]
    lines += [list_line(number, row, visit.language) for number, row in enumerate(shown, start=1)]
    if not shown:
        lines.append(Say("events.none"))
    if len(found) > MOST_LISTED:
        lines.append(Say("events.more", {"count": len(found) - MOST_LISTED}, "note"))
    if not children:
        lines.append(Say("events.no_child", look="note"))
    rows = [list_row(number, row) for number, row in enumerate(shown, start=1)]
    turn: list[Button] = []
    if week:
        turn.append(button("button.week_before", f"event:list:{week - 1}{suffix}"))
    if week < WEEKS_SHOWN - 1:
        turn.append(button("button.week_after", f"event:list:{week + 1}{suffix}"))
    places = button("button.other_district", "event:places")
    wider = () if near.district is None else (button("button.whole_city", f"event:list:{week}:{CITY}"),)
    rows += [tuple(turn), (places, *wider), (button("button.my_bookings", "event:mine"),)]
    return Reply(tuple(lines), tuple(rows))


def which_district() -> Reply:
    """Every district as a button."""
    buttons = [Button(Say(f"district.{slug_of(zh)}"), f"event:list:0:{slug_of(zh)}") for zh, _en in DISTRICTS]
    rows = [tuple(buttons[start : start + 4]) for start in range(0, len(buttons), 4)]
    return Reply((Say("events.which_district"),), (*rows, (button("button.whole_city", f"event:list:0:{CITY}"),)))


def card_of(visit: Visit, event_id: str) -> Reply:
    """One event, with the family's own entry where it has one."""
    event = shown_event(visit, event_id)
    mine = next((entry for row, entry in my_entries(visit) if row.id == event.id), None)
    return card(event, visit.language, visit.now, mine)


def share_of(visit: Visit, event_id: str) -> Reply:
    """What to pass on."""
    event = shown_event(visit, event_id)
    lines: list[Say | Quote] = [Quote(title_of(event, visit.language), "title"), when_place(event)]
    lines.append(Say("event.ages", {"from": event.months_from, "to": event.months_to}))
    if visit.bot_name:
        lines.append(Quote(f"https://t.me/{visit.bot_name}?start=event_{event.id}"))
    return Reply((*lines, Say("events.share", look="note")))


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
