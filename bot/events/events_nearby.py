"""Events by distance: from a location that is sent, or from a street or a place that is named.

A location is compared with the positions of the hosts and forgotten: it goes into no step, no log and no table, so that
another week asks for it again. A place that was named is one of the register, and is kept in the open step.
"""

from bot.events.booking_desk import children_here
from bot.events.event_browsing import list_page, listing
from bot.events.event_pages import NAME
from bot.events.event_search import WEEK, Near, by_distance, events_in_week
from bot.events.event_view import EventView, view_of
from bot.events.place_pages import LEAVE
from bot.flow import GO_ON, Aside, Said, Step, Turn, Visit, button
from bot.messages import Button, Reply, Say
from knowledge.districts import slug_of
from knowledge.near_places import Position, Wish, metres_between, position_of, read_wish

LONGEST_NAME = 24
"""A longer text is a question, not the name of a street."""

FAR_M = 150_000
"""Further from every host than this is not in the region: the way there is of no use to anybody."""

_STEP = "near"
_SENT = "located"
"""In the draft of the step: a location was sent. Not which."""


def ask_near(view: EventView, *before: Say) -> Turn:
    """Where to look from."""
    lines = (*before, Say("events.near_ask"), Say("places.location_used", look="note"))
    rows: tuple[tuple[Button, ...], ...] = ((button("button.other_district", f"event:places:{view.data}"),), LEAVE)
    return Turn(Reply(lines, rows), Step(NAME, _STEP, view.draft))


def press_near(visit: Visit, step: Step | None, view: EventView) -> Turn:
    """Another week, language or age of a list by distance; a location has to be sent again."""
    named = None if step is None or step.flow != NAME else step.draft.get("at")
    if named is None:
        was_sent = step is not None and step.flow == NAME and _SENT in step.draft
        return ask_near(view, *((Say("events.near_again"),) if was_sent else ()))
    return _from_named(visit, view, named) or ask_near(view)


def events_near(visit: Visit, step: Step | None, position: Position) -> Turn:
    """What takes place around a location that was sent; the location goes no further than this answer."""
    view = EventView() if step is None else view_of(step.draft.get("view", ""))
    return _by_distance(visit, view, position, Say("events.near_here"), Step(NAME, _STEP, {**view.draft, _SENT: "yes"}))


def hear_near(visit: Visit, step: Step, said: Said) -> Turn | Aside:
    """A street, a place or a district that was typed."""
    view = view_of(step.draft.get("view", ""))
    if said.danger_suspected or len(said.text) > LONGEST_NAME:
        return Aside(step, GO_ON)
    wish = read_wish(said.text, visit.places)
    named = wish.name or wish.street
    found = None if named is None else _from_named(visit, view, named)
    if found is not None:
        return found
    district = wish.district or _district_of(visit, wish.street)
    if district is not None:
        return Turn(listing(visit, view.but(where=slug_of(district)), street=wish.street))
    if said.guide_knows or said.text.rstrip().endswith(("?", "？")):
        return Aside(step, GO_ON)
    return ask_near(view, Say("places.not_found"))


def is_open(step: Step | None) -> bool:
    """Whether a location that comes now is meant for the list of events."""
    return step is not None and step.flow == NAME and step.name == _STEP


def _from_named(visit: Visit, view: EventView, named: str) -> Turn | None:
    """The list seen from a street or a place of the register; None where nobody looked its position up."""
    position = position_of(visit.places, Wish(name=named)) or position_of(visit.places, Wish(street=named))
    if position is None:
        return None
    step = Step(NAME, _STEP, {**view.draft, "at": named})
    return _by_distance(visit, view, position, Say("events.near_named", {"place": named}), step)


def _by_distance(visit: Visit, view: EventView, position: Position, from_where: Say, step: Step) -> Turn:
    placed = [Position(one.latitude, one.longitude) for one in visit.places if one.latitude and one.longitude]
    if not placed:
        return ask_near(view, Say("events.none_placed"))
    if min(metres_between(position, one) for one in placed) > FAR_M:
        return ask_near(view, Say("events.far_away"))
    children = children_here(visit)
    found = events_in_week(visit.session, visit.now, view, Near(), children)
    head = Say("events.near_title", {"from": from_where, "when": _days(view)}, "title")
    reply = list_page(visit, view, "near", head, by_distance(found, visit.places, position), children)
    return Turn(Reply(reply.lines, (*reply.buttons, LEAVE)), step)


def _district_of(visit: Visit, street: str | None) -> str | None:
    return None if street is None else next((one.district for one in visit.places if one.street == street), None)


def _days(view: EventView) -> Say:
    return (
        Say("events.week_of", {"week": view.week + 1}) if view.week else Say("events.these_days", {"days": WEEK.days})
    )
