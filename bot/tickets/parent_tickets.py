"""The parent's side of a ticket: ask, write again, say that it helped, take back, take along, be forgotten.

Only the chat that asked reaches a ticket. What was written is sealed and leaves only in an answer to that chat, on the
counsellors' pages, and in the parent's own copy.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from bot.errors import Refusal
from bot.flow import Visit
from bot.outreach.alarms import came
from bot.outreach.outbox import withdraw
from bot.outreach.outreach_rows import OutgoingRow
from bot.outreach.watching import tell_at_once
from bot.sealing import Keyring, place_of
from bot.tickets.ticket_rows import TicketMessageRow, TicketRow
from bot.tickets.ticket_states import OPEN, Urgency, after, is_urgent, worse
from knowledge.topics import Language

KIND = "ticket"
"""Of a ticket's messages in the outbox."""

CONSENT = 1
"""The version of the words in `ticket.who` and `ticket.kept`, by which a parent agrees to share a question."""

MOST_OPEN = 5
MOST_CHARACTERS = 1500
MOST_MESSAGES = 60
KEPT_FOR = timedelta(days=180)
"""After closing; then a ticket is deleted."""

SILENT_FOR = timedelta(days=14)
"""An answered ticket that nobody comes back to is closed, so that its clock of 180 days begins."""

Kind = Literal["question", "words", "shown", "age", "back", "reply", "note"]
_OF_PARENT = frozenset({"question", "words", "shown", "age", "back"})


@dataclass(frozen=True)
class Message:
    """One piece of a ticket, opened. See `TicketMessageRow`."""

    id: str
    kind: str
    at: datetime
    author: str
    text: str

    @property
    def by_parent(self) -> bool:
        """Whether the parent wrote or shared it."""
        return self.kind in _OF_PARENT


def label_of(ticket_id: str) -> str:
    """What people call a ticket: short, and enough to tell a few apart."""
    return f"T-{ticket_id[:6].upper()}"


def subject_of(ticket_id: str) -> str:
    """What a ticket's messages in the outbox are about."""
    return f"ticket:{ticket_id}"


def ask_person(visit: Visit, shared: Sequence[tuple[Kind, str]], urgency: Urgency, language: Language) -> TicketRow:
    """Store a ticket with exactly what the parent agreed to share, in this order.

    Raises: Refusal: too many are open.
    """
    if sum(row.state in OPEN for row in tickets_of(visit.session, visit.chat_key)) >= MOST_OPEN:
        raise Refusal("ticket.too_many", most=MOST_OPEN)
    row = TicketRow(
        id=secrets.token_hex(8),
        chat_key=visit.chat_key,
        language=language,
        state="waiting",
        urgency=urgency,
        consent=CONSENT,
        asked_at=visit.now,
        waits_since=visit.now,
        changed_at=visit.now,
    )
    visit.session.add(row)
    visit.session.flush()
    for kind, text in shared:
        add_message(visit.session, visit.keys, row, kind, text, visit.now)
    if is_urgent(urgency):
        _alarm_on_call(visit, row)
    return row


def write_back(visit: Visit, ticket_id: str, text: str, urgency: Urgency) -> TicketRow:
    """More words of the parent; a closed ticket waits again.

    Raises: Refusal: the ticket is gone, or has grown too long.
    """
    row = own_ticket(visit, ticket_id, to_change=True)
    count = select(func.count()).select_from(TicketMessageRow).where(col(TicketMessageRow.ticket_id) == row.id)
    if visit.session.exec(count).one() >= MOST_MESSAGES:
        raise Refusal("ticket.too_many_words")
    add_message(visit.session, visit.keys, row, "back", text, visit.now)
    known = row.waits_since is not None and is_urgent(row.urgency)
    row.urgency = worse(row.urgency, urgency) if row.waits_since else urgency
    row.waits_since = row.waits_since or visit.now
    if is_urgent(urgency) and not known:
        _alarm_on_call(visit, row)
    if row.state == "closed":
        row.claimed_by, row.claimed_at, row.closed_at, row.closed_because = None, None, None, None
    return _moved(visit.session, row, after("write_back", row.state), visit.now)


def _alarm_on_call(visit: Visit, row: TicketRow) -> None:
    """Whoever is on call hears of it at once, at any hour: its number alone, never a word of it."""
    tell_at_once(visit.session, visit.keys, came(label_of(row.id), row.waits_since), visit.now, visit.today)


def say_it_helped(visit: Visit, ticket_id: str) -> TicketRow:
    """The parent has what was needed: the ticket is closed.

    Raises: Refusal: the ticket is gone.
    """
    row = own_ticket(visit, ticket_id, to_change=True)
    if row.state not in OPEN:
        return row
    shut(row, "helped", visit.now)
    return _moved(visit.session, row, after("helped", row.state), visit.now)


def take_back(visit: Visit, ticket_id: str) -> None:
    """Delete a ticket with everything in it; an answer on its way is withheld.

    Raises: Refusal: the ticket is gone.
    """
    row = own_ticket(visit, ticket_id, to_change=True)
    withdraw(visit.session, subject_of(row.id), "erased", visit.now)
    visit.session.delete(row)
    visit.session.flush()


