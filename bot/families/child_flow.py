"""The guided dialogue that adds a child, and changes one field of a child: one question at a time.

Nickname, birth date, born early or not: then the child is there. Sex and district are asked only when the family wants
what needs them. A refused value asks the same question again and changes nothing.
"""

from datetime import date

from bot.errors import Refusal
from bot.families.birth_flow import BIRTH_STEPS, ask_again, hear_birth_date, press_birth_date
from bot.families.child import Child, age_say, grown_out, read_nickname, read_weeks
from bot.families.child_questions import (
    LEAVE,
    ask_born,
    ask_district,
    ask_early,
    ask_nickname,
    ask_sex,
    ask_street,
    ask_weeks,
)
from bot.families.children import add_child, change_child, children_of_family, the_child
from bot.families.children_list import card, press_list
from bot.families.consent import CHILD_PURPOSES, given
from bot.families.membership import found_family, guarded_family
from bot.flow import GO_ON, Aside, Flow, Said, Step, Turn, Visit, button
from bot.messages import Reply, Say, Value
from knowledge.birth_date import Born, read_birth_date
from knowledge.districts import DISTRICTS, district_named

NAME = "child"
_EDITS = {"nickname": "nickname", "born": "born", "early": "early", "sex": "sex", "district": "district"}


def child_flow() -> Flow:
    """The flow as a value."""
    return Flow(NAME, press=_press, hear=_hear, ask=_ask)


def _press(visit: Visit, step: Step | None, argument: str) -> Turn:
    listed = press_list(visit, argument)
    if listed is not None:
        return listed
    verb, _, value = argument.partition(":")
    if verb == "add":
        return _start(visit)
    if verb == "change":
        field, _, child_id = value.partition(":")
        return _start_change(visit, field, child_id)
    if step is None or step.flow != NAME:
        return Turn(Reply((Say("button_gone"),)), step)
    if verb == "named" and "maybe" in step.draft:
        return _named(visit, step, step.draft["maybe"])
    if verb in {"years", "year", "month", "day", "which"} and step.name in BIRTH_STEPS:
        answer = press_birth_date(step, _nickname(visit, step), argument, visit.today)
        return _born(visit, step, answer) if answer is not None else _ask(visit, step)
    if verb in {"term", "unsure"} and step.name in {"early", "weeks"}:
        return _finish(visit, step, None)
    if verb == "preterm" and step.name in {"early", "weeks"}:
        return Turn(ask_weeks(), step.to("weeks"))
    if verb == "weeks" and step.name in {"early", "weeks"} and value.isascii() and value.isdecimal():
        return _finish(visit, step, int(value[:3]))
    if verb == "is" and step.name == "sex":
        return _change(visit, step, "sex", None if value == "none" else value)
    if verb == "in" and step.name == "district":
        return _placed(visit, step, _district_numbered(value))
    if verb == "street_none" and step.name == "street":
        return _change(visit, step, "street", None)
    return _ask(visit, step)


def _hear(visit: Visit, step: Step, said: Said) -> Turn | Aside:
    text = said.text
    if step.name == "nickname":
        nickname = read_nickname(text)
        if nickname is not None and not said.guide_knows:
            return _named(visit, step, nickname)
        if nickname is not None:  # a name that sounds like a question: answer it, and let one tap say that it is a name
            row = (button("button.is_a_name", "child:named", nickname=nickname),)
            return Aside(step.to("nickname", maybe=nickname), Reply(GO_ON.lines, (row, *GO_ON.buttons)))
        if "maybe" in step.draft and read_birth_date(text, visit.today) is not None:
            step = step.to("born", nickname=step.draft["maybe"])  # going on with the date says that it was a name
    if step.name in BIRTH_STEPS:
        answer = hear_birth_date(step, _nickname(visit, step), text, visit.today)
        if answer is not None:
            return _born(visit, step, answer)
    if step.name in {"early", "weeks"}:
        weeks = read_weeks(text)
        if weeks is not None:
            return _finish(visit, step, None if 37 <= weeks <= 42 else weeks)
        if text.strip(" 。.!！") in {"足月", "不是", "没有", "no", "No", "term"}:
            return _finish(visit, step, None)
        if text.strip(" 。.!！") in {"早产", "是", "是的", "yes", "Yes"}:
            return Turn(ask_weeks(), step.to("weeks"))
    if step.name == "sex":
        sex = {"男": "m", "男孩": "m", "boy": "m", "女": "f", "女孩": "f", "girl": "f"}.get(text.strip().lower())
        if sex is not None:
            return _change(visit, step, "sex", sex)
    if step.name == "district":
        district = district_named(text)
        if district is not None:
            return _placed(visit, step, district)
    if (
        step.name == "street"
        and not (said.guide_knows or said.danger_suspected)
        and len(text) <= 30
        and not text.rstrip().endswith(("?", "？"))
    ):
        return _change(visit, step, "street", text)
    return Aside(step, GO_ON)


