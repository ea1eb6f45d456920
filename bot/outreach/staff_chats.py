"""The chats of staff, for alarms and test sends: named in the settings, kept so that they stay reachable."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Field, Session, SQLModel, col, select

from bot.errors import Misconfigured
from bot.outreach.contact import forget_contact, remember_contact
from bot.sealing import Keyring

CHANNELS = ("telegram", "web", "console")


class StaffChatRow(SQLModel, table=True):
    """One chat that the settings name."""

    __tablename__ = "staff_chat"

    chat_key: str = Field(primary_key=True, max_length=32)


def read_staff_chats(written: str) -> list[tuple[str, str]]:
    """Channel and address of each chat in the setting, like "telegram:123456, telegram:654321".

    Raises: Misconfigured: it is not written like that.
    """
    chats = []
    for item in filter(None, (part.strip() for part in written.split(","))):
        channel, colon, address = item.partition(":")
        if channel not in CHANNELS or not colon or not address.strip():
            message = f"QIHUI_STAFF_CHATS: {item[:40]!r} is no chat; write it like telegram:123456"
            raise Misconfigured(message)
        chats.append((channel, address.strip()))
    return chats


def keep_staff_chats(session: Session, keys: Keyring, chats: dict[str, tuple[str, str]], now: datetime) -> None:
    """Make exactly these the staff's chats: by hidden address, channel and address of each."""
    known = set(session.exec(select(StaffChatRow.chat_key)).all())
    for chat_key, (channel, address) in chats.items():
        if chat_key not in known:
            session.add(StaffChatRow(chat_key=chat_key))
        remember_contact(session, keys, chat_key, channel, address, "zh", now)
    for chat_key in known - set(chats):
        session.execute(delete(StaffChatRow).where(col(StaffChatRow.chat_key) == chat_key))
        forget_contact(session, chat_key)


def is_anybody_on_call(session: Session) -> bool:
    """Whether an alarm reaches anybody: the settings name at least one chat of staff."""
    return session.exec(select(StaffChatRow.chat_key).limit(1)).first() is not None


def is_staff_chat(session: Session, chat_key: str) -> bool:
    """Whether staff are reached there: a reason to keep its address."""
    return session.get(StaffChatRow, chat_key) is not None
