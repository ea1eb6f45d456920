"""How chats are reached: the address, sealed, of those who have a reason to hear from us, and nobody else's.

A chat that blocked us or is gone is marked at the first answer that says so, and nothing more is tried until it writes
again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col

from bot.outreach.announcement_recipients import settle_before_erasing
from bot.outreach.outreach_rows import ContactRow, OutgoingRow
from bot.sealing import Keyring, place_of
from knowledge.topics import Language

WROTE_TO_THE_HOUR = timedelta(hours=1)
"""How exactly `last_wrote_at` is kept: nobody needs to know more, and not every message needs a write."""


@dataclass(frozen=True)
class Contact:
    """How a chat is reached. `unreachable_since`: None while it can be reached."""

    chat_key: str
    channel: str
    address: str
    language: Language
    last_wrote_at: datetime
    unreachable_since: datetime | None = None


def remember_contact(
    session: Session, keys: Keyring, chat_key: str, channel: str, address: str, language: Language, now: datetime
) -> None:
    """Someone who may hear from us has written: know how to answer, and reach them again if they were lost."""
    row = session.get(ContactRow, chat_key)
    if row is None:
        sealed = keys.seal(address, _place(chat_key))
        session.add(
            ContactRow(
                chat_key=chat_key,
                channel=channel,
                address=sealed,
                language=language,
                reachable_since=now,
                last_wrote_at=now,
            )
        )
        session.flush()
        return
    if row.unreachable_since is not None:
        row.reachable_since, row.unreachable_since = now, None
    row.language = language
    if now - row.last_wrote_at >= WROTE_TO_THE_HOUR or now < row.last_wrote_at:
        row.last_wrote_at = now
    session.add(row)


def contact_of(session: Session, keys: Keyring, chat_key: str) -> Contact | None:
    """How a chat is reached; None where we have no reason to know."""
    row = session.get(ContactRow, chat_key)
    return None if row is None else opened_contact(row, keys)


def opened_contact(row: ContactRow, keys: Keyring) -> Contact:
    """The row with its address opened.

    Raises: CannotOpen: its key is not here.
    """
    return Contact(
        chat_key=row.chat_key,
        channel=row.channel,
        address=keys.open(row.address, _place(row.chat_key)),
        language="en" if row.language == "en" else "zh",
        last_wrote_at=row.last_wrote_at,
        unreachable_since=row.unreachable_since,
    )


def mark_unreachable(session: Session, chat_key: str, now: datetime) -> None:
    """Nobody can be reached there any more; a later mark does not move the first."""
    row = session.get(ContactRow, chat_key)
    if row is not None and row.unreachable_since is None:
        row.reachable_since, row.unreachable_since = None, now
        session.add(row)


def mark_reachable(session: Session, chat_key: str, now: datetime) -> None:
    """The chat can be reached again (it was unblocked, or wrote)."""
    row = session.get(ContactRow, chat_key)
    if row is not None and row.unreachable_since is not None:
        row.reachable_since, row.unreachable_since = now, None
        session.add(row)


def readdress(session: Session, keys: Keyring, chat_key: str, address: str) -> None:
    """The chat has moved there; it is still known by the hidden address that it had first."""
    row = session.get(ContactRow, chat_key)
    if row is not None:
        row.address = keys.seal(address, _place(chat_key))
        session.add(row)


def forget_contact(session: Session, chat_key: str) -> None:
    """Let go of a chat: its address, what waits for it, and the record of what was sent to it."""
    settle_before_erasing(session, chat_key)
    session.execute(delete(OutgoingRow).where(col(OutgoingRow.chat_key) == chat_key))
    session.execute(delete(ContactRow).where(col(ContactRow.chat_key) == chat_key))


def _place(chat_key: str) -> str:
    return place_of("contact", chat_key, "address")
