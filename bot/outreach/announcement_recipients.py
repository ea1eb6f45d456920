"""The frozen audience: written once, ordered page by page, settled at the end, counted at any time.

Until a recipient is final its message in the outbox says how it stands; the outcome is then copied here, so that the
report holds when the outbox is cleaned up or a person is forgotten.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import and_, bindparam, delete, insert, literal, or_, update
from sqlmodel import Session, col, func, select

from bot.families.family_rows import CaregiverRow
from bot.outreach.announcement import Tally
from bot.outreach.announcement_rows import AnnouncementRow, RecipientRow
from bot.outreach.audience import Recipient
from bot.outreach.outreach_rows import OutgoingRow

SETTLED_AT_ONCE = 500

_WAITS = ("queued", "sending", "awaiting_retry")
_STILL_OPEN = or_(
    col(OutgoingRow.state).in_(_WAITS),
    and_(col(OutgoingRow.state) == "unknown", col(OutgoingRow.lease_until).is_not(None)),  # the doubt is not closed
)
_recipient = RecipientRow.__table__  # type: ignore[attr-defined]
_FINAL = (
    update(_recipient)
    .where(_recipient.c.announcement_id == bindparam("of_this"), _recipient.c.number == bindparam("of_number"))
    .values(outcome=bindparam("becomes"), reason=bindparam("because"))
)
_COUNTED_AS = {"sent": "sent", "failed": "failed", "unknown": "unknown"}
"""Every other final state of a message counts as skipped, with its reason."""


def key_prefix(announcement_id: str) -> str:
    """What the keys of an announcement's orders begin with; the recipient's hidden address follows."""
    return f"announcement:{announcement_id}:send:0:1:"


def write_recipients(session: Session, row: AnnouncementRow, recipients: Sequence[Recipient]) -> None:
    """Freeze some more of the audience, numbered in order; the caller holds the announcement's lock.

    Whoever was forgotten or left since the audience was read is not written down.
    """
    near = col(CaregiverRow.chat_key).in_([one.chat_key for one in recipients])
    members = session.execute(select(CaregiverRow.chat_key, CaregiverRow.family_id).where(near)).all()
    still = {(chat_key, family_id) for chat_key, family_id in members}
    recipients = [one for one in recipients if (one.chat_key, one.family_id) in still]
    rows = [
        {"announcement_id": row.id, "number": number, "chat_key": one.chat_key, "family_id": one.family_id}
        for number, one in enumerate(recipients, start=row.frozen_count + 1)
    ]
    if rows:
        session.execute(insert(RecipientRow), rows)
    row.frozen_count += len(recipients)
    session.add(row)
    session.flush()


def forget_frozen(session: Session, row: AnnouncementRow) -> None:
    """Let go of an audience that nothing was sent to."""
    session.execute(delete(RecipientRow).where(col(RecipientRow.announcement_id) == row.id))
    row.frozen_to, row.frozen_count = None, 0
    session.add(row)


def recipients_between(session: Session, announcement_id: str, after: int, to: int) -> list[tuple[str, str | None]]:
    """Chat and family of the recipients numbered after `after` up to `to` who are still there."""
    wanted = select(RecipientRow.chat_key, RecipientRow.family_id).where(
        col(RecipientRow.announcement_id) == announcement_id,
        col(RecipientRow.number) > after,
        col(RecipientRow.number) <= to,
        col(RecipientRow.outcome).is_(None),
    )
    rows = session.execute(wanted.order_by(col(RecipientRow.number))).all()
    return [(chat_key, family_id) for chat_key, family_id in rows if chat_key is not None]


def skip_from(session: Session, announcement_id: str, after: int, reason: str) -> int:
    """Everyone numbered after `after` is skipped: their messages were never ordered. Returns how many."""
    left = (
        col(RecipientRow.announcement_id) == announcement_id,
        col(RecipientRow.number) > after,
        col(RecipientRow.outcome).is_(None),
    )
    done: Any = session.execute(update(RecipientRow).where(*left).values(outcome="skipped", reason=reason))
    return int(done.rowcount)


def waiting_in_outbox(session: Session, subject: str, now: datetime, most: int) -> int:
    """How many of its messages wait for the sender now, counted no further than `most`.

    Those held back for later (quiet hours, a family's budget) do not count.
    """
    waiting = select(OutgoingRow.id).where(
        col(OutgoingRow.subject) == subject,
        col(OutgoingRow.state).in_(_WAITS),
        or_(col(OutgoingRow.next_try_at).is_(None), col(OutgoingRow.next_try_at) <= now),
    )
    return int(session.execute(select(func.count()).select_from(waiting.limit(most).subquery())).scalar_one())


def any_open(session: Session, subject: str) -> bool:
    """Whether anything of it may still be sent, or is in doubt."""
    statement = select(OutgoingRow.id).where(col(OutgoingRow.subject) == subject, _STILL_OPEN).limit(1)
    return session.execute(statement).first() is not None


def settle(session: Session, announcement_id: str) -> int:
    """Copy final outcomes of some more recipients, whose messages are all over by now. Returns how many; 0: settled."""
    open_ones = (col(RecipientRow.announcement_id) == announcement_id, col(RecipientRow.outcome).is_(None))
    page = _with_message(announcement_id).where(*open_ones).order_by(col(RecipientRow.number)).limit(SETTLED_AT_ONCE)
    rows = session.execute(page).all()
    outcomes = [_counted(state or "withheld", reason if state else "erased") for _, state, reason in rows]
    final = [
        {"of_this": announcement_id, "of_number": number, "becomes": outcome, "because": because}
        for (number, _, _), (outcome, because) in zip(rows, outcomes, strict=True)
    ]
    if final:
        session.connection().execute(_FINAL, final)
    return len(rows)


def tally(session: Session, row: AnnouncementRow) -> Tally:
    """Where everyone of the audience stands at this moment.

    One statement: between two, PostgreSQL would let somebody be settled who then is in neither.
    """
    of_this, outcome = col(RecipientRow.announcement_id) == row.id, col(RecipientRow.outcome)
    settled = sqlalchemy.select(
        outcome, col(RecipientRow.reason), literal(value=True), literal(value=False), func.count()
    )
    settled = settled.where(of_this, outcome.is_not(None)).group_by(outcome, col(RecipientRow.reason))
    waits = or_(_STILL_OPEN, and_(col(OutgoingRow.state).is_(None), col(RecipientRow.number) > row.ordered_to))
    columns: list[Any] = [
        col(OutgoingRow.state).label("state"),
        col(OutgoingRow.reason).label("why"),
        literal(value=False).label("settled"),
        func.coalesce(waits, literal(value=False)).label("waits"),
    ]
    with_messages = sqlalchemy.select(*columns).select_from(RecipientRow).outerjoin(OutgoingRow, _message_of(row.id))
    each: Any = with_messages.where(of_this, outcome.is_(None)).subquery()
    under_way = sqlalchemy.select(*each.c, func.count()).group_by(*each.c)
    counts: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    for state, why, is_settled, waiting, count in session.execute(settled.union_all(under_way)).all():
        if waiting:
            counts["open"] += count
            continue
        counted, because = (state, why) if is_settled else _counted(state or "withheld", why if state else "erased")
        counts[counted] += count
        if counted == "skipped":
            skipped[because or "withheld"] += count
    size = row.audience_size if row.audience_size is not None else row.frozen_count
    return Tally(size, counts["sent"], counts["failed"], dict(skipped), counts["unknown"], counts["open"])


def settle_before_erasing(session: Session, chat_key: str) -> None:
    """Before a person is forgotten: keep what was sent in the count, and no longer say to whom.

    Call it before the outbox and the family forget them.
    """
    mine = select(CaregiverRow.family_id).where(col(CaregiverRow.chat_key) == chat_key)
    near = or_(col(RecipientRow.chat_key) == chat_key, col(RecipientRow.family_id).in_(mine))
    wanted = select(RecipientRow.announcement_id, RecipientRow.number, RecipientRow.chat_key)
    for announcement_id, number, whose in session.execute(
        wanted.where(near, col(RecipientRow.outcome).is_(None))
    ).all():
        this = col(RecipientRow.number) == number
        _, state, reason = session.execute(
            _with_message(announcement_id).where(col(RecipientRow.announcement_id) == announcement_id, this)
        ).one()
        if state is not None and state not in _WAITS:
            _write(session, announcement_id, number, state, reason)
        elif whose == chat_key:
            _write(session, announcement_id, number, "withheld", "erased")
    gone = update(RecipientRow).where(col(RecipientRow.chat_key) == chat_key)
    session.execute(gone.values(chat_key=None, family_id=None))


def _message_of(announcement_id: str) -> Any:
    return col(OutgoingRow.key) == literal(key_prefix(announcement_id)) + col(RecipientRow.chat_key)


def _with_message(announcement_id: str) -> Any:
    wanted = select(RecipientRow.number, OutgoingRow.state, OutgoingRow.reason)
    return wanted.select_from(RecipientRow).outerjoin(OutgoingRow, _message_of(announcement_id))


def _counted(state: str, reason: str | None) -> tuple[str, str | None]:
    counted = _COUNTED_AS.get(state, "skipped")
    return counted, reason if state == "withheld" or counted != "skipped" else state


def _write(session: Session, announcement_id: str, number: int, state: str, reason: str | None) -> None:
    outcome, because = _counted(state, reason)
    this = (col(RecipientRow.announcement_id) == announcement_id, col(RecipientRow.number) == number)
    session.execute(update(RecipientRow).where(*this).values(outcome=outcome, reason=because))
