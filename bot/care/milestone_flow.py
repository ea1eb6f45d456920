"""Milestones as a conversation: what many children do, what to play, and the warning signs one tap each.

It ends with a page to show to the child-health doctor, or with going on playing; never with a label or a number.
"""

import json
from collections.abc import Mapping

from bot.care.care_rows import ScreeningRow
from bot.care.screenings import Screening, asked_of, record_screening, screenings_of
from bot.care.sealed_entries import calendar_child, undo_entry
from bot.families.child import Child, age_say
from bot.families.membership import memberships
from bot.families.roles import may
from bot.flow import GO_ON, Aside, Flow, Said, Step, Turn, Visit, button
from bot.messages import Button, Quote, Reply, Say, Value
from knowledge.load_growth import load_milestones
from knowledge.milestone_words import milestone_lines, outcome_lines
from knowledge.milestones import REPLIES, Outcome, Questionnaire, outcome
from knowledge.milestones import Reply as Answer

NAME = "milestones"
_LEAVE = ((button("button.leave_it", "flow:off"),),)
_WORDS: dict[str, Answer] = {
    "有": "yes", "有的": "yes", "是": "yes", "是的": "yes", "yes": "yes", "y": "yes",
    "没有": "no", "没": "no", "不是": "no", "无": "no", "no": "no", "n": "no",
    "说不准": "unsure", "不确定": "unsure", "不知道": "unsure", "不清楚": "unsure", "not sure": "unsure", "unsure": "unsure",
}  # fmt: skip


def milestone_flow() -> Flow:
    """The flow as a value."""
    return Flow(NAME, press=_press, hear=_hear, ask=_ask)


def open_milestones(visit: Visit, child_id: str) -> Turn:
    """What many children of this age do, and what to play; the warning signs are a tap away."""
    child = calendar_child(visit, child_id, "see")
    asked = asked_of(child, visit.today)
    told = milestone_lines(load_milestones(), asked, visit.language)
    questions = len(asked.questions) + 1 if asked.questions else 0
    shown = [line for line in (told[:-questions] if questions else told) if line]
    lines: list[Say | Quote] = [_title(visit, child)]
    lines += [Quote(line.removeprefix("· "), "bullet" if line.startswith("· ") else "plain") for line in shown]
    rows: list[tuple[Button, ...]] = []
    if asked.questions and _may_record(visit, child):
        lines.append(Say("milestones.offer", {"count": len(asked.questions)}))
        rows.append((button("button.signs", f"milestones:start:{child.id}"),))
    if screenings_of(visit, child.id):
        rows.append((button("button.last_signs", f"milestones:last:{child.id}"),))
    rows.append((button("button.calendar", f"calendar:next:{child.id}"),))
    return Turn(Reply(tuple(lines), tuple(rows)), None, child_id=child.id)


def _press(visit: Visit, step: Step | None, argument: str) -> Turn:
    verb, _, rest = argument.partition(":")
    match verb:
        case "open":
            return open_milestones(visit, rest)
        case "start":
            child = calendar_child(visit, rest, "record")
            if not asked_of(child, visit.today).questions:
                return open_milestones(visit, child.id)
            return _question(visit, Step(NAME, "signs", {"child": child.id, "answers": "{}"}))
        case "last":
            return _last(visit, rest)
        case "undo":
            child = undo_entry(visit, ScreeningRow, rest)
            row = (button("button.back", f"calendar:next:{child.id}"),)
            return Turn(Reply((Say("calendar.undone"),), (row,)), None, child_id=child.id)
    if verb == "is" and step is not None and step.flow == NAME:
        sign_id, _, word = rest.partition(":")
        answer = next((one for one in REPLIES if one == word), None)
        if answer is not None:
            return _answered(visit, step, sign_id, answer)
    return Turn(Reply((Say("button_gone"),)), step)


def _hear(visit: Visit, step: Step, said: Said) -> Turn | Aside:
    answer = _WORDS.get(said.text.strip(" 。.!！").lower())
    child = calendar_child(visit, step.draft["child"], "record")
    waiting = _waiting(asked_of(child, visit.today), _answers(step))
    if answer is None or waiting is None:
        return Aside(step, GO_ON)
    return _answered(visit, step, waiting, answer)


