"""How a feature words a message at the moment of sending, from what is true then.

Each kind has one composer. It reads the truth anew (done? declined? moved? erased?) and gives a part of a message, or
says why nothing is sent. The sender puts the parts for one chat together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlmodel import Session

from bot.messages import Attachment, Button, Quote, Say
from bot.outreach.outgoing import Lane
from knowledge.topics import Language


@dataclass(frozen=True)
class Due:
    """A message whose time has come, opened. `family_id`: None where it belongs to no family."""

    id: str
    chat_key: str
    family_id: str | None
    kind: str
    subject: str
    topic: str
    lane: Lane
    content: Mapping[str, str]
    due_at: datetime
    expires_at: datetime
    language: Language


@dataclass(frozen=True)
class Part:
    """What one due message says. `urgent`: the channel makes the whole message stand out."""

    lines: tuple[Say | Quote, ...]
    buttons: tuple[tuple[Button, ...], ...] = ()
    attachment: Attachment | None = None
    urgent: bool = False


@dataclass(frozen=True)
class Withhold:
    """Nothing is sent. `reason` is recorded: done, declined, muted, erased, moved, cancelled, no_consent, stopped ..."""

    reason: str


@dataclass(frozen=True)
class Wait:
    """Not now: the row goes back and its composer is asked again at `until` (UTC). `reason` is recorded: paused ..."""

    until: datetime
    reason: str


Composer: TypeAlias = Callable[[Session, Due, datetime], Part | Withhold | Wait]
"""Words one due message; the last argument is now, UTC."""
