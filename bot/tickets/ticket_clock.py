"""How long a ticket has waited, and when that is too long. Pure.

Only hours in which somebody works are counted: a question of Friday evening is on Monday at nine as young as it was. An
urgent one does not wait for the hours: whoever is on call is alarmed when it comes, and its minutes are those of the day.
A day ends in the counsellors' own zone; instants are aware.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from bot.tickets.ticket_states import is_urgent

FIRST_REPLY_WITHIN = timedelta(hours=8)
"""One working day. A choice of this product, not of a standard."""

URGENT_CLAIMED_WITHIN = timedelta(minutes=15)
URGENT_REPLY_WITHIN = timedelta(hours=1)

LONGEST_HOLIDAY_DAYS = 31
"""Nobody is away longer; a calendar that says so is broken."""


@dataclass(frozen=True)
class Hours:
    """When counsellors work. `works_on` says whether a day is one of their days."""

    opens: time
    closes: time
    zone: tzinfo
    works_on: Callable[[date], bool]

    def are_now(self, now: datetime) -> bool:
        """Whether somebody works at this instant."""
        local = now.astimezone(self.zone)
        return self.works_on(local.date()) and self.opens <= local.time() < self.closes

    def next_from(self, now: datetime) -> datetime:
        """The next instant from `now` on at which somebody works; `now` itself in the hours.

        Raises: ValueError: there is none within a month.
        """
        for begins, ends in self._spans(now, now + timedelta(days=LONGEST_HOLIDAY_DAYS)):
            if ends > now:
                return max(begins, now)
        message = f"no counsellor works within {LONGEST_HOLIDAY_DAYS} days of {now.date()}"
        raise ValueError(message)

    def between(self, since: datetime, until: datetime) -> timedelta:
        """How much of the time from `since` to `until` was in the hours; nothing where `until` is not later."""
        spans = self._spans(since, until)
        parts = (min(ends, until) - max(begins, since) for begins, ends in spans)
        return sum((part for part in parts if part > timedelta()), timedelta())

    def _spans(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        day, last = since.astimezone(self.zone).date(), until.astimezone(self.zone).date()
        while day <= last:
            if self.works_on(day):
                yield self._at(day, self.opens), self._at(day, self.closes)
            day += timedelta(days=1)

    def _at(self, day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, self.zone)


@dataclass(frozen=True)
class Waiting:
    """How a ticket that waits stands.

    `waited`: in the counsellors' hours; of an urgent one every minute. `late`: longer than it may.
    """

    waited: timedelta
    late: bool

    @property
    def minutes(self) -> int:
        """Whole minutes waited."""
        return int(self.waited / timedelta(minutes=1))


def waiting(hours: Hours, since: datetime, now: datetime, urgency: str, *, claimed: bool) -> Waiting:
    """The clock of a parent's words that nobody answered yet. `claimed`: somebody has taken it."""
    if is_urgent(urgency):
        passed = max(now - since, timedelta())
        return Waiting(passed, passed > (URGENT_REPLY_WITHIN if claimed else URGENT_CLAIMED_WITHIN))
    waited = hours.between(since, now)
    return Waiting(waited, waited > FIRST_REPLY_WITHIN)
