"""The rate between processes: two of them on each database, halts that all obey, and live chat beside a broadcast."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.channels.aiogram_rate import LiveRate
from bot.clock import SystemClock
from bot.database import Database
from bot.outreach.rate_limit import RateChatRow, RateLimiter, RateTokenRow, forget_chat, token_key
from bot.outreach.send_rate import Go, Limits, WaitUntil, Wish, limits_of
from bot.outreach.turns_to_send import LOOKED_AT_FOR, Pacer
from tests.conftest import REPOSITORY, FixedClock
from tests.telegram_server.server import TOKEN, Flood, TestServer, running_server
from tests.test_telegram_channel import Running, Scripted, reply

HEARD_S = LOOKED_AT_FOR.total_seconds() + 0.01
"""So long a process may go on after another has written down a halt."""


@pytest.fixture
def server() -> Iterator[TestServer]:
    with running_server() as running:
        yield running


def run_two(url: str, names: tuple[str, str], count: int, rate: int, api: str, chats: tuple[int, int]) -> list[list]:
    """Start two sending processes, let them begin together; returns what left, in order."""
    command = [sys.executable, "-m", "tests.sending_process", url]
    processes = [
        subprocess.Popen(
            [*command, name, str(count), str(rate), api, str(first)],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, first in zip(names, chats, strict=True)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    left: list[list] = []
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        left += [json.loads(line) for line in out.splitlines()]
    return sorted(left)


def most_in_a_second(instants: list[float]) -> int:
    first = most = 0
    for last, at in enumerate(instants):
        while at - instants[first] >= 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_two_processes_together_keep_to_the_rate(any_database: Database) -> None:
    left = run_two(any_database.url, ("token", "token"), 18, 30, "-", (1, 1001))
    assert len(left) == 36
    assert most_in_a_second([at for at, _ in left]) <= 30
    took_s = left[-1][0] - left[0][0]
    assert took_s >= 35 * 0.05 - 0.2


def test_two_processes_that_do_not_share_the_rate_break_it(database: Database) -> None:
    """The guard off: so the test above sees what it says."""
    left = run_two(database.url, ("one", "other"), 24, 30, "-", (1, 1001))
    assert most_in_a_second([at for at, _ in left]) > 30


def test_nobody_calls_while_telegram_bids_silence_and_everybody_is_served(
    any_database: Database, server: TestServer
) -> None:
    """Every twentieth message is answered 429. What left before the halt was written down could not know of it."""
    people = [server.user().id for _ in range(60)]
    server.flood = Flood(every=20)
    left = run_two(any_database.url, ("token", "token"), 30, 240, f"{server.url}/{TOKEN}", (people[0], people[30]))
    halts = [at for at, what in left if what == "halt"]
    during = [at - halt for at, what in left for halt in halts if what != "halt" and halt + HEARD_S < at < halt + 0.9]
    assert server.flood.refused >= 3
    assert during == []
    assert server.flood.early == [], "not even calls that had left half a second before"
    assert sorted(message.chat for message in server.world.sent) == people
    assert sum(what == "Sent" for _, what in left) == 60


def test_a_halt_is_known_to_every_process(any_database: Database, clock: FixedClock) -> None:
    one, other = (RateLimiter(any_database, clock, "token", Limits()) for _ in range(2))
    one.halt(7)
    until = clock.now() + timedelta(seconds=7)
    assert other.reserve(Wish("chat", "urgent")) == WaitUntil(until, halted=True)
    assert other.halted_until() == until
    another_token = RateLimiter(any_database, clock, "another", Limits())
    assert isinstance(another_token.reserve(Wish("chat", "urgent")), Go)
    clock.passes(seconds=7)
    assert isinstance(other.reserve(Wish("chat", "urgent")), Go)
    assert other.halted_until() is None


def test_many_wishes_are_answered_in_one_transaction_in_their_order(any_database: Database, clock: FixedClock) -> None:
    limiter = RateLimiter(any_database, clock, "token", limits_of(1000))
    grants = limiter.reserve_many([Wish(f"chat-{number}", "bulk") for number in range(100)])
    slots = [grant.at for grant in grants if isinstance(grant, Go)]
    assert slots == sorted(slots)
    assert len(slots) == 14, "20 ms ahead, 834 of 1000 slots in 1.25 s"
    again = limiter.reserve_many([Wish("chat-0", "bulk"), Wish("chat-0", "live")])
    assert [type(grant) for grant in again] == [WaitUntil, Go]


def test_chats_are_swept_away_and_can_be_forgotten(any_database: Database, clock: FixedClock) -> None:
    limiter = RateLimiter(any_database, clock, "token", Limits())
    limiter.reserve(Wish("mother", "urgent"))
    limiter.reserve(Wish("father", "urgent"))
    with any_database.transaction() as session:
        forget_chat(session, "mother")
        assert session.exec(select(RateChatRow.chat_key)).all() == ["father"]
    clock.passes(minutes=1)
    limiter.reserve(Wish("aunt", "urgent"))
    with any_database.transaction() as session:
        assert session.exec(select(RateChatRow.chat_key)).all() == ["aunt"]
        (row,) = session.exec(select(RateTokenRow)).all()
    assert row.token_key == "token"
    assert "4242" not in token_key("4242:secret")


def test_without_a_limit_a_thousand_turns_a_second_are_cheap(database: Database) -> None:
    pacer = Pacer(RateLimiter(database, SystemClock("Asia/Shanghai"), "token", Limits(per_second=None)))

    async def run() -> float:
        began = time.perf_counter()
        for start in range(0, 2000, 20):
            await asyncio.gather(*(pacer.turn(f"chat-{start + n}", "bulk") for n in range(20)))
        return time.perf_counter() - began

    assert asyncio.run(run()) < 1.0


def test_a_fault_of_the_database_reaches_whoever_waits(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = RateLimiter(database, SystemClock("Asia/Shanghai"), "token", Limits())

    def broken(_wishes):
        raise ConnectionError("gone")

    monkeypatch.setattr(limiter, "reserve_many", broken)

    async def run() -> None:
        pacer = Pacer(limiter)
        waiting = await asyncio.gather(*(pacer.turn(str(n), "bulk") for n in range(3)), return_exceptions=True)
        assert [type(one) for one in waiting] == [ConnectionError] * 3

    asyncio.run(run())


# --- live chat


class Talk:
    """The dialogue's channel with the rate, beside a pacer of a broadcast."""

    def __init__(self, database: Database, server: TestServer, answer) -> None:
        self.limiter = RateLimiter(database, SystemClock("Asia/Shanghai"), "token", Limits())
        self.script = Scripted(answer)
        self.running = Running(self.script, server, rate=LiveRate(Pacer(self.limiter), str))


