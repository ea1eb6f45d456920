"""Single messages that wait are withheld, by their keys; `outbox.withdraw` does the same for all about a subject."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col

from bot.outreach.outgoing import after, before
from bot.outreach.outreach_rows import OutgoingRow


def withdraw_keys(session: Session, keys: Sequence[str], reason: str, now: datetime) -> int:
    """Withhold what still waits under these keys, with the reason. Returns how many messages.

    One that is being sent at this moment is not stopped here: its composer reads the truth again.
    """
    if not keys:
        return 0
    waiting = [state for state in before("withdrawn") if state != "sending"]
    statement = update(OutgoingRow).where(col(OutgoingRow.key).in_(keys), col(OutgoingRow.state).in_(waiting))
    values = {
        "state": after("queued", "withdrawn"),
        "reason": reason,
        "next_try_at": None,
        "content": None,
        "changed_at": now,
    }
    result: Any = session.execute(statement.values(**values))
    return int(result.rowcount)
