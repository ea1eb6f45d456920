"""The words that features and channels share. No wording here: a `Reply` names phrases and quotes the guide.

A channel turns its update into an `Inbound`; a feature answers with `Reply`s; `conversation/render` turns these into
sentences of the reader's language; the channel gives them its own look.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

Value: TypeAlias = "str | int | date | Say | tuple[Say, ...]"
"""What fills a phrase: a day is written as the reader's language does, a phrase or several in turn are worded first."""

Look = Literal["plain", "title", "alert", "bullet", "note", "source"]


@dataclass(frozen=True)
class Inbound:
    """Something a person sent.

    `chat`: the channel's own address of the conversation, never stored as it is. `update_id`: the channel's number of
    this delivery; the same number twice is answered once. `language_hint`: the app's language, None if unknown.
    `asked_again`: the person's own device repeats the call because it never got the answer. `file`: what a file held
    (kind "file"; `content` is its name).
    A location's content is "latitude,longitude" in degrees; it is used for the one answer and never stored.
    """

    channel: str
    chat: str
    update_id: str
    kind: Literal["text", "button", "file", "location", "unknown"]
    content: str = ""
    language_hint: str | None = None
    asked_again: bool = False
    file: bytes = b""


@dataclass(frozen=True)
class Say:
    """A sentence of ours by its phrase key."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)
    look: Look = "plain"


@dataclass(frozen=True)
class Quote:
    """Text of the guide, verbatim."""

    text: str
    look: Look = "plain"


@dataclass(frozen=True)
class Button:
    """Something to press: `data` comes back as the content of an `Inbound`, at most 64 bytes (Telegram's limit).

    The label is a phrase, or a quoted text (an entry's title).
    """

    label: Say | Quote
    data: str

    def __post_init__(self) -> None:
        if len(self.data.encode()) > MOST_BUTTON_BYTES:
            message = f"button data of {len(self.data.encode())} bytes; at most {MOST_BUTTON_BYTES}"
            raise ValueError(message)


MOST_BUTTON_BYTES = 64


@dataclass(frozen=True)
class Attachment:
    """A file that goes out with a reply: a copy of a family's data, a picture, a calendar."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Picture:
    """A picture still to be drawn: drawing takes a second, so it waits until the transaction has ended.

    `drawing` says who draws it, `values` (JSON) from what; they are kept in place of the picture until it is sent.
    """

    name: str
    drawing: str
    values: str


@dataclass(frozen=True)
class Reply:
    """One message back: lines in order, and rows of buttons below them. `urgent`: the channel makes it stand out."""

    lines: tuple[Say | Quote, ...]
    buttons: tuple[tuple[Button, ...], ...] = ()
    urgent: bool = False
    attachment: Attachment | Picture | None = None
