"""The questions that an edit is measured on, out of the database, and what a measure of a draft depends on."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from bot.admin.impact import Asked, Changed, Source
from bot.curation.curation_rows import KeptQuestionRow, RevisionRow
from bot.curation.kept_questions import kept_rows
from bot.curation.revisions import text_hash, texts_of
from bot.questions.question_log import QuestionRow, recent_questions
from knowledge.topics import Language

MOST_RECENT = 150


@dataclass(frozen=True)
class DraftMark:
    """A draft as it was when its impact was asked for; another mark is another measure.

    `edition`: the one served then. `kept`: the kept questions, as a hash. Questions of parents come in all the time, so
    that new ones alone make no other mark.
    """

    revision_id: int
    text_hash: str
    edition: str
    kept: str


def mark_of(session: Session, draft: RevisionRow, edition: str) -> DraftMark:
    """The mark of a draft as it stands."""
    kept = [(row.text, row.language, row.age_months, row.topic_id) for row in kept_rows(session)]
    return DraftMark(
        draft.id or 0, text_hash(texts_of(draft)), edition, hashlib.sha256(repr(kept).encode()).hexdigest()
    )


def questions_to_ask(session: Session) -> list[Asked]:
    """Every kept question, oldest first, then the newest of parents."""
    kept = [
        Asked(("kept", row.id or 0), row.text, _language(row.language), row.age_months, row.topic_id)
        for row in kept_rows(session)
    ]
    recent = [
        Asked(("log", row.id or 0), row.text, _language(row.language), row.age_months, None)
        for row in recent_questions(session, MOST_RECENT)
    ]
    return [*kept, *recent]


def still_there(session: Session, changed: Sequence[Changed]) -> list[tuple[str, Changed]]:
    """The changes with the texts of their questions; without those that were erased since they were asked."""
    texts: dict[Source, str] = {}
    kept = [one.source[1] for one in changed if one.source[0] == "kept"]
    logged = [one.source[1] for one in changed if one.source[0] == "log"]
    for row in session.exec(select(KeptQuestionRow).where(col(KeptQuestionRow.id).in_(kept))).all():
        texts["kept", row.id or 0] = row.text
    for asked in session.exec(select(QuestionRow).where(col(QuestionRow.id).in_(logged))).all():
        texts["log", asked.id or 0] = asked.text
    return [(texts[one.source], one) for one in changed if one.source in texts]


def _language(given: str) -> Language:
    return "en" if given == "en" else "zh"
