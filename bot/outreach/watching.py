"""Gather what the alarms look at, and tell the staff's chats of each alarm once a day through the outbox."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from sqlmodel import Session, col, func, select

from bot.families.consent import CONSENT_VERSION
from bot.families.family_rows import ConsentRow
from bot.job_book import first_known_at, standings
from bot.messages import Say
from bot.outreach.alarms import Alarm, LateTicket, Snapshot, alarms
from bot.outreach.announcements import paused_by_itself
from bot.outreach.composing import Due, Part
from bot.outreach.outbox import Order, enqueue
from bot.outreach.outgoing import LANES
from bot.outreach.outreach_rows import OutgoingRow
from bot.outreach.staff_chats import StaffChatRow
from bot.sealing import Keyring

KIND = "staff"
ALARM_USEFUL_FOR = timedelta(hours=24)
_ABOUT_A_CHILD = ("nudge", "card")

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
"""Before every lease: "later than this" is found by the index, "is there" is not."""


def take_snapshot(session: Session, now: datetime, late_tickets: Sequence[LateTicket] = ()) -> Snapshot:
    """How things stand at this moment. `late_tickets`: counted by the room of tickets."""
    due = (col(OutgoingRow.lane).in_(LANES), col(OutgoingRow.next_try_at) <= now)  # every lane: so the index is used
    waiting = (col(OutgoingRow.state).in_(("queued", "awaiting_retry")), *due)
    queued, oldest = session.execute(select(func.count(), func.min(OutgoingRow.next_try_at)).where(*waiting)).one()
    in_doubt = (col(OutgoingRow.state) == "unknown", col(OutgoingRow.lease_until) > LONG_AGO)
    unknown, doubted = session.execute(select(func.count(), func.min(OutgoingRow.changed_at)).where(*in_doubt)).one()
    sent = [
        session.execute(select(func.max(OutgoingRow.sent_at)).where(col(OutgoingRow.kind) == kind)).scalar()
        for kind in _ABOUT_A_CHILD
    ]
    reminded = select(func.count(func.distinct(ConsentRow.family_id))).where(
        col(ConsentRow.purpose) == "calendar",
        col(ConsentRow.version) == CONSENT_VERSION,
        col(ConsentRow.withdrawn_at).is_(None),
    )
    return Snapshot(
        now=now,
        watched_since=first_known_at(session),
        families_reminded=session.execute(reminded).scalar_one(),
        last_nudge_at=max((at for at in sent if at is not None), default=None),
        queued=queued,
        oldest_due_at=oldest,
        unknown=unknown,
        oldest_unknown_at=doubted,
        jobs=standings(session),
        paused_by_itself=paused_by_itself(session),
        late_tickets=late_tickets,
    )


def tell_staff(
    session: Session,
    keys: Keyring,
    staff_chats: Sequence[str],
    now: datetime,
    today: date,
    look: Callable[[Session, datetime], Snapshot] = take_snapshot,
) -> Mapping[str, int]:
    """Put a message about each standing alarm into the outbox, once per alarm, chat and day."""
    standing = alarms(look(session, now))
    told = 0
    for alarm in standing:
        for chat_key in staff_chats:
            told += enqueue(session, keys, _order(alarm, chat_key, now, today), now)
    return {"alarms": len(standing), "told": told}


def tell_at_once(session: Session, keys: Keyring, alarm: Alarm, now: datetime, today: date) -> int:
    """Put one alarm into the outbox for every chat of staff, without waiting for the next look. Returns for how many.

    The look that follows finds it told.
    """
    chats = session.exec(select(StaffChatRow.chat_key)).all()
    return sum(enqueue(session, keys, _order(alarm, chat_key, now, today), now) for chat_key in chats)


def compose_alarm(_session: Session, due: Due, _now: datetime) -> Part:
    """The composer of the kind "staff"."""
    name = due.subject.split(":")[1]
    return Part((Say("alarm.title", look="title"), Say(f"alarm.{name}", due.content), Say("alarm.where", look="note")))


def _order(alarm: Alarm, chat_key: str, now: datetime, today: date) -> Order:
    subject = f"alarm:{alarm.name}:{alarm.about}"
    return Order(
        chat_key=chat_key,
        kind=KIND,
        subject=subject,
        key=f"{subject}:{today.isoformat()}:{chat_key}",
        topic="staff",
        lane="urgent",
        due_at=now,
        expires_at=now + ALARM_USEFUL_FOR,
        content={key: str(value) for key, value in alarm.values.items()},
    )