def _ask(visit: Visit, step: Step) -> Turn:
    match step.name:
        case "nickname":
            return Turn(ask_nickname(), step)
        case "early":
            return Turn(ask_early(), step)
        case "weeks":
            return Turn(ask_weeks(), step)
        case "sex":
            return Turn(ask_sex(_nickname(visit, step)), step)
        case "district":
            return Turn(ask_district(), step)
        case "street":
            district = the_child(visit, step.draft["child"], "edit").district
            return Turn(ask_street(district) if district else ask_district(), step if district else step.to("district"))
        case _:
            return ask_again(step, _nickname(visit, step), visit.today)


def _start(visit: Visit) -> Turn:
    family = guarded_family(visit)
    if family is None or not given(visit, family) & CHILD_PURPOSES:
        return Turn(Reply((Say("consent.needed"),), ((button("button.consent", "consent:show"),),)))
    return Turn(ask_nickname(), Step(NAME, "nickname"))


def _start_change(visit: Visit, field: str, child_id: str) -> Turn:
    the_child(visit, child_id, "edit")
    if field not in _EDITS:
        return Turn(Reply((Say("button_gone"),)))
    return _ask(visit, Step(NAME, _EDITS[field], {"child": child_id}))


def _named(visit: Visit, step: Step, nickname: str) -> Turn:
    if "child" in step.draft:
        return _change(visit, step, "nickname", nickname)
    family = guarded_family(visit)
    siblings = [] if family is None else children_of_family(visit, family)
    youngest = siblings[-1] if siblings and not siblings[-1].born_approximate else None
    return Turn(ask_born(nickname, sibling=youngest), Step(NAME, "born", {"nickname": nickname}))


def _born(visit: Visit, step: Step, answer: Born | Turn) -> Turn:
    if isinstance(answer, Turn):
        return answer
    values: dict[str, Value] = {"day": answer.born_on, "age": age_say(answer.born_on, visit.today)}
    before = [Say("born.approximate" if answer.approximate else "born.taken", values)]
    if grown_out(answer.born_on, visit.today):
        before.append(Say("born.over_three"))
    if "child" in step.draft:
        child = change_child(visit, step.draft["child"], born_on=answer.born_on, born_approximate=answer.approximate)
        return Turn(card(visit, child, *before))
    more = {"born_on": answer.born_on.isoformat(), "approximate": "yes" if answer.approximate else ""}
    return Turn(ask_early(*before), step.to("early", **more))


def _finish(visit: Visit, step: Step, weeks: int | None) -> Turn:
    """The answer to "born early?" is there: the child can be added."""
    draft = step.draft
    try:
        if "child" in draft:
            return Turn(card(visit, change_child(visit, draft["child"], gestation_weeks=weeks), Say("child.changed")))
        child = add_child(
            visit,
            found_family(visit),
            draft["nickname"],
            date.fromisoformat(draft["born_on"]),
            approximate=bool(draft["approximate"]),
            gestation_weeks=weeks,
        )
    except Refusal as refusal:
        return _refused(step, refusal)
    return Turn(_added(visit, child))


def _added(visit: Visit, child: Child) -> Reply:
    values: dict[str, Value] = {"nickname": child.nickname, "age": age_say(child.born_on, visit.today)}
    rows = (
        (button("button.calendar", f"calendar:next:{child.id}"),),
        (button("button.for_growth", f"child:change:sex:{child.id}"),),
        (button("button.for_services", f"child:change:district:{child.id}"),),
        (button("button.add_another", "child:add"), button("button.invite", "share:start")),
    )
    return Reply((Say("child.added", values), Say("child.added_more")), rows)


def _change(visit: Visit, step: Step, field: str, value: str | None) -> Turn:
    try:
        child = change_child(visit, step.draft["child"], **{field: value})
    except Refusal as refusal:
        return _refused(step, refusal)
    return Turn(card(visit, child, Say("child.changed")))


def _placed(visit: Visit, step: Step, district: str | None) -> Turn:
    try:
        child = change_child(visit, step.draft["child"], district=district, street=None)
    except Refusal as refusal:
        return _refused(step, refusal)
    if district is None:
        return Turn(card(visit, child, Say("child.changed")))
    return Turn(ask_street(district), step.to("street"))


def _refused(step: Step, refusal: Refusal) -> Turn:
    """Say what is wrong and ask the question that the value belongs to again."""
    said = Say(refusal.phrase, refusal.values)
    if refusal.phrase.startswith("child.nickname"):
        return Turn(ask_nickname(said), Step(NAME, "nickname", dict(step.draft)))
    if refusal.phrase == "child.weeks_odd":
        return Turn(ask_weeks(said), step.to("weeks"))
    if refusal.phrase.startswith("child."):
        return Turn(Reply((said,), (LEAVE,)), step)
    raise refusal


def _nickname(visit: Visit, step: Step) -> str:
    if "child" in step.draft:
        return the_child(visit, step.draft["child"], "edit").nickname
    return step.draft.get("nickname", "")


def _district_numbered(value: str) -> str | None:
    if value.isascii() and value.isdecimal() and int(value[:3]) < len(DISTRICTS):
        return DISTRICTS[int(value)][0]
    return None