def own_ticket(visit: Visit, ticket_id: str, *, to_change: bool = False) -> TicketRow:
    """The ticket, if this chat asked it. `to_change`: a counsellor who writes at this moment waits.

    Raises: Refusal: it is not there.
    """
    row = visit.session.get(TicketRow, ticket_id, with_for_update=to_change)
    if row is None or row.chat_key != visit.chat_key:
        raise Refusal("ticket.gone")
    return row


def tickets_of(session: Session, chat_key: str) -> list[TicketRow]:
    """The tickets of a chat, the newest first."""
    statement = select(TicketRow).where(col(TicketRow.chat_key) == chat_key)
    return list(session.exec(statement.order_by(col(TicketRow.asked_at).desc(), col(TicketRow.id))).all())


def add_message(
    session: Session, keys: Keyring, row: TicketRow, kind: Kind, text: str, now: datetime, author: str = ""
) -> str:
    """Seal one more piece into a ticket. Returns its id."""
    last = select(func.max(TicketMessageRow.number)).where(col(TicketMessageRow.ticket_id) == row.id)
    message_id = secrets.token_hex(8)
    session.add(
        TicketMessageRow(
            id=message_id,
            ticket_id=row.id,
            number=(session.exec(last).one() or 0) + 1,
            at=now,
            kind=kind,
            author=author,
            text=keys.seal(text, _place(message_id)),
        )
    )
    session.flush()
    return message_id


def messages_of(session: Session, keys: Keyring, ticket_id: str) -> list[Message]:
    """Everything in a ticket, opened, in order.

    Raises: CannotOpen: a key is not here.
    """
    statement = select(TicketMessageRow).where(col(TicketMessageRow.ticket_id) == ticket_id)
    return [opened_message(row, keys) for row in session.exec(statement.order_by(col(TicketMessageRow.number))).all()]


def opened_message(row: TicketMessageRow, keys: Keyring) -> Message:
    """One piece, opened."""
    return Message(row.id, row.kind, row.at, row.author, keys.open(row.text, _place(row.id)))


def shut(row: TicketRow, because: Literal["helped", "closed", "silence"], now: datetime) -> None:
    """Note why and when a ticket ends; from now on its clock of `KEPT_FOR` runs."""
    row.closed_at, row.closed_because, row.waits_since = now, because, None


def has_ticket(session: Session, chat_key: str) -> bool:
    """Whether somebody waits there for an answer, or one is on its way."""
    if any(row.state in OPEN for row in tickets_of(session, chat_key)):
        return True
    on_its_way = (col(OutgoingRow.kind) == KIND, col(OutgoingRow.state).in_(("queued", "sending", "awaiting_retry")))
    statement = select(OutgoingRow.id).where(col(OutgoingRow.chat_key) == chat_key, *on_its_way)
    return session.exec(statement).first() is not None


def tickets_copy(visit: Visit) -> list[dict[str, Any]]:
    """A person's own tickets as plain data; what counsellors noted for each other is theirs."""
    return [
        {
            "asked_at": row.asked_at.isoformat(),
            "state": row.state,
            "closed_at": row.closed_at.isoformat() if row.closed_at else None,
            "messages": [
                {"at": one.at.isoformat(), "from": one.author or "me", "what": one.kind, "text": one.text}
                for one in messages_of(visit.session, visit.keys, row.id)
                if one.kind != "note"
            ],
        }
        for row in tickets_of(visit.session, visit.chat_key)
    ]


def forget_tickets(session: Session, chat_key: str) -> None:
    """Delete every ticket of a chat with all its words."""
    session.execute(delete(TicketRow).where(col(TicketRow.chat_key) == chat_key))


def take_out_of_tickets(
    session: Session, keys: Keyring, chat_keys: Iterable[str], without: Callable[[str], str]
) -> None:
    """Seal the tickets of these chats anew without a name that was erased; `without` gives a text without it."""
    mine = select(TicketRow.id).where(col(TicketRow.chat_key).in_(list(chat_keys)))
    for row in session.exec(select(TicketMessageRow).where(col(TicketMessageRow.ticket_id).in_(mine))).all():
        text = opened_message(row, keys).text
        left = without(text)
        if left != text:
            row.text = keys.seal(left, _place(row.id))
            session.add(row)


def let_go_of_old_tickets(session: Session, now: datetime) -> None:
    """Close what was answered and stayed silent; delete what was closed longer ago than `KEPT_FOR`."""
    silent = (col(TicketRow.state) == "answered", col(TicketRow.changed_at) < now - SILENT_FOR)
    for row in session.exec(select(TicketRow).where(*silent)).all():
        shut(row, "silence", now)
        _moved(session, row, after("lapse", row.state), now)
    session.execute(delete(TicketRow).where(col(TicketRow.closed_at) < now - KEPT_FOR))


def _moved(session: Session, row: TicketRow, state: str | None, now: datetime) -> TicketRow:
    if state is None:
        message = f"a ticket that is {row.state} cannot move so"
        raise RuntimeError(message)
    row.state, row.version, row.changed_at = state, row.version + 1, now
    session.add(row)
    session.flush()
    return row


def _place(message_id: str) -> str:
    return place_of("ticket_message", message_id, "text")
