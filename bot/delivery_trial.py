"""Senders in processes of their own that are killed, stopped and doubled: what the fault tests and the bench run.

A message "arrives" when its address is written to a file, halfway between request and answer; so the file says what
people would have got, whatever the database believes. People, messages and keys are made up.
"""

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlmodel import Session, select

from bot.clock import SystemClock
from bot.database import Database
from bot.messages import Quote, Reply
from bot.outreach.composing import Due, Part
from bot.outreach.contact import remember_contact
from bot.outreach.departing import Rules
from bot.outreach.outbox import Order, enqueue_many
from bot.outreach.outgoing import Lane, OnDoubt, Timing
from bot.outreach.outreach_rows import OutgoingRow
from bot.outreach.sender import Sender
from bot.outreach.sending_pace import Pace
from bot.outreach.transport import Outcome, Sent
from bot.rendered import Line, RenderedReply
from bot.sealing import Keyring
from knowledge.topics import Language

KEYS = Keyring([b"a key of made-up people, 32 bytes"[:32]])
CHANNEL = "trial"
QUICK = Timing(lease=timedelta(seconds=1.0), renew_every=timedelta(seconds=0.25), close_after=timedelta(seconds=0.5))
"""As the real timing, forty times as fast."""
MOST_WAIT_S = 300.0


@dataclass(frozen=True)
class Trial:
    """How a sender in its own process works. `answers_after_s`: how long a request takes, the arrival in its middle."""

    url: str
    arrivals: str
    in_flight: int = 20
    answers_after_s: float = 0.02
    marks_when: Literal["row", "read"] = "row"


@dataclass(frozen=True)
class Verdict:
    """What came of a trial, in messages. `lost`: did not arrive and nothing says so; `doubtful`: marked as unknown."""

    arrived: int
    lost: int
    doubled: int
    doubtful: int
    doubtful_of_one_kill: int
    kills: int


def fill(database: Database, count: int, now: datetime, lane: Lane = "reminder", on_doubt: OnDoubt = "skip") -> None:
    """So many made-up people, with one due message each."""
    for start in range(0, count, 1000):
        numbers = range(start, min(start + 1000, count))
        with database.transaction() as session:
            for number in numbers:
                remember_contact(session, KEYS, _chat(number), CHANNEL, str(number), "zh", now)
            orders = [
                Order(
                    chat_key=_chat(number),
                    kind="card",
                    subject=f"trial:{number}",
                    key=f"trial:{number}",
                    topic="cards",
                    lane=lane,
                    due_at=now,
                    expires_at=now + timedelta(days=7),
                    on_doubt=on_doubt,
                )
                for number in numbers
            ]
            enqueue_many(session, KEYS, orders, now)


def rules() -> Rules:
    """No budget, and a message that says its number."""
    return Rules({"card": _compose}, _render)


class FileTransport:
    """Arrivals go to a file."""

    def __init__(self, path: str, answers_after_s: float) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._half_s = answers_after_s / 2
        self._dice = random.Random(os.getpid())  # noqa: S311 - uneven answers, not a secret

    async def send(self, address: str, _reply: RenderedReply) -> Outcome:
        """See `Transport`."""
        await asyncio.sleep(self._half_s * self._dice.uniform(0.2, 1.8))
        os.write(self._file, f"{address}\n".encode())
        await asyncio.sleep(self._half_s)
        return Sent(str(os.getpid()))

    async def close(self) -> None:
        """See `Transport`."""
        os.close(self._file)


class NullTransport:
    """Everything arrives at once."""

    async def send(self, _address: str, _reply: RenderedReply) -> Outcome:
        """See `Transport`."""
        return Sent("0")

    async def close(self) -> None:
        """See `Transport`."""


def arrivals_of(path: Path) -> Counter[int]:
    """How often each number arrived."""
    return Counter(int(line) for line in path.read_text().split()) if path.exists() else Counter()


def start(trial: Trial) -> "subprocess.Popen[bytes]":
    """A sender in a process of its own."""
    command = [sys.executable, "-m", "bot.delivery_trial", json.dumps(asdict(trial))]
    return subprocess.Popen(command)  # noqa: S603


def wait_for_arrivals(path: Path, count: int) -> None:
    """Wait until so many messages have arrived.

    Raises: RuntimeError: they do not.
    """
    until_s = time.monotonic() + MOST_WAIT_S
    while time.monotonic() < until_s:
        if path.exists() and path.stat().st_size and len(path.read_bytes().split()) >= count:
            return
        time.sleep(0.005)
    message = f"no {count} arrivals within {MOST_WAIT_S} s"
    raise RuntimeError(message)


