"""An announcement to many, in earnest: sender, clockwork, Bot API test server over HTTP, and a parent who asks meanwhile.

The same code is a small test of the suite and the full figure of `qihui bench --only announcement`.
"""

import asyncio
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, SQLModel

from bot.clock import SystemClock
from bot.conversation.conversation import Conversation
from bot.conversation.render import render
from bot.database import Database
from bot.families.consent import CONSENT_VERSION
from bot.jobs import Job
from bot.memory import give_back_memory, hold_little
from bot.messages import Inbound
from bot.outreach.announcement import Tally
from bot.outreach.announcement_composer import announcement_composer
from bot.outreach.announcement_recipients import tally
from bot.outreach.announcement_rows import AnnouncementRow
from bot.outreach.announcements import create, send_test, start, the_announcement
from bot.outreach.announcing import Announcing
from bot.outreach.audience_rule import AudienceRule
from bot.outreach.departing import Rules
from bot.outreach.rate_limit import RateLimiter
from bot.outreach.send_rate import Limits
from bot.outreach.sender import Sender
from bot.outreach.sending_pace import Pace
from bot.outreach.telegram_transport import TelegramTransport
from bot.outreach.turns_to_send import Pacer
from bot.questions.asking import Asking
from bot.sealing import Keyring, place_of
from bot.worker import Worker
from index.metrics import quantile
from tests.announce_words import TEXTS, hidden
from tests.telegram_server import TOKEN

ROWS_AT_ONCE = 2000
ASK_EVERY_S = 0.25
PARENTS = 8
"""Who ask in turn: one chat may be written to once in 1.25 s, whatever else goes on, and that is not to be measured."""

WARM_AFTER = 2000
PACED_FOR_S = 180
"""So long an announcement runs at the product's own rate, which would take an hour and a half for 100,000."""

QUESTIONS = ("宝宝便秘怎么办", "六个月吃什么辅食", "my baby has a fever", "晚上不肯睡怎么办")


