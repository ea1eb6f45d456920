"""Questions of one meaning together: the largest groups first. Pure: vectors in, groups out.

A question joins the group whose middle is closest if it is close enough, otherwise it begins one. Asked in order of
how often each was asked, so that the common way of asking is the middle; good enough for thousands, and it never changes
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
    middles = np.zeros((len(by_text), vectors.shape[1]), dtype=vectors.dtype)  # of length 1, row by row of `members`
    sums = np.zeros_like(middles)
    members: list[list[int]] = []
    for rows in sorted(by_text.values(), key=lambda one: (-len(one), one[0])):
        vector = vectors[rows[0]]
        similarity = middles[: len(members)] @ vector
        place = int(similarity.argmax()) if members else -1
        if place < 0 or float(similarity[place]) < CLOSE:
            place = len(members)
            members.append([])
        members[place].extend(rows)
        sums[place] += vector * len(rows)
        middles[place] = sums[place] / max(float(np.linalg.norm(sums[place])), 1e-9)
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
