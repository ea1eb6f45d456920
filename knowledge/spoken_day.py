"""Find days in what a family types: "2026-01-15", "1月16日", "15 Jan 2026", "昨天". Pure.

A day without a year is read as the one that fits between two bounds, the latest for what was done, the earliest for
what is to come; whoever asked shows the full date back before anything is written. Where several years fit and the day
may be long ago, the year is asked for (`year_asked`). "3/4/2026" is not guessed.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from knowledge.written_day import ANY_MONTH_EN, MONTHS_EN, real_day

Side = Literal["past", "future"]
Trouble = Literal["impossible", "two_ways", "which_year"]

_MONTH = f"(?:{ANY_MONTH_EN})"
_RELATIVE = {
    "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2, "大后天": 3,
    "yesterday": -1, "today": 0, "tomorrow": 1,
}  # fmt: skip
_AT_BIRTH = r"出生(?:当天|那天|时|日)|生下来那天|at birth|birth day|day of birth"
_YEARS_BACK = {"今年": 0, "去年": 1, "前年": 2}
_DAY = re.compile(
    rf"(?P<birth>{_AT_BIRTH})"
    rf"|(?P<relative>{'|'.join(sorted(_RELATIVE, key=len, reverse=True))})"
    r"|(?:(?P<zy>\d{4}|\d{2})\s*年|(?P<zago>今年|去年|前年))?\s*(?P<zm>\d{1,2})\s*月\s*(?P<zd>\d{1,2})\s*[日号號]?"
    r"|(?<!\d)(?P<iy>20\d{2})\s?[-/.]\s?(?P<im>\d{1,2})\s?[-/.]\s?(?P<id>\d{1,2})(?!\d)"
    r"|(?<!\d)(?P<ry>20\d{2})(?P<rm>\d{2})(?P<rd>\d{2})(?!\d)"
    r"|(?<!\d)(?P<ea>\d{1,2})[-/.](?P<eb>\d{1,2})[-/.](?P<ey>20\d{2})(?!\d)"
    rf"|(?<!\d)(?P<nd>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+(?:of\s+)?(?P<nm>{_MONTH})\b\.?(?:\s*,?[\s-]*(?P<ny>20\d{{2}}))?"
    rf"|\b(?P<mm>{_MONTH})\.?\s+(?P<md>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:\s*,?\s*(?P<my>20\d{{2}}))?"
    r"|(?<![\d/.-])(?P<sa>\d{1,2})[/.-](?P<sb>\d{1,2})(?![\d/.-]|\s*(?:kg|cm|公斤|厘米))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class DayFound:
    """A day in a text, from `start` up to, not including, `end`; `day` is None where `trouble` says why."""

    day: date | None
    start: int
    end: int
    trouble: Trouble | None = None


def days_in(
    text: str, earliest: date, latest: date, side: Side, born_on: date, *, year_asked: bool = False
) -> tuple[DayFound, ...]:
    """Every day that the text names, in order.

    `earliest`, `latest`: where a day without a year is looked for; one with a year may lie anywhere. `year_asked`: a
    day that fits several years between them is trouble, not the nearest one.
    """
    today = latest if side == "past" else earliest
    found = []
    for match in _DAY.finditer(text):
        day, trouble = _day(match, earliest, latest, side, born_on, today)
        if year_asked and day is not None and _other_years(match, day, earliest, latest, today):
            day, trouble = None, "which_year"
        blank = len(match[0]) - len(match[0].lstrip())
        found.append(DayFound(day, match.start() + blank, match.end(), trouble))
    return tuple(found)


def day_alone(
    text: str, earliest: date, latest: date, side: Side, born_on: date, *, year_asked: bool = False
) -> DayFound | None:
    """The one day that a whole message names; None where it says anything else."""
    plain = text.strip(" 。.!！~,，")
    found = days_in(plain, earliest, latest, side, born_on, year_asked=year_asked)
    if len(found) != 1:
        return None
    around = plain[: found[0].start] + plain[found[0].end :]
    return found[0] if re.fullmatch(r"(?:[是在于的去打约了，,。.\s]|on|it was)*", around, re.IGNORECASE) else None


def _day(
    match: re.Match[str], earliest: date, latest: date, side: Side, born_on: date, today: date
) -> tuple[date | None, Trouble | None]:
    if match["birth"]:
        return born_on, None
    if match["relative"]:
        return today + timedelta(days=_RELATIVE[match["relative"].lower()]), None
    if match["ea"]:
        return _either(int(match["ea"]), int(match["eb"]), int(match["ey"]))
    year, month, day = _parts(match, today)
    if year is not None:
        named = real_day(year, month, day)
        return named, None if named else "impossible"
    years = range(earliest.year - 1, latest.year + 2)
    days = [one for one in (real_day(each, month, day) for each in years) if one is not None]
    if not days:
        return None, "impossible"
    if side == "past":
        return next((one for one in reversed(days) if one <= latest), days[0]), None
    return next((one for one in days if one >= earliest), days[-1]), None


def _other_years(match: re.Match[str], day: date, earliest: date, latest: date, today: date) -> bool:
    """Whether a day that was named without its year lies between the bounds in another year too."""
    if match["birth"] or match["relative"] or match["ea"] or _parts(match, today)[0] is not None:
        return False
    years = range(earliest.year, latest.year + 1)
    each = (real_day(year, day.month, day.day) for year in years)
    return sum(one is not None and earliest <= one <= latest for one in each) > 1


def _parts(match: re.Match[str], today: date) -> tuple[int | None, int, int]:
    if match["zm"]:
        year = int(match["zy"]) if match["zy"] else None
        if match["zago"]:
            year = today.year - _YEARS_BACK[match["zago"]]
        return (year + 2000 if year is not None and year < 100 else year), int(match["zm"]), int(match["zd"])
    if match["iy"]:
        return int(match["iy"]), int(match["im"]), int(match["id"])
    if match["ry"]:
        return int(match["ry"]), int(match["rm"]), int(match["rd"])
    if match["nm"]:
        return int(match["ny"]) if match["ny"] else None, MONTHS_EN[match["nm"].lower()], int(match["nd"])
    if match["mm"]:
        return int(match["my"]) if match["my"] else None, MONTHS_EN[match["mm"].lower()], int(match["md"])
    first, second = int(match["sa"]), int(match["sb"])
    return (None, second, first) if first > 12 else (None, first, second)


def _either(first: int, second: int, year: int) -> tuple[date | None, Trouble | None]:
    ways = {day for day in (real_day(year, second, first), real_day(year, first, second)) if day is not None}
    if len(ways) == 1:
        return ways.pop(), None
    return None, "two_ways" if ways else "impossible"