class TimedDatabase(Database):
    """A database that notes how long each write transaction was open, from its begin to its commit, in milliseconds."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.open_ms: list[float] = []

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with super().transaction() as session:
            begun_s = time.perf_counter()
            session.connection()  # begins
            yield session
            session.flush()
            self.open_ms.append((time.perf_counter() - begun_s) * 1000)


@dataclass
class Seen:
    """What a run showed. Times in seconds, memory in MB; `grown_mb`: None before it was warm."""

    tally: Tally | None = None
    seconds: float = 0.0
    replies_s: list[float] = field(default_factory=list)
    warm_mb: float | None = None
    most_mb: float = 0.0

    @property
    def reply_p95_s(self) -> float:
        return quantile(self.replies_s, 0.95) or 0.0

    @property
    def grown_mb(self) -> float | None:
        return None if self.warm_mb is None else self.most_mb - self.warm_mb


def fill(database: Database, keys: Keyring, count: int) -> None:
    """So many families with one child and one caregiver each, who can be reached in the chats 1 to `count`."""
    tables, now = SQLModel.metadata.tables, SystemClock("Asia/Shanghai").now()
    names = ("family", "caregiver", "child", "consent", "contact")
    for begin in range(1, count + 1, ROWS_AT_ONCE):
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        for number in range(begin, min(begin + ROWS_AT_ONCE, count + 1)):
            chat, one = hidden(f"chat {number}"), hidden(f"family {number}")[:16]
            rows["family"].append({"id": one, "created_at": now})
            who = {"id": one, "family_id": one, "chat_key": chat, "role": "guardian", "joined_at": now}
            rows["caregiver"].append(who)
            born = {"born_on": "2026-03-24", "nickname": "小宝", "district": "浦东新区"}
            sealed = {name: keys.seal(value, place_of("child", one, name)) for name, value in born.items()}
            rows["child"].append({"id": one, "family_id": one, "added_at": now, **sealed})
            agreed = {"family_id": one, "purpose": "news", "version": CONSENT_VERSION, "given_at": now}
            rows["consent"].append(agreed)
            address = keys.seal(str(number), place_of("contact", chat, "address"))
            reached = {"channel": "telegram", "address": address, "language": "zh", "reachable_since": now}
            rows["contact"].append({"chat_key": chat, "last_wrote_at": now, **reached})
        with database.transaction() as session:
            for name in names:
                session.execute(tables[name].insert(), rows[name])


@contextmanager
def server_process(people: int) -> Iterator[str]:
    """The test server in a process of its own, so that its memory and its work are not ours. Gives its address."""
    command = [sys.executable, "-m", "tests.telegram_server", str(people)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


class _Turns:
    """The sender's turns over one token's rate."""

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer

    async def turn(self, who: Any, lane: Any) -> None:
        await self._pacer.turn(getattr(who, "chat_key", who), lane)

    async def halt(self, after_s: float) -> None:
        await self._pacer.halt(after_s)


class _Address:
    """The turns of further calls of a transport, by address."""

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer

    async def turn(self, address: str) -> None:
        await self._pacer.turn(f"chat {address}", "urgent")

    async def halt(self, after_s: float) -> None:
        await self._pacer.halt(after_s)


def announce(
    database: Database,
    keys: Keyring,
    asking: Asking | None,
    recipients: int,
    *,
    per_second: int | None,
    longest_s: float,
) -> Seen:
    """Start an announcement to everyone who was filled in, and look on until it is done or the time is over.

    `asking`: answers the parent who asks meanwhile; None: nobody asks.
    """
    clock, seen = SystemClock("Asia/Shanghai"), Seen()
    now = clock.now()
    with database.transaction() as session:
        one = create(session, "announcements", TEXTS, AudienceRule(), "Li", now)
        send_test(session, keys, one.id, [hidden("chat 1")], now)
        start(session, one.id, "Li", recipients, recipients, now)
    with server_process(recipients + PARENTS) as url:
        asyncio.run(_run(database, keys, asking, one.id, url, recipients, per_second, longest_s, seen))
    with database.transaction() as session:
        seen.tally = tally(session, session.get_one(AnnouncementRow, one.id))
    return seen


async def _run(
    database: Database,
    keys: Keyring,
    asking: Asking | None,
    announcement_id: str,
    url: str,
    recipients: int,
    per_second: int | None,
    longest_s: float,
    seen: Seen,
) -> None:
    clock, stop = SystemClock("Asia/Shanghai"), asyncio.Event()
    pacer = Pacer(RateLimiter(database, clock, "bench", Limits(per_second=per_second)))
    transports = {"telegram": TelegramTransport(TOKEN, url, _Address(pacer))}
    rules = Rules({"announcement": announcement_composer(keys, clock.day_of)}, render)
    turns = {"telegram": _Turns(pacer)} if per_second is not None else {}
    sender = Sender(database, keys, clock, transports, rules, turns, Pace(poll_s=0.2))
    job = Announcing(database, keys, lambda _s, _e, _c: frozenset(), recipients, clock.day_of, clock.now)
    worker = Worker(database, clock, [Job("announcements", timedelta(seconds=1), job.tend)])
    live = TelegramTransport(TOKEN, url, _Address(pacer))
    started = time.perf_counter()
    tasks = [asyncio.create_task(sender.run(stop)), asyncio.create_task(worker.run(stop))]
    if asking is not None:
        conversation = Conversation(database, asking, clock, b"bench", keys)
        conversation.handle(Inbound("telegram", "warm", "warm", "text", QUESTIONS[0]))
        chats = [str(recipients + 1 + number) for number in range(PARENTS)]
        tasks.append(asyncio.create_task(_ask(conversation, live, pacer, chats, seen, stop)))
    try:
        while time.perf_counter() - started < longest_s:
            await asyncio.sleep(0.2)
            resident = resident_mb()
            seen.most_mb = max(seen.most_mb, resident)
            if seen.warm_mb is None and sender.tally["arrived"] >= min(WARM_AFTER, recipients // 2):
                seen.warm_mb = seen.most_mb = resident
            if await asyncio.to_thread(_is_done, database, announcement_id):
                break
            for task in tasks:
                if task.done():
                    task.result()
        seen.seconds = time.perf_counter() - started
    finally:
        stop.set()
        await asyncio.gather(*tasks)
        for transport in (*transports.values(), live):
            await transport.close()


async def _ask(
    conversation: Conversation,
    transport: TelegramTransport,
    pacer: Pacer,
    chats: list[str],
    seen: Seen,
    stop: asyncio.Event,
) -> None:
    """Parents ask one after another: from the update to the answer of the API, in the lane of live replies."""
    for number, (chat, text) in enumerate(zip(itertools.cycle(chats), itertools.cycle(QUESTIONS))):
        if stop.is_set():
            return
        inbound = Inbound("telegram", chat, f"{id(seen)}-{number}", "text", text)  # a run of its own
        started = time.perf_counter()
        replies = await asyncio.to_thread(conversation.handle, inbound)
        await pacer.turn(hidden(f"chat {chat}"), "live")
        await transport.send(chat, replies[0])
        seen.replies_s.append(time.perf_counter() - started)
        await asyncio.to_thread(conversation.delivered, inbound)
        await asyncio.sleep(ASK_EVERY_S)


def _is_done(database: Database, announcement_id: str) -> bool:
    with database.transaction() as session:
        return the_announcement(session, announcement_id).state == "done"


def resident_mb() -> float:
    """Resident memory of this process in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    """Measure: `python -m tests.announcement_run RECIPIENTS [DATABASE_URL]` with the prepared index; prints JSON.

    With ALONE in place of an address: sender and clockwork as processes have them that answer nobody, for their memory.
    """
    hold_little()  # as `qihui serve`, `sender` and `worker` begin
    recipients, rest = int(sys.argv[1]), sys.argv[2:]
    keys = Keyring([b"a key of the bench, of 32 bytes..."[:32]])
    with tempfile.TemporaryDirectory(prefix="qihui-bench-") as folder:
        alone = rest == ["ALONE"]
        database = TimedDatabase(rest[0] if rest and not alone else f"sqlite:///{folder}/bench.sqlite3")
        database.upgrade()
        fill(database, keys, recipients)
        database.open_ms.clear()
        give_back_memory()  # what filling took; nobody fills before an announcement
        if alone:
            seen = announce(database, keys, None, recipients, per_second=None, longest_s=3600)
            found = figures_alone(seen)
        else:
            from bot.settings import read_settings
            from bot.wiring import open_knowledge

            asking = open_knowledge(read_settings()).asking
            paced = announce(database, keys, asking, recipients, per_second=30, longest_s=PACED_FOR_S)
            with database.transaction() as session:
                for table in ("announcement_recipient", "outgoing", "announcement"):
                    session.execute(SQLModel.metadata.tables[table].delete())
            database.open_ms.clear()
            whole = announce(database, keys, asking, recipients, per_second=None, longest_s=3600)
            found = figures(recipients, paced, whole) | figures_of_writes(database.open_ms)
    sys.stdout.write(json.dumps(found) + "\n")


