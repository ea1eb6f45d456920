"""A reply in the reader's language, ready for a channel or a transport; and the same as JSON, for what must wait sealed."""

import base64
from dataclasses import asdict, dataclass
from typing import Any

from bot.messages import Attachment, Look
from knowledge.topics import Language


@dataclass(frozen=True)
class Line:
    """One line or paragraph of text with its look; plain text, nothing escaped yet."""

    text: str
    look: Look


@dataclass(frozen=True)
class RenderedButton:
    """A button's label in the reader's language and what it sends back."""

    label: str
    data: str


@dataclass(frozen=True)
class RenderedReply:
    """A reply ready for a channel. `large_type`: the reader wants large letters, where the channel has them."""

    language: Language
    lines: tuple[Line, ...]
    buttons: tuple[tuple[RenderedButton, ...], ...]
    urgent: bool
    large_type: bool = False
    attachment: Attachment | None = None

    @property
    def plain_text(self) -> str:
        """The reply as text without markup: for the terminal, for `qihui ask`, and for judging."""
        marks = {"bullet": "· ", "note": "", "title": "", "alert": "❗", "plain": "", "source": ""}
        return "\n".join(f"{marks[line.look]}{line.text}" for line in self.lines)


def reply_to_plain(reply: RenderedReply) -> dict[str, Any]:
    """The reply as what JSON can hold; an attachment's bytes in base64."""
    plain = asdict(reply)
    if reply.attachment is not None:
        plain["attachment"]["content"] = base64.b64encode(reply.attachment.content).decode()
    return plain


def reply_from_plain(plain: dict[str, Any]) -> RenderedReply:
    """The reply that `reply_to_plain` wrote."""
    file = plain["attachment"]
    return RenderedReply(
        language=plain["language"],
        lines=tuple(Line(**line) for line in plain["lines"]),
        buttons=tuple(tuple(RenderedButton(**button) for button in row) for row in plain["buttons"]),
        urgent=plain["urgent"],
        large_type=plain["large_type"],
        attachment=Attachment(file["name"], file["media_type"], base64.b64decode(file["content"])) if file else None,
    )
