"""A rendered reply as Telegram messages: HTML, escaped, each within Telegram's limit, buttons below the last. Pure.

Telegram counts UTF-16 units after the markup has been read; a line is never split inside a tag, because every line
carries its own. No Telegram library here: each of the two makes its own keyboard of `buttons`.
"""

import html
import re
from dataclasses import dataclass

from bot.rendered import Line, RenderedButton, RenderedReply

MOST_UNITS = 4096
MOST_LABEL_CHARACTERS = 60

_MARKS = {"bullet": "• ", "alert": "❗ "}
_TAGS = {"title": "b", "alert": "b", "note": "i", "source": "i"}
_SENTENCE_ENDS = re.compile(r"(?<=[。！？；!?;\n])|(?<=\. )")


@dataclass(frozen=True)
class TelegramMessage:
    """One message: `html` for sending, `plain` the same without markup, `buttons` with labels of a size that fits."""

    html: str
    plain: str
    buttons: tuple[tuple[RenderedButton, ...], ...] = ()


def units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def telegram_messages(reply: RenderedReply, most_units: int = MOST_UNITS) -> list[TelegramMessage]:
    """The messages that show a reply, in order; at least one."""
    pieces = [piece for line in reply.lines for piece in _pieces(line, most_units)]
    groups: list[list[Line]] = [[]]
    used = 0
    for piece in pieces:
        needed = units(piece.text) + (1 if groups[-1] else 0)
        if used + needed > most_units:
            groups.append([])
            used, needed = 0, units(piece.text)
        groups[-1].append(piece)
        used += needed
    messages = [_message(group) for group in groups if group] or [_message([Line("…", "plain")])]
    last = messages[-1]
    buttons = tuple(tuple(RenderedButton(_label(one.label), one.data) for one in row) for row in reply.buttons)
    return [*messages[:-1], TelegramMessage(last.html, last.plain, buttons)]


def _pieces(line: Line, most_units: int) -> list[Line]:
    """A line with its mark, cut at sentence ends, and where even a sentence is too long, anywhere."""
    text = _MARKS.get(line.look, "") + line.text.replace("\x00", "")
    if not text.strip():
        return []
    if units(text) <= most_units:
        return [Line(text, line.look)]
    parts: list[str] = [""]
    for sentence in _SENTENCE_ENDS.split(text):
        for chunk in _cut(sentence, most_units):
            if units(parts[-1] + chunk) > most_units:
                parts.append("")
            parts[-1] += chunk
    return [Line(part, line.look) for part in parts if part.strip()]


def _cut(text: str, most_units: int) -> list[str]:
    half = most_units // 2  # a character takes one or two units
    return [text] if units(text) <= most_units else [text[start : start + half] for start in range(0, len(text), half)]


def _message(lines: list[Line]) -> TelegramMessage:
    rows = []
    for line in lines:
        tag = _TAGS.get(line.look)
        safe = html.escape(line.text.encode("utf-8", "replace").decode(), quote=False)
        rows.append(f"<{tag}>{safe}</{tag}>" if tag else safe)
    return TelegramMessage("\n".join(rows), "\n".join(line.text for line in lines))


def _label(label: str) -> str:
    return label if len(label) <= MOST_LABEL_CHARACTERS else label[: MOST_LABEL_CHARACTERS - 1] + "…"
