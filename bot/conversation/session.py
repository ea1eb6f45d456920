"""What is remembered of a dialogue: language, age, the last question, open choices. Addresses are hidden.

A chat's address is kept as a keyed hash only, so the table shows nobody who asked; `forget` takes everything that
hangs on it away.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Field, Session, SQLModel

from bot.messages import Inbound
from knowledge.age import DAYS_PER_MONTH
from knowledge.topics import OLDEST_MONTH, Language

FOLLOW_UP_WITHIN = timedelta(minutes=30)
"""A question is read with the one before it when that was asked not longer ago."""

AGE_KEPT_FOR = timedelta(days=180)


class ConversationRow(SQLModel, table=True):
    """One dialogue. Times are UTC instants."""

    __tablename__ = "conversation"

    chat_key: str = Field(primary_key=True, max_length=32)
    language: str | None = Field(default=None, max_length=2)
    age_months: int | None = None
    age_named_at: datetime | None = None
    last_question: str | None = None
    last_asked_at: datetime | None = None
    open_choices: str = "[]"
    updated_at: datetime


@dataclass(frozen=True)
class Dialogue:
    """A dialogue as a value. `language` is None until chosen; `age_months` is the age when it was named."""

    chat_key: str
    language: Language | None = None
    age_months: int | None = None
    age_named_at: datetime | None = None
    last_question: str | None = None
    last_asked_at: datetime | None = None
    open_choices: tuple[str, ...] = ()

    def age_at(self, now: datetime) -> int | None:
        """The child's age in completed months by now, None when not known, too long ago, or grown out of the guide."""
        if self.age_months is None or self.age_named_at is None or now - self.age_named_at > AGE_KEPT_FOR:
            return None
        age = self.age_months + int((now - self.age_named_at).days / DAYS_PER_MONTH)
        return age if age <= OLDEST_MONTH else None

    def previous_at(self, now: datetime) -> str | None:
        """The question before, if it is recent enough to lean on."""
        if self.last_asked_at is None or now - self.last_asked_at > FOLLOW_UP_WITHIN:
            return None
        return self.last_question

    def asked(self, text: str, age_months: int | None, now: datetime) -> "Dialogue":
        """The dialogue after a question; `age_months` None leaves the known age."""
        noted = replace(self, last_question=text, last_asked_at=now, open_choices=())
        return noted if age_months is None else replace(noted, age_months=age_months, age_named_at=now)


def chat_key(inbound: Inbound, secret: bytes) -> str:
    """The hidden address of a conversation: 32 hex digits, useless without the secret."""
    return hmac.new(secret, f"{inbound.channel}\n{inbound.chat}".encode(), hashlib.sha256).hexdigest()[:32]


def load_dialogue(session: Session, key: str) -> Dialogue:
    """The dialogue, a fresh one where none is kept."""
    row = session.get(ConversationRow, key)
    if row is None:
        return Dialogue(key)
    return Dialogue(
        chat_key=key,
        language="zh" if row.language == "zh" else "en" if row.language == "en" else None,
        age_months=row.age_months,
        age_named_at=row.age_named_at,
        last_question=row.last_question,
        last_asked_at=row.last_asked_at,
        open_choices=tuple(json.loads(row.open_choices)),
    )


def save_dialogue(session: Session, dialogue: Dialogue, now: datetime) -> None:
    """Keep the dialogue."""
    row = ConversationRow(
        chat_key=dialogue.chat_key,
        language=dialogue.language,
        age_months=dialogue.age_months,
        age_named_at=dialogue.age_named_at,
        last_question=dialogue.last_question,
        last_asked_at=dialogue.last_asked_at,
        open_choices=json.dumps(list(dialogue.open_choices)),
        updated_at=now,
    )
    session.merge(row)
