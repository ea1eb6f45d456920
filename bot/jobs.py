"""What runs again and again, as values: a `Job` has a name, a rhythm and a limit. Pure.

Time is cut into periods that are the same for every process, so that "once a period" means once in the whole house.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

Counts = Mapping[str, int]
"""What a run did, as numbers only: no text of a person, no word about health."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHORTEST_LIMIT = timedelta(minutes=5)

CLOCK_SLACK = timedelta(minutes=1)
"""So far apart the clocks of two machines may be."""


@dataclass(frozen=True)
class Job:
    """One piece of the clockwork.

    `what` takes the instant of its start (UTC) and returns what it did; it may run in any thread and must be harmless
    when run twice. `every`: the length of a period. `offset`: how long after midnight UTC a period begins, for jobs
    that shall run at a time of day. `limit`: a run that takes longer hangs and is reported; None: twice the period,
    at least five minutes.
    """

    name: str
    every: timedelta
    what: Callable[[datetime], Counts]
    limit: timedelta | None = None
    offset: timedelta = timedelta(0)

    @property
    def longest(self) -> timedelta:
        """How long a run may take."""
        return self.limit or max(2 * self.every, _SHORTEST_LIMIT)


@dataclass(frozen=True)
class Standing:
    """How a job stands. `last_ok_at`: when a run last ended well, None for never."""

    name: str
    every: timedelta
    known_since: datetime
    started_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_outcome: str | None = None
    last_error: str | None = None
    last_counts: Mapping[str, int] = field(default_factory=dict)


def period_at(every: timedelta, offset: timedelta, now: datetime) -> datetime:
    """When the period that contains `now` began."""
    return now - (now - _EPOCH - offset) % every


def clock_was_set_back(last_period_at: datetime, every: timedelta, now: datetime) -> bool:
    """Whether the last period on record lies so far ahead that a clock must have been wrong when it was written.

    Without this rule a machine that once woke in the year 2030 would do nothing until then.
    """
    return last_period_at > now + every + CLOCK_SLACK
