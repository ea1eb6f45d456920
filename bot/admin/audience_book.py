"""How many an announcement would reach, remembered for some minutes: counting opens a sealed field of every child.

Pages that only show the number read it here and say when it was counted. What reaches people counts anew.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.outreach.announcement import Announcement
from bot.outreach.audience import Preview

HOLDS_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class CountedAudience:
    """Whom it would have reached at `counted_at`."""

    seen: Preview
    counted_at: datetime


class AudienceBook:
    """One a process; safe for any number of threads. Two who ask for the same at once wait for one counting."""

    def __init__(self) -> None:
        self._counted: dict[object, CountedAudience] = {}
        self._lock = threading.Lock()
        self._turns: dict[object, threading.Lock] = {}

    def look_up(self, one: Announcement, now: datetime, count: Callable[[], Preview]) -> CountedAudience:
        """What was counted lately for this topic and rule, else what is counted now."""
        about = (one.id, one.topic, one.rule)
        with self._lock:
            turn = self._turns.setdefault(about, threading.Lock())
        with turn:
            known = self._counted.get(about)
            if known is not None and known.counted_at <= now < known.counted_at + HOLDS_FOR:
                return known
            return self._keep(about, CountedAudience(count(), now))

    def count_anew(self, one: Announcement, now: datetime, count: Callable[[], Preview]) -> CountedAudience:
        """What is counted now."""
        return self._keep((one.id, one.topic, one.rule), CountedAudience(count(), now))

    def _keep(self, about: object, fresh: CountedAudience) -> CountedAudience:
        with self._lock:
            old = [key for key, known in self._counted.items() if known.counted_at + HOLDS_FOR <= fresh.counted_at]
            for key in old:
                del self._counted[key]
                self._turns.pop(key, None)
            self._counted[about] = fresh
        return fresh
