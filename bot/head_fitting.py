"""Some time after an edit, fit the search to what is published now, in a process of its own, and see it through.

Begun, ended and used are written down (`bot.curation.fit_book`). A fit that fails or dies is tried again; until one is
done, what was published is found by the heads as they were. Two processes of one house never fit at once.
"""

import asyncio
import contextlib
import logging
import os
import socket
import time
from collections.abc import Sequence

from bot.clock import Clock
from bot.curation.curation_rows import FitOutcome
from bot.curation.fit_book import begin_fit, end_fit, give_up_fits, note_fitted, running_fits
from bot.curation.living_guide import LivingGuide
from bot.database import Database

log = logging.getLogger(__name__)

FIT_AFTER_S = 120.0
"""How long after an edit the heads are fitted anew, so that a morning's edits are one fit."""

AGAIN_AFTER_S = 600.0
"""How long after one that failed the next is tried."""

LOOK_EVERY_S = 1.0


class HeadFitting:
    """Keeps the search of one process fitted. `command` prepares the index of what is published, and ends with 0."""

    def __init__(
        self,
        living: LivingGuide,
        database: Database,
        clock: Clock,
        command: Sequence[str],
        *,
        fit_after_s: float = FIT_AFTER_S,
        again_after_s: float = AGAIN_AFTER_S,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._living = living
        self._database = database
        self._clock = clock
        self._command = command
        self._fit_after_s, self._again_after_s, self._look_every_s = fit_after_s, again_after_s, look_every_s
        self._machine = socket.gethostname()[:60]
        self._by = f"{self._machine}:{os.getpid()}"
        self._edition, self._due_at, self._noted = "", 0.0, -1

    async def run(self, stop: asyncio.Event) -> None:
        """Look after it until told to stop; a fit in hand is then ended and taken up at the next start."""
        while not stop.is_set():
            try:
                await self._look(stop)
            except Exception:
                log.exception("the search could not be looked after; trying again")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._look_every_s)

    async def _look(self, stop: asyncio.Event) -> None:
        current, counter = self._living.current, self._living.counter
        name = current.shipped.guide.edition
        if name != self._edition:
            self._edition, self._due_at = name, time.monotonic() + self._fit_after_s
        if current.heads_fitted:
            if counter != self._noted:
                await asyncio.to_thread(self._note_fitted, counter)
                self._noted = counter
        elif time.monotonic() >= self._due_at:
            self._due_at = time.monotonic() + self._again_after_s
            await self._fit(name, stop)

    async def _fit(self, edition: str, stop: asyncio.Event) -> None:
        fit_id = await asyncio.to_thread(self._begin, edition)
        if fit_id is None:  # another process of the house is at it
            self._due_at = time.monotonic() + self._fit_after_s
            return
        log.info("fitting the search to edition %s", edition)
        fitting = await asyncio.create_subprocess_exec(*self._command, stdout=asyncio.subprocess.DEVNULL)
        done, stopping = asyncio.create_task(fitting.wait()), asyncio.create_task(stop.wait())
        await asyncio.wait({done, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if fitting.returncode is None:
            fitting.terminate()
        outcome = await asyncio.to_thread(self._end, fit_id, edition, await done, stopped=stop.is_set())
        if outcome == "failed":
            log.warning(
                "fitting the search to edition %s failed; it is tried again in %d s", edition, self._again_after_s
            )

    def _begin(self, edition: str) -> int | None:
        now = self._clock.now()
        with self._database.transaction() as session:
            dead = [row.by for row in running_fits(session) if self._is_dead(row.by)]
            give_up_fits(session, dead, now)
            return begin_fit(session, edition, self._by, now)

    def _is_dead(self, by: str) -> bool:
        """Whether a process of this machine is no more; nothing is known of those of others."""
        machine, _, process = by.rpartition(":")
        if machine != self._machine or not process.isdecimal():
            return False
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False

    def _end(self, fit_id: int, edition: str, code: int, *, stopped: bool) -> FitOutcome:
        outcome: FitOutcome = "gone" if stopped else "failed"
        if code == 0:
            self._living.take_fitted()
            current = self._living.current
            same = current.shipped.guide.edition == edition
            outcome = "overtaken" if not same else "done" if current.heads_fitted else "failed"
        prepared = self._living.current.retriever.prepared
        figures = (
            {"topics": len(prepared.topic_ids), "wordings": len(prepared.wording_topics)} if outcome == "done" else {}
        )
        error = f"exit code {code}" if outcome == "failed" else ""
        with self._database.transaction() as session:
            end_fit(session, fit_id, outcome, self._clock.now(), error=error, **figures)
        return outcome

    def _note_fitted(self, counter: int) -> None:
        with self._database.transaction() as session:
            note_fitted(session, counter)
