"""Which child a question is about, and what is answered then.

One child is silently the one. Several: a nickname in the text, else the child chosen a moment ago; else the question
is answered for each, and the parent is asked which only when the answers differ. A danger sign for any of them is
answered at once. An age in the text, or one named a moment ago, goes before every record: it may be a nephew.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.conversation.session import Dialogue
from bot.families.child import Child, age_say
from bot.flow import button
from bot.messages import Button, Reply, Say, Value
from bot.questions.answer_lines import lines_for
from bot.questions.answer_policy import Answer
from bot.questions.asking import Asking, Outcome, Question
from bot.questions.triage import Urgent
from knowledge.topics import Language

MOST_OTHERS_OFFERED = 3


@dataclass(frozen=True)
class Understood:
    """A question with its child. `child` is None where none is meant or it makes no difference.

    `which`: the children to choose from, where the answers differ; `outcome` is then that for the youngest. `for_all`: the
    answer is the same for every child. `calm_for`: an urgent answer holds for a sibling, for these it would be calmer.
    """

    outcome: Outcome
    child: Child | None = None
    which: tuple[Child, ...] = ()
    for_all: bool = False
    calm_for: tuple[Child, ...] = ()


def understand(
    asking: Asking,
    text: str,
    language: Language,
    dialogue: Dialogue,
    children: list[Child],
    now: datetime,
    today: date,
    names: tuple[str, ...],
) -> Understood:
    """What a question is answered with, for which child.

    `children`: those whose age may be used; `names`: the nicknames of all that are shared.
    """
    private = dialogue.step_open(now) is not None
    question = Question(text, language, None, dialogue.previous_at(now), names, private)
    meant = _named_in(text, children)
    just_named = dialogue.age_just_named(now)
    if meant is None and just_named is None:
        meant = _only_or_chosen(dialogue, children, now)
    if meant is None and (just_named is not None or not children):
        return Understood(asking.ask(replace(question, age_months=just_named or dialogue.age_at(now))))
    if meant is not None:
        outcome = asking.ask(replace(question, age_months=meant.guide_months_on(today)))
        return Understood(outcome, None if outcome.age_named_months is not None else meant)
    return _of_several(asking, question, children, today)


def known_age(dialogue: Dialogue, children: list[Child], now: datetime, today: date) -> int | None:
    """The age for a button that opens a topic: that of the child who is meant, else the one named."""
    meant = _only_or_chosen(dialogue, children, now)
    just_named = dialogue.age_just_named(now)
    if just_named is not None or meant is None:
        return just_named if just_named is not None or children else dialogue.age_at(now)
    return meant.guide_months_on(today)


def ask_which_child(children: tuple[Child, ...], today: date) -> Reply:
    """Whom the question is about."""
    return Reply((Say("child.which"),), _buttons(children, today))


def with_child(reply: Reply, understood: Understood, children: list[Child], today: date) -> Reply:
    """The reply, saying for whom it is where that is not plain, with a tap to a sibling."""
    child = understood.child
    if understood.calm_for:
        return replace(reply, buttons=(*reply.buttons, *_buttons(understood.calm_for, today)))
    if understood.for_all:
        names = tuple(Say("child.name", {"nickname": one.nickname}) for one in children)
        return replace(reply, lines=(*reply.lines, Say("child.answered_for_all", {"names": names}, "note")))
    if child is None or reply.urgent:
        return reply
    values: dict[str, Value] = {"nickname": child.nickname, "age": age_say(child.born_on, today)}
    if child.guide_months_on(today) is None:
        return replace(reply, lines=(*reply.lines, Say("child.grown_note", values, "note")))
    others = [other for other in children if other.id != child.id]
    if not others:
        return reply
    row = tuple(
        button("button.rather", f"about:{other.id}", nickname=other.nickname) for other in others[:MOST_OTHERS_OFFERED]
    )
    return replace(
        reply, lines=(*reply.lines, Say("child.answered_for", values, "note")), buttons=(*reply.buttons, row)
    )


def _buttons(children: tuple[Child, ...], today: date) -> tuple[tuple[Button, ...], ...]:
    return tuple(
        (button("button.child_aged", f"about:{child.id}", nickname=child.nickname, age=age_say(child.born_on, today)),)
        for child in children
    )


def _only_or_chosen(dialogue: Dialogue, children: list[Child], now: datetime) -> Child | None:
    if len(children) == 1:
        return children[0]
    chosen = dialogue.child_at(now)
    return next((child for child in children if child.id == chosen), None)


def _named_in(text: str, children: list[Child]) -> Child | None:
    """The one child whose nickname stands in the text; a nickname of one character is too little to go by."""
    found = []
    for child in children:
        name = re.escape(child.nickname)
        pattern = rf"\b{name}\b" if child.nickname.isascii() else name
        if len(child.nickname) > 1 and re.search(pattern, text, re.IGNORECASE):
            found.append(child)
    return found[0] if len(found) == 1 else None


def _of_several(asking: Asking, question: Question, children: list[Child], today: date) -> Understood:
    youngest_first = sorted(children, key=lambda child: child.born_on, reverse=True)
    outcomes = [asking.ask(replace(question, age_months=child.guide_months_on(today))) for child in youngest_first]
    urgent = next((outcome for outcome in outcomes if isinstance(outcome.verdict, Urgent)), None)
    if urgent is not None:
        pairs = zip(youngest_first, outcomes, strict=True)
        return Understood(urgent, calm_for=tuple(c for c, outcome in pairs if not isinstance(outcome.verdict, Urgent)))
    first = outcomes[0]
    replies = [lines_for(outcome, asking.shipped, None) for outcome in outcomes]
    if first.age_named_months is not None:
        return Understood(first)
    if all(reply == replies[0] for reply in replies):
        return Understood(first, for_all=isinstance(first.verdict, Answer))
    return Understood(first, None, tuple(youngest_first))
