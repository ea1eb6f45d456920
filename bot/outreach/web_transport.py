"""The transport of the web chat: a message is laid into the inbox, where the browser finds it when it next asks."""

import asyncio
import re
from collections.abc import Callable

from bot.clock import Clock
from bot.database import Database
from bot.outreach.transport import Blocked, Outcome, Sent
from bot.outreach.web_inbox import lay_down
from bot.rendered import RenderedReply
from bot.sealing import Keyring

_BROWSER = re.compile(r"[0-9a-f]{32}")


class WebInbox:
    """Lays messages down for browsers. `chat_key_of` hides a browser's address."""

    def __init__(self, database: Database, keys: Keyring, clock: Clock, chat_key_of: Callable[[str], str]) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._chat_key_of = chat_key_of

    async def send(self, address: str, reply: RenderedReply) -> Outcome:
        """See `Transport`."""
        if not _BROWSER.fullmatch(address):
            return Blocked("no address of a browser")
        return Sent(await asyncio.to_thread(self._lay_down, address, reply))

    async def close(self) -> None:
        """See `Transport`."""

    def _lay_down(self, address: str, reply: RenderedReply) -> str:
        with self._database.transaction() as session:
            return lay_down(session, self._keys, self._chat_key_of(address), reply, self._clock.now())
