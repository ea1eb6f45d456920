"""Phrase keys and quotes become sentences of the reader's language. Channels give them their look."""

from bot.conversation.phrases import phrase
from bot.messages import Quote, Reply, Say
from bot.rendered import Line, RenderedButton, RenderedReply
from knowledge.topics import Language


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
        attachment=reply.attachment,
    )


def _text(line: Say | Quote, language: Language) -> str:
    return line.text if isinstance(line, Quote) else phrase(line.key, language, line.values)
