"""Which check-up comes when, and why: the check-up forecast. Pure.

The national standard names ages; the windows around them are ours. So a visit without a record is never called
missed: past its window it is `late` (our own line), and once the next one opens it is `not_applicable`. Only a date
that the clinic itself gave, entered by the family, can be `overdue`; it replaces the default.
Source: BPHS3, health management of children 0-6; ids per visit in checkups.yaml.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from knowledge.calendar_days import Span
from knowledge.checkup_calendar import CheckupCalendar, CheckupVisit
from knowledge.faults import RecordFault
from knowledge.forecast import LATE_AFTER_DAYS, Forecast, Reason, Status, next_of
from knowledge.vaccine_record import check_child, check_day_of_care


@dataclass(frozen=True)
class CheckupRecord:
    """A child as the check-up calendar knows it. `done`: days of visits by code.

    `clinic_dates`: the clinic's own date by code, as the family entered it. `discharged_on`: the day the child left
    hospital, None for not known (then the day of birth stands for it).
    """

    born_on: date
    done: Mapping[str, tuple[date, ...]] = field(default_factory=dict)
    gestation_weeks: int | None = None
    clinic_dates: Mapping[str, date] = field(default_factory=dict)
    discharged_on: date | None = None


@dataclass(frozen=True)
class CheckupForecast:
    """The check-ups of a child on one day; `rows` in the order of age, `next` as in the immunization forecast."""

    on: date
    rows: tuple[Forecast, ...]
    next: tuple[Forecast, ...]
    notes: tuple[Reason, ...]


def forecast_checkups(record: CheckupRecord, calendar: CheckupCalendar, on: date) -> CheckupForecast:
    """The forecast on a day (a calendar day of the family's zone).

    Raises: RecordFault: the record cannot be true; nothing is forecast.
    """
    _check(record, calendar, on)
    done = _done_days(record, calendar)
    rows = []
    opens = [_first_day(visit, record) for visit in calendar.visits]
    for place, visit in enumerate(calendar.visits):
        later = [
            day
            for day, one in zip(opens[place + 1 :], calendar.visits[place + 1 :], strict=True)
            if one.kind == "visit"
        ]
        opens_next = min((day for day in later if day > opens[place]), default=None)
        rows.append(_row(visit, record, done.get((visit.code, visit.n)), opens_next, on))
    notes = [Reason(name) for name in calendar.to_verify]
    if (
        record.gestation_weeks is not None
        and record.gestation_weeks < calendar.preterm_before_weeks
        and on < calendar.corrected_until.after(record.born_on)
    ):
        notes.append(Reason("corrected_age", calendar.preterm_sources, {"age": calendar.corrected_until}))
    if on >= Span(36, 0).after(record.born_on):
        notes.append(Reason("over_three_note"))
    ranks = {visit.code: place for place, visit in enumerate(calendar.visits)}
    return CheckupForecast(on, tuple(rows), next_of(tuple(rows), ranks), tuple(notes))


def _check(record: CheckupRecord, calendar: CheckupCalendar, on: date) -> None:
    check_child(record.born_on, record.gestation_weeks, on)
    if record.discharged_on is not None:
        check_day_of_care("出院", "discharge", record.discharged_on, record.born_on, on)
    for code in (*record.done, *record.clinic_dates):
        if code not in calendar.codes:
            known = ", ".join(calendar.codes)
            zh = f"没有叫{code}的体检，可以用：{known}。"
            en = f"unknown check-up {code}; known: {known}"
            raise RecordFault(zh, en)
    names = {visit.code: visit.name_zh for visit in calendar.visits}
    for code, days in record.done.items():
        for day, times in Counter(days).items():
            check_day_of_care(names[code], code, day, record.born_on, on)
            if times > 1:
                zh, en = f"{names[code]}在{day}记了{times}次，请留一次。", f"{code} on {day} stands {times} times"
                raise RecordFault(zh, en)
    for code, day in record.clinic_dates.items():
        if day < record.born_on:
            zh = f"{names[code]}的预约日期{day}早于出生日期，请改一下。"
            en = f"the clinic's date for {code}, {day}, lies before the birth; correct it"
            raise RecordFault(zh, en)


def _first_day(visit: CheckupVisit, record: CheckupRecord) -> date:
    return visit.window.first_day(_anchor(visit, record))


def _anchor(visit: CheckupVisit, record: CheckupRecord) -> date:
    from_discharge = visit.window.anchor == "discharge_or_birth" and record.discharged_on is not None
    return record.discharged_on if from_discharge and record.discharged_on is not None else record.born_on


def _done_days(record: CheckupRecord, calendar: CheckupCalendar) -> dict[tuple[str, int], date]:
    """The day of each visit done: a recorded day belongs to the last visit of its code that had opened by then."""
    done: dict[tuple[str, int], date] = {}
    for code, days in record.done.items():
        visits = [visit for visit in calendar.visits if visit.code == code]
        for day in sorted(days):
            opened = [visit for visit in visits if _first_day(visit, record) <= day] or visits[:1]
            done.setdefault((code, opened[-1].n), day)
    return done


def _row(
    visit: CheckupVisit, record: CheckupRecord, done_on: date | None, opens_next: date | None, on: date
) -> Forecast:
    anchor = _anchor(visit, record)
    first, usual = visit.window.first_day(anchor), visit.window.last_day(anchor)
    latest = visit.window.last.after(anchor) if visit.window.last is not None else usual
    clinic = record.clinic_dates.get(visit.code) if done_on is None else None
    if clinic is not None and not _is_next_of_code(visit, record, clinic):
        clinic = None
    overdue_from = None
    recommended: date | None = first
    official = Reason("visit_official", visit.sources, {"name": visit.code, "official": visit.n})
    status: Status
    if done_on is not None:
        status, reasons = "done", [Reason("visit_done", visit.sources, {"given": done_on})]
    elif clinic is not None:
        first = recommended = clinic
        overdue_from = clinic + timedelta(1)
        status = "upcoming" if on < clinic else "overdue" if on > clinic else "due"
        name = "clinic_date_passed" if status == "overdue" else "clinic_date"
        reasons = [official, Reason(name, visit.sources, {"earliest": clinic})]
    else:
        status, reasons = _by_default(visit, first, latest, opens_next, on)
        reasons = [official, *reasons]
    if status == "not_applicable":
        recommended = None
    return Forecast(
        code=visit.code,
        dose=visit.n,
        status=status,
        earliest_on=None if status == "not_applicable" else first,
        recommended_on=recommended,
        overdue_from_on=overdue_from,
        latest_on=None if clinic is not None else latest,
        via=None,
        given_on=done_on,
        series="visits" if visit.kind == "visit" else visit.code,
        reasons=tuple(reasons),
    )


def _is_next_of_code(visit: CheckupVisit, record: CheckupRecord, clinic: date) -> bool:
    """Whether the clinic's date is meant for this visit: where a code stands for several, the one open on that day."""
    start, end = _first_day(visit, record), visit.window.last_day(_anchor(visit, record))
    return visit.code != "y4_y5_y6" or start <= clinic <= end


def _by_default(
    visit: CheckupVisit, first: date, latest: date, opens_next: date | None, on: date
) -> tuple[Status, list[Reason]]:
    def why(name: str, **values: date) -> Reason:
        return Reason(name, visit.sources, dict(values))

    if visit.kind == "screening":
        if on > latest:
            return "not_applicable", [why("screening_closed")]
        return ("upcoming" if on < first else "due"), [why("screening_due", latest=latest)]
    if on < first:
        return "upcoming", [why("visit_upcoming", earliest=first), why("window_is_ours")]
    if opens_next is not None and on >= opens_next:
        return "not_applicable", [why("visit_superseded")]
    if on <= latest:
        return "due", [why("visit_due", latest=latest), why("window_is_ours")]
    late = (on - first).days > LATE_AFTER_DAYS
    return ("late" if late else "due"), [why("visit_past_window")]
