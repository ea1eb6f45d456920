"""The delivery ledger: was I told, when, and why not? For a chat and, for staff, about one subject. No contents."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from bot.outreach.outreach_rows import OutgoingRow

MOST_LINES = 200


@dataclass(frozen=True)
class LedgerLine:
    """What became of one message. Instants are UTC.

    `reason`: why it was not sent or still waits, None for none. `sent_at`: None unless it was sent. `again_at`: when it
    is next looked at, None where nothing more happens. `doubts`: how often nobody knew whether it had arrived.
    """

    kind: str
    topic: str
    state: str
    reason: str | None
    due_at: datetime
    sent_at: datetime | None
    again_at: datetime | None
    doubts: int


def ledger_of_chat(session: Session, chat_key: str, now: datetime, most: int = MOST_LINES) -> list[LedgerLine]:
    """What was sent to a chat and what was not, the newest first; of what is to come only what is due by now."""
    return _lines(session, (col(OutgoingRow.chat_key) == chat_key, col(OutgoingRow.due_at) <= now), most)


def ledger_of_subject(session: Session, subject: str, most: int = MOST_LINES) -> list[LedgerLine]:
    """Everything about one thing (a booking, a child), the newest first: for staff who are asked."""
    return _lines(session, (col(OutgoingRow.subject) == subject,), most)


def fates_of_subject(session: Session, subject: str) -> Counter[tuple[str, str | None]]:
    """How many messages about one thing had which fate: state and reason."""
    grouped = select(OutgoingRow.state, OutgoingRow.reason, func.count()).where(col(OutgoingRow.subject) == subject)
    rows = session.exec(grouped.group_by(col(OutgoingRow.state), col(OutgoingRow.reason))).all()
    return Counter({(state, reason): count for state, reason, count in rows})


def _lines(session: Session, which: Sequence[ColumnElement[bool]], most: int) -> list[LedgerLine]:
    wanted = select(OutgoingRow).where(*which).order_by(col(OutgoingRow.due_at).desc(), col(OutgoingRow.id)).limit(most)
    return [
        LedgerLine(
            kind=row.kind,
            topic=row.topic,
            state=row.state,
            reason=row.reason,
            due_at=row.due_at,
            sent_at=row.sent_at,
            again_at=row.next_try_at,
            doubts=row.doubts,
        )
        for row in session.exec(wanted).all()
    ]
