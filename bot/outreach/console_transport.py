"""The transport of the terminal and of trials: a message is shown as text, with the address and a number."""

import itertools
from collections.abc import Callable

from bot.outreach.transport import Blocked, Outcome, Sent
from bot.rendered import RenderedReply


class ConsoleTransport:
    """Shows messages instead of sending them; `show` gets one text each."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._numbers = itertools.count(1)

    async def send(self, address: str, reply: RenderedReply) -> Outcome:
        """See `Transport`."""
        if not address:
            return Blocked("no address")
        number = str(next(self._numbers))
        lines = [f"--- {number} → {address}", reply.plain_text]
        if reply.attachment is not None:
            lines.append(f"[{reply.attachment.name}, {len(reply.attachment.content)} bytes]")
        lines += ["  ".join(f"[{button.label}]" for button in row) for row in reply.buttons]
        self._show("\n".join(lines).encode("utf-8", "replace").decode())
        return Sent(number)

    async def close(self) -> None:
        """See `Transport`."""
