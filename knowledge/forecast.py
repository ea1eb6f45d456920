"""What a forecast says, as values: rows of the calendar with their status, days and reasons. Pure.

Shared by the immunization and the check-up calendar; `forecast_words` turns reasons into sentences.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from knowledge.calendar_days import Span

Status = Literal["done", "due", "late", "overdue", "upcoming", "hold", "not_applicable"]
"""done: on record and counted. due: may be given now. late: our own line, 30 days past the first day, where there is
no official age. overdue: the official "finish before" age has been reached. upcoming: not yet allowed. hold: a
clinician decides first. not_applicable: too old, replaced by another product, or not for this child."""

MISSING: frozenset[Status] = frozenset({"due", "late", "overdue", "upcoming", "hold"})
"""The statuses of something that is still to come."""

LATE_AFTER_DAYS = 30
"""Our own reminder line, not an official limit."""

Value = date | Span | int | str
"""What a sentence can fill in: a day, a length of time, a number, or the code of a product."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence: its name in sentences.yaml, what it fills in, and the sources it rests on."""

    name: str
    sources: tuple[str, ...] = ()
    values: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Forecast:
    """One dose (or visit): where it stands and why. Days are None where there is none to name.

    `earliest_on`: the first allowed day, reckoned from today on where an earlier dose is still missing.
    `recommended_on`: never before `earliest_on`. `overdue_from_on`: birth + the official age, whatever happened since.
    `latest_on`: the last allowed day. `via`: the product that was given for it or replaced it, where the code differs.
    `given_on`: the day it was given. `series`: what it is one of; several products can share a series.
    """

    code: str
    dose: int
    status: Status
    earliest_on: date | None
    recommended_on: date | None
    overdue_from_on: date | None
    latest_on: date | None
    via: str | None
    given_on: date | None
    series: str
    reasons: tuple[Reason, ...]


def next_of(rows: tuple[Forecast, ...], ranks: dict[str, int]) -> tuple[Forecast, ...]:
    """The first missing row of each series, soonest first; `ranks` orders what falls on one day, by code."""
    first: dict[str, Forecast] = {}
    for row in rows:
        if row.status in MISSING:
            first.setdefault(row.series, row)
    return tuple(sorted(first.values(), key=lambda row: (row.earliest_on or date.max, ranks[row.code])))


def status_on(on: date, earliest_on: date, overdue_from_on: date | None) -> Status:
    """Where a missing dose stands that nobody has to decide about. What cannot be given yet is never overdue."""
    if on < earliest_on:
        return "upcoming"
    if overdue_from_on is not None:
        return "overdue" if on >= overdue_from_on else "due"
    return "late" if (on - earliest_on).days > LATE_AFTER_DAYS else "due"
