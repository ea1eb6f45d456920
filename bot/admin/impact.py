"""What an edit would change, before it is served: the same questions asked of both editions. Pure but for the asking."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.questions.asking import Asking, Outcome, Question
from knowledge.topics import Language

Asked = tuple[str, Language, int | None, str | None]
"""Text, language, age in months, and the topic that is right (None where nobody has said)."""


@dataclass(frozen=True)
class Changed:
    """A question that would be answered differently. `right`: the topic that is right, None where not known."""

    text: str
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


def measure(before: Asking, after: Asking, questions: Sequence[Asked]) -> Impact:
    """Ask both editions; the same text is asked once an age and language."""
    changed, kept, right_before, right_after = [], 0, 0, 0
    once = {question[:3]: question for question in reversed(questions)}
    for text, language, age, right in reversed(once.values()):
        question = Question(text, language, age)
        old, new = before.ask(question), after.ask(question)
        if right is not None:
            kept += 1
            right_before += int(_is_right(old.decision, _first(old), right))
            right_after += int(_is_right(new.decision, _first(new), right))
        if (old.decision, _first(old)) != (new.decision, _first(new)):
            changed.append(Changed(text, old.decision, _first(old), new.decision, _first(new), right))
    return Impact(len(once), kept, right_before, right_after, tuple(changed))


def _is_right(decision: str, topic_id: str, right: str | None) -> bool:
    """Whether the parent comes to the right topic; one that is near, but not shown, does not count."""
    return decision != "no_answer" and topic_id == right


def _first(outcome: Outcome) -> str:
    return outcome.topic_ids[0] if outcome.topic_ids else ""
