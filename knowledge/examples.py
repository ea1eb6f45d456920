"""Labelled messages that teach what is not a question for the guide, and what only sounds like a danger sign.

They are data for fitting (`index`); nothing decides by comparing a parent's message with them word for word.
"""

from dataclasses import dataclass

from knowledge.topics import Language
from knowledge.wording_file import Level


@dataclass(frozen=True)
class Example:
    """A message with its label. `kind` names what it is (for out-of-scope, dose and small talk files).

    `level` is set in the calm look-alikes (`none`, `same_day`) and in the dangers told without the name of a sign
    (`call_120`, `go_now`); `topic_id` and `age_months` where they are known.
    """

    text: str
    language: Language
    kind: str
    level: Level | None = None
    topic_id: str | None = None
    age_months: int | None = None


@dataclass(frozen=True)
class Examples:
    """All labelled messages of an edition."""

    out_of_scope: tuple[Example, ...]
    dose: tuple[Example, ...]
    calm: tuple[Example, ...]
    danger: tuple[Example, ...]
    smalltalk: tuple[Example, ...]
