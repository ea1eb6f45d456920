"""What waits for browsers: a message lies here, sealed, until its browser next asks, and is gone once it was shown.

A browser cannot be reached from here, so "sent" means: it lies there. Nobody can tell whether a browser that stays away
will ever come back; what it has not fetched is let go of after a while.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlmodel import Field, Session, SQLModel, col

from bot.families.family_rows import new_id
from bot.rendered import RenderedReply, reply_from_plain, reply_to_plain
from bot.sealing import CannotOpen, Keyring, place_of, sealed_field

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=60)
"""Messages speak of days; after two months nobody is served by them."""

SHOWN_AT_ONCE = 20


class WebMessageRow(SQLModel, table=True):
    """One message that waits for its browser."""

    __tablename__ = "web_message"

    id: str = Field(primary_key=True, max_length=16)
    chat_key: str = Field(index=True, max_length=32)
    reply: str = sealed_field()
    arrived_at: datetime = Field(index=True)


@dataclass(frozen=True)
class Waiting:
    """A message that waits. `arrived_at`: when it was laid here, UTC."""

    id: str
    arrived_at: datetime
    reply: RenderedReply


def lay_down(session: Session, keys: Keyring, chat_key: str, reply: RenderedReply, now: datetime) -> str:
    """Lay one message down for a chat. Returns its id."""
    number = new_id()
    written = json.dumps(reply_to_plain(reply), ensure_ascii=False).encode("utf-8", "replace").decode()
    sealed = keys.seal(written, _place(number))
    session.add(WebMessageRow(id=number, chat_key=chat_key, reply=sealed, arrived_at=now))
    return number


def unread_count(session: Session, chat_key: str) -> int:
    """How many messages wait for a chat."""
    count = select(func.count()).select_from(WebMessageRow).where(col(WebMessageRow.chat_key) == chat_key)
    return int(session.execute(count).scalar_one())


def waiting_messages(session: Session, keys: Keyring, chat_key: str) -> list[Waiting]:
    """The oldest messages that wait for a chat, at most `SHOWN_AT_ONCE`; they wait on until `mark_shown`."""
    wanted = select(WebMessageRow).where(col(WebMessageRow.chat_key) == chat_key)
    ordered = wanted.order_by(col(WebMessageRow.arrived_at), col(WebMessageRow.id)).limit(SHOWN_AT_ONCE)
    found: list[Waiting] = []
    for row in session.scalars(ordered):
        try:
            plain = json.loads(keys.open(row.reply, _place(row.id)))
        except CannotOpen as error:
            log.error("a waiting message is let go: %s", error)  # noqa: TRY400 - the message says it all
            session.delete(row)
            continue
        found.append(Waiting(row.id, row.arrived_at, reply_from_plain(plain)))
    return found


def mark_shown(session: Session, chat_key: str, ids: Sequence[str]) -> None:
    """The browser has shown these messages: they are gone. Ids of other chats are left alone."""
    mine = (col(WebMessageRow.chat_key) == chat_key, col(WebMessageRow.id).in_(ids))
    session.execute(delete(WebMessageRow).where(*mine))


def erase_inbox(session: Session, chat_key: str) -> None:
    """Let go of everything that waits for a chat."""
    session.execute(delete(WebMessageRow).where(col(WebMessageRow.chat_key) == chat_key))


def purge_inbox(session: Session, now: datetime) -> None:
    """Let go of what waited too long."""
    session.execute(delete(WebMessageRow).where(col(WebMessageRow.arrived_at) < now - KEPT_FOR))


def _place(number: str) -> str:
    return place_of("web_message", number, "reply")
