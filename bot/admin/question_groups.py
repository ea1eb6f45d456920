"""Questions of one meaning together: the largest groups first. Pure: vectors in, groups out.

A question joins the group whose middle is closest if it is close enough, otherwise it begins one. Asked in order of
how often each was asked, so that the common way of asking is the middle; good enough for hundreds, and it never changes
from one look to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from index.encoder import Vectors

CLOSE = 0.62
"""Similarity of centred vectors from which two questions are about one thing."""

WEEKS = 4


@dataclass(frozen=True)
class PoorlyAnswered:
    """One question as it was asked: `why` is no_answer, choices, unsure or disliked."""

    number: int
    text: str
    language: str
    asked_on: date
    why: str
    topic_id: str
    age_months: int | None


@dataclass(frozen=True)
class QuestionGroup:
    """Questions of one meaning, the most common first. `trend`: counts of the last weeks, the oldest first."""

    questions: tuple[PoorlyAnswered, ...]
    whys: tuple[tuple[str, int], ...]
    trend: tuple[int, ...]

    @property
    def count(self) -> int:
        """How often it was asked."""
        return len(self.questions)


def grouped(questions: Sequence[PoorlyAnswered], vectors: Vectors, today: date) -> list[QuestionGroup]:
    """The groups of the questions, whose vectors (length 1) come row by row."""
    by_text: dict[str, list[int]] = {}
    for row, question in enumerate(questions):
        by_text.setdefault(question.text, []).append(row)
    sums: list[Vectors] = []
    members: list[list[int]] = []
    for rows in sorted(by_text.values(), key=lambda one: (-len(one), one[0])):
        vector = vectors[rows[0]]
        middles = np.stack([one / max(float(np.linalg.norm(one)), 1e-9) for one in sums]) if sums else None
        similarity = middles @ vector if middles is not None else np.zeros(0)
        best = int(similarity.argmax()) if len(similarity) else -1
        if best >= 0 and float(similarity[best]) >= CLOSE:
            sums[best] = sums[best] + vector * len(rows)
            members[best].extend(rows)
        else:
            sums.append(vector * len(rows))
            members.append(list(rows))
    groups = [_group([questions[row] for row in rows], today) for rows in members]
    return sorted(groups, key=lambda group: -group.count)


def _group(questions: list[PoorlyAnswered], today: date) -> QuestionGroup:
    trend = [0] * WEEKS
    whys: dict[str, int] = {}
    for question in questions:
        week = (today - question.asked_on).days // 7
        if 0 <= week < WEEKS:
            trend[WEEKS - 1 - week] += 1
        whys[question.why] = whys.get(question.why, 0) + 1
    ordered = sorted(whys.items(), key=lambda pair: -pair[1])
    return QuestionGroup(tuple(questions), tuple(ordered), tuple(trend))
