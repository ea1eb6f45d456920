"""Asking for a home visit as a conversation, and answering what the staff proposes.

One question at a time: which child, where, what about, which times, which language; then everything is shown once and
sent by one tap. A button of an older proposal changes nothing: it carries the version that it was made for.
"""

from collections.abc import Callable

from bot.errors import Refusal
from bot.events.home_visits import (
    HomeVisit,
    ask_for_visit,
    confirm_visit,
    give_slot_back,
    home_visit,
    say_where,
    visits_of_family,
    withdraw_visit,
)
from bot.events.visit_pages import (
    LEAVE,
    ask_child,
    ask_district,
    ask_reasons,
    ask_street,
    ask_times,
    ask_tongue,
    intro_lines,
    review,
    visit_page,
)
from bot.events.visit_request import REASONS, TONGUES, WHENS, Request, Tongue, known
from bot.families.child import Child, check_street
from bot.families.children import children_for, children_shared, the_child
from bot.families.membership import memberships
from bot.flow import GO_ON, Aside, Flow, Said, Step, Turn, Visit, button
from bot.messages import Quote, Reply, Say
from knowledge.districts import DISTRICTS, district_named

NAME = "visit"
LONGEST_STREET = 30


def visit_flow() -> Flow:
    """The flow as a value."""
    return Flow(NAME, press=_press, hear=_hear, ask=_ask)


def begin_visit(visit: Visit) -> Turn:
    """/visit: how the open visits stand, or the first question; first a child and the consent to events."""
    children = children_for(visit, "events")
    if not children:
        return Turn(_not_yet(visit))
    visits = visits_of_family(visit)
    return Turn(visit_page(visits, children, visit.zone)) if visits else _start(visit)


def _press(visit: Visit, step: Step | None, argument: str) -> Turn:
    verb, _, value = argument.partition(":")
    answers: dict[str, Callable[[Visit, str], Turn]] = {"yes": _confirm, "other": _other, "drop": _drop}
    answers |= {"drop_yes": _drop_yes, "where": _where}
    if verb in answers:
        return answers[verb](visit, value)
    if verb == "show":
        return begin_visit(visit)
    if verb == "ask":
        return _start(visit)
    if step is None or step.flow != NAME:
        return Turn(Reply((Say("button_gone"),)), step)
    return _step_pressed(visit, step, verb, value)


def _step_pressed(visit: Visit, step: Step, verb: str, value: str) -> Turn:
    match (verb, step.name):
        case ("child", "child"):
            return _for_child(visit, value)
        case ("in", "district") if value.isascii() and value.isdecimal() and int(value[:3]) < len(DISTRICTS):
            return _placed(step, DISTRICTS[int(value)][0])
        case ("street_none", "street"):
            return _reasons(step.to("why", street=""))
        case ("why", "why") if value in REASONS:
            toggled = _toggled(step, "why", value)
            return Turn(ask_reasons(_chosen(toggled, "why")), toggled)
        case ("why_done", "why") if _chosen(step, "why"):
            return Turn(ask_times(_chosen(step, "when")), step.to("when"))
        case ("when", "when") if value in WHENS:
            toggled = _toggled(step, "when", value)
            return Turn(ask_times(_chosen(toggled, "when")), toggled)
        case ("when_done", "when") if _chosen(step, "when"):
            return Turn(ask_tongue(), step.to("tongue"))
        case ("tongue", "tongue") if value in TONGUES:
            return _review(visit, step.to("review", tongue=value))
        case ("send", "review"):
            return _send(visit, step)
        case _:
            return _ask(visit, step)


def _hear(visit: Visit, step: Step, said: Said) -> Turn | Aside:
    text = said.text
    if said.danger_suspected or text.rstrip().endswith(("?", "？")):
        return Aside(step, GO_ON)
    if step.name == "district":
        district = district_named(text)
        if district is not None:
            return _placed(step, district)
    if step.name == "street" and not said.guide_knows and len(text) <= LONGEST_STREET:
        try:
            return _reasons(step.to("why", street=check_street(text)))
        except Refusal as refusal:
            return Turn(Reply((Say(refusal.phrase, refusal.values),), (LEAVE,)), step)
    if step.name == "address" and not said.guide_knows:
        return _address(visit, step, text)
    return Aside(step, GO_ON)


def _ask(visit: Visit, step: Step) -> Turn:
    match step.name:
        case "child":
            return _start(visit)
        case "district":
            return Turn(ask_district(), step)
        case "street":
            return Turn(ask_street(step.draft["district"]), step)
        case "why":
            return Turn(ask_reasons(_chosen(step, "why")), step)
        case "when":
            return Turn(ask_times(_chosen(step, "when")), step)
        case "tongue":
            return Turn(ask_tongue(), step)
        case "address":
            return _where(visit, step.draft["visit"])
        case _:
            return _review(visit, step)


