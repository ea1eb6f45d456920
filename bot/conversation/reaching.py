"""Who may hear from us unasked: chats with a reason, joined from every room, and nobody else.

The address of a chat is kept from the moment it has a reason until it has none. Each room that sends something adds
its reason to `REASONS`.
"""

from collections.abc import Callable, Iterable

from sqlmodel import Session, col, select

from bot.database import Database
from bot.families.consent import Purpose, agreed_around
from bot.flow import Visit
from bot.messages import Inbound
from bot.outreach.contact import forget_contact, remember_contact
from bot.outreach.outreach_rows import ContactRow
from bot.outreach.staff_chats import is_staff_chat
from bot.tickets.parent_tickets import has_ticket
from knowledge.topics import Language

PURPOSES_THAT_SEND: frozenset[Purpose] = frozenset({"calendar", "events", "news"})
"""What a guardian agreed to that cannot work without messages."""

CHATS_AT_ONCE = 200


def agreed_to_messages(session: Session, chat_key: str) -> bool:
    """Whether a family of this chat agreed to something that sends messages."""
    return bool(agreed_around(session, chat_key) & PURPOSES_THAT_SEND)


REASONS: tuple[Callable[[Session, str], bool], ...] = (agreed_to_messages, is_staff_chat, has_ticket)


def keep_reachable(visit: Visit, inbound: Inbound, language: Language) -> None:
    """Remember how the visitor is reached while there is a reason to, forget it when there is none any more."""
    session, key = visit.session, visit.chat_key
    if any(reason(session, key) for reason in REASONS):
        remember_contact(session, visit.keys, key, inbound.channel, inbound.chat, language, visit.now)
    else:
        forget_contact(session, key)


def forget_without_reason(session: Session, chat_keys: Iterable[str]) -> int:
    """Forget those of these chats that have no reason any more. Returns how many."""
    gone = {key for key in chat_keys if not any(reason(session, key) for reason in REASONS)}
    for key in gone:
        forget_contact(session, key)
    return len(gone)


def let_go_of_contacts(database: Database) -> int:
    """Forget every chat that has no reason any more, because somebody else erased or took back. Returns how many.

    Whom to look at is read while others write; only those who look forgotten are asked about again, and forgotten.
    """
    last, count = "", 0
    while True:
        with database.reading() as session:
            after = select(ContactRow.chat_key).where(col(ContactRow.chat_key) > last)
            keys = session.exec(after.order_by(col(ContactRow.chat_key)).limit(CHATS_AT_ONCE)).all()
            lost = [key for key in keys if not any(reason(session, key) for reason in REASONS)]
        for key in lost:
            with database.transaction() as session:
                count += forget_without_reason(session, [key])
        if not keys:
            return count
        last = keys[-1]
