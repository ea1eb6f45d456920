"""Updates that a channel has delivered: the same one twice is answered once.

An answer that a crash kept from being sent is sent when the channel delivers again.

The replies lie here, sealed, only until the channel says that they were sent; then their text is gone.
"""

import json
import logging
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col

from bot.messages import Inbound
from bot.rendered import RenderedReply, reply_from_plain, reply_to_plain
from bot.sealing import CannotOpen, Keyring, place_of, row_of, sealed_field

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=3)
"""Telegram keeps undelivered updates for 24 hours; nothing older comes back."""


class DeliveryRow(SQLModel, table=True):
    """One delivered update. `owner` is the process that works on it; `replies` is None before and after."""

    __tablename__ = "delivery"

    channel: str = Field(primary_key=True, max_length=16)
    update_id: str = Field(primary_key=True, max_length=80)
    chat_key: str = Field(index=True, max_length=32)
    owner: str = Field(max_length=32)
    received_at: datetime
    replies: str | None = sealed_field(default=None)
    sent_at: datetime | None = None


class AlreadyInHand(Exception):
    """The update was answered before, or this process is answering it now."""


def claim(
    session: Session, inbound: Inbound, key: str, owner: str, now: datetime, keys: Keyring
) -> list[RenderedReply] | None:
    """Take an update in hand. Returns the replies that were written but never sent, None for a new update.

    Replies come back when another process wrote them, and when the person's own device asks for them again
    (`inbound.asked_again`), because the answer to its first call was lost.
    Raises: AlreadyInHand: there is nothing to do.
    """
    table = DeliveryRow.__table__  # type: ignore[attr-defined]
    values = {
        "channel": inbound.channel,
        "update_id": inbound.update_id,
        "chat_key": key,
        "owner": owner,
        "received_at": now,
    }
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table).values(**values).on_conflict_do_nothing().returning(table.c.update_id)
    if session.execute(statement).first() is not None:
        return None
    row = session.get(DeliveryRow, (inbound.channel, inbound.update_id), with_for_update=dialect == "postgresql")
    if row is None or row.chat_key != key or row.sent_at is not None:
        raise AlreadyInHand
    if row.owner == owner and not (inbound.asked_again and row.replies is not None):
        raise AlreadyInHand
    row.owner = owner  # the process that had it is gone: only one reads a channel at a time
    session.add(row)
    if row.replies is None:
        return None
    try:
        return _replies(keys.open(row.replies, _place(inbound)))
    except CannotOpen as error:
        log.error("an unsent answer is found anew: %s", error)  # noqa: TRY400 - the message says it all
        return None


def keep_replies(session: Session, inbound: Inbound, replies: list[RenderedReply], keys: Keyring) -> None:
    """Write the replies down before they are sent."""
    row = session.get(DeliveryRow, (inbound.channel, inbound.update_id))
    if row is not None:
        row.replies = keys.seal(
            json.dumps([reply_to_plain(reply) for reply in replies], ensure_ascii=False), _place(inbound)
        )
        session.add(row)


def mark_sent(session: Session, inbound: Inbound, now: datetime, *, forgotten: bool) -> None:
    """The channel has sent every reply; their text is no longer needed.

    `forgotten`: this was the last reply to someone who is forgotten; the mark that stays does not say whose it was.
    """
    row = session.get(DeliveryRow, (inbound.channel, inbound.update_id))
    if row is not None:
        row.replies = None
        row.sent_at = now
        if forgotten:
            row.chat_key = ""
        session.add(row)


def purge(session: Session, now: datetime) -> None:
    """Let go of deliveries that cannot come back."""
    session.execute(delete(DeliveryRow).where(col(DeliveryRow.received_at) < now - KEPT_FOR))


def forget_deliveries(session: Session, key: str, inbound: Inbound) -> None:
    """Let go of a chat's deliveries but the one in hand; answers that were never sent go too."""
    other = col(DeliveryRow.update_id) != inbound.update_id
    mine = (col(DeliveryRow.chat_key) == key, other | (col(DeliveryRow.channel) != inbound.channel))
    session.execute(delete(DeliveryRow).where(*mine, col(DeliveryRow.sent_at).is_not(None)))
    # a mark stays of what was never sent, without words and without whose it was, so that it is not answered twice
    session.execute(
        update(DeliveryRow).where(*mine).values(replies=None, chat_key="", sent_at=col(DeliveryRow.received_at))
    )


def _place(inbound: Inbound) -> str:
    return place_of("delivery", row_of(inbound.channel, inbound.update_id), "replies")


def _replies(text: str) -> list[RenderedReply]:
    return [reply_from_plain(plain) for plain in json.loads(text)]