def _start(visit: Visit) -> Turn:
    children = children_for(visit, "events")
    if not children:
        return Turn(_not_yet(visit))
    if len(children) == 1:
        return _for_child(visit, children[0].id)
    return Turn(ask_child(children, visit), Step(NAME, "child"))


def _for_child(visit: Visit, child_id: str) -> Turn:
    child = the_child(visit, child_id, "record")
    on_its_way = [one for one in visits_of_family(visit) if one.child_id == child.id]
    if on_its_way:
        return _page(visit, on_its_way[0])
    before: tuple[Say | Quote, ...] = intro_lines()
    step = Step(NAME, "district", {"child": child.id})
    if child.district is None:
        return Turn(ask_district(*before), step)
    return _reasons(step.to("why", district=child.district, street=child.street or ""), *before)


def _placed(step: Step, district: str) -> Turn:
    return Turn(ask_street(district), step.to("street", district=district))


def _reasons(step: Step, *before: Say | Quote) -> Turn:
    return Turn(ask_reasons(_chosen(step, "why"), *before), step)


def _review(visit: Visit, step: Step) -> Turn:
    child = the_child(visit, step.draft["child"], "record")
    return Turn(review(child, _request(step)), step)


def _send(visit: Visit, step: Step) -> Turn:
    made = ask_for_visit(visit, step.draft["child"], _request(step))
    return _page(visit, made, Say("visit.sent"))


def _confirm(visit: Visit, value: str) -> Turn:
    visit_id, version = _answer(value)
    confirmed = confirm_visit(visit, visit_id, version)
    page = _page(visit, confirmed, Say("visit.thanks"))
    return page if confirmed.address else Turn(page.reply, Step(NAME, "address", {"visit": visit_id}), page.child_id)


def _other(visit: Visit, value: str) -> Turn:
    visit_id, version = _answer(value)
    return _page(visit, give_slot_back(visit, visit_id, version), Say("visit.looking_again"))


def _drop(visit: Visit, visit_id: str) -> Turn:
    home_visit(visit, visit_id)
    row = (button("button.visit_drop_yes", f"visit:drop_yes:{visit_id}"), button("button.keep", "visit:show"))
    return Turn(Reply((Say("visit.drop_ask"),), (row,)))


def _drop_yes(visit: Visit, visit_id: str) -> Turn:
    withdraw_visit(visit, visit_id)
    return Turn(Reply((Say("visit.dropped"),), ((button("button.visit_ask", "visit:ask"),),)))


def _where(visit: Visit, visit_id: str) -> Turn:
    home_visit(visit, visit_id)
    step = Step(NAME, "address", {"visit": visit_id})
    return Turn(Reply((Say("visit.ask_address"), Say("visit.address_kept", look="note")), (LEAVE,)), step)


def _address(visit: Visit, step: Step, text: str) -> Turn:
    try:
        noted = say_where(visit, step.draft["visit"], text)
    except Refusal as refusal:
        if refusal.phrase == "visit.address_odd":
            return Turn(Reply((Say(refusal.phrase, refusal.values),), (LEAVE,)), step)
        raise
    return _page(visit, noted, Say("visit.address_noted"))


def _page(visit: Visit, shown: HomeVisit, *before: Say) -> Turn:
    children = [child for child in children_for(visit, "events") if child.id == shown.child_id]
    return Turn(visit_page([shown], children, visit.zone, *before), child_id=shown.child_id)


def _not_yet(visit: Visit) -> Reply:
    """What is missing before a visit can be asked for: a child, or the guardian's consent."""
    children: list[Child] = children_shared(visit)
    if not children:
        return Reply((*intro_lines(), Say("visit.no_child")), ((button("button.add_child", "child:add"),),))
    if any(one.role == "guardian" for one in memberships(visit)):
        give = button("button.agree", "consent:give:events", purpose=Say("consent.name.events"))
        again = button("button.visit_ask", "visit:ask")
        lines = (*intro_lines(), Say("visit.consent_needed"), Say("consent.text.events", look="bullet"))
        return Reply(lines, ((give,), (again,)))
    return Reply((Say("visit.consent_needed"), Say("consent.ask_guardian")))


def _request(step: Step) -> Request:
    draft = step.draft
    tongue: Tongue = next((one for one in TONGUES if one == draft.get("tongue")), TONGUES[0])
    reasons, times = known(REASONS, _chosen(step, "why")), known(WHENS, _chosen(step, "when"))
    return Request(draft["district"], draft.get("street") or None, reasons, times, tongue)


def _chosen(step: Step, what: str) -> frozenset[str]:
    return frozenset(part for part in step.draft.get(what, "").split(",") if part)


def _toggled(step: Step, what: str, word: str) -> Step:
    return step.to(step.name, **{what: ",".join(sorted(_chosen(step, what) ^ {word}))})


def _answer(value: str) -> tuple[str, int]:
    visit_id, _, version = value.partition(":")
    if not (version.isascii() and version.isdecimal() and len(version) <= 6):
        raise Refusal("button_gone")
    return visit_id, int(version)
