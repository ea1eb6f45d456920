"""Write down what became of messages: by the sender that had them, by their lease, by the policy for doubts.

News counts only under the fence of the claim that it comes from. What a sender learns too late, after another has taken
the message over or its doubt was closed, changes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import Boolean, ColumnElement, and_, bindparam, case, delete, exists, func, literal, or_, select, update
from sqlmodel import Session

from bot.outreach.claiming import Claimed
from bot.outreach.outbox import withdraw
from bot.outreach.outgoing import MOST_EQUAL_ERRORS, OVER, Happening, Timing, after, before
from bot.outreach.outreach_rows import ContactRow, OutgoingRow

_outgoing = OutgoingRow.__table__  # type: ignore[attr-defined]
_contact = ContactRow.__table__  # type: ignore[attr-defined]
MOST_REASON = 80
MOST_REF = 64
KEPT_FOR = timedelta(days=180)
"""So long a family can ask whether it was told something."""


@dataclass(frozen=True)
class News:
    """What became of one message in hand.

    `again_at`: when it is tried again, for what puts it back or asks for it. `new_address`: the chat has moved there.
    """

    row: Claimed
    happening: Happening
    reason: str | None = None
    again_at: datetime | None = None
    ref: str | None = None
    new_address: str | None = None


OnPoison: TypeAlias = Callable[[Session, str, str, datetime], bool]
"""(session, subject, reason, now): messages of this subject fail alike. True: somebody took care, nothing is withdrawn."""


def settle(
    session: Session, news: Sequence[News], now: datetime, timing: Timing, on_poison: OnPoison | None = None
) -> int:
    """Write the news down. Returns how much of it came too late and changed nothing."""
    if not news:
        return 0
    result = session.connection().execute(_SETTLE, [_values(one, now, timing) for one in news])
    for subject, reason in {(one.row.subject, one.reason) for one in news if one.happening in {"refused", "gave_up"}}:
        _stop_what_fails_alike(session, subject, reason or "", now, on_poison)
    return len(news) - int(result.rowcount)


def _values(one: News, now: datetime, timing: Timing) -> dict[str, object]:
    state = after("sending", one.happening)
    return {
        "of_id": one.row.id,
        "of_fence": one.row.fence,
        "new_state": state,
        "new_reason": one.reason[:MOST_REASON] if one.reason else None,
        "again_at": one.again_at,
        "closes_at": now + timing.close_after if one.happening == "in_doubt" else None,
        "doubt": int(one.happening == "in_doubt"),
        "arrived_at": now if one.happening == "arrived" else None,
        "ref": one.ref[:MOST_REF] if one.ref else None,
        "over": state in OVER and state != "unknown",
        "now": now,
    }


_SETTLE = (
    update(_outgoing)
    .where(
        _outgoing.c.id == bindparam("of_id"),
        _outgoing.c.fence == bindparam("of_fence"),
        or_(*(_outgoing.c.state == state for state in before("arrived"))),
    )
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        next_try_at=bindparam("again_at", type_=_outgoing.c.next_try_at.type),
        lease_until=bindparam("closes_at", type_=_outgoing.c.lease_until.type),
        doubts=_outgoing.c.doubts + bindparam("doubt"),
        sent_at=bindparam("arrived_at", type_=_outgoing.c.sent_at.type),
        message_ref=bindparam("ref"),
        content=case((bindparam("over", type_=Boolean), None), else_=_outgoing.c.content),
        changed_at=bindparam("now", type_=_outgoing.c.changed_at.type),
    )
)


def _stop_what_fails_alike(
    session: Session, subject: str, reason: str, now: datetime, on_poison: OnPoison | None
) -> None:
    alike = (_outgoing.c.subject == subject, _outgoing.c.state == "failed", _outgoing.c.reason == reason[:MOST_REASON])
    count = session.scalar(select(func.count()).select_from(_outgoing).where(*alike)) or 0
    if count >= MOST_EQUAL_ERRORS and not (on_poison is not None and on_poison(session, subject, reason, now)):
        withdraw(session, subject, "stopped_equal_errors", now)


def look_after_leases(session: Session, now: datetime, timing: Timing) -> int:
    """Take messages from senders that are gone, and close doubts by policy. Returns how many became doubtful.

    What had not left goes back to the queue; what may have left is unknown.
    """
    over = _outgoing.c.lease_until <= now
    sending, unknown = and_(over, _outgoing.c.state == "sending"), and_(over, _outgoing.c.state == "unknown")
    _move(session, and_(sending, _outgoing.c.left_at.is_(None)), "sending", "sender_gone_before", now, again=True)
    doubtful = _move(
        session, sending, "sending", "sender_gone_after", now, closes_at=now + timing.close_after, reason="sender_gone"
    )
    skip, resend = _outgoing.c.on_doubt == "skip", _outgoing.c.on_doubt == "resend"
    _move(session, and_(unknown, skip), "unknown", "doubt_closed_skip", now, fenced=True)
    _move(session, and_(unknown, resend), "unknown", "doubt_closed_resend", now, fenced=True, again=True)
    return doubtful


def _move(
    session: Session,
    which: ColumnElement[bool],
    state: str,
    happening: Happening,
    now: datetime,
    *,
    again: bool = False,
    fenced: bool = False,
    closes_at: datetime | None = None,
    reason: str | None = None,
) -> int:
    values: dict[str, object] = {
        "state": after("sending" if state == "sending" else "unknown", happening),
        "lease_until": closes_at,
        "next_try_at": now if again else None,
        "changed_at": now,
    }
    if fenced:
        values["fence"] = _outgoing.c.fence + 1
    if closes_at is not None:
        values["doubts"] = _outgoing.c.doubts + 1
    if reason is not None:
        values["reason"] = reason
    if happening == "doubt_closed_skip":
        values["content"] = None
    return int(session.execute(update(_outgoing).where(which).values(**values)).rowcount)  # type: ignore[attr-defined]


def end_what_cannot_go(session: Session, now: datetime) -> int:
    """What is too late has expired; what nobody has an address for is unreachable. Returns how many rows."""
    due = _outgoing.c.next_try_at <= now
    over = {"next_try_at": None, "content": None, "changed_at": now}
    late = update(_outgoing).where(due, _outgoing.c.expires_at <= now)
    count = session.execute(late.values(state=after("queued", "too_late"), **over)).rowcount  # type: ignore[attr-defined]
    known = exists(select(literal(1)).where(_contact.c.chat_key == _outgoing.c.chat_key))
    lost = update(_outgoing).where(due, ~known)
    values = {"state": after("queued", "not_reachable"), "reason": "no_address", **over}
    count += session.execute(lost.values(**values)).rowcount  # type: ignore[attr-defined]
    return int(count)


def let_go_of_old_rows(session: Session, now: datetime, most: int) -> int:
    """The record of what was sent ends after `KEPT_FOR`. Returns how many rows went, `most` of them at once."""
    over = (_outgoing.c.state.in_(OVER), _outgoing.c.lease_until.is_(None), _outgoing.c.changed_at < now - KEPT_FOR)
    old = list(session.scalars(select(_outgoing.c.id).where(*over).limit(most)))
    session.execute(delete(_outgoing).where(_outgoing.c.id.in_(old)))
    return len(old)
