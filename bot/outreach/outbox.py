"""Orders to send something, written in the transaction of the change that causes them: both are there, or neither.

The key of an order makes a repetition harmless. What a row says is worded when it is sent (`composing`), so an order
needs to say what it is about, not what is true today.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import case, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from bot.families.family_rows import new_id
from bot.outreach.outgoing import Lane, OnDoubt, after, before
from bot.outreach.outreach_rows import OutgoingRow
from bot.sealing import Keyring, place_of

_OF_A_CHILD = "child:"


@dataclass(frozen=True)
class Order:
    """What a feature asks to have sent to one chat. Instants are aware.

    `kind`: which composer words it ("nudge", "card", "booking", "visit", "announcement", "ticket", "staff").
    `subject`: what it is about ("child:<id>", "booking:<id>"); what begins with "child:<id>" goes with that child.
    `key`: unique, "<subject>:<rule>:<offset>:<version>:<chat_key>". `topic`: what a family can mute. Not sent before
    `due_at` nor from `expires_at` on. `family_id`: None where it belongs to no family. `on_doubt`: what closes an
    unknown send; "resend" only for urgent news.
    """

    chat_key: str
    kind: str
    subject: str
    key: str
    topic: str
    lane: Lane
    due_at: datetime
    expires_at: datetime
    content: Mapping[str, str] = field(default_factory=dict)
    family_id: str | None = None
    on_doubt: OnDoubt = "skip"

    def __post_init__(self) -> None:
        if self.due_at.utcoffset() is None or self.expires_at.utcoffset() is None:
            message = f"order {self.kind} about {self.subject}: due_at and expires_at need a zone"
            raise ValueError(message)
        if self.expires_at <= self.due_at:
            message = f"order {self.kind} about {self.subject}: it expires before it is due"
            raise ValueError(message)


def enqueue(session: Session, keys: Keyring, order: Order, now: datetime) -> bool:
    """Put one order into the outbox, in the caller's transaction. False: this key is there already."""
    return enqueue_many(session, keys, (order,), now) == 1


def enqueue_many(session: Session, keys: Keyring, orders: Iterable[Order], now: datetime) -> int:
    """Put orders into the outbox, in the caller's transaction. Returns how many were not there yet."""
    rows = [_row(order, keys, now) for order in orders]
    session.flush()
    if not rows:
        return 0
    # one short statement run for all rows: a statement with every row's values in it takes longer to build than to run
    statement = _INSERT[session.get_bind().dialect.name]
    return _count(session.connection().execute(statement, rows, execution_options={"preserve_rowcount": True}))


def withdraw(session: Session, subject: str, reason: str, now: datetime) -> int:
    """Everything about this that still waits is withheld, with the reason. Returns how many messages.

    A message that is being sent at this moment is not stopped here: its composer reads the truth again.
    """
    waiting = col(OutgoingRow.state).in_(_WITHDRAWABLE)
    statement = update(OutgoingRow).where(col(OutgoingRow.subject) == subject, waiting)
    withheld = after("queued", "withdrawn")
    values = {"state": withheld, "reason": reason, "next_try_at": None, "content": None, "changed_at": now}
    return _count(session.execute(statement.values(**values)))


def pause(session: Session, subject: str, now: datetime) -> int:
    """Nothing about this is sent until `resume`. Returns how many messages wait."""
    statement = update(OutgoingRow).where(
        col(OutgoingRow.subject) == subject, col(OutgoingRow.next_try_at).is_not(None)
    )
    return _count(session.execute(statement.values(next_try_at=None, reason="paused", changed_at=now)))


def resume(session: Session, subject: str, now: datetime) -> int:
    """What was paused waits again for its turn. Returns how many messages."""
    paused = (col(OutgoingRow.state).in_(_WITHDRAWABLE), col(OutgoingRow.next_try_at).is_(None))
    statement = update(OutgoingRow).where(col(OutgoingRow.subject) == subject, *paused)
    again_at = case((col(OutgoingRow.due_at) > now, col(OutgoingRow.due_at)), else_=now)
    return _count(session.execute(statement.values(next_try_at=again_at, reason=None, changed_at=now)))


def place_of_content(row_id: str) -> str:
    """Where the content of a row is sealed to."""
    return place_of("outgoing", row_id, "content")


_INSERT = {
    name: insert(OutgoingRow.__table__).on_conflict_do_nothing(index_elements=["key"])  # type: ignore[attr-defined]
    for name, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}
_WITHDRAWABLE = [state for state in before("withdrawn") if state != "sending"]


def _row(order: Order, keys: Keyring, now: datetime) -> dict[str, Any]:
    row_id = new_id()
    written = json.dumps(dict(order.content), ensure_ascii=False) if order.content else None
    return {
        "id": row_id,
        "key": order.key,
        "chat_key": order.chat_key,
        "family_id": order.family_id,
        "child_id": _child_of(order.subject),
        "kind": order.kind,
        "subject": order.subject,
        "topic": order.topic,
        "lane": order.lane,
        "content": None if written is None else keys.seal(written, place_of_content(row_id)),
        "due_at": order.due_at,
        "expires_at": order.expires_at,
        "on_doubt": order.on_doubt,
        "state": "queued",
        "attempts": 0,
        "doubts": 0,
        "fence": 0,
        "next_try_at": order.due_at,
        "created_at": now,
        "changed_at": now,
    }


def _child_of(subject: str) -> str | None:
    return subject.removeprefix(_OF_A_CHILD).split(":")[0] if subject.startswith(_OF_A_CHILD) else None


def _count(result: Any) -> int:
    return int(result.rowcount)
