"""The dialogue in a terminal: one line in, the reply out; a number presses the button of that number."""

import uuid
from collections.abc import Callable, Iterable

from bot.conversation.conversation import Conversation
from bot.messages import Inbound
from bot.rendered import RenderedReply


def talk(conversation: Conversation, lines: Iterable[str], show: Callable[[str], None], chat: str = "terminal") -> None:
    """Answer line after line until there are no more."""
    buttons = _show_all(conversation.handle(_inbound(chat, "text", "/start")), show)
    for line in lines:
        said = line.strip()
        if not said:
            continue
        if said.isascii() and said.isdigit() and 1 <= int(said) <= len(buttons):
            inbound = _inbound(chat, "button", buttons[int(said) - 1])
        else:
            inbound = _inbound(chat, "text", said)
        buttons = _show_all(conversation.handle(inbound), show)
        conversation.delivered(inbound)


def _inbound(chat: str, kind: str, content: str) -> Inbound:
    return Inbound("terminal", chat, uuid.uuid4().hex, "button" if kind == "button" else "text", content)


def _show_all(replies: list[RenderedReply], show: Callable[[str], None]) -> list[str]:
    """Print replies; returns what their buttons send, numbered through."""
    buttons: list[str] = []
    for reply in replies:
        buttons += _show(reply, show, len(buttons) + 1)
    return buttons


def _show(reply: RenderedReply, show: Callable[[str], None], first: int) -> list[str]:
    show("")
    show(reply.plain_text)
    if reply.attachment is not None:
        show(f"--- {reply.attachment.name} ---")
        textual = reply.attachment.media_type in {"application/json", "text/calendar", "text/csv"}
        show(reply.attachment.content.decode() if textual else f"({len(reply.attachment.content)} bytes)")
    flat = [button for row in reply.buttons for button in row]
    if flat:
        show("  ".join(f"[{number}] {button.label}" for number, button in enumerate(flat, start=first)))
    return [button.data for button in flat]