@pytest.fixture
def talk(database: Database, server: TestServer) -> Iterator[Talk]:
    talking = Talk(database, server, lambda inbound: [reply(f"听到{inbound.content}")])
    yield talking
    talking.running.stops()


def test_a_live_reply_does_not_wait_while_a_broadcast_runs(database: Database, server: TestServer, talk: Talk) -> None:
    stop = threading.Event()

    async def broadcast() -> int:
        pacer, sent = Pacer(RateLimiter(database, SystemClock("Asia/Shanghai"), "token", Limits())), 0
        while not stop.is_set():
            await asyncio.gather(*(pacer.turn(f"reader-{sent + n}", "bulk") for n in range(10)))
            sent += 10
        return sent

    thread = threading.Thread(target=asyncio.run, args=(broadcast(),), daemon=True)
    thread.start()
    waits: list[float] = []
    for number in range(12):
        mother = server.user()
        began = time.monotonic()
        mother.sends(f"{number}")
        assert mother.received()[0].text == f"听到{number}"
        waits.append(time.monotonic() - began)
    stop.set()
    thread.join(5)
    assert sorted(waits)[10] < 0.5


def test_a_live_reply_that_meets_429_is_repeated_after_the_halt_and_the_halt_is_everybodys(
    server: TestServer, talk: Talk, database: Database
) -> None:
    server.fails("sendMessage", "429", retry_after=1)
    mother = server.user()
    mother.sends("你好")
    assert mother.received()[0].text == "听到你好"
    with database.transaction() as session:
        (row,) = session.exec(select(RateTokenRow)).all()
    assert row.halted_until is not None
    first, second = server.calls("sendMessage")
    assert second.at - first.at >= 1.0
    assert [name for name in {call.method for call in server.world.calls} if name.startswith("send")] == ["sendmessage"]


def test_a_reply_goes_out_where_the_rate_cannot_be_asked(
    server: TestServer, talk: Talk, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database.downgrade("0004")
    mother = server.user()
    mother.sends("孩子抽了")
    assert mother.received()[0].text == "听到孩子抽了"
    assert "unpaced" in caplog.text


def test_who_blocks_the_bot_and_who_comes_back_is_told_to_the_conversation(server: TestServer, talk: Talk) -> None:
    mother = server.user()
    mother.blocks_the_bot()
    mother.unblocks_the_bot()
    mother.sends("我又来了")
    mother.received()
    assert talk.script.sent[:2] == [f"telegram {mother.id} False", f"telegram {mother.id} True"]
