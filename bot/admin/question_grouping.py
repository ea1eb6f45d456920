"""Group what parents asked and did not find, now and then, so that the page of it only reads; and what it then reads.

Reading every question's meaning takes seconds: a job does it, and the page tells when.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from bot.admin.question_group_rows import QuestionGroupingRow, QuestionGroupRow
from bot.admin.question_groups import WEEKS, PoorlyAnswered, QuestionGroup, grouped
from bot.database import Database
from bot.questions.question_log import QuestionRow, dealt_among, questions_to_mend
from index.encoder import Vectors

GROUPED_EVERY = timedelta(hours=1)
MOST_LOOKED_AT = 5_000
AT_ONCE = 32
"""So many texts are read at a time, so that a parent who asks meanwhile waits for no more than that."""

SHOWN_WORDINGS = 12
WHYS = ("no_answer", "choices", "unsure", "disliked")

ReadMeanings = Callable[[list[str]], Vectors]
"""Texts in, vectors of length 1 out."""


@dataclass(frozen=True)
class KeptGroup:
    """A group as it was made. `count`: how often it was asked, for the reason that was asked about.

    `questions`: one of each of its common wordings; `numbers`: all of its questions in the log.
    """

    questions: tuple[PoorlyAnswered, ...]
    numbers: tuple[int, ...]
    count: int
    whys: tuple[tuple[str, int], ...]
    trend: tuple[int, ...]


@dataclass(frozen=True)
class KeptGrouping:
    """What the page shows. `made_at`: None before the first time. `counts`: by reason, of all groups."""

    made_at: datetime | None
    groups: tuple[KeptGroup, ...]
    counts: dict[str, int]


def group_questions(
    database: Database, read: ReadMeanings, day_of: Callable[[datetime], date], now: datetime
) -> dict[str, int]:
    """Group the questions of the last weeks anew and keep that. Holds up no writer while it reads."""
    import numpy as np

    with database.reading() as session:
        rows = questions_to_mend(session, now - timedelta(weeks=WEEKS), MOST_LOOKED_AT)
    questions = [poorly_answered(row, day_of) for row in rows]
    texts = list(dict.fromkeys(one.text for one in questions))
    parts = [read(texts[start : start + AT_ONCE]) for start in range(0, len(texts), AT_ONCE)]
    by_text = dict(zip(texts, np.concatenate(parts), strict=True)) if parts else {}
    vectors = np.stack([by_text[one.text] for one in questions]) if questions else None
    groups = grouped(questions, vectors, day_of(now)) if vectors is not None else []
    with database.transaction() as session:
        session.execute(delete(QuestionGroupRow))
        session.add_all(_row(number, group) for number, group in enumerate(groups, start=1))
        session.merge(QuestionGroupingRow(id=1, made_at=now, looked_at=len(questions)))
        session.flush()
        let_go_of_group(
            session, dealt_among(session, [one.number for one in questions])
        )  # while the meanings were read
    return {"questions": len(questions), "groups": len(groups)}


def kept_grouping(session: Session, why: str, most: int, day_of: Callable[[datetime], date]) -> KeptGrouping:
    """The largest groups, or (`why` of WHYS) those with the most questions of that reason."""
    made = session.get(QuestionGroupingRow, 1)
    columns: dict[str, Any] = {name: col(getattr(QuestionGroupRow, name)) for name in WHYS}
    sums = session.execute(select(*(func.coalesce(func.sum(one), 0) for one in columns.values()))).one()
    wanted = select(QuestionGroupRow).order_by(col(QuestionGroupRow.number)).limit(most)
    if why in columns:
        largest = select(QuestionGroupRow).where(columns[why] > 0).order_by(columns[why].desc())
        wanted = largest.order_by(col(QuestionGroupRow.number)).limit(most)
    rows = session.exec(wanted).all()
    ids = {row.number: json.loads(row.questions) for row in rows}
    asked = select(QuestionRow).where(col(QuestionRow.id).in_([one for part in ids.values() for one in part]))
    found = {row.id: poorly_answered(row, day_of) for row in session.exec(asked).all()}
    groups = []
    for row in rows:
        questions = tuple(found[one] for one in ids[row.number] if one in found)
        counts = [(name, getattr(row, name)) for name in WHYS if getattr(row, name)]
        count = getattr(row, why) if why in columns else sum(number for _, number in counts)
        if questions:
            ordered = tuple(sorted(counts, key=lambda pair: -pair[1]))
            groups.append(
                KeptGroup(questions, tuple(json.loads(row.members)), count, ordered, tuple(json.loads(row.trend)))
            )
    return KeptGrouping(made.made_at if made else None, tuple(groups), dict(zip(WHYS, map(int, sums), strict=True)))


def let_go_of_group(session: Session, numbers: Sequence[int]) -> None:
    """A group with any of these questions was dealt with: it is listed no longer."""
    dealt = set(numbers)
    for row in session.exec(select(QuestionGroupRow)).all():
        if not dealt.isdisjoint(json.loads(row.members)):
            session.delete(row)


def poorly_answered(row: QuestionRow, day_of: Callable[[datetime], date]) -> PoorlyAnswered:
    """A logged question with why it is one to mend."""
    ids = json.loads(row.topics)
    return PoorlyAnswered(
        number=row.id or 0,
        text=row.text,
        language=row.language,
        asked_on=day_of(row.asked_at),
        why="disliked" if row.helpful is False else row.decision if row.decision in WHYS else "unsure",
        topic_id=ids[0] if ids else "",
        age_months=row.age_months,
    )


def _row(number: int, group: QuestionGroup) -> QuestionGroupRow:
    whys = dict(group.whys)
    return QuestionGroupRow(
        number=number,
        questions=json.dumps(_one_of_each(group.questions)),
        members=json.dumps([one.number for one in group.questions]),
        trend=json.dumps(group.trend),
        **{name: whys.get(name, 0) for name in WHYS},
    )


def _one_of_each(questions: Sequence[PoorlyAnswered]) -> list[int]:
    first: dict[str, int] = {}
    for one in questions:
        first.setdefault(one.text, one.number)
    common = Counter(one.text for one in questions).most_common(SHOWN_WORDINGS)
    return [first[text] for text, _ in common]
