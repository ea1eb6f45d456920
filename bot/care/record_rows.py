"""What a row of a table says was done for a child. Pure.

A row is read as a whole or refused with its number and the reason; no status means that it was done. Whether it can be
true of this child is judged by `record_import`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.care.record_table import RecordTable
from bot.care.record_values import DoseEntry, How, Record, VisitEntry
from bot.messages import Say, Value
from knowledge.load_calendars import Calendars
from knowledge.spoken_day import Side, day_alone
from knowledge.topics import Language

MOST_CHARACTERS_SHOWN = 40

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"[ T]\d{1,2}:\d{2}.*$")
"""Spreadsheets write a time behind a day."""

_STATUS: dict[str, How] = {
    "": "given", "given": "given", "done": "given", "已打": "given", "打了": "given", "已接种": "given", "接种": "given",
    "做了": "given", "已做": "given", "完成": "given", "已完成": "given", "booked": "booked", "约了": "booked",
    "已约": "booked", "预约": "booked", "declined": "declined", "先不做": "declined", "不打": "declined",
    "unsure": "unsure", "记不清": "unsure", "not_for_child": "not_for_child", "不适合": "not_for_child",
}  # fmt: skip
_TROUBLES = {"two_ways": "unread.two_days", "impossible": "unread.impossible_day", "which_year": "unread.which_year"}
_KINDS = {"dose": "dose", "疫苗": "dose", "接种": "dose", "visit": "visit", "体检": "visit", "检查": "visit"}


@dataclass(frozen=True)
class ReadRow:
    """A row that was read. `line` counts from 1: the line of the file, in JSON the number of the record.

    `child`: the id that the row names, empty for none.
    """

    line: int
    record: Record
    child: str = ""


@dataclass(frozen=True)
class UnreadRow:
    """A row that was refused, and why."""

    line: int
    why: Say
    child: str = ""


def read_rows(
    table: RecordTable,
    calendars: Calendars,
    born_on: date,
    today: date,
    language: Language,
    child: str | None = None,
) -> Iterator[ReadRow | UnreadRow]:
    """Every row of one child, read or refused. `child`: only rows that name this id; None for all of them."""
    for line, cells in table.rows:
        named = cells.get("child", "")
        if child is not None and named != child:
            continue
        record = _record(cells, calendars, born_on, today, language)
        yield UnreadRow(line, record, named) if isinstance(record, Say) else ReadRow(line, record, named)


def _record(
    cells: Mapping[str, str], calendars: Calendars, born_on: date, today: date, language: Language
) -> "Record | Say":
    """What a row says, or why it cannot be read."""
    how = _STATUS.get(cells.get("status", "").lower())
    if how is None:
        return _say("import.status", cells["status"])
    code = _code(cells, calendars, language)
    if isinstance(code, Say):
        return code
    number = _number(cells.get("number", ""))
    if isinstance(number, Say):
        return number
    on: date | None = None
    if how in {"given", "booked"}:
        day = _day(cells.get("on", ""), how, born_on, today)
        if isinstance(day, Say):
            return day
        on = day
    if code in calendars.checkups.codes:
        numbers = [one.n for one in calendars.checkups.visits if one.code == code]
        number = numbers[0] if number is None and len(numbers) == 1 else number
        return VisitEntry(code, how, on, number) if number in numbers else _say("import.number", code)
    if how == "given":
        return DoseEntry(code, how, on, None)
    if code not in calendars.schedule.series or number is None:
        return _say("import.number", code)
    return DoseEntry(code, how, on, number)


def _code(cells: Mapping[str, str], calendars: Calendars, language: Language) -> str | Say:
    """The code of the vaccine or check-up that a row is about."""
    code, name, kind = cells.get("code", ""), cells.get("name", ""), cells.get("kind", "").lower()
    known = {one.lower(): one for one in (*calendars.schedule.products, *calendars.checkups.codes)}
    found = known.get(code.lower())
    if found is None and not code:
        found = next((one.code for one in calendars.checkups.visits if name in {one.name_zh, one.name_en}), None)
    if found is None and not code:
        named = calendars.names.find(name)
        if len(named) == 1 and len(named[0].codes) > 1:
            products = calendars.schedule.products
            names = tuple(Say("calendar.name", {"name": products[one].name(language)}) for one in named[0].codes)
            return Say("unread.which_vaccine", {"words": name[:MOST_CHARACTERS_SHOWN], "names": names})
        found = named[0].codes[0] if len(named) == 1 else None
    if found is None:
        return _say("unread.no_vaccine", code or name)
    if kind and _KINDS.get(kind) != ("visit" if found in calendars.checkups.codes else "dose"):
        return _say("import.kind", cells["kind"])
    return found


def _number(cell: str) -> int | Say | None:
    if not cell:
        return None
    return (
        int(cell) if cell.isascii() and cell.isdecimal() and 1 <= int(cell[:3]) <= 20 else _say("import.number", cell)
    )


def _day(cell: str, how: How, born_on: date, today: date) -> date | Say:
    if not cell:
        return Say("import.no_day")
    plain = _TIME.sub("", cell)
    if _ISO.fullmatch(plain):
        try:
            return date.fromisoformat(plain)
        except ValueError:
            return _say("unread.impossible_day", cell)
    side: Side = "future" if how == "booked" else "past"
    bounds = (today, today + timedelta(days=366)) if how == "booked" else (born_on, today)
    found = day_alone(plain, *bounds, side, born_on, year_asked=True)
    if found is None:
        return _say("import.day_unclear", cell)
    if found.day is None:
        return _say(_TROUBLES[found.trouble or "impossible"], cell)
    return found.day


def _say(key: str, words: str) -> Say:
    values: dict[str, Value] = {"words": words[:MOST_CHARACTERS_SHOWN]}
    return Say(key, values)
