"""Forecasts as JSON rows: what a line of a file says about a child, and what is answered. No I/O.

Immunization and check-ups share one shape: {"doses": [...], "next": [...]}; a check-up visit stands in a row as its
code and its number ("y4_y5_y6", 2). `reason` is a text: Chinese, and English on the next line, each sentence with the
ids of its sources; one language alone where `lang` asks for it.
"""

from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any

from knowledge.checkup_calendar import CheckupCalendar
from knowledge.checkup_forecast import CheckupRecord, forecast_checkups
from knowledge.checkup_words import checkup_reason
from knowledge.faults import RecordFault
from knowledge.forecast import Forecast, Reason
from knowledge.forecast_words import both_languages, paragraph
from knowledge.immunization_forecast import forecast_immunizations
from knowledge.schedule import Schedule
from knowledge.topics import LANGUAGES, Language
from knowledge.vaccine_record import GivenDose, VaccineRecord

FIELDS = ("id", "born", "on", "given", "gestation_weeks", "flags", "variants", "opt_in", "lang")
CHECKUP_FIELDS = (*FIELDS, "clinic_dates", "discharged")
IMMUNOGLOBULIN = "immunoglobulin:"
TITLE, NOTES = "title", "notes"
"""Which calendar it is, and sentences to all of it: shown to a reader, not part of the contract."""

Say = Callable[[tuple[Reason, ...]], str]


class BadRow(Exception):
    """A child's row cannot be understood; the message says what is wrong and how it is written."""


def immunization_row(row: Mapping[str, Any], schedule: Schedule, today: date) -> dict[str, Any]:
    """The answer to one row of `qihui immunization forecast`.

    Raises: BadRow: a field cannot be read. RecordFault: what it says cannot be true.
    """
    _known_fields(row, FIELDS)
    language, on = _language(row), _day(row, "on", today)
    record = read_vaccine_record(row)
    forecast = forecast_immunizations(record, schedule, on)

    def say(reasons: tuple[Reason, ...]) -> str:
        if language is None:
            return both_languages(reasons, schedule.sentences, schedule.products)
        return paragraph(reasons, language, schedule.sentences, schedule.products)

    return _answer(forecast.rows, forecast.next, forecast.notes, say) | {TITLE: _title(schedule, language)}


def checkup_row(row: Mapping[str, Any], calendar: CheckupCalendar, today: date) -> dict[str, Any]:
    """The answer to one row of `qihui checkups forecast`; flags, variants and opt_in change nothing here.

    Raises: BadRow: a field cannot be read. RecordFault: what it says cannot be true.
    """
    _known_fields(row, CHECKUP_FIELDS)
    language, on = _language(row), _day(row, "on", today)
    forecast = forecast_checkups(read_checkup_record(row), calendar, on)

    def say(reasons: tuple[Reason, ...]) -> str:
        languages = LANGUAGES if language is None else (language,)
        return "\n".join(checkup_reason(reasons, calendar, each) for each in languages)

    return _answer(forecast.rows, forecast.next, forecast.notes, say) | {TITLE: _title(calendar, language)}


def contract(answered: dict[str, Any]) -> dict[str, Any]:
    """The answer as others rely on it: the doses and what comes next, nothing else."""
    return {name: value for name, value in answered.items() if name not in {TITLE, NOTES}}


def refused_row(row: Mapping[str, Any], fault: BadRow | RecordFault) -> dict[str, Any]:
    """The answer to a row that is refused."""
    return {"id": row.get("id"), "error": str(fault)}


def read_vaccine_record(row: Mapping[str, Any]) -> VaccineRecord:
    """The record of a row; the forecast itself says whether it can be true.

    Raises: BadRow: a field cannot be read.
    """
    flags = _texts(row, "flags")
    return VaccineRecord(
        born_on=_day(row, "born", None),
        given=tuple(GivenDose(day, code) for code, days in _given(row).items() for day in days),
        gestation_weeks=_weeks(row),
        flags=frozenset(flag for flag in flags if not flag.startswith(IMMUNOGLOBULIN)),
        immunoglobulin_on=tuple(
            read_day(flag.removeprefix(IMMUNOGLOBULIN), "flags, immunoglobulin")
            for flag in flags
            if flag.startswith(IMMUNOGLOBULIN)
        ),
        variants={str(group): str(code) for group, code in _mapping(row, "variants").items()},
        opt_in=frozenset(_texts(row, "opt_in")),
    )