def kill_at_random(database: Database, trial: Trial, sends: int, kills: int, seed: int = 7) -> Verdict:
    """Kill -9 a sender at random moments, start the next one, let the last one finish; then count."""
    dice, path = random.Random(seed), Path(trial.arrivals)  # noqa: S311 - repeatable, not secret
    fill(database, sends, SystemClock("UTC").now())
    worst = done = 0
    seen: set[str] = set()
    for number in range(kills):
        process = start(trial)
        wait_for_arrivals(path, int(sends * (number + dice.uniform(0.3, 0.9)) / (kills + 1)))
        process.send_signal(signal.SIGKILL)
        process.wait()
        done += 1
        left = _left_by_the_dead(database)
        worst, seen = max(worst, len(left - seen)), seen | left
    finish(database, trial)
    arrived = arrivals_of(path)
    rows = _rows(database)
    unknown = {number for number, row in rows.items() if row.state == "unknown"}
    return Verdict(
        arrived=len(arrived),
        lost=sum(1 for number in range(sends) if number not in arrived and number not in unknown),
        doubled=sum(1 for times in arrived.values() if times > 1),
        doubtful=len(unknown),
        doubtful_of_one_kill=worst,
        kills=done,
    )


def _left_by_the_dead(database: Database) -> set[str]:
    """The messages whose requests may have left without an outcome."""
    return {row.id for row in _rows(database).values() if row.state == "sending" and row.left_at is not None}


def finish(database: Database, trial: Trial, senders: int = 1) -> None:
    """Let senders work until every message is over and every doubt closed.

    Raises: RuntimeError: it does not come to that.
    """
    processes = [start(trial) for _ in range(senders)]
    try:
        until_s = time.monotonic() + MOST_WAIT_S
        while any(is_open(row) for row in _rows(database).values()):
            if time.monotonic() > until_s or any(process.poll() is not None for process in processes):
                message = "the senders did not come to an end"
                raise RuntimeError(message)
            time.sleep(0.1)
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait()


def is_open(row: OutgoingRow) -> bool:
    """Whether something more will happen to a message."""
    return row.state in {"queued", "sending", "awaiting_retry"} or row.lease_until is not None


def _rows(database: Database) -> dict[int, OutgoingRow]:
    with database.transaction() as session:
        return {int(row.chat_key, 16): row for row in session.exec(select(OutgoingRow)).all()}


def _chat(number: int) -> str:
    return f"{number:032x}"


def _compose(_session: Session, due: Due, _now: datetime) -> Part:
    return Part((Quote(due.subject),))


def _render(reply: Reply, language: Language) -> RenderedReply:
    lines = tuple(Line(line.text, line.look) for line in reply.lines if isinstance(line, Quote))
    return RenderedReply(language=language, lines=lines, buttons=(), urgent=False)


async def _work(trial: Trial) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database, transport = Database(trial.url), FileTransport(trial.arrivals, trial.answers_after_s)
    pace = Pace(in_flight=trial.in_flight, poll_s=0.05, timing=QUICK)
    if trial.marks_when == "read":
        await _work_with_a_read_mark(database, transport, trial, stop)
        return
    await Sender(database, KEYS, SystemClock("UTC"), {CHANNEL: transport}, rules(), None, pace).run(stop)


async def _work_with_a_read_mark(
    database: Database, transport: FileTransport, trial: Trial, stop: asyncio.Event
) -> None:
    """The guard off: messages are written off when they are read, as well-known mailing tools do."""
    while not stop.is_set():
        with database.transaction() as session:
            waiting = select(OutgoingRow).where(OutgoingRow.state == "queued").limit(trial.in_flight)
            batch = session.exec(waiting).all()
            for row in batch:
                row.state = "sent"
        await asyncio.gather(*(transport.send(str(int(row.chat_key, 16)), _nothing()) for row in batch))
        if not batch:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 0.05)


def _nothing() -> RenderedReply:
    return RenderedReply(language="zh", lines=(), buttons=(), urgent=False)


def main(arguments: Sequence[str]) -> None:
    """Work as the trial in the first argument says, until SIGTERM."""
    asyncio.run(_work(Trial(**json.loads(arguments[0]))))


if __name__ == "__main__":
    main(sys.argv[1:])
