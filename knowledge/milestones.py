"""What many children do, what to play, and the warning signs for an age, as a questionnaire. Pure. Never a label.

The signs are the national list for the age already reached (8 to 11 months: the list of 8 months). One "yes" is enough
to show the list to a child-health doctor; no number of them is counted, weighed or named.
Source: WARN22 (lists at 3, 6, 8, 12, 18, 24, 30, 36 months), ASD22 (skills lost at any age), CDCMS22 (what most do).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from knowledge.child_age import ChildAge
from knowledge.faults import GuideFault, InputFault, Problem
from knowledge.topics import LANGUAGES, Language

Reply = Literal["yes", "no", "unsure"]
REPLIES: tuple[Reply, ...] = ("yes", "no", "unsure")

Advice = Literal["show_doctor", "ask_at_visit", "carry_on", "unfinished"]


@dataclass(frozen=True)
class Item:
    """A line for the family. `about_months` where it is something children do by then; None for play."""

    zh: str
    en: str
    sources: tuple[str, ...]
    to_verify: bool
    about_months: int | None = None

    def text(self, language: Language) -> str:
        """The line in the reader's language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Sign:
    """One warning sign, worded so that "yes" means it is there."""

    id: str
    zh: str
    en: str

    def text(self, language: Language) -> str:
        """The sign in the reader's language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Step:
    """Ages from `from_month` up to, not including, `before_month`, in completed months. `topics`: where to read on."""

    from_month: int
    before_month: int
    doing: tuple[Item, ...]
    play: tuple[Item, ...]
    signs: tuple[Sign, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True)
class Milestones:
    """All steps without gap, the signs asked at every age that has a list, and the words around them.

    `sources`: what the lists of signs rest on.
    """

    steps: tuple[Step, ...]
    always: tuple[Sign, ...]
    words: dict[Language, dict[str, str]]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Questionnaire:
    """What to show and ask a family now. `questions` is empty before the first list (3 months)."""

    age: ChildAge
    step: Step
    questions: tuple[Sign, ...]


@dataclass(frozen=True)
class Outcome:
    """What the answers come to: which signs to show, which are unsure, which are open. Never a label.

    `show_doctor`: at least one sign. `ask_at_visit`: none, but some unsure. `carry_on`: none. `unfinished`: none so
    far, and some not answered.
    """

    advice: Advice
    signs: tuple[Sign, ...]
    unsure: tuple[Sign, ...]
    unanswered: tuple[Sign, ...]


def questionnaire(milestones: Milestones, age: ChildAge) -> Questionnaire:
    """The step of the age that development goes by (corrected until 24 months).

    Raises: InputFault: the child is older than the lists reach.
    """
    months = age.used.months
    step = next((step for step in milestones.steps if step.from_month <= months < step.before_month), None)
    if step is None:
        last = milestones.steps[-1].before_month
        message = (
            f"{months} months: these lists end before {last} months; ask the child-health clinic at the yearly check-up"
        )
        raise InputFault("too_old", message)
    return Questionnaire(age, step, (*step.signs, *milestones.always) if step.signs else ())


def outcome(asked: Questionnaire, replies: Mapping[str, Reply]) -> Outcome:
    """What the family is told after these answers, by the sign's id.

    Raises: InputFault: an answer to something that was not asked.
    """
    known = {sign.id for sign in asked.questions}
    strange = sorted(set(replies) - known)
    if strange:
        message = f"{strange[0]} is not asked at this age; the questions are {', '.join(sorted(known)) or 'none'}"
        raise InputFault("not_asked", message)

    def answered(reply: Reply | None) -> tuple[Sign, ...]:
        return tuple(sign for sign in asked.questions if replies.get(sign.id) == reply)

    signs, unsure, unanswered = answered("yes"), answered("unsure"), answered(None)
    advice: Advice = "carry_on"
    if signs:
        advice = "show_doctor"
    elif unanswered:
        advice = "unfinished"
    elif unsure:
        advice = "ask_at_visit"
    return Outcome(advice, signs, unsure, unanswered)


def read_milestones(raw: dict[str, Any], file: str, source_ids: set[str], topic_ids: set[str]) -> Milestones:
    """The milestones from their YAML, checked.

    Raises: GuideFault: a field is missing or unknown, a source or topic does not exist, an id stands twice, or the
        steps leave a gap.
    """
    try:
        steps = tuple(_step(dict(item)) for item in raw["steps"])
        always = tuple(Sign(**sign) for sign in raw["always"]["signs"])
        words: dict[Language, dict[str, str]] = {language: dict(raw["words"][language]) for language in LANGUAGES}
        sources = tuple(raw["sources"])
    except (KeyError, TypeError, ValueError) as error:
        message = f"a field is missing or unknown ({error!r}); see the head of the file"
        raise GuideFault([Problem(file, 0, message)]) from error
    problems = [
        f"step {step.from_month} begins where the one before does not end"
        for before, step in pairwise(steps)
        if before.before_month != step.from_month
    ]
    ids = [sign.id for step in steps for sign in step.signs] + [sign.id for sign in always]
    problems += [f"the sign {sign_id} stands twice" for sign_id in sorted(set(ids)) if ids.count(sign_id) > 1]
    named = {source for step in steps for item in (*step.doing, *step.play) for source in item.sources}
    named |= set(sources)
    problems += [f"no source {source} in sources.yaml" for source in sorted(named - source_ids)]
    problems += [f"no topic {one} in topics.yaml" for one in sorted({t for s in steps for t in s.topics} - topic_ids)]
    if {*words["zh"]} != {*words["en"]}:
        problems.append(f"words in one language only: {', '.join(sorted({*words['zh']} ^ {*words['en']}))}")
    if problems:
        raise GuideFault([Problem(file, 0, problem) for problem in problems])
    return Milestones(steps, always, words, sources)


def _step(raw: dict[str, Any]) -> Step:
    return Step(
        from_month=int(raw.pop("from_month")),
        before_month=int(raw.pop("before_month")),
        doing=tuple(_item(dict(item)) for item in raw.pop("doing")),
        play=tuple(_item(dict(item)) for item in raw.pop("play")),
        signs=tuple(Sign(**sign) for sign in raw.pop("signs")),
        topics=tuple(raw.pop("topics")),
        **raw,
    )


def _item(raw: dict[str, Any]) -> Item:
    if not raw["sources"]:
        raise ValueError(raw)
    return Item(sources=tuple(raw.pop("sources")), to_verify=bool(raw.pop("to_verify", False)), **raw)