def read_checkup_record(row: Mapping[str, Any]) -> CheckupRecord:
    """The record of a row for the check-up calendar.

    Raises: BadRow: a field cannot be read.
    """
    clinic_dates = _mapping(row, "clinic_dates").items()
    return CheckupRecord(
        born_on=_day(row, "born", None),
        done=_given(row),
        gestation_weeks=_weeks(row),
        clinic_dates={code: read_day(day, f"clinic_dates, {code}") for code, day in clinic_dates},
        discharged_on=None if row.get("discharged") is None else _day(row, "discharged", None),
    )


def read_day(value: object, where: str) -> date:
    """A day as the contract writes it.

    Raises: BadRow: it is none.
    """
    try:
        if isinstance(value, str) and len(value) == len("2026-03-01"):
            return date.fromisoformat(value)
    except ValueError:
        pass
    message = f"{where}: {value!r} is no day; write it like 2026-03-01"
    raise BadRow(message)


def _title(calendar: Schedule | CheckupCalendar, language: Language | None) -> str:
    return "\n".join(calendar.title(each) for each in (LANGUAGES if language is None else (language,)))


def _answer(
    rows: tuple[Forecast, ...], following: tuple[Forecast, ...], notes: tuple[Reason, ...], say: Say
) -> dict[str, Any]:
    written = {(one.code, one.dose): _written(one, say) for one in rows}
    return {
        "doses": list(written.values()),
        "next": [written[one.code, one.dose] for one in following],
        NOTES: [say((note,)) for note in notes],
    }


def _written(one: Forecast, say: Say) -> dict[str, Any]:
    return {
        "code": one.code,
        "dose": one.dose,
        "status": one.status,
        "earliest": _iso(one.earliest_on),
        "recommended": _iso(one.recommended_on),
        "overdue_from": _iso(one.overdue_from_on),
        "latest": _iso(one.latest_on),
        "via": one.via,
        "reason": say(one.reasons),
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _known_fields(row: Mapping[str, Any], fields: tuple[str, ...]) -> None:
    """Refuse a misspelt field; other fields are the caller's own notes and change nothing."""
    for name in row:
        if name in fields:
            continue
        meant = get_close_matches(str(name), fields, n=1, cutoff=0.75)
        if meant:
            message = f"unknown field {name!r}; did you mean {meant[0]!r}?"
            raise BadRow(message)


def _language(row: Mapping[str, Any]) -> Language | None:
    language = row.get("lang")
    if language is None:
        return None
    for known in LANGUAGES:
        if language == known:
            return known
    message = f"lang is {' or '.join(LANGUAGES)}, not {language!r}"
    raise BadRow(message)


def _day(row: Mapping[str, Any], name: str, otherwise: date | None) -> date:
    value = row.get(name)
    if value is None:
        if otherwise is None:
            message = f"{name} is missing; write the day like 2026-03-01"
            raise BadRow(message)
        return otherwise
    return read_day(value, name)


def _mapping(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = row.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        message = f"{name} must be an object, not {value!r}"
        raise BadRow(message)
    return value


def _texts(row: Mapping[str, Any], name: str) -> list[str]:
    value = row.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        message = f"{name} must be a list of texts, not {value!r}"
        raise BadRow(message)
    return value


def _given(row: Mapping[str, Any]) -> dict[str, tuple[date, ...]]:
    given = {}
    for code, days in _mapping(row, "given").items():
        listed = [days] if isinstance(days, str) else days
        if not isinstance(listed, list):
            message = f"given, {code}: write a list of days, not {days!r}"
            raise BadRow(message)
        given[code] = tuple(read_day(day, f"given, {code}") for day in listed)
    return given


def _weeks(row: Mapping[str, Any]) -> int | None:
    weeks = row.get("gestation_weeks")
    if weeks is None:
        return None
    if isinstance(weeks, bool) or not isinstance(weeks, int):
        message = f"gestation_weeks must be a whole number of completed weeks, not {weeks!r}"
        raise BadRow(message)
    return weeks
