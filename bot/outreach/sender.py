"""The sender: claims what is due, looks at the truth once more, lets it leave, and writes down what became of it.

One task drives it. Each of its steps is one transaction that settles what has come back, decides what leaves, and
claims more; requests run side by side, at most `in_flight`, and a place is free again only when its outcome is written.
So a crash leaves at most `in_flight` messages in doubt, every one of them marked, and loses none.
"""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError

from bot.clock import Clock
from bot.database import Database
from bot.errors import Misconfigured
from bot.outreach.claiming import Bundle, Claimed, claim, depart, renew
from bot.outreach.contact import mark_unreachable, readdress
from bot.outreach.departing import ComposerBroke, Departure, Rules, decide, held_back, hold_of
from bot.outreach.equal_errors import EqualErrors
from bot.outreach.outcome_news import news_of
from bot.outreach.sending_pace import TURN_HOLDS_S, Pace, Turns
from bot.outreach.settling import News, end_what_cannot_go, look_after_leases, settle
from bot.outreach.transport import Doubtful, Outcome, Refused, RetryLater, Transport
from bot.sealing import Keyring

log = logging.getLogger(__name__)

END_EVERY_S = 5.0
LOOK_AFTER_EVERY_S = 1.0
DATABASE_AGAIN_S = 1.0


@dataclass
class Step:
    """What one transaction brought."""

    departures: list[Departure] = field(default_factory=list)
    to_queue_up: list[Bundle] = field(default_factory=list)
    busy: bool = False


