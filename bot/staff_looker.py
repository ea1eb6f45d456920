"""Somebody at the staff's pages, for measuring: a browser that signs in and looks, its working hours, what its looks took."""

import http.cookiejar
import math
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from bot.clock import Clock

PASSWORD = "a bench beside the river"  # noqa: S105 - of people who exist while the bench runs


class OfficeHours:
    """A clock that goes on from half past ten of the coming Wednesday, when counsellors work."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        local = clock.now().astimezone(clock.zone)
        wednesday = local + timedelta(days=(2 - local.weekday()) % 7)
        self._ahead = wednesday.replace(hour=10, minute=30) - local

    @property
    def zone(self) -> tzinfo:
        """See `Clock`."""
        return self._clock.zone

    def now(self) -> datetime:
        """See `Clock`."""
        return self._clock.now() + self._ahead

    def today(self) -> date:
        """See `Clock`."""
        return self.day_of(self.now())

    def day_of(self, instant: datetime) -> date:
        """See `Clock`."""
        return self._clock.day_of(instant)


class Looker:
    """One browser of one member of the staff."""

    def __init__(self, address: str, login: str) -> None:
        self._address = address
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)
        self.posts("/admin/sign-in", "/admin/sign-in", login=login, password=PASSWORD, code="")

    def looks(self, path: str) -> tuple[int, str]:
        """Status and text of a page."""
        safe = urllib.parse.quote(path, safe="/?&=+%")
        try:
            with self._opener.open(f"{self._address}{safe}", timeout=120) as answer:
                return answer.status, answer.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace")

    def posts(self, page: str, path: str, **fields: str) -> float:
        """Send a form with the key that a page gave; how long it took with the page that it led to, in ms.

        Raises: urllib.error.HTTPError: it was refused.
        """
        key = re.search(r'name="form_key" value="([^"]*)"', self.looks(page)[1])
        form = urllib.parse.urlencode({"form_key": key[1] if key else "", **fields}).encode()
        started = time.perf_counter()
        with self._opener.open(f"{self._address}{path}", form, timeout=60) as answer:
            answer.read()
        return 1000 * (time.perf_counter() - started)

    def times(self, path: str, count: int) -> list[tuple[float, float]]:
        """How long each of so many looks took, and how much processor time of this process, in ms.

        Raises: RuntimeError: the page did not answer with 200.
        """
        times = []
        for _ in range(count):
            started, worked = time.perf_counter(), time.process_time()
            status, text = self.looks(path)
            times.append((1000 * (time.perf_counter() - started), 1000 * (time.process_time() - worked)))
            if status != 200:
                told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))
                message = f"{path} answered {status}: {told[-300:]}"
                raise RuntimeError(message)
        return times


@dataclass(frozen=True)
class Looked:
    """How long looks at one page took, in ms, the first one first.

    `worked_ms`: processor time, which the machine's other work does not change; a database server's own is not in it.
    """

    name: str
    times_ms: tuple[float, ...]
    worked_ms: tuple[float, ...] = ()

    @property
    def p95(self) -> float:
        """The time that 95 of 100 looks did not pass."""
        return _at(self.times_ms, 0.95)

    @property
    def figures(self) -> str:
        """p50, p95 and the longest, and p95 of the processor time."""
        worked = f", processor {_at(self.worked_ms, 0.95):.0f} ms" if self.worked_ms else ""
        return f"{_at(self.times_ms, 0.5):.0f} / {self.p95:.0f} / {max(self.times_ms):.0f} ms{worked}"


def _at(values: Sequence[float], share: float) -> float:
    return sorted(values)[math.ceil(share * len(values)) - 1]
