"""Questions kept with the topic that is right for them: every edit is measured on them before it is served."""

from sqlmodel import Session, col, select

from bot.audit_log import Audited, note_change_by
from bot.curation.curation_rows import KeptQuestionRow
from bot.errors import Refusal
from knowledge.topics import Language


def keep_question(
    session: Session, by: Audited, text: str, language: Language, age_months: int | None, topic_id: str
) -> KeptQuestionRow:
    """Keep a scrubbed question; the same one again gets the topic that was said last.

    Raises: Refusal: the text is empty.
    """
    text = " ".join(text.split())[:300]
    if not text:
        raise Refusal("refused.no_text")
    where = (col(KeptQuestionRow.text) == text, col(KeptQuestionRow.language) == language)
    row = session.exec(select(KeptQuestionRow).where(*where)).first()
    if row is None:
        row = KeptQuestionRow(text=text, language=language, topic_id=topic_id, added_by=by.who, added_at=by.now)
    row.topic_id, row.age_months = topic_id, age_months
    session.add(row)
    note_change_by(session, by, "asked.keep", topic_id, after={"text": text})
    return row


def kept_rows(session: Session) -> list[KeptQuestionRow]:
    """Every kept question, oldest first."""
    return list(session.exec(select(KeptQuestionRow).order_by(col(KeptQuestionRow.id))).all())