class Sender:
    """Sends until it is told to stop. Any number of them may work on one database."""

    def __init__(
        self,
        database: Database,
        keys: Keyring,
        clock: Clock,
        transports: Mapping[str, Transport],
        rules: Rules,
        turns: Mapping[str, Turns] | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._transports = transports
        self._rules = rules
        self._turns = turns or {}
        self._pace = pace or Pace()
        self._in_hand: dict[str, Claimed] = {}
        self._places = 0
        self._news: list[tuple[News, ...]] = []
        self._ready: list[Bundle] = []
        self._turn_at_s: dict[str, float] = {}
        self._broken: dict[str, str] = {}
        self._alike = EqualErrors()
        self._closed: dict[str, datetime] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._fatal: Misconfigured | None = None
        self._renewed_s = self._looked_s = self._ended_s = float("-inf")
        self.tally: Counter[str] = Counter()
        """How many messages had which fate in this process, for the log and for measuring."""

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`; then nothing new leaves, and what is on its way is waited for.

        Raises: Misconfigured: a transport cannot send at all.
        """
        stopping = asyncio.create_task(self._wake_at(stop))
        try:
            while not stop.is_set() and self._fatal is None:
                busy = await self._step(claiming=True)
                await self._pause(busy=busy)
        finally:
            stopping.cancel()
        await self._finish()
        if self._fatal is not None:
            raise self._fatal

    async def drain(self) -> None:
        """Send what is due now until nothing is left to do, then return: for tests, measuring and one-off runs."""
        while (await self._step(claiming=True)) or self._places:
            await self._pause(busy=self._places < self._pace.in_flight and not self._tasks)
            if self._fatal is not None:
                break
        await self._finish()
        if self._fatal is not None:
            raise self._fatal

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _pause(self, *, busy: bool) -> None:
        for _ in range(3):  # requests that are answered at once come back within the same step
            await asyncio.sleep(0)
        if not busy or self._places >= self._pace.in_flight:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._pace.poll_s)
        self._wake.clear()

    async def _finish(self) -> None:
        """Nothing new leaves; whoever waits for a turn goes back; what is on its way is waited for."""
        for task in list(self._tasks):
            if task.get_name() == "turn":
                task.cancel()
        while self._tasks:
            await asyncio.wait(self._tasks, timeout=self._pace.timing.renew_every.total_seconds())
            await self._step(claiming=False)
        self._news += [tuple(News(row, "put_back", None, self._clock.now()) for row in b.rows) for b in self._ready]
        self._ready.clear()
        while self._news:
            if not await self._step(claiming=False) and self._news:
                await asyncio.sleep(DATABASE_AGAIN_S)

    async def _step(self, *, claiming: bool) -> bool:
        """One transaction in a thread, then its requests. Returns whether there was anything to do."""
        news, self._news = self._news, []
        ready, self._ready = (self._ready, []) if claiming else ([], self._ready)
        try:
            step = await asyncio.to_thread(self._transact, news, ready, claiming=claiming)
        except OperationalError as error:
            log.warning("the database did not answer, trying again: %s", type(error).__name__)
            self._news, self._ready = [*news, *self._news], [*ready, *self._ready]
            await asyncio.sleep(DATABASE_AGAIN_S)
            return False
        for bundle in step.to_queue_up:
            self._start(self._queue_up(bundle), "turn")
        leaves_until_s = time.monotonic() + self._pace.timing.lease.total_seconds()
        for departure in step.departures:
            self._start(self._send(departure, leaves_until_s), "send")
        return step.busy

    def _start(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # in a thread: the driver waits for it, so nothing else touches what it touches

    def _transact(self, news: Sequence[tuple[News, ...]], ready: Sequence[Bundle], *, claiming: bool) -> Step:
        while True:
            try:
                return self._transact_once(news, ready, claiming=claiming)
            except ComposerBroke as broke:
                log.error("%s", broke)  # noqa: TRY400 - its traceback was logged where it happened
                self._broken[broke.row.id] = broke.reason

    def _transact_once(self, news: Sequence[tuple[News, ...]], ready: Sequence[Bundle], *, claiming: bool) -> Step:
        timing, now_s, step = self._pace.timing, time.monotonic(), Step()
        settled = [one for group in news for one in group]
        claimed: list[Bundle] = []
        with self._database.transaction() as session:
            now = self._clock.now()  # asked inside: the wait for a lock must not make it stale
            late = settle(session, settled, now, timing, self._rules.on_poison)
            for one in settled:
                if one.happening == "blocked":
                    mark_unreachable(session, one.row.chat_key, now)
                if one.new_address is not None:
                    readdress(session, self._keys, one.row.chat_key, one.new_address)
            looked = now_s - self._looked_s >= LOOK_AFTER_EVERY_S
            if looked:
                self.tally["doubtful"] += look_after_leases(session, now, timing)
            ended = now_s - self._ended_s >= END_EVERY_S
            if ended:
                end_what_cannot_go(session, now)
            gone = {one.row.id for one in settled}
            renewed = now_s - self._renewed_s >= timing.renew_every.total_seconds()
            if renewed:
                renew(session, [row for row in self._in_hand.values() if row.id not in gone], now, timing)
            free = self._pace.in_flight - self._places + len(news)
            if claiming and free > 0:
                closed = [channel for channel, until in list(self._closed.items()) if until > now]
                claimed = claim(session, self._keys, now, free, timing, closed)
            at_once = [bundle for bundle in claimed if bundle.contact.channel not in self._turns]
            step.to_queue_up = [bundle for bundle in claimed if bundle.contact.channel in self._turns]
            held = hold_of(session, step.to_queue_up, self._rules.gate, now)
            decisions = decide(
                session, self._keys, [*ready, *at_once], self._rules, now, self._broken, self._alike.stopped
            )
            back = list(decisions.news)
            for bundle in step.to_queue_up:
                if bundle.contact.chat_key in held:
                    back += held_back(bundle, held[bundle.contact.chat_key], now)
            settle(session, back, now, timing, self._rules.on_poison)
            left = depart(session, [row for one in decisions.departures for row in one.rows], now, timing)
            lost = [one for one in decisions.departures if not all(row.id in left for row in one.rows)]
            step.departures = [one for one in decisions.departures if one not in lost]
            not_mine = [News(row, "put_back", None, now) for one in lost for row in one.rows]
            settle(session, not_mine, now, timing)
            back += not_mine
        step.to_queue_up = [bundle for bundle in step.to_queue_up if bundle.contact.chat_key not in held]
        self._note(settled, back, claimed, news, ready, step, late)
        self._looked_s = now_s if looked else self._looked_s
        self._ended_s = now_s if ended else self._ended_s
        self._renewed_s = now_s if renewed else self._renewed_s
        step.busy = bool(claimed or ready or news)
        return step

    def _note(
        self,
        settled: Sequence[News],
        back: Sequence[News],
        claimed: Sequence[Bundle],
        news: Sequence[tuple[News, ...]],
        ready: Sequence[Bundle],
        step: Step,
        late: int,
    ) -> None:
        """The transaction is through: what is in hand now, how many places are taken, what failed alike."""
        for bundle in claimed:
            self._in_hand.update({row.id: row for row in bundle.rows})
        for one in (*settled, *back):
            self._in_hand.pop(one.row.id, None)
            self._broken.pop(one.row.id, None)
            self.tally[one.happening] += 1
        for one in back:
            self._alike.note(one, self._clock.now())
        self._places += len(step.to_queue_up) + len(step.departures) - len(news) - len(ready)
        if late:
            self.tally["late_news"] += late
            log.warning("%d outcomes came too late: their messages had been taken over or closed", late)

    # in the event loop

    async def _queue_up(self, bundle: Bundle) -> None:
        turns = self._turns[bundle.contact.channel]
        try:
            await asyncio.wait_for(turns.turn(bundle.contact, bundle.lane), self._pace.longest_turn_s)
        except (TimeoutError, asyncio.CancelledError):
            again = self._clock.now() + timedelta(seconds=self._pace.poll_s)
            self._news.append(tuple(News(row, "put_back", "no_turn", again) for row in bundle.rows))
        else:
            self._turn_at_s[bundle.contact.chat_key] = time.monotonic()
            self._ready.append(bundle)
        self._wake.set()

    async def _send(self, departure: Departure, leaves_until_s: float) -> None:
        if time.monotonic() >= leaves_until_s:  # this process stood still: another may have taken the message over
            self._news.append(tuple(News(row, "put_back", None, self._clock.now()) for row in departure.rows))
            self._wake.set()
            return
        contact = departure.contact
        turn_at_s = self._turn_at_s.pop(contact.chat_key, None)
        if turn_at_s is not None and time.monotonic() - turn_at_s > TURN_HOLDS_S:
            self.tally["turns_lost"] += 1
            self._start(self._queue_up(Bundle(contact, departure.rows)), "turn")
            return
        outcome = await self._outcome(departure)
        if isinstance(outcome, RetryLater) and outcome.halts:
            self._closed[contact.channel] = self._clock.now() + timedelta(seconds=outcome.after_s)
            if contact.channel in self._turns:
                await self._turns[contact.channel].halt(outcome.after_s)
        now = self._clock.now()
        news = tuple(news_of(row, outcome, now) for row in departure.rows)
        for one in news:
            self._alike.note(one, self._clock.now())
        self._news.append(news)
        self._wake.set()

    async def _outcome(self, departure: Departure) -> Outcome:
        transport = self._transports.get(departure.contact.channel)
        if transport is None:
            return Refused(f"no transport for {departure.contact.channel}")
        try:
            return await transport.send(departure.contact.address, departure.rendered)
        except Misconfigured as error:
            self._fatal = error
            return RetryLater(0.0, "misconfigured", halts=True)
        except Exception as error:
            log.exception("a transport broke its promise")
            return Doubtful(f"transport:{type(error).__name__}")