def _ask(visit: Visit, step: Step) -> Turn:
    return _question(visit, step)


def _question(visit: Visit, step: Step) -> Turn:
    """The first sign that has no answer yet, with three buttons."""
    child = calendar_child(visit, step.draft["child"], "record")
    asked, answers = asked_of(child, visit.today), _answers(step)
    waiting = _waiting(asked, answers)
    if waiting is None:
        return _finished(visit, child, asked, answers)
    sign = next(one for one in asked.questions if one.id == waiting)
    place: dict[str, Value] = {"number": len(answers) + 1, "count": len(asked.questions)}
    lines = (Say("milestones.question", place, "note"), Quote(sign.text(visit.language)))
    row = tuple(button(f"button.sign_{one}", f"milestones:is:{sign.id}:{one}") for one in REPLIES)
    return Turn(Reply(lines, (row, *_LEAVE)), step)


def _answered(visit: Visit, step: Step, sign_id: str, answer: Answer) -> Turn:
    child = calendar_child(visit, step.draft["child"], "record")
    asked, answers = asked_of(child, visit.today), _answers(step)
    if sign_id in {sign.id for sign in asked.questions}:  # a birthday in between can change the list
        answers = {**answers, sign_id: answer}
    return _question(visit, Step(NAME, "signs", {"child": child.id, "answers": json.dumps(answers)}))


def _finished(visit: Visit, child: Child, asked: Questionnaire, answers: Mapping[str, Answer]) -> Turn:
    ids = {sign.id for sign in asked.questions}
    entry_id = record_screening(visit, child.id, {one: said for one, said in answers.items() if one in ids})
    newest = next(one for one in screenings_of(visit, child.id) if one.id == entry_id)
    undo = (button("button.undo", f"milestones:undo:{entry_id}"),)
    return Turn(_doctors_page(visit, child, asked, newest, undo), None, child_id=child.id)


def _last(visit: Visit, child_id: str) -> Turn:
    """The last answers again, to show at the clinic."""
    child = calendar_child(visit, child_id, "see")
    known = screenings_of(visit, child.id)
    if not known:
        return open_milestones(visit, child.id)
    last = max(known, key=lambda one: one.on)
    return Turn(_doctors_page(visit, child, asked_of(child, last.on), last), None, child_id=child.id)


def _doctors_page(
    visit: Visit, child: Child, asked: Questionnaire, screening: Screening, *rows: tuple[Button, ...]
) -> Reply:
    """What the answers come to. With a sign, the page that a family holds out to the doctor."""
    known = {sign.id for sign in asked.questions}
    result = outcome(asked, {one: said for one, said in screening.answers.items() if one in known})
    lines: list[Say | Quote] = [_head(child, screening, result)]
    lines += [
        Quote(line.removeprefix("· "), "bullet" if line.startswith("· ") else "plain")
        for line in outcome_lines(load_milestones(), result, visit.language)
    ]
    foot = (
        button("button.play", f"milestones:open:{child.id}"),
        button("button.calendar", f"calendar:next:{child.id}"),
    )
    return Reply(tuple(lines), (*rows, foot))


def _head(child: Child, screening: Screening, result: Outcome) -> Say:
    values: dict[str, Value] = {
        "nickname": child.nickname,
        "age": age_say(child.born_on, screening.on),
        "day": screening.on,
    }
    return Say("milestones.for_doctor" if result.advice == "show_doctor" else "milestones.done", values, "title")


def _waiting(asked: Questionnaire, answers: Mapping[str, Answer]) -> str | None:
    return next((sign.id for sign in asked.questions if sign.id not in answers), None)


def _answers(step: Step) -> dict[str, Answer]:
    answers: dict[str, Answer] = json.loads(step.draft["answers"])
    return answers


def _title(visit: Visit, child: Child) -> Say:
    return Say("milestones.title", {"nickname": child.nickname, "age": age_say(child.born_on, visit.today)}, "title")


def _may_record(visit: Visit, child: Child) -> bool:
    return any(one.family_id == child.family_id and may(one.role, "record") for one in memberships(visit))
