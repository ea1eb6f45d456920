"""Phrase keys and quotes become sentences of the reader's language. Channels give them their look."""

from dataclasses import dataclass

from bot.conversation.phrases import phrase
from bot.messages import Attachment, Look, Picture, Quote, Reply, Say
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
    """A reply ready for a channel. `large_type`: the reader wants large letters, where the channel has them.

    `picture`: what is still to be drawn; a channel gets it as an attachment.
    """

    language: Language
    lines: tuple[Line, ...]
    buttons: tuple[tuple[RenderedButton, ...], ...]
    urgent: bool
    large_type: bool = False
    attachment: Attachment | None = None
    picture: Picture | None = None

    @property
    def plain_text(self) -> str:
        """The reply as text without markup: for the terminal, for `qihui ask`, and for judging."""
        marks = {"bullet": "· ", "note": "", "title": "", "alert": "❗", "plain": "", "source": ""}
        return "\n".join(f"{marks[line.look]}{line.text}" for line in self.lines)


def render(reply: Reply, language: Language, *, large_type: bool = False) -> RenderedReply:
    """Word a reply in a language."""
    return RenderedReply(
        language=language,
        lines=tuple(Line(_text(line, language), line.look) for line in reply.lines),
        buttons=tuple(
            tuple(RenderedButton(_text(button.label, language), button.data) for button in row) for row in reply.buttons
        ),
        urgent=reply.urgent,
        large_type=large_type,
        attachment=reply.attachment if isinstance(reply.attachment, Attachment) else None,
        picture=reply.attachment if isinstance(reply.attachment, Picture) else None,
    )


def _text(line: Say | Quote, language: Language) -> str:
    return line.text if isinstance(line, Quote) else phrase(line.key, language, line.values)
