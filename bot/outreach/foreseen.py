"""How many chats a step would tell, counted by taking it and taking it back: staff see the number before they agree."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session, col, select

from bot.outreach.outreach_rows import OutgoingRow


def chats_told(session: Session, now: datetime, step: Callable[[], object]) -> int:
    """How many chats would get messages that a step at this instant orders; nothing is changed.

    Whatever the step raises is raised, and nothing is changed then either.
    """
    before = _ordered(session, now)
    nested = session.begin_nested()
    try:
        step()
        return len({chat_key for _, chat_key in _ordered(session, now) - before})
    finally:
        nested.rollback()
        session.expire_all()


def _ordered(session: Session, now: datetime) -> set[tuple[str, str]]:
    statement = select(OutgoingRow.key, OutgoingRow.chat_key).where(col(OutgoingRow.created_at) == now)
    return {(key, chat_key) for key, chat_key in session.exec(statement).all()}
