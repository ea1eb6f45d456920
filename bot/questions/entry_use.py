"""How often each entry answered, and how often parents said that it did not help: counted, no question is read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from bot.questions.question_log import QuestionRow

COUNTED_FOR = timedelta(days=90)
"""Editors look at the last quarter: long enough for seldom topics, and all of it from texts that somebody remembers."""


@dataclass(frozen=True)
class EntryUse:
    """Answers given with an entry since an instant, and those of them that parents marked as not helpful."""

    answered: int = 0
    disliked: int = 0


def entry_use(session: Session, since: datetime) -> dict[str, EntryUse]:
    """The use of every entry that answered since an instant, by topic; a topic that never did is not in it."""
    topic, rows = _first_topic(session), col(QuestionRow.id)
    answered = col(QuestionRow.decision) == "answer"  # sifted out of the span, so that the index on the instant is used
    disliked = answered & col(QuestionRow.helpful).is_(False)
    statement = (
        select(topic, func.count(rows).filter(answered), func.count(rows).filter(disliked))
        .where(col(QuestionRow.asked_at) >= since)
        .group_by(topic)
    )
    found = session.execute(statement).all()
    return {topic_id: EntryUse(times, unloved) for topic_id, times, unloved in found if topic_id and times}


def _first_topic(session: Session) -> ColumnElement[Any]:
    """The first of the topics that are kept as JSON, told apart by the database: rows are many, topics are few."""
    if session.get_bind().dialect.name == "postgresql":
        return func.split_part(col(QuestionRow.topics), '"', 2)
    rest = func.substr(col(QuestionRow.topics), 3)
    return func.substr(rest, 1, func.instr(rest, '"') - 1)
