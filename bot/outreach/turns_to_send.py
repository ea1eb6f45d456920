"""The rate for event loops: `turn` comes back when this one call may leave, and not earlier.

Whatever waits in this process is reserved together, a higher lane first, so that the database is asked once for many.
A slot that was reserved long ago is looked at again before the call leaves: meanwhile another process may have been
told to be silent.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from bot.outreach.contact import Contact
from bot.outreach.outgoing import LANES, Lane
from bot.outreach.rate_limit import RateLimiter
from bot.outreach.send_rate import Go, Wish

T = TypeVar("T")

MOST_AT_ONCE = 64
LOOKED_AT_FOR = timedelta(milliseconds=25)
"""So long the news that no halt holds is good."""


@dataclass
class _Waiting:
    wish: Wish
    ask_at: datetime
    answer: "asyncio.Future[tuple[Go, datetime]]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class ChatTurns:
    """The turns of further calls to an address; `chat_key_of` hides it. What has begun goes before what has not."""

    def __init__(self, pacer: "Pacer", chat_key_of: Callable[[str], str]) -> None:
        self._pacer = pacer
        self._chat_key_of = chat_key_of

    async def turn(self, address: str) -> None:
        """Wait until one more call to this address may leave."""
        await self._pacer.turn(self._chat_key_of(address), "urgent", is_group=address.startswith("-"))

    async def halt(self, after_s: float) -> None:
        """See `Pacer.halt`."""
        await self._pacer.halt(after_s)


class ContactTurns:
    """The turns of the sender, which leaves at most `holds_s` after its turn has come."""

    def __init__(self, pacer: "Pacer", holds_s: float) -> None:
        self._pacer = pacer
        self._holds_s = holds_s

    async def turn(self, contact: Contact, lane: Lane) -> None:
        """Wait until one message to this contact may leave."""
        is_group = contact.address.startswith("-")
        await self._pacer.turn(contact.chat_key, lane, is_group=is_group, holds_s=self._holds_s)

    async def halt(self, after_s: float) -> None:
        """See `Pacer.halt`."""
        await self._pacer.halt(after_s)


class Pacer:
    """Paces the calls of this process for one token; belongs to one event loop."""

    def __init__(self, limiter: RateLimiter) -> None:
        self._limiter = limiter
        self._waiting: list[_Waiting] = []
        self._news = asyncio.Event()
        self._asking: asyncio.Task[None] | None = None
        self._silent_until: datetime | None = None
        self._looked_at: datetime | None = None

    async def turn(self, chat_key: str, lane: Lane, *, is_group: bool = False, holds_s: float = 0.0) -> None:
        """Wait until one call to this chat may leave; it must leave within `holds_s` afterwards, at once where that is 0.

        `holds_s` is part of the time within which a slot is used, so it must stay well below `LEAVES_WITHIN`.
        """
        if self._limiter.limits.per_second is None:
            await self.silence_over()
            return
        wish = Wish(chat_key, lane, is_group)
        while True:
            go, reserved_at = await self._reserved(wish)
            self._looked_at = max(reserved_at, self._looked_at or reserved_at)
            await self._sleep_until(go.at)
            await self._look()
            if self._now() <= go.leave_by - timedelta(seconds=holds_s) and not self._is_silent():
                return

    async def silence_over(self) -> None:
        """Wait until no halt holds."""
        while True:
            await self._look()
            if not self._is_silent():
                return
            await self._sleep_until(self._silent_until)

    async def halt(self, after_s: float) -> None:
        """Telegram answered 429 with this `retry_after`: every process is silent so long."""
        until = self._now() + timedelta(seconds=after_s)
        self._silent_until = max(until, self._silent_until or until)
        await self._in_thread(lambda: self._limiter.halt(after_s))

    async def _reserved(self, wish: Wish) -> tuple[Go, datetime]:
        """A slot, and since when it is known that no halt held."""
        waiting = _Waiting(wish, self._now())
        self._waiting.append(waiting)
        self._news.set()
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return await waiting.answer

    async def _ask(self) -> None:
        """Reserve for whoever waits, until nobody does."""
        while True:
            self._waiting = [one for one in self._waiting if not one.answer.done()]
            if not self._waiting:
                return
            self._news.clear()
            now = self._now()
            due = [one for one in self._waiting if one.ask_at <= now]
            if not due:
                first = min(one.ask_at for one in self._waiting)
                await self._sleep_until(first, self._news)
                continue
            due = sorted(due, key=lambda one: LANES.index(one.wish.lane))[:MOST_AT_ONCE]
            try:
                grants = await self._in_thread(
                    lambda asked=due: self._limiter.reserve_many([one.wish for one in asked])
                )
            except Exception as error:  # noqa: BLE001 - whoever waits hears of it
                for one in due:
                    if not one.answer.done():
                        one.answer.set_exception(error)
                continue
            for one, answer in zip(due, grants, strict=True):
                if not isinstance(answer, Go):
                    one.ask_at = answer.at
                elif not one.answer.done():
                    one.answer.set_result((answer, now))

    async def _look(self) -> None:
        """Know of a halt that any process has heard of until `LOOKED_AT_FOR` ago."""
        now = self._now()
        if self._looked_at is not None and timedelta() <= now - self._looked_at < LOOKED_AT_FOR:
            return
        self._looked_at = now
        until = await self._in_thread(self._limiter.halted_until)
        self._silent_until = max(until or now, self._silent_until or now)

    def _is_silent(self) -> bool:
        return self._silent_until is not None and self._now() < self._silent_until

    def _now(self) -> datetime:
        return self._limiter.now()

    async def _sleep_until(self, at: datetime | None, woken_by: asyncio.Event | None = None) -> None:
        left_s = (at - self._now()).total_seconds() if at is not None else 0
        if left_s <= 0:
            return
        if woken_by is None:
            await asyncio.sleep(left_s)
            return
        try:
            await asyncio.wait_for(woken_by.wait(), left_s)
        except TimeoutError:
            return

    @staticmethod
    async def _in_thread(call: Callable[[], T]) -> T:
        return await asyncio.to_thread(call)
