"""The first day on which a dose may be given, and which rule sets it. Pure.

earliest = the latest of: birth + minimum age; the dose before + minimum interval; dose 1 + its interval; another
series + its interval; injected live vaccines + 28 days; immunoglobulin + 3 months.
Source: NIP26 and NIP21, general principles (ids per rule in the data). Minimum intervals count from doses that count;
the spacing of live vaccines counts from every live dose that went into the child, counted or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from knowledge.calendar_days import Span
from knowledge.dose_rule import DoseRule
from knowledge.schedule import Schedule, Series
from knowledge.vaccine_record import VaccineRecord

Because = Literal[
    "age", "interval", "interval_from_first", "after_series", "early_start", "season", "live_spacing", "immunoglobulin"
]


@dataclass(frozen=True, slots=True)
class Bound:
    """The first allowed day and the rule that sets it.

    `span`: the age or interval. `since`: the day of what it waits for. `code`: the other vaccine.
    `verified`: False where the rule was not confirmed. `at_once`: the schedule asks for it on that very day.
    """

    day: date
    because: Because
    span: Span
    since: date | None = None
    code: str | None = None
    verified: bool = True
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Before:
    """What came before the dose, in its series and beside it; None and empty where nothing did.

    `dates_of`: days of counted doses by series code. `live`: days and codes of injected live doses.
    """

    previous: date | None
    first: date | None
    dates_of: Mapping[str, Sequence[date]]
    live: Sequence[tuple[date, str]]


def latest_day(series: Series, rule: DoseRule, born_on: date) -> date | None:
    """The last day on which the dose may be given, None where there is none."""
    days = []
    if series.age_out is not None:
        days.append(series.age_out.after(born_on) - timedelta(1))
    if rule.max_age is not None:
        days.append(rule.max_age.after(born_on))
    return min(days, default=None)


def earliest_bound(
    rule: DoseRule,
    record: VaccineRecord,
    schedule: Schedule,
    live_code: str | None,
    before: Before,
    as_of: date,
    *,
    min_age: Span | None = None,
    interval: Span | None = None,
) -> Bound:
    """The first day for a dose judged or forecast `as_of` a day.

    `live_code`: the code of its injected live vaccine, None for others. `min_age` and `interval` stand for the
    rule's own where given.
    """
    born_on = record.born_on
    span = min_age or rule.min_age
    bound = Bound(span.after(born_on), "age", span)
    start, after = rule.early_start, rule.after_series
    if start is not None:
        from_on = start.from_age.after(born_on)
        others = [day for day in before.dates_of.get(start.code, ()) if day < as_of]
        cannot_complete = bool(others) and start.interval.after(others[-1]) >= from_on
        if len(others) < start.fewer_than and (as_of >= from_on or cannot_complete):
            bound, after = Bound(from_on, "early_start", start.from_age, None, start.code, at_once=bool(others)), None
            if others and start.interval.after(others[-1]) > bound.day:
                day = start.interval.after(others[-1])
                bound = Bound(day, "after_series", start.interval, others[-1], start.code, at_once=True)
    if after is not None:
        others = list(before.dates_of.get(after.code, ()))
        if len(others) >= after.dose and after.interval.after(others[after.dose - 1]) > bound.day:
            since = others[after.dose - 1]
            bound = Bound(after.interval.after(since), "after_series", after.interval, since, after.code)
    span_between = interval or rule.interval
    if span_between is not None and before.previous is not None:
        day = span_between.after(before.previous)
        if day > bound.day:
            verified = "min_interval_from_previous" not in rule.to_verify
            bound = Bound(day, "interval", span_between, before.previous, None, verified)
    if rule.interval_from_first is not None and before.first is not None:
        day = rule.interval_from_first.after(before.first)
        if day > bound.day:
            verified = "min_interval_from_first" not in rule.to_verify
            bound = Bound(day, "interval_from_first", rule.interval_from_first, before.first, None, verified)
    if live_code is None:
        return bound
    return _beside_live_and_immunoglobulin(bound, record, schedule, live_code, before, as_of)


def _beside_live_and_immunoglobulin(
    bound: Bound, record: VaccineRecord, schedule: Schedule, live_code: str, before: Before, as_of: date
) -> Bound:
    spacing = schedule.live_spacing.min_days
    for since, code in before.live:
        day = since + timedelta(spacing)
        if day > bound.day:
            bound = Bound(day, "live_spacing", Span(0, spacing), since, code)
    waiting = schedule.immunoglobulin
    if live_code not in waiting.exempt:
        for since in record.immunoglobulin_on:
            day = waiting.wait.after(since)
            if since <= as_of and day > bound.day:
                bound = Bound(day, "immunoglobulin", waiting.wait, since)
    return bound


def next_season(start: tuple[int, int], after: date) -> date:
    """The first start of a season after a day; `start` is its month and day."""
    this_year = date(after.year, *start)
    return this_year if this_year > after else date(after.year + 1, *start)
