"""The book of impacts: which draft is being measured since when, what was found, and how it ended.

A measure takes seconds. Whoever asks for it gets an answer at once, here that it has begun; it runs beside the pages,
one after the other, and what it found is held while the draft stays as it is. In memory: a process that begins anew
measures anew, and another process of the house keeps a book of its own.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.admin.impact import Impact
from bot.admin.impact_questions import DraftMark
from bot.curation.curation_rows import FitOutcome

log = logging.getLogger(__name__)

MOST_HELD = 100

Measure = Callable[[DraftMark], Impact | None]
"""Takes seconds. None: the draft is another one by now, or gone; raises where it could not be measured."""


@dataclass(frozen=True)
class ImpactStanding:
    """How the measure of a draft stands, in the words of the fit. `impact`: None unless it is done.

    `overtaken`: the draft was another one when it was to be measured.
    """

    outcome: FitOutcome
    began_at: datetime
    took_s: float = 0.0
    impact: Impact | None = None


def _beside(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="impact", daemon=True).start()


class ImpactBook:
    """One a process; safe for any number of threads. `start` carries a piece of work out beside the caller."""

    def __init__(
        self, measure: Measure, now: Callable[[], datetime], start: Callable[[Callable[[], None]], None] = _beside
    ) -> None:
        self._measure, self._now, self._start = measure, now, start
        self._lock = threading.Lock()
        self._held: dict[int, tuple[DraftMark, ImpactStanding]] = {}
        self._waiting: dict[int, DraftMark] = {}
        self._at_work = False

    def look(self, mark: DraftMark) -> ImpactStanding:
        """How this draft's measure stands; where it was never asked for, it begins."""
        with self._lock:
            mark_held, standing = self._held.get(mark.revision_id, (None, None))
            if standing is not None and mark_held == mark:
                return standing
        return self._order(mark)

    def look_anew(self, mark: DraftMark) -> ImpactStanding:
        """Measure this draft once more, with the questions of now; one that runs is not begun twice."""
        with self._lock:
            mark_held, standing = self._held.get(mark.revision_id, (None, None))
            if standing is not None and mark_held == mark and standing.outcome == "running":
                return standing
        return self._order(mark)

    def _order(self, mark: DraftMark) -> ImpactStanding:
        with self._lock:
            self._held.pop(mark.revision_id, None)  # put at the end: the oldest is let go first
            self._held[mark.revision_id] = (mark, ImpactStanding("running", self._now()))
            self._waiting[mark.revision_id] = mark
            settled = [one for one, (_, standing) in self._held.items() if standing.outcome != "running"]
            for old in settled[: max(0, len(self._held) - MOST_HELD)]:
                del self._held[old]
            begins, self._at_work = not self._at_work, True
        if begins:
            self._start(self._work)
        with self._lock:
            return self._held[mark.revision_id][1]

    def _work(self) -> None:
        while True:
            with self._lock:
                mark = next(iter(self._waiting.values()), None)
                if mark is None:
                    self._at_work = False
                    return
                del self._waiting[mark.revision_id]
            began_at, started = self._now(), time.monotonic()
            outcome: FitOutcome = "failed"
            impact = None
            try:
                impact = self._measure(mark)
                outcome = "done" if impact is not None else "overtaken"
            except Exception:
                log.exception("the impact of revision %d could not be measured", mark.revision_id)
            standing = ImpactStanding(outcome, began_at, time.monotonic() - started, impact)
            with self._lock:
                if self._held.get(mark.revision_id, (None,))[0] == mark and mark.revision_id not in self._waiting:
                    self._held[mark.revision_id] = (mark, standing)
