"""The clockwork: one run a period over all workers, every run with an outcome, what hangs is reported."""

import asyncio
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot import job_book
from bot.database import Database
from bot.job_book import JobRunRow, close_overdue, finish, purge_runs, register, standings, take
from bot.jobs import Job, clock_was_set_back, period_at
from bot.worker import Worker
from tests.conftest import FixedClock

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def nothing(_now: datetime) -> dict[str, int]:
    return {}


def runs(database: Database, name: str) -> list[JobRunRow]:
    with database.transaction() as session:
        statement = select(JobRunRow).where(JobRunRow.name == name).order_by(JobRunRow.run)
        return list(session.scalars(statement))


@pytest.mark.parametrize(
    ("every", "offset", "now", "began"),
    [
        (HOUR, timedelta(0), START + timedelta(minutes=59), START),
        (HOUR, timedelta(minutes=30), START + timedelta(minutes=29), START - timedelta(minutes=30)),
        (timedelta(days=1), timedelta(hours=19), START, START.replace(day=23, hour=19)),
        (timedelta(seconds=2), timedelta(0), START + timedelta(seconds=3), START + timedelta(seconds=2)),
    ],
)
def test_periods_are_the_same_for_everyone(every: timedelta, offset: timedelta, now: datetime, began: datetime) -> None:
    assert period_at(every, offset, now) == began


def test_only_a_period_far_ahead_speaks_of_a_clock_set_back() -> None:
    assert clock_was_set_back(START + 3 * HOUR, HOUR, START)
    assert not clock_was_set_back(START + HOUR, HOUR, START), "another machine's clock may be a little ahead"


def test_a_period_is_taken_once_and_the_next_one_again(any_database: Database) -> None:
    job = Job("sweep", HOUR, nothing)
    with any_database.transaction() as session:
        register(session, [job], START)
        register(session, [job], START + HOUR)
        run = take(session, job, "a", START)
        assert run is not None
        assert take(session, job, "b", START + timedelta(minutes=1)) is None, "it is being run"
        assert finish(session, run, START + timedelta(minutes=2), counts={"planned": 3})
        assert take(session, job, "b", START + timedelta(minutes=59)) is None, "it was run"
        assert take(session, job, "b", START + HOUR) is not None
        standing = next(one for one in standings(session) if one.name == "sweep")
    assert standing.last_ok_at == START + timedelta(minutes=2)
    assert standing.last_counts == {"planned": 3}
    assert standing.known_since == START


def test_a_run_that_never_ends_is_overdue_and_does_not_stop_the_job(any_database: Database) -> None:
    job = Job("sweep", HOUR, nothing, limit=timedelta(minutes=90))
    with any_database.transaction() as session:
        register(session, [job], START)
        lost = take(session, job, "gone", START)
        assert lost is not None
        assert take(session, job, "b", START + HOUR) is None, "it may still be at work"
        assert close_overdue(session, START + HOUR) == []
        assert close_overdue(session, START + 2 * HOUR) == ["sweep"]
        assert close_overdue(session, START + 2 * HOUR) == [], "reported once"
        after = take(session, job, "b", START + 2 * HOUR)
        assert after is not None
        assert not finish(session, lost, START + 2 * HOUR, counts={"late": 1}), "the fence holds the late end off"
        assert take(session, job, "c", START + 3 * HOUR) is None, "the second run goes on"
        assert finish(session, after, START + 3 * HOUR)
    assert [(row.outcome, row.ended_at is not None) for row in runs(any_database, "sweep")] == [
        ("overdue", True),
        ("ok", True),
    ]


def test_a_clock_that_was_wrong_once_does_not_stop_the_job_for_years(any_database: Database) -> None:
    job = Job("sweep", HOUR, nothing)
    with any_database.transaction() as session:
        register(session, [job], START)
        run = take(session, job, "a", START.replace(year=2030))
        assert run is not None
        again = take(session, job, "a", START)
        assert again is not None
        assert again.number == run.number + 1


