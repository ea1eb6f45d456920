"""What became of the groups of questions that parents asked: written down once, so that nobody deals with them twice."""

from datetime import datetime

from sqlmodel import Session, col, select

from bot.audit_log import Audited, note_change_by
from bot.curation.curation_rows import Became, DealtGroupRow
from knowledge.topics import Language


def note_dealt(
    session: Session,
    by: Audited,
    became: Became,
    text: str,
    language: Language,
    age_months: int | None,
    questions: int,
    topic_id: str,
) -> DealtGroupRow:
    """Write down what became of a group; its number is what the questions point to."""
    row = DealtGroupRow(
        text=text[:300],
        language=language,
        age_months=age_months,
        questions=questions,
        became=became,
        topic_id=topic_id,
        dealt_by=by.who,
        dealt_at=by.now,
    )
    session.add(row)
    session.flush()
    note_change_by(session, by, "asked.dealt", topic_id, after={"became": became, "questions": questions})
    return row


def dealt_groups(session: Session, since: datetime, most: int) -> list[DealtGroupRow]:
    """The groups that were dealt with since an instant, the latest first."""
    statement = select(DealtGroupRow).where(col(DealtGroupRow.dealt_at) >= since)
    return list(session.exec(statement.order_by(col(DealtGroupRow.id).desc()).limit(most)).all())
