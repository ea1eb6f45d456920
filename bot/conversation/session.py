"""What is remembered of a dialogue. Addresses are hidden.

Language, age, the last question, open choices, the open step of a guided dialogue, the child it is about, and how the
answers shall look.

A chat's address is kept as a keyed hash only, so the table shows nobody who asked; `forget` takes everything that
hangs on it away.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Field, Session, SQLModel, col

from bot.flow import Step
from bot.messages import Inbound
from bot.sealing import CannotOpen, Keyring, place_of, sealed_field
from knowledge.age import DAYS_PER_MONTH
from knowledge.topics import OLDEST_MONTH, Language

log = logging.getLogger(__name__)

FOLLOW_UP_WITHIN = timedelta(minutes=30)
"""A question is read with the one before it when that was asked not longer ago."""

AGE_KEPT_FOR = timedelta(days=180)

STEP_OPEN_FOR = timedelta(minutes=30)
"""After this a text is no answer to an open step any more; the person is asked whether to go on."""

STEP_KEPT_FOR = timedelta(hours=24)
"""After this an unfinished guided dialogue is forgotten."""

CHILD_CHOSEN_FOR = FOLLOW_UP_WITHIN
"""So long after its last use the child that was chosen among several is still the one that is meant: not longer, for a
fever is answered otherwise for a newborn sibling."""


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
    step: str | None = sealed_field(default=None)
    step_at: datetime | None = None
    child_id: str | None = Field(default=None, max_length=16)
    child_chosen_at: datetime | None = None
    large_type: bool = False
    short_text: bool = False
    updated_at: datetime


@dataclass(frozen=True)
class Dialogue:
    """A dialogue as a value. `language` is None until chosen; `age_months` is the age when it was named.

    `child_id`: the child chosen among several. `large_type`: large letters where the channel has them; `short_text`: the
    short answer alone.
    """

    chat_key: str
    language: Language | None = None
    age_months: int | None = None
    age_named_at: datetime | None = None
    last_question: str | None = None
    last_asked_at: datetime | None = None
    open_choices: tuple[str, ...] = ()
    step: Step | None = None
    step_at: datetime | None = None
    child_id: str | None = None
    child_chosen_at: datetime | None = None
    large_type: bool = False
    short_text: bool = False

    def age_at(self, now: datetime) -> int | None:
        """The child's age in completed months by now, None when not known, too long ago, or grown out of the guide."""
        if self.age_months is None or self.age_named_at is None or now - self.age_named_at > AGE_KEPT_FOR:
            return None
        age = self.age_months + int((now - self.age_named_at).days / DAYS_PER_MONTH)
        return age if age <= OLDEST_MONTH else None

    def age_just_named(self, now: datetime) -> int | None:
        """The age that was named a moment ago: about that child the next question still is."""
        if self.age_named_at is None or now - self.age_named_at > FOLLOW_UP_WITHIN:
            return None
        return self.age_at(now)

    def child_at(self, now: datetime) -> str | None:
        """The child that was chosen, if not too long ago."""
        if self.child_chosen_at is None or now - self.child_chosen_at > CHILD_CHOSEN_FOR:
            return None
        return self.child_id

    def step_open(self, now: datetime) -> Step | None:
        """The open step that a text may answer."""
        return self.step if self.step_at is not None and now - self.step_at <= STEP_OPEN_FOR else None

    def step_kept(self, now: datetime) -> Step | None:
        """The unfinished step that the person can still go on with."""
        return self.step if self.step_at is not None and now - self.step_at <= STEP_KEPT_FOR else None

    def at_step(self, step: Step | None, now: datetime) -> "Dialogue":
        """The dialogue with this step open now, None for no step."""
        return replace(self, step=step, step_at=now if step else None)

    def about(self, child_id: str, now: datetime) -> "Dialogue":
        """The dialogue with this child chosen, whatever age was named before."""
        return replace(self, child_id=child_id, child_chosen_at=now, age_named_at=None, age_months=None)

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


def is_known(session: Session, key: str) -> bool:
    """Whether anything is remembered of a dialogue."""
    return session.get(ConversationRow, key) is not None


def load_dialogue(session: Session, key: str, keys: Keyring) -> Dialogue:
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
        step=_opened_step(row, keys),
        step_at=row.step_at,
        child_id=row.child_id,
        child_chosen_at=row.child_chosen_at,
        large_type=row.large_type,
        short_text=row.short_text,
    )


def save_dialogue(session: Session, dialogue: Dialogue, now: datetime, keys: Keyring) -> None:
    """Keep the dialogue."""
    row = ConversationRow(
        chat_key=dialogue.chat_key,
        language=dialogue.language,
        age_months=dialogue.age_months,
        age_named_at=dialogue.age_named_at,
        last_question=dialogue.last_question,
        last_asked_at=dialogue.last_asked_at,
        open_choices=json.dumps(list(dialogue.open_choices)),
        step=_sealed_step(dialogue, keys),
        step_at=dialogue.step_at,
        child_id=dialogue.child_id,
        child_chosen_at=dialogue.child_chosen_at,
        large_type=dialogue.large_type,
        short_text=dialogue.short_text,
        updated_at=now,
    )
    session.merge(row)


def let_go_of_old_steps(session: Session, now: datetime) -> None:
    """Forget guided dialogues that nobody finished: their drafts speak of a child."""
    over = col(ConversationRow.step_at) < now - STEP_KEPT_FOR
    session.execute(update(ConversationRow).where(over).values(step=None, step_at=None))


def let_go_of_steps(session: Session, keys: Sequence[str]) -> None:
    """Forget the unfinished guided dialogues of these chats: a child that they may speak of was erased."""
    mine = col(ConversationRow.chat_key).in_(keys)
    session.execute(update(ConversationRow).where(mine).values(step=None, step_at=None))


def _sealed_step(dialogue: Dialogue, keys: Keyring) -> str | None:
    if dialogue.step is None:
        return None
    written = json.dumps([dialogue.step.flow, dialogue.step.name, dict(dialogue.step.draft)], ensure_ascii=False)
    return keys.seal(written, place_of("conversation", dialogue.chat_key, "step"))


def _opened_step(row: ConversationRow, keys: Keyring) -> Step | None:
    if row.step is None:
        return None
    try:
        flow, name, draft = json.loads(keys.open(row.step, place_of("conversation", row.chat_key, "step")))
    except CannotOpen as error:  # a lost draft must not keep a question from its answer
        log.error("an unfinished guided dialogue is let go: %s", error)  # noqa: TRY400 - the message says it all
        return None
    return Step(flow, name, draft)
