"""The clockwork: runs the jobs of a process, each period once over all workers, and records how every run ended.

It stands inside `qihui serve` on a small machine and alone as `qihui worker`; start as many as you like. Jobs run in
threads of their own, so one that hangs keeps neither the loop nor the end of the process waiting.
"""

import asyncio
import contextlib
import logging
import os
import secrets
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from bot.clock import Clock
from bot.database import Database
from bot.job_book import Run, close_overdue, finish, purge_runs, register, take, wait_for_turn
from bot.jobs import Counts, Job, clock_was_set_back, period_at

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
"""How often a worker looks whether a period began; the shortest sensible `every` is twice that."""

WATCH_EVERY = timedelta(seconds=15)
WAIT_AT_END_S = 10.0

T = TypeVar("T")


class Worker:
    """Runs jobs until it is told to stop; safe beside any number of others."""

    def __init__(
        self, database: Database, clock: Clock, jobs: Sequence[Job], *, look_every_s: float = LOOK_EVERY_S
    ) -> None:
        names = [job.name for job in jobs]
        if len(set(names)) != len(names):
            message = f"two jobs share a name: {sorted(names)}"
            raise ValueError(message)
        self.name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._database = database
        self._clock = clock
        self._look_every_s = look_every_s
        self._jobs = (*jobs, Job("watch", WATCH_EVERY, self._watch, limit=timedelta(minutes=5)))
        self._seen: dict[str, datetime] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Run what is due until `stop` is set, then wait a little for what is in hand."""
        await self._register(stop)
        while not stop.is_set():
            for job in self._due():
                self._running[job.name] = asyncio.create_task(self._run_job(job))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._look_every_s)
        if self._running:
            _, late = await asyncio.wait(self._running.values(), timeout=WAIT_AT_END_S)
            if late:
                log.warning("%d jobs were still running at the end; they count as overdue", len(late))

    def run_once(self, job: Job) -> bool:
        """Run the current period of a job in this thread, if it is free. Whether it ran."""
        with self._database.transaction() as session:
            wait_for_turn(session, job)
            now = self._clock.now()
            run = take(session, job, self.name, now)
        if run is None:
            return False
        try:
            counts = job.what(now)
        except Exception as error:
            log.exception("job %s failed", job.name)
            self._finish(run, error=type(error).__name__)
        else:
            self._finish(run, counts=counts)
        return True

    def _finish(self, run: Run, *, counts: Counts | None = None, error: str | None = None) -> None:
        with self._database.transaction() as session:
            in_time = finish(session, run, self._clock.now(), counts=counts, error=error)
        if not in_time:
            log.error("job %s ended after its limit; its run stays written down as overdue", run.name)

    def _due(self) -> list[Job]:
        now = self._clock.now()
        return [job for job in self._jobs if job.name not in self._running and self._is_new_period(job, now)]

    def _is_new_period(self, job: Job, now: datetime) -> bool:
        period, seen = period_at(job.every, job.offset, now), self._seen.get(job.name)
        return seen is None or period > seen or clock_was_set_back(seen, job.every, now)

    async def _run_job(self, job: Job) -> None:
        self._seen[job.name] = period_at(job.every, job.offset, self._clock.now())
        try:
            await in_daemon_thread(lambda: self.run_once(job), f"job-{job.name}")
        except Exception:
            # the database was away: nothing was taken, or the run stays open and becomes overdue
            log.exception("job %s could not be written down; its next period tries again", job.name)
        finally:
            del self._running[job.name]

    async def _register(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                return await in_daemon_thread(self._enter, "job-register")
            except Exception:
                log.exception("the jobs could not be written down; trying again")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), 5)
        return None

    def _enter(self) -> None:
        with self._database.transaction() as session:
            register(session, self._jobs, self._clock.now())

    def _watch(self, now: datetime) -> Counts:
        """Report what hangs, and keep the book small."""
        with self._database.transaction() as session:
            hung = close_overdue(session, now)
            gone = purge_runs(session, now)
        for name in hung:
            log.error("job %s did not end within its limit", name)
        return {"hung": len(hung), "old runs gone": gone}


async def in_daemon_thread(function: Callable[[], T], name: str) -> T:
    """The result of a function that runs in a thread which the end of the process does not wait for."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(setter: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(lambda: None if done.done() else setter())

    def work() -> None:
        try:
            result = function()
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            raised = error
            tell(lambda: done.set_exception(raised))
        else:
            tell(lambda: done.set_result(result))

    threading.Thread(target=work, name=name, daemon=True).start()
    return await done
