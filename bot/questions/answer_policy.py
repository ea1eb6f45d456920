"""When to answer, when to ask back, when to say honestly that the guide does not know. Pure.

One decision a message, as a value. The thresholds were chosen on development questions (`qihui index evaluate`):
a wrong parenting answer is worse than a question back.
"""

from dataclasses import dataclass
from typing import Literal

from index.result import Finding

Decision = Literal["answer", "choices", "urgent", "no_answer", "smalltalk", "refuse_dose"]

ANSWER_CONFIDENCE = 0.3
"""From this confidence in the first topic its answer is given without asking back.

Low confidences are too modest: between 0.3 and 0.4 nine of ten first topics were right (development questions).
"""

IN_SCOPE_PROBABILITY = 0.4
"""Below this probability of being a question for the guide, nothing of the guide is shown."""

SURE_CONFIDENCE = 0.9
IN_SCOPE_PROBABILITY_WHEN_SURE = 0.2
"""A first place as sure as that outweighs a mild doubt about the scope."""

SMALLTALK_PROBABILITY = 0.6
SMALLTALK_PROBABILITY_IN_DIALOGUE = 0.9
"""After a question, few words are more often a second question ("吃什么好") than small talk."""

SMALLTALK_SCOPE = 0.5
"""What could be a question for the guide is no small talk."""

MOST_CHOICES = 3
OLDEST_CHILD_MONTHS = 48
"""A child named as this old or older is outside a 0-3 guide (a 3-year-old's late question is still welcome)."""

ADULT_MONTHS = 216


@dataclass(frozen=True)
class Answer:
    """Show the entry of this topic."""

    topic_id: str


@dataclass(frozen=True)
class Choices:
    """Ask which of these topics was meant, best first."""

    topic_ids: tuple[str, ...]


@dataclass(frozen=True)
class NoAnswer:
    """Say that the guide does not know, and why.

    `not_written`: we know what is meant, but its entry is not written yet. `older_child`: the child is too old for
    this guide. `out_of_scope`: not a matter of this guide.
    """

    why: Literal["out_of_scope", "older_child", "not_written"]
    topic_id: str | None = None
    nearby: tuple[str, ...] = ()


@dataclass(frozen=True)
class Smalltalk:
    """A greeting, thanks and the like."""


Verdict = Answer | Choices | NoAnswer | Smalltalk


def decide(
    finding: Finding, written: frozenset[str], age_named_months: int | None, *, in_dialogue: bool = False
) -> Verdict:
    """The verdict on a message that is neither urgent nor a question for a dose.

    `written`: topics that have an entry. `age_named_months`: the age that the message itself names, None for none.
    `in_dialogue`: the message follows a question.
    """
    needed = SMALLTALK_PROBABILITY_IN_DIALOGUE if in_dialogue else SMALLTALK_PROBABILITY
    if finding.kinds["smalltalk"] >= needed and finding.in_scope < SMALLTALK_SCOPE:
        return Smalltalk()
    if age_named_months is not None and OLDEST_CHILD_MONTHS <= age_named_months < ADULT_MONTHS:
        return NoAnswer("older_child")
    sure = finding.confidence >= SURE_CONFIDENCE
    if finding.in_scope < (IN_SCOPE_PROBABILITY_WHEN_SURE if sure else IN_SCOPE_PROBABILITY):
        return NoAnswer("out_of_scope")
    first = finding.ranked[0].topic_id
    nearby = tuple(r.topic_id for r in finding.ranked if r.topic_id in written)[:MOST_CHOICES]
    if finding.confidence >= ANSWER_CONFIDENCE:
        return Answer(first) if first in written else NoAnswer("not_written", first, nearby[:2])
    choices = tuple(r.topic_id for r in finding.ranked[:MOST_CHOICES] if r.topic_id in written)
    if not choices:
        return NoAnswer("not_written", first, nearby[:2])
    if len(choices) == 1 and choices[0] != first:
        return NoAnswer("not_written", first, choices)
    return Choices(choices)
