"""What Telegram refuses, in its own words."""

import re
from html.parser import HTMLParser

MOST_UNITS = 4096
MOST_CALLBACK_BYTES = 64
TAGS = {
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "code",
    "pre",
    "a",
    "tg-spoiler",
    "blockquote",
    "span",
}
_ENTITY = re.compile(r"&(?!(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);)")


class ApiError(Exception):
    """An answer with `ok: false`."""

    def __init__(
        self, code: int, description: str, retry_after: int | None = None, moved_to: int | None = None
    ) -> None:
        self.code = code
        self.description = description
        self.retry_after = retry_after
        self.moved_to = moved_to
        super().__init__(description)


class _Visible(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise ApiError(400, f'Bad Request: can\'t parse entities: Unsupported start tag "{tag}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise ApiError(400, f'Bad Request: can\'t parse entities: unmatched end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def visible_text(text: str, parse_mode: str | None) -> str:
    """The text that a person sees, refused as Telegram refuses it: bad markup, empty, too long."""
    if parse_mode and parse_mode.upper() == "HTML":
        if _ENTITY.search(text):
            raise ApiError(400, "Bad Request: can't parse entities: unexpected character after &")
        if re.search(r"<(?![a-zA-Z/])", text):
            raise ApiError(400, "Bad Request: can't parse entities: Unsupported start tag")
        parser = _Visible()
        parser.feed(text)
        parser.close()
        if parser.open:
            raise ApiError(
                400,
                f"Bad Request: can't parse entities: Can't find end tag corresponding to start tag {parser.open[-1]}",
            )
        text = "".join(parser.text)
    if not text.strip():
        raise ApiError(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > MOST_UNITS:
        raise ApiError(400, "Bad Request: message is too long")
    return text


def check_keyboard(markup: dict | None) -> dict | None:
    """An inline keyboard, refused when a button's data is too long or its text empty."""
    for row in (markup or {}).get("inline_keyboard", []):
        for button in row:
            if not button.get("text"):
                raise ApiError(400, "Bad Request: inline keyboard button text is empty")
            if len(button.get("callback_data", "").encode()) > MOST_CALLBACK_BYTES:
                raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
    return markup