def figures_alone(seen: Seen) -> dict[str, Any]:
    """Memory of sender and clockwork without the dialogue and its encoder."""
    assert seen.tally is not None
    grown = seen.grown_mb
    return {
        "announcing alone, sent a second": round(seen.tally.sent / seen.seconds, 1),
        "announcing alone, memory in all MB": round(seen.most_mb, 1),
        "announcing alone, memory grown after warm-up MB": None if grown is None else round(grown, 1),
    }


def figures_of_writes(open_ms: list[float]) -> dict[str, Any]:
    """How long write transactions were open."""
    return {
        "announcement, write transactions": len(open_ms),
        "announcement, write transaction open p50 ms": round(quantile(open_ms, 0.5) or 0, 1),
        "announcement, write transaction open p99 ms": round(quantile(open_ms, 0.99) or 0, 1),
        "announcement, write transaction open longest ms": round(max(open_ms), 1),
    }


def figures(recipients: int, paced: Seen, whole: Seen) -> dict[str, Any]:
    """The figures of `qihui bench`."""
    assert paced.tally is not None
    assert whole.tally is not None
    grown = whole.grown_mb
    return {
        "announcement, recipients": recipients,
        f"announcement at 30/s, sent in {PACED_FOR_S} s": paced.tally.sent,
        "announcement at 30/s, live replies": len(paced.replies_s),
        "announcement at 30/s, live reply p95 s": round(paced.reply_p95_s, 3),
        "announcement unlimited, sent a second": round(whole.tally.sent / whole.seconds, 1),
        "announcement unlimited, live replies": len(whole.replies_s),
        "announcement unlimited, live reply p95 s": round(whole.reply_p95_s, 3),
        "announcement unlimited, memory in all MB": round(whole.most_mb, 1),
        "announcement unlimited, memory grown MB": None if grown is None else round(grown, 1),
        "announcement, sum equals audience": whole.tally.adds_up and whole.tally.sent == recipients,
    }


if __name__ == "__main__":
    main()
