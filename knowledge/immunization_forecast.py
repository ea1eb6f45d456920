"""What a child needs when, and why: the immunization forecast. Pure.

For every series of the child's programme: which doses count (`dose_history`), then one row a dose
(`series_forecast`). Here: which series are listed, what stands for what, and what comes next.
"""

from dataclasses import dataclass, replace
from datetime import date

from knowledge.calendar_days import Span
from knowledge.dose_history import History, NotCounted, judge, live_doses
from knowledge.forecast import Forecast, Reason, next_of
from knowledge.schedule import Schedule, Series
from knowledge.series_forecast import SeriesForecast
from knowledge.vaccine_record import VaccineRecord, check_record


@dataclass(frozen=True)
class ImmunizationForecast:
    """The calendar of a child on one day.

    `rows`: every dose of every listed series, in the order of the programme. `next`: the first missing dose of each
    series, soonest first, on the same day MMR first and self-paid last. `not_counted`: recorded doses that do not
    count. `notes`: sentences to the whole calendar.
    """

    on: date
    rows: tuple[Forecast, ...]
    next: tuple[Forecast, ...]
    not_counted: tuple[NotCounted, ...]
    notes: tuple[Reason, ...]


def forecast_immunizations(record: VaccineRecord, schedule: Schedule, on: date) -> ImmunizationForecast:
    """The forecast on a day (a calendar day of the family's zone).

    Raises: RecordFault: the record cannot be true; nothing is forecast.
    """
    check_record(record, schedule, on)
    record = replace(record, given=tuple(sorted(record.given)))  # once: what is sorted already is sorted fast
    live = live_doses(record, schedule)
    histories: dict[str, History] = {}
    dates_of: dict[str, tuple[date, ...]] = {}
    for series in schedule.series.values():
        if _is_listed(series, record, schedule):
            history = histories[series.code] = judge(series, record, schedule, dates_of, live, on)
            dates_of[series.code] = history.dates
    planned = _planned(histories, record)
    rows = tuple(
        row
        for history in histories.values()
        for row in SeriesForecast(history, record, schedule, dates_of, live, planned, on).rows()
    )
    ranks = {series.code: _rank(place, series) for place, series in enumerate(schedule.series.values())}
    missed = tuple(one for history in histories.values() for one in history.not_counted)
    return ImmunizationForecast(on, rows, next_of(rows, ranks), missed, _notes(record, schedule, histories, on))


def _rank(place: int, series: Series) -> int:
    """Order within a day: what goes first in line, then the programme, then self-paid vaccines (source NIP21, G6)."""
    return place - (1000 if series.first_in_line else 0) + (1000 if series.self_paid else 0)


def _is_listed(series: Series, record: VaccineRecord, schedule: Schedule) -> bool:
    if series.option_group is not None:
        return series.code == course(series.option_group, record, schedule)
    return not series.self_paid or series.code in record.opt_in


def course(group: str, record: VaccineRecord, schedule: Schedule) -> str:
    """The series that a child follows in an option group: the first product on record, else the clinic's choice."""
    options = schedule.options(group)
    for dose in sorted(record.given):
        if dose.code in options:
            return dose.code
    return record.variants.get(group, schedule.choices[group])


def _planned(histories: dict[str, History], record: VaccineRecord) -> dict[str, dict[int, str]]:
    """Missing doses that a chosen combination will bring: series -> dose number -> the combination's code."""
    planned: dict[str, dict[int, str]] = {}
    for code, history in histories.items():
        for counting in history.series.counts.values():
            combination = histories.get(counting.product)
            if not counting.takes_the_place or combination is None or counting.product not in record.opt_in:
                continue
            left = len(combination.plan.doses) - len(combination.counted)
            missing = [n for n in counting.rules if n > len(history.counted)][:left]
            planned.setdefault(code, {}).update(dict.fromkeys(missing, counting.product))
    return planned


def _notes(record: VaccineRecord, schedule: Schedule, histories: dict[str, History], on: date) -> tuple[Reason, ...]:
    notes = []
    if record.gestation_weeks is not None and record.gestation_weeks < schedule.preterm.before_weeks:
        notes.append(Reason("preterm_note", schedule.preterm.sources))
    if on >= Span(84, 0).after(record.born_on):
        notes.append(Reason("over_six_note"))
    elif on >= Span(36, 0).after(record.born_on):
        notes.append(Reason("over_three_note"))
    listed = {code for h in histories.values() for code in (*h.series.own, *h.series.counts)}
    unlisted = [code for code in dict.fromkeys(dose.code for dose in sorted(record.given)) if code not in listed]
    return (*notes, *(Reason("unlisted_note", (), {"product": code}) for code in unlisted))
