"""What a family hears of a home visit without asking: a proposal, reminders, a change. Ordered now, worded when sent.

An order carries the version of the visit that it is about. When it is sent the visit is read anew: at another version
it would say something that is no longer true, and is withheld.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from bot.events.visit_rows import HomeVisitRow
from bot.events.visit_states import NOTICE, Slot, lapses_at
from bot.families.consent import CONSENT_VERSION
from bot.families.family_rows import CaregiverRow, ConsentRow
from bot.outreach.outbox import Order, enqueue_many, withdraw
from bot.outreach.outgoing import Lane
from bot.sealing import Keyring

KIND = "visit"
TOPIC = "events"
TOLD_WITHIN = timedelta(days=2)
"""News of a change that could not be told by then is old: the family sees it when it next looks."""

URGENT_WITHIN = timedelta(hours=24)
"""A visit so near that is called off is told at any hour: somebody is waiting for the door bell."""


def subject_of(row: HomeVisitRow) -> str:
    """What every message about a visit is filed under; it goes, and is stopped, with its child."""
    return f"child:{row.child_id}:visit:{row.id}"


def tell_family(session: Session, keys: Keyring, row: HomeVisitRow, now: datetime, *, was: Slot | None = None) -> int:
    """Order what the family has to hear of the visit as it stands now. Returns how many messages.

    `was`: the slot that was given up with this move, None for none.
    """
    orders = [order for chat_key in _listeners(session, row) for order in _orders(row, chat_key, now, was)]
    return enqueue_many(session, keys, orders, now)


def withdraw_messages(session: Session, row: HomeVisitRow, reason: str, now: datetime) -> int:
    """Hold back what still waits to be said about the visit. Returns how many messages."""
    return withdraw(session, subject_of(row), reason, now)


def agreed_to_events(session: Session, family_id: str) -> bool:
    """Whether a guardian of the family agrees to events now."""
    mine = families_agreeing_to_events().where(col(ConsentRow.family_id) == family_id)
    return session.exec(mine).first() is not None


def families_agreeing_to_events() -> SelectOfScalar[str]:
    """What selects the families of whom a guardian agrees to events now."""
    return select(ConsentRow.family_id).where(
        col(ConsentRow.purpose) == "events",
        col(ConsentRow.withdrawn_at).is_(None),
        col(ConsentRow.version) == CONSENT_VERSION,
    )


def _orders(row: HomeVisitRow, chat_key: str, now: datetime, was: Slot | None) -> Iterable[Order]:
    """Pure: the messages for one chat, from the state of the visit."""
    slot = None
    if row.starts_at is not None and row.ends_at is not None:
        slot = Slot(row.starts_at, row.ends_at)

    def order(rule: str, due_at: datetime, expires_at: datetime, lane: Lane = "reminder") -> Order:
        return Order(
            chat_key=chat_key,
            kind=KIND,
            subject=subject_of(row),
            key=f"{subject_of(row)}:{rule}:{row.version}:{chat_key}",
            topic=TOPIC,
            lane=lane,
            due_at=due_at,
            expires_at=expires_at,
            content={"rule": rule, "version": str(row.version)},
            family_id=row.family_id,
            on_doubt="resend" if lane == "urgent" else "skip",
        )

    match row.state:
        case "proposed" if slot is not None:
            yield order("proposed", now, lapses_at(now, slot) if lapses_at(now, slot) > now else slot.starts_at)
        case "confirmed" if slot is not None:
            day_before, soon = slot.starts_at - timedelta(days=1), slot.starts_at - NOTICE
            if day_before > now:
                yield order("day_before", day_before, soon)
            if soon > now:
                yield order("soon", soon, slot.starts_at)
        case "assigned" | "closed":
            near = was is not None and was.starts_at - now <= URGENT_WITHIN
            expires_at = max(now + timedelta(hours=1), was.starts_at) if near and was is not None else now + TOLD_WITHIN
            yield order("called_off", now, expires_at, "urgent" if near else "reminder")


def _listeners(session: Session, row: HomeVisitRow) -> list[str]:
    """Who hears of the visit: the one who asked while still of the family, otherwise the guardians."""
    statement = select(CaregiverRow).where(col(CaregiverRow.family_id) == row.family_id)
    members = session.exec(statement).all()
    asker = [member.chat_key for member in members if member.chat_key == row.asked_by]
    return asker or [member.chat_key for member in members if member.role == "guardian"]