def test_an_error_is_written_down_by_its_class_alone(
    any_database: Database, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(_now: datetime) -> dict[str, int]:
        raise LookupError("小宝 2026-03-24")

    job = Job("sweep", HOUR, breaks)
    worker = Worker(any_database, clock, [job])
    worker._enter()
    assert worker.run_once(job)
    row = runs(any_database, "sweep")[0]
    assert (row.outcome, row.error) == ("failed", "LookupError")
    assert "小宝" not in str([row.counts, row.error])
    clock.passes(hours=1)
    assert worker.run_once(job), "the next period tries again"


def test_old_runs_go_and_failures_stay_longer(
    any_database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_book, "RUNS_KEPT", 3)
    job = Job("sweep", HOUR, nothing)
    with any_database.transaction() as session:
        register(session, [job], clock.now())
        for number in range(8):
            run = take(session, job, "a", clock.now())
            assert run is not None
            finish(session, run, clock.now(), error="LookupError" if number == 1 else None)
            clock.passes(hours=1)
        assert purge_runs(session, clock.now()) == 4
        clock.passes(days=31)
        assert purge_runs(session, clock.now()) == 1
    assert [row.run for row in runs(any_database, "sweep")] == [6, 7, 8]


class MovingClock(FixedClock):
    """Goes sixty times as fast as the wall's."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.zero = self.at, time.perf_counter()

    def now(self) -> datetime:
        return self.began + timedelta(seconds=60 * (time.perf_counter() - self.zero))


def race(database: Database, *, guarded: bool, monkeypatch: pytest.MonkeyPatch) -> Counter[datetime]:
    """How often each period was run by four workers until several periods were; on a busy machine that takes a while."""
    began = time.perf_counter()

    def enough() -> bool:
        return (len(ran) >= 6 and time.perf_counter() - began > 0.5) or time.perf_counter() - began > 30

    ran: Counter[datetime] = Counter()
    lock = threading.Lock()
    every = timedelta(seconds=9)

    def counted(now: datetime) -> dict[str, int]:
        with lock:
            ran[period_at(every, timedelta(0), now)] += 1
        return {"one": 1}

    if not guarded:
        fence = iter(range(1, 100_000))
        monkeypatch.setattr(
            "bot.worker.take",
            lambda _session, job, _worker, now: job_book.Run(job.name, next(fence), now, now + HOUR),
        )
        monkeypatch.setattr("bot.worker.finish", lambda *_arguments, **_named: True)
    job = Job("count", every, counted)
    clock = MovingClock()
    workers = [Worker(Database(database.url), clock, [job], look_every_s=0.01) for _ in range(4)]

    def work(worker: Worker) -> None:
        async def for_a_while() -> None:
            stop = asyncio.Event()
            running = asyncio.create_task(worker.run(stop))
            while not enough():
                await asyncio.sleep(0.02)
            stop.set()
            await running

        asyncio.run(for_a_while())
        worker._database.engine.dispose()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ran


def test_four_workers_never_run_one_period_twice(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = race(any_database, guarded=True, monkeypatch=monkeypatch)
    assert set(ran.values()) == {1}
    assert len(ran) >= 5
    rows = runs(any_database, "count")
    assert len(rows) == sum(ran.values())
    assert {row.outcome for row in rows} == {"ok"}


def test_a_worker_that_waited_for_its_turn_does_not_take_the_clock_for_set_back(any_database: Database) -> None:
    """Between its look at the periods and its turn to write, others may have run several of them."""
    clock = FixedClock()
    job = Job("sweep", timedelta(seconds=10), nothing)
    waited = Worker(any_database, clock, [job])
    with any_database.transaction() as session:
        register(session, [job], clock.now())
    ran: list[bool] = []
    late = threading.Thread(target=lambda: ran.append(waited.run_once(job)))
    with any_database.transaction() as session:
        first = take(session, job, "other", clock.now())
        assert first is not None
        finish(session, first, clock.now())
        late.start()
        late.join(0.3)
        clock.passes(minutes=5)
        assert take(session, job, "other", clock.now()) is not None
    late.join()
    assert ran == [False]


def test_without_the_claim_periods_would_run_twice(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard off: so the race above sees what it says."""
    assert max(race(database, guarded=False, monkeypatch=monkeypatch).values()) > 1


def test_a_hanging_job_keeps_neither_the_others_nor_the_end_waiting(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.worker.WAIT_AT_END_S", 0.1)
    release, done = threading.Event(), threading.Event()

    def hangs(_now: datetime) -> dict[str, int]:
        release.wait(10)
        return {}

    def quick(_now: datetime) -> dict[str, int]:
        done.set()
        return {}

    worker = Worker(database, MovingClock(), [Job("hangs", HOUR, hangs), Job("quick", HOUR, quick)], look_every_s=0.01)

    async def for_a_while() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.3, stop.set)
        await worker.run(stop)

    started = time.perf_counter()
    asyncio.run(for_a_while())
    assert time.perf_counter() - started < 3
    assert done.is_set()
    assert runs(database, "hangs")[0].outcome is None
    release.set()


def test_two_jobs_of_one_name_are_a_mistake(database: Database, clock: FixedClock) -> None:
    with pytest.raises(ValueError, match="two jobs share a name"):
        Worker(database, clock, [Job("a", HOUR, nothing), Job("a", HOUR, nothing)])
