"""Take due messages in hand, so that no two senders have the same one, nor two the same recipient.

A recipient's contact row is locked while its messages are claimed (on SQLite there is one writer anyway), and a
recipient with a message on its way is left alone: two messages at once would each believe that the other was not sent,
and spend the family's budget twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, literal, select, tuple_, update
from sqlmodel import Session, col

from bot.outreach.contact import Contact, opened_contact
from bot.outreach.outgoing import BUNDLED, LANES, Lane, Timing, after, before
from bot.outreach.outreach_rows import ContactRow, OutgoingRow
from bot.sealing import Keyring

_outgoing = OutgoingRow.__table__  # type: ignore[attr-defined]
_contact = ContactRow.__table__  # type: ignore[attr-defined]
_on_its_way = _outgoing.alias("on_its_way")
CANDIDATES_EACH = 2
"""Candidates looked at for each recipient wanted: some stand for the same recipient."""


@dataclass(frozen=True)
class Claimed:
    """One message in hand. `fence` is the number of this claim; `content` is sealed still, None where there is none."""

    id: str
    fence: int
    chat_key: str
    family_id: str | None
    kind: str
    subject: str
    topic: str
    lane: Lane
    content: str | None
    due_at: datetime
    expires_at: datetime
    attempts: int


@dataclass(frozen=True)
class Bundle:
    """The messages in hand for one recipient: one alone, or all that may go together."""

    contact: Contact
    rows: tuple[Claimed, ...]

    @property
    def lane(self) -> Lane:
        """The lane of the most pressing one."""
        return min((row.lane for row in self.rows), key=LANES.index)


def claim(
    session: Session, keys: Keyring, now: datetime, recipients: int, timing: Timing, closed: Collection[str] = ()
) -> list[Bundle]:
    """Take what is due for at most so many recipients, the most pressing lane first, the longest waiting first.

    `closed`: channels that nothing can be sent over now.
    """
    bundles: list[Bundle] = []
    for lane in LANES:
        free = recipients - len(bundles)
        if free <= 0:
            break
        taken = {bundle.contact.chat_key for bundle in bundles}
        firsts: dict[str, str] = {}
        for row_id, chat in _candidates(session, lane, now, free, closed):
            if chat not in taken and len(firsts) < free:
                firsts.setdefault(chat, row_id)
        if firsts:
            bundles += _take(session, keys, lane, firsts, now, timing)
    return bundles


def _candidates(
    session: Session, lane: Lane, now: datetime, recipients: int, closed: Collection[str]
) -> list[tuple[str, str]]:
    statement = (
        select(_outgoing.c.id, _outgoing.c.chat_key)
        .join(_contact, _contact.c.chat_key == _outgoing.c.chat_key)
        .where(_outgoing.c.lane == lane, _outgoing.c.next_try_at <= now, ~_busy())
        .order_by(_outgoing.c.next_try_at)
        .limit(recipients * CANDIDATES_EACH)
    )
    if closed:
        statement = statement.where(_contact.c.channel.not_in(closed))
    if session.get_bind().dialect.name == "postgresql":
        statement = statement.with_for_update(of=_contact, skip_locked=True)
    return [(row_id, chat) for row_id, chat in session.execute(statement)]


def _take(
    session: Session, keys: Keyring, lane: Lane, firsts: dict[str, str], now: datetime, timing: Timing
) -> list[Bundle]:
    """Claim for recipients that are locked. What another sender did before the lock is seen by this statement."""
    wanted: tuple[Any, ...]
    if lane in BUNDLED:
        wanted = (_outgoing.c.chat_key.in_(firsts), _outgoing.c.lane.in_(BUNDLED))
    else:
        wanted = (_outgoing.c.id.in_(firsts.values()),)
    statement = (
        update(_outgoing)
        .where(*wanted, _outgoing.c.next_try_at <= now, _outgoing.c.state.in_(before("claimed")), ~_busy())
        .values(
            state=after("queued", "claimed"),
            lease_until=now + timing.lease,
            fence=_outgoing.c.fence + 1,
            next_try_at=None,
            left_at=None,
            changed_at=now,
        )
        .returning(*(_outgoing.c[name] for name in Claimed.__dataclass_fields__))
    )
    by_chat: dict[str, list[Claimed]] = {}
    for row in session.execute(statement):
        claimed = Claimed(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name begins with an underscore
        by_chat.setdefault(claimed.chat_key, []).append(claimed)
    contacts = session.scalars(select(ContactRow).where(col(ContactRow.chat_key).in_(by_chat)))
    known = {row.chat_key: opened_contact(row, keys) for row in contacts}
    return [
        Bundle(known[chat], tuple(sorted(by_chat[chat], key=lambda row: (row.due_at, row.id))))
        for chat in firsts
        if chat in by_chat
    ]


def _busy() -> Any:
    return exists(
        select(literal(1)).where(_on_its_way.c.chat_key == _outgoing.c.chat_key, _on_its_way.c.state == "sending")
    )


def depart(session: Session, rows: Sequence[Claimed], now: datetime, timing: Timing) -> set[str]:
    """Note that the requests of these rows may leave from now on. Returns the ids of those still in this claim."""
    if not rows:
        return set()
    mine = tuple_(_outgoing.c.id, _outgoing.c.fence).in_([(row.id, row.fence) for row in rows])
    statement = (
        update(_outgoing)
        .where(mine, _outgoing.c.state == "sending")
        .values(left_at=now, lease_until=now + timing.lease, attempts=_outgoing.c.attempts + 1, changed_at=now)
        .returning(_outgoing.c.id)
    )
    return set(session.scalars(statement))


def renew(session: Session, rows: Sequence[Claimed], now: datetime, timing: Timing) -> None:
    """The sender lives and still has these rows."""
    if rows:
        mine = tuple_(_outgoing.c.id, _outgoing.c.fence).in_([(row.id, row.fence) for row in rows])
        statement = update(_outgoing).where(mine, _outgoing.c.state == "sending")
        session.execute(statement.values(lease_until=now + timing.lease))
