"""Finding a service point as a conversation: by a district's button, by what is typed, by a location that is sent.

The location is compared with the register and forgotten: it goes into no step, no log and no table.
"""

from bot.events.place_pages import ask_where, found_page, none_loaded, place_lines
from bot.families.children import children_for
from bot.flow import GO_ON, Aside, Flow, Said, Step, Turn, Visit, button
from bot.messages import Button, Quote, Reply, Say
from knowledge.districts import DISTRICTS
from knowledge.near_places import Position, Wish, matching, nearest, read_wish
from knowledge.places import PLACE_KINDS, PlaceKind

NAME = "places"
LONGEST_NAME = 24
"""A longer text is a question, not the name of a street."""

MOST_WITH_AN_ANSWER = 2

TOPIC_KINDS: dict[str, PlaceKind] = {
    "service.station": "station",
    "service.events": "station",
    "service.home-visit": "clinic",
    "service.early-development-base": "base",
    "service.community-care": "nursery",
    "service.nursery.choose": "nursery",
    "service.nursery.public-benefit": "nursery",
    "service.nursery.settling": "nursery",
    "service.nursery.types": "nursery",
}
"""What an answer about a service may show beside it."""


def place_flow() -> Flow:
    """The flow as a value."""
    return Flow(NAME, press=_press, hear=_hear, ask=_ask)


def begin_places(visit: Visit) -> Turn:
    """/places."""
    return _where(visit, None)


def places_near(visit: Visit, step: Step | None, position: Position) -> Turn:
    """What lies around a position; of the kind that was asked for, else the nearest of each."""
    if not visit.places:
        return Turn(none_loaded())
    kind = _kind_of(step)
    found = nearest(visit.places, position, kind)
    if not found:
        return _where(visit, kind, Say("places.none_placed"))
    return Turn(found_page(found, visit.today, kind, Say("places.nearest")), Step(NAME, "where", _draft(kind)))


def places_for_answer(visit: Visit, topic_id: str, text: str) -> Reply | None:
    """What goes beside an answer about a service: the places that its text names, else a button. None: nothing."""
    kind = TOPIC_KINDS.get(topic_id)
    if kind is None or not visit.places:
        return None
    wish = read_wish(text, visit.places)
    wish = Wish(kind, wish.district or _district_known(visit), wish.street, wish.name)
    found = matching(visit.places, wish)[:MOST_WITH_AN_ANSWER] if wish.says_where else []
    lines: list[Say | Quote] = [line for one in found for line in place_lines(one, visit.today)]
    row: tuple[Button, ...] = (button("button.find_places", f"places:kind:{kind}"),)
    return Reply(tuple(lines) or (Say("places.offer"),), (row,))


def _press(visit: Visit, step: Step | None, argument: str) -> Turn:
    verb, _, value = argument.partition(":")
    if verb == "kind":
        return _where(visit, _kind_named(value))
    if verb == "in" and value.isascii() and value.isdecimal() and int(value[:3]) < len(DISTRICTS):
        return _show(visit, Wish(_kind_of(step), district=DISTRICTS[int(value)][0]))
    if verb == "find":
        return _where(visit, None)
    return Turn(Reply((Say("button_gone"),)), step)


def _hear(visit: Visit, step: Step, said: Said) -> Turn | Aside:
    wish = read_wish(said.text, visit.places)
    if said.danger_suspected or len(said.text) > LONGEST_NAME:
        return Aside(step, GO_ON)
    if wish.says_where:
        return _show(visit, Wish(wish.kind or _kind_of(step), wish.district, wish.street, wish.name))
    if wish.kind is not None and len(said.text) <= LONGEST_NAME / 2:
        return _where(visit, wish.kind)
    if said.guide_knows or said.text.rstrip().endswith(("?", "？")):
        return Aside(step, GO_ON)
    return _where(visit, _kind_of(step), Say("places.not_found"))


def _ask(visit: Visit, step: Step) -> Turn:
    return _where(visit, _kind_of(step))


def _show(visit: Visit, wish: Wish) -> Turn:
    if not visit.places:
        return Turn(none_loaded())
    found = matching(visit.places, wish)
    if not found:
        return _where(visit, wish.kind, Say("places.none_here"), Say("places.call"))
    step = Step(NAME, "where", _draft(wish.kind))
    return Turn(found_page(found, visit.today, wish.kind), step)


def _where(visit: Visit, kind: PlaceKind | None, *before: Say) -> Turn:
    if not visit.places:
        return Turn(none_loaded())
    return Turn(ask_where(kind, _district_known(visit), *before), Step(NAME, "where", _draft(kind)))


def _district_known(visit: Visit) -> str | None:
    """The district on a child's card, kept because the family wanted services nearby."""
    return next((child.district for child in children_for(visit, "answers") if child.district), None)


def _draft(kind: PlaceKind | None) -> dict[str, str]:
    return {} if kind is None else {"kind": kind}


def _kind_of(step: Step | None) -> PlaceKind | None:
    return None if step is None or step.flow != NAME else _kind_named(step.draft.get("kind", ""))


def _kind_named(text: str) -> PlaceKind | None:
    return next((kind for kind in PLACE_KINDS if kind == text), None)
