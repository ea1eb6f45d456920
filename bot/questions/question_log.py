"""What was asked and decided, without names, for the people who mend the guide; erasable by its chat."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, update
from sqlmodel import Field, Session, SQLModel, col, select

from bot.questions.asking import Outcome
from bot.questions.scrub import scrub
from knowledge.topics import Language

KEPT_FOR = timedelta(days=365)
"""Then a question is deleted; those that staff kept to measure on hold no name and no chat."""

ASKED_JUST_NOW = timedelta(minutes=30)
"""A question asked not longer ago is the one that somebody means who wants to ask a person."""

UNSURE = 0.6
"""An answer given with less confidence is looked at by the editors."""


class QuestionRow(SQLModel, table=True):
    """One question. `text` is scrubbed; `helpful` is None until the parent says.

    `dealt_with`: the number under which editors dealt with it, None where they have not.
    """

    __tablename__ = "question"

    id: int | None = Field(default=None, primary_key=True)
    chat_key: str = Field(index=True, max_length=32)
    asked_at: datetime = Field(index=True)
    channel: str = Field(max_length=16)
    language: str = Field(max_length=2)
    text: str
    age_months: int | None = None
    decision: str = Field(index=True, max_length=16)
    urgency: str = Field(max_length=10)
    topics: str
    confidence: float
    edition: str = Field(max_length=12)
    helpful: bool | None = None
    dealt_with: int | None = None


def note_question(
    session: Session,
    outcome: Outcome,
    key: str,
    channel: str,
    edition: str,
    now: datetime,
    names: tuple[str, ...] = (),
) -> int:
    """Write a question down without the family's own `names`. Returns its number, for feedback."""
    row = QuestionRow(
        chat_key=key,
        asked_at=now,
        channel=channel,
        language=outcome.question.language,
        text=scrub(outcome.question.text, names),
        age_months=outcome.age_months,
        decision=outcome.decision,
        urgency=outcome.urgency,
        topics=json.dumps(list(outcome.topic_ids)),
        confidence=round(outcome.confidence, 4),
        edition=edition,
    )
    session.add(row)
    session.flush()
    if row.id is None:
        message = "the database gave the question no number"
        raise RuntimeError(message)
    return row.id


def note_feedback(session: Session, question_id: int, key: str, *, helpful: bool) -> bool:
    """Note whether an answer helped; only the one who asked can say. Returns whether the question was theirs."""
    statement = (
        update(QuestionRow)
        .where(col(QuestionRow.id) == question_id, col(QuestionRow.chat_key) == key)
        .values(helpful=helpful)
        .returning(col(QuestionRow.id))
    )
    return session.execute(statement).first() is not None


def question_asked(session: Session, key: str, number: str, now: datetime) -> QuestionRow | None:
    """The question of this number, if this chat asked it; with an empty number the one asked just now. Else None."""
    statement = select(QuestionRow).where(
        col(QuestionRow.chat_key) == key,
        col(QuestionRow.decision).not_in(("smalltalk", "")),
        col(QuestionRow.text) != "",
    )
    if number:
        known = number.isascii() and number.isdigit() and len(number) < 16
        return session.exec(statement.where(col(QuestionRow.id) == int(number))).first() if known else None
    recent = statement.where(col(QuestionRow.asked_at) >= now - ASKED_JUST_NOW)
    return session.exec(recent.order_by(col(QuestionRow.id).desc())).first()


def topics_of(row: QuestionRow) -> tuple[str, ...]:
    """The topics that were found for a question, the best first."""
    return tuple(json.loads(row.topics))


def recent_questions(session: Session, most: int) -> list[QuestionRow]:
    """The newest questions that the guide was searched for, each text once."""
    where = col(QuestionRow.decision).in_(("answer", "choices", "no_answer"))
    statement = select(QuestionRow).where(where).order_by(col(QuestionRow.id).desc()).limit(most * 2)
    once = {row.text: row for row in reversed(session.exec(statement).all())}
    return list(reversed(once.values()))[:most]


def questions_to_mend(session: Session, since: datetime, most: int) -> list[QuestionRow]:
    """Questions since an instant that were not well answered: none found, asked back, unsure or disliked; newest first.

    Those that editors dealt with are not among them.
    """
    poor = or_(
        col(QuestionRow.decision).in_(("no_answer", "choices")),
        col(QuestionRow.helpful).is_(False),
        (col(QuestionRow.decision) == "answer") & (col(QuestionRow.confidence) < UNSURE),
    )
    open_still = col(QuestionRow.dealt_with).is_(None)
    statement = select(QuestionRow).where(col(QuestionRow.asked_at) >= since, poor, open_still)
    return list(session.exec(statement.order_by(col(QuestionRow.id).desc()).limit(most)).all())


def deal_with(session: Session, questions: Sequence[int], mark: int) -> int:
    """Note that editors dealt with these questions, under a number of theirs. Returns how many were still open."""
    still = (col(QuestionRow.id).in_(questions), col(QuestionRow.dealt_with).is_(None))
    dealt = session.execute(update(QuestionRow).where(*still).values(dealt_with=mark).returning(col(QuestionRow.id)))
    return len(dealt.all())


def dealt_among(session: Session, questions: Sequence[int]) -> list[int]:
    """Which of these questions editors have dealt with."""
    dealt = select(QuestionRow.id).where(col(QuestionRow.id).in_(questions), col(QuestionRow.dealt_with).is_not(None))
    return [one for one in session.exec(dealt).all() if one is not None]


def wordings_of(session: Session, questions: Sequence[int]) -> dict[Language, list[str]]:
    """How these questions were asked, each way once, by language, the newest first."""
    statement = select(QuestionRow.language, QuestionRow.text).where(col(QuestionRow.id).in_(questions))
    found: dict[Language, list[str]] = {"zh": [], "en": []}
    for language, text in session.exec(statement.order_by(col(QuestionRow.id).desc())).all():
        texts = found["en" if language == "en" else "zh"]
        if text not in texts:
            texts.append(text)
    return found


def asked_again(session: Session, text: str, since: datetime) -> int:
    """How often the same words were asked after an instant."""
    where = (col(QuestionRow.asked_at) > since, col(QuestionRow.text) == text)
    return session.exec(select(func.count()).select_from(QuestionRow).where(*where)).one()


def let_go_of_old_questions(session: Session, now: datetime) -> None:
    """Delete what was asked longer ago than `KEPT_FOR`."""
    session.execute(delete(QuestionRow).where(col(QuestionRow.asked_at) < now - KEPT_FOR))


def erase_questions(session: Session, key: str) -> None:
    """Delete every question of a chat."""
    session.execute(delete(QuestionRow).where(col(QuestionRow.chat_key) == key))


def take_out_of_questions(session: Session, keys: list[str], names: tuple[str, ...]) -> None:
    """Take names out of questions that were written down before the names were known to be a child's."""
    for row in session.exec(select(QuestionRow).where(col(QuestionRow.chat_key).in_(keys))).all():
        text = scrub(row.text, names)
        if text != row.text:
            row.text = text
            session.add(row)


def questions_of(session: Session, key: str) -> list[dict[str, str]]:
    """What a chat asked, as it was written down: instant, question and decision, oldest first."""
    statement = select(QuestionRow).where(col(QuestionRow.chat_key) == key).order_by(col(QuestionRow.id))
    rows = session.exec(statement).all()
    return [{"asked_at": row.asked_at.isoformat(), "text": row.text, "decision": row.decision} for row in rows]
