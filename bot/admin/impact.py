"""What an edit would change, before it is served: the same questions asked of both editions. Pure but for the asking."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.curation.entry_form import Texts
from bot.curation.living_guide import Edition
from bot.curation.published_edition import with_texts
from bot.questions.asking import Asking, Outcome, Question
from index.adjuster import Adjuster
from knowledge.load import Shipped
from knowledge.topics import Language

Source = tuple[Literal["kept", "log"], int]
"""Where a question stands: among the kept ones or in the log, and its number there."""


@dataclass(frozen=True)
class Asked:
    """A question to ask both editions. `right`: the topic that is right for it, None where nobody has said."""

    source: Source
    text: str
    language: Language
    age_months: int | None
    right: str | None


@dataclass(frozen=True)
class Changed:
    """A question that would be answered differently. `right`: the topic that is right, None where not known.

    Its text is not held here: who shows it reads it where it stands, so that what a family erased is shown no more.
    """

    source: Source
    before: str
    before_topic: str
    after: str
    after_topic: str
    right: str | None

    @property
    def better(self) -> bool | None:
        """Whether the change is one for the better; None where it cannot be said."""
        was = _is_right(self.before, self.before_topic, self.right)
        becomes = _is_right(self.after, self.after_topic, self.right)
        return None if self.right is None or was == becomes else becomes


@dataclass(frozen=True)
class Impact:
    """How many questions were asked, which change, and how many kept ones are right before and after."""

    asked: int
    kept: int
    right_before: int
    right_after: int
    changed: tuple[Changed, ...]


def impact_of(values: Mapping[str, Any]) -> Impact:
    """An impact out of its values, as `dataclasses.asdict` makes them and JSON carries them."""
    changed = tuple(Changed(**{**one, "source": tuple(one["source"])}) for one in values["changed"])
    return Impact(**{**values, "changed": changed})


def both_editions(
    adjuster: Adjuster, served: Shipped, make_asking: Callable[[Edition], Asking], topic_id: str, texts: Texts
) -> tuple[Asking, Asking]:
    """Answers as they are served and as they would be with a topic's draft, found with heads of the same age."""
    before, after = (
        make_asking(Edition(shipped, adjuster.retriever_for(shipped.guide), heads_fitted=False))
        for shipped in (served, with_texts(served, topic_id, texts))
    )
    return before, after


def measure(before: Asking, after: Asking, questions: Sequence[Asked]) -> Impact:
    """Ask both editions; the same text is asked once an age and language."""
    changed, kept, right_before, right_after = [], 0, 0, 0
    once = {(one.text, one.language, one.age_months): one for one in reversed(questions)}
    for one in reversed(once.values()):
        question, right = Question(one.text, one.language, one.age_months), one.right
        old, new = before.ask(question), after.ask(question)
        if right is not None:
            kept += 1
            right_before += int(_is_right(old.decision, _first(old), right))
            right_after += int(_is_right(new.decision, _first(new), right))
        if (old.decision, _first(old)) != (new.decision, _first(new)):
            changed.append(Changed(one.source, old.decision, _first(old), new.decision, _first(new), right))
    return Impact(len(once), kept, right_before, right_after, tuple(changed))


def _is_right(decision: str, topic_id: str, right: str | None) -> bool:
    """Whether the parent comes to the right topic; one that is near, but not shown, does not count."""
    return decision != "no_answer" and topic_id == right


def _first(outcome: Outcome) -> str:
    return outcome.topic_ids[0] if outcome.topic_ids else ""
