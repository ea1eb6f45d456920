"""Events as rows of a table, read and written. One malformed row, and nothing is taken in; every fault is named.

Each fault comes with its mend, all of a row at once. A row with `repeat` (an RRULE such as FREQ=WEEKLY;COUNT=6) stands
for several events, each with seats of its own; their codes end in their day. Times without a zone are those of the place.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from bot.events.event_rows import EventRow
from bot.events.events import KINDS, SPOKEN_IN, EventDraft
from knowledge.districts import district_named
from knowledge.faults import Problem
from knowledge.topics import OLDEST_MONTH

COLUMNS = (
    "code", "series", "kind", "title_zh", "title_en", "host", "district", "street", "place", "map_url", "starts",
    "ends", "months_from", "months_to", "language", "capacity", "adult_capacity", "seat_for", "most_children",
    "most_adults", "opens", "closes", "cost_yuan", "bring", "picture_url", "contact", "topics", "status", "reconfirm",
    "repeat",
)  # fmt: skip
NEEDED = ("code", "kind", "title_zh", "host", "district", "place", "starts", "ends", "months_from", "months_to", "capacity")  # fmt: skip

MOST_REPEATS = 60
MOST_SEATS = 5000

_LENGTHS = {"code": 40, "series": 40, "title_zh": 80, "title_en": 120, "host": 80, "street": 20, "place": 160,
            "map_url": 300, "bring": 300, "picture_url": 300, "contact": 120}  # fmt: skip
_NUMBERS = {"months_from": (0, OLDEST_MONTH, ""), "months_to": (0, OLDEST_MONTH, ""), "capacity": (1, MOST_SEATS, ""),
            "most_children": (1, 8, "2"), "most_adults": (1, 8, "2"), "cost_yuan": (0, 100_000, "0")}  # fmt: skip
_CHOICES = {"kind": KINDS, "language": SPOKEN_IN, "seat_for": ("child", "person"),
            "status": ("draft", "published", "cancelled"), "reconfirm": ("yes", "no")}  # fmt: skip
_DEFAULTS = {"language": "zh", "seat_for": "child", "status": "draft", "reconfirm": "no"}


class _Wrong(ValueError):
    """What is wrong with a value, and how to mend it."""


def read_events(
    rows: Iterable[Mapping[str, str | None]], zone: str, topics: frozenset[str], where: str, first_line: int = 2
) -> tuple[list[EventDraft], list[Problem]]:
    """The events of a table and what is wrong with it; `where` names the file in messages.

    `zone`: of the places; `topics`: the ids that the guide knows; `first_line`: what the first row is called.
    """
    drafts: list[EventDraft] = []
    problems: list[Problem] = []
    for number, raw in enumerate(rows, start=first_line):
        row = {str(name).strip(): (value or "").strip() for name, value in raw.items() if name is not None}
        found, faults = _events_of(row, zone, topics)
        drafts += found
        problems += [Problem(where, number, fault) for fault in faults]
    codes: set[str] = set()
    for draft in drafts:
        if draft.code in codes:
            problems.append(Problem(where, 0, f"the code {draft.code} stands twice; give each event its own"))
        codes.add(draft.code)
    return drafts, problems


def rows_of_table(text: str) -> list[dict[str, str | None]]:
    """The rows of a CSV file, with or without a byte-order mark."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def table_of(events: Iterable[EventRow]) -> str:
    """Events as CSV with a byte-order mark, which spreadsheets need for Chinese."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(row_of_event(row) for row in events)
    return "\ufeff" + out.getvalue()


def row_of_event(row: EventRow) -> dict[str, str]:
    """One event as a row, as `read_events` reads it; times on the clock of the place."""
    zone = ZoneInfo(row.zone)

    def local(at: datetime | None) -> str:
        return "" if at is None else at.astimezone(zone).strftime("%Y-%m-%d %H:%M")

    plain: dict[str, Any] = {name: getattr(row, name, "") for name in COLUMNS}
    plain |= {"starts": local(row.starts_at), "ends": local(row.ends_at)}
    plain |= {"opens": local(row.opens_at), "closes": local(row.closes_at), "repeat": ""}
    plain |= {"reconfirm": "yes" if row.reconfirm else "no"}
    return {name: "" if value is None else _unarmed(str(value)) for name, value in plain.items()}


def _events_of(row: Mapping[str, str], zone: str, topics: frozenset[str]) -> tuple[list[EventDraft], list[str]]:
    """The events that a row stands for; or none, and everything that is wrong with the row."""
    faults = [f"{name} is missing; write it" for name in NEEDED if not row.get(name)]
    unknown = sorted(set(row) - set(COLUMNS))
    faults += [f"unknown column {name}; known are {', '.join(COLUMNS)}" for name in unknown]
    numbers = _NUMBERS | ({"adult_capacity": (1, MOST_SEATS, "")} if row.get("adult_capacity") else {})
    readers: dict[str, Callable[[], Any]] = {
        **{name: partial(_text, row, name, most) for name, most in _LENGTHS.items()},
        **{name: partial(_number, row, name, *bounds) for name, bounds in numbers.items()},
        **{name: partial(_choice, row, name, choices) for name, choices in _CHOICES.items()},
        **{f"{name}_at": partial(_instant, row, name, zone) for name in ("starts", "ends", "opens", "closes")},
        "district": partial(_district, row),
    }
    values: dict[str, Any] = {"adult_capacity": None}
    for name, read in readers.items():
        if name in NEEDED and not row.get(name):
            continue  # said above
        try:
            values[name] = read()
        except _Wrong as wrong:
            faults.append(str(wrong))
    named = row.get("topics", "").split()
    values["topics"] = " ".join(named)
    strange = sorted(set(named) - topics)
    faults += [f"topic {one} is not in the guide; see `qihui guide coverage`" for one in strange]
    starts, ends = values.get("starts_at"), values.get("ends_at")
    if starts and ends and not starts < ends <= starts + timedelta(days=3):
        faults.append("ends must come after starts, at most three days later")
    if "months_from" in values and "months_to" in values and values["months_from"] > values["months_to"]:
        faults.append("months_from is above months_to; turn them round")
    rule, days = row.get("repeat", ""), []
    if rule and starts:
        try:
            days = _days(rule, _on_the_clock(starts, ZoneInfo(zone)))
        except _Wrong as wrong:
            faults.append(str(wrong))
    if faults:
        return [], faults
    draft = EventDraft(**values | {"reconfirm": values["reconfirm"] == "yes", "zone": zone})
    return ([_on_day(draft, day, ZoneInfo(zone)) for day in days] if rule else [draft]), []


def _on_the_clock(at: datetime, place: ZoneInfo) -> datetime:
    """The time on the clock of a place: "every week at ten" is meant on it."""
    return at.astimezone(place).replace(tzinfo=None)


def _days(rule: str, first: datetime) -> list[datetime]:
    try:
        days = list(_first_of(rrulestr(rule.removeprefix("RRULE:"), dtstart=first)))
    except (ValueError, TypeError, KeyError) as error:
        message = f"repeat {rule!r} cannot be read ({error}); write it like FREQ=WEEKLY;COUNT=6"
        raise _Wrong(message) from error
    if len(days) > MOST_REPEATS:
        message = f"repeat {rule!r} has no end or more than {MOST_REPEATS} days; add COUNT or UNTIL"
        raise _Wrong(message)
    return days


def _first_of(rule: Iterable[datetime]) -> Iterable[datetime]:
    for number, day in enumerate(rule):
        if number > MOST_REPEATS:
            return
        yield day


def _on_day(draft: EventDraft, day: datetime, place: ZoneInfo) -> EventDraft:
    first = _on_the_clock(draft.starts_at, place)

    def moved(at: datetime | None) -> datetime | None:
        return None if at is None else (_on_the_clock(at, place) + (day - first)).replace(tzinfo=place)

    starts = day.replace(tzinfo=place)
    code = f"{draft.code}-{day:%Y%m%d}"
    return replace(
        draft,
        code=code,
        series=draft.series or draft.code,
        starts_at=starts,
        ends_at=starts + (draft.ends_at - draft.starts_at),
        opens_at=moved(draft.opens_at),
        closes_at=moved(draft.closes_at),
    )


def _text(row: Mapping[str, str], name: str, most: int) -> str:
    value = row.get(name, "")
    if len(value) > most:
        message = f"{name} has {len(value)} characters; at most {most}"
        raise _Wrong(message)
    if name.endswith("_url") and value and not value.startswith("https://"):
        message = f"{name} must begin with https://"
        raise _Wrong(message)
    return value


def _number(row: Mapping[str, str], name: str, least: int, most: int, default: str) -> int:
    written = row.get(name, "") or default
    if not (written.isascii() and written.isdigit() and len(written) < 8 and least <= int(written) <= most):
        message = f"{name} is {written!r}; write a number from {least} to {most}"
        raise _Wrong(message)
    return int(written)


def _choice(row: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = row.get(name, "") or _DEFAULTS.get(name, "")
    if value not in choices:
        message = f"{name} is {value!r}; write one of {', '.join(choices)}"
        raise _Wrong(message)
    return value


def _district(row: Mapping[str, str]) -> str:
    district = district_named(row["district"])
    if district is None:
        message = f"district {row['district']!r} is none of the city's 16; write it like 浦东新区"
        raise _Wrong(message)
    return district


def _instant(row: Mapping[str, str], name: str, zone: str) -> datetime | None:
    written = row.get(name, "")
    if not written:
        return None
    try:
        at = datetime.fromisoformat(written)
    except ValueError as error:
        message = f"{name} is {written!r}; write it like 2026-12-05 10:00"
        raise _Wrong(message) from error
    if len(written) <= len("2026-12-05"):
        message = f"{name} is {written!r}: the time of day is missing; write it like 2026-12-05 10:00"
        raise _Wrong(message)
    return at if at.utcoffset() is not None else at.replace(tzinfo=ZoneInfo(zone))


def _unarmed(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f" {text}" if text[:1] in {"=", "+", "-", "@"} else text
