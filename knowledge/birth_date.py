"""Read a birth date as parents write it ("2025-3-8", "去年三月八号", "8 March 2025", "8个月了"). Pure.

The whole message must be a date or an age: "8个月宝宝发烧怎么办" is a question, not an answer. Where a date can be read in
two ways, or its year or day is missing, the ways are named instead of guessed. Dates of the lunar calendar are not
converted: a clinic's calendar counts from the day in the birth certificate.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from knowledge.age import MONTHS_PER_YEAR, read_age
from knowledge.child_age import age_between
from knowledge.written_day import ANY_MONTH_EN, MONTHS_EN, half_width, real_day

OLDEST_READ_YEARS = 18
"""A date longer ago than this is a slip or another person's birthday."""

Trouble = Literal["lunar", "future", "impossible", "long_ago"]


@dataclass(frozen=True)
class Born:
    """A birth date. `approximate`: worked out from an age, so days or weeks may be missing."""

    born_on: date
    approximate: bool = False


@dataclass(frozen=True)
class WhichDate:
    """The text can mean any of these days, soonest first; ask which."""

    days: tuple[date, ...]


@dataclass(frozen=True)
class DayMissing:
    """A month is named without its day."""

    year: int
    month: int


@dataclass(frozen=True)
class NoBirthDate:
    """A date was named that cannot be one: `why` says what to tell the person."""

    why: Trouble


BirthReading = Born | WhichDate | DayMissing | NoBirthDate

_DIGITS_ZH = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "两": 2, "兩": 2}
_NUMBER = r"(?:\d{1,4}|[〇零○一二三四五六七八九十两兩]{1,4})"
_MONTH_EN = rf"(?P<month>{ANY_MONTH_EN})\.?"
_DAY_EN = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR_EN = r"(?P<year>\d{4}|'?\d{2})"

_LUNAR = re.compile(
    r"农历|農曆|阴历|陰曆|旧历|舊曆|腊月|臘月|正月|冬月|初[一二三四五六七八九十]|廿|lunar", re.IGNORECASE
)
_AROUND = re.compile(
    r"^(?:(?:我?家?(?:宝宝|宝贝|孩子|娃|小囡|她|他|它|老大|老二|生日|出生日期|出生年月|出生|日期|阳历|公历|新历|今年|预产期|现在|刚满|刚|满|才|已经|快|大概|大约|差不多|是|在|于|的|了)|[\s::,，])+)"
    r"|(?:(?:出生|生日|生的?|生人|的|了|大|呢|吧|啊|哦|多|左右|[\s。,，.!！~])+)$"
)
_AROUND_EN = re.compile(
    r"^(?:(?:he|she|it|baby|my|our|son|daughter|child|was|were|is|are|born|birthday|birth|date|dob|on|the|about|almost|now|due|it's|she's|he's)\b|[\s:,])+"
    r"|(?:[\s.!,]|\bborn|\bnow)+$",
    re.IGNORECASE,
)
_THIS_YEAR = {"今": 0, "本": 0, "去": 1, "前": 2, "大前": 3}
_DAYS_AGO = {"今天": 0, "今日": 0, "昨天": 1, "昨日": 1, "前天": 2, "大前天": 3, "today": 0, "yesterday": 1}
_AGE_ONLY = re.compile(
    r"(?:(?:\d+(?:\.\d+)?|[零一二两兩三四五六七八九十半百]+|and|a|an|half|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    r"eighteen|twenty)|岁|歲|周岁|个|個|月龄|月|星期|礼拜|周|天|日龄|大|多|零|又|半|满|old|years?|yrs?|months?|mos?|mths?|weeks?|wks?|days?|yo|mo|"
    r"y|m|w|d|[\s,+-])+",
    re.IGNORECASE,
)
_DAYS_OLD = re.compile(
    r"(?P<number>\d{1,3}|[一二三四五六七八九十百两]{1,4})\s*-?(?:天|日龄|days?)(?:\s*-?old)?", re.IGNORECASE
)
_WEEKS_OLD = re.compile(
    r"(?P<number>\d{1,2}|[一二三四五六七八九十两]{1,3})\s*-?(?:个?(?:星期|礼拜)|周|weeks?|wks?)(?:\s*-?old)?",
    re.IGNORECASE,
)


def read_birth_date(text: str, today: date) -> BirthReading | None:
    """What the text says of a birth date; None when it is something else (a question, a name)."""
    text = half_width(text).strip()
    plain = text.strip(" 。.!！~")
    if len(plain) <= 20 and _LUNAR.search(plain) and re.search(r"[月日号初廿\d]", plain):
        return NoBirthDate("lunar")
    for shape in (plain, _AROUND_EN.sub("", _AROUND.sub("", plain)).strip()):
        reading = _read(shape, today)
        if reading is not None:
            return reading
    return None


def completed_months(born_on: date, today: date) -> int:
    """Completed months of life, never below 0, counted as the calendars count them (`child_age`)."""
    return age_between(born_on, today).months


def _read(text: str, today: date) -> BirthReading | None:
    if not text:
        return None
    if text.lower() in _DAYS_AGO:
        return Born(today - timedelta(days=_DAYS_AGO[text.lower()]))
    for read in (_written_out, _english, _figures, _without_year):
        days = read(text, today)
        if days is not None:
            return _judged(days, today)
    month = _month_alone(text, today)
    if month is not None:
        return month
    return _from_age(text, today)


def _judged(days: "list[date | None]", today: date) -> BirthReading:
    """`days`: every way to read the text; None for a way that the calendar does not have."""
    real = sorted({day for day in days if day is not None})
    if not real:
        return NoBirthDate("impossible")
    past = [day for day in real if day <= today]
    if not past:
        return NoBirthDate("future")
    recent = [day for day in past if day.year >= today.year - OLDEST_READ_YEARS]
    if not recent:
        return NoBirthDate("long_ago")
    return Born(recent[0]) if len(recent) == 1 else WhichDate(tuple(reversed(recent)))


def _number(text: str) -> int:
    if text.isascii():
        return int(text)
    if "百" in text:
        hundreds, _, rest = text.partition("百")
        return 100 * (_number(hundreds) if hundreds else 1) + (_number(rest.removeprefix("零")) if rest else 0)
    if "十" in text:
        tens, _, ones = text.partition("十")
        return 10 * (_DIGITS_ZH.get(tens, 0) if tens else 1) + (_DIGITS_ZH.get(ones, 0) if ones else 0)
    return int("".join(str(_DIGITS_ZH.get(character, 0)) for character in text))


def _year(text: str, today: date) -> int:
    year = _number(text.lstrip("'"))
    return year + today.year // 100 * 100 if year < 100 else year


_WRITTEN_OUT = re.compile(
    rf"(?:(?P<year>{_NUMBER})\s*年|(?P<ago>大前|今|本|去|前)年)\s*(?:的)?\s*(?P<month>{_NUMBER})\s*月\s*(?:份)?(?P<day>{_NUMBER})\s*(?:日|号|號)?"
)
_WITHOUT_YEAR = re.compile(rf"(?P<month>{_NUMBER})\s*月\s*(?P<day>{_NUMBER})\s*(?:日|号|號)")
_MONTH_ALONE = re.compile(
    rf"(?:(?P<year>{_NUMBER})\s*年|(?P<ago>大前|今|本|去|前)年)\s*(?:的)?\s*(?P<month>{_NUMBER})\s*月\s*(?:份)?"
)
_MONTH_ALONE_FIGURES = re.compile(r"(?P<year>20\d{2})\s*[-/.]\s*(?P<month>\d{1,2})")
_MONTH_ALONE_EN = re.compile(rf"{_MONTH_EN}\s*,?\s*(?P<year>\d{{4}})", re.IGNORECASE)
_FIGURES = re.compile(r"(?P<a>\d{1,4})\s*[-/.、\s]\s*(?P<b>\d{1,2})\s*[-/.、\s]\s*(?P<c>\d{1,4})(?:\s*(?:日|号))?")
_RUN_OF_FIGURES = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
_ENGLISH = (
    re.compile(rf"{_MONTH_EN}\s+{_DAY_EN}\s*,?\s+{_YEAR_EN}", re.IGNORECASE),
    re.compile(rf"{_DAY_EN}(?:\s+of)?[\s-]+{_MONTH_EN}\s*,?[\s-]+{_YEAR_EN}", re.IGNORECASE),
    re.compile(rf"(?P<year>\d{{4}})[\s-]+{_MONTH_EN}[\s-]+{_DAY_EN}", re.IGNORECASE),
)
_ENGLISH_WITHOUT_YEAR = (
    re.compile(rf"{_MONTH_EN}\s+{_DAY_EN}", re.IGNORECASE),
    re.compile(rf"{_DAY_EN}(?:\s+of)?\s+{_MONTH_EN}", re.IGNORECASE),
)


def _written_out(text: str, today: date) -> "list[date | None] | None":
    match = _WRITTEN_OUT.fullmatch(text)
    if match is None:
        return None
    year = today.year - _THIS_YEAR[match["ago"]] if match["ago"] else _year(match["year"], today)
    return [real_day(year, _number(match["month"]), _number(match["day"]))]


def _english(text: str, today: date) -> "list[date | None] | None":
    for pattern in _ENGLISH:
        match = pattern.fullmatch(text)
        if match:
            return [real_day(_year(match["year"], today), MONTHS_EN[match["month"].lower()], int(match["day"]))]
    return None


def _figures(text: str, today: date) -> "list[date | None] | None":
    run = _RUN_OF_FIGURES.fullmatch(text)
    if run:
        return [real_day(int(run["year"]), int(run["month"]), int(run["day"]))]
    match = _FIGURES.fullmatch(text)
    if match is None:
        return None
    a, b, c = match["a"], match["b"], match["c"]
    if len(a) >= 3:
        return [real_day(int(a), int(b), int(c))]
    if len(c) >= 3:
        return [real_day(int(c), int(b), int(a)), real_day(int(c), int(a), int(b))]
    orders = [(a, b, c), (c, b, a), (c, a, b)]  # two figures for the year: 25-3-8, 8/3/25, 3/8/25
    days = [real_day(_year(year, today), int(month), int(day)) for year, month, day in orders]
    likely = [day for day in days if day is not None and today.year - OLDEST_READ_YEARS // 2 <= day.year <= today.year]
    return [*likely] or days


def _without_year(text: str, today: date) -> "list[date | None] | None":
    """The last three years in which the day has been; the person says which."""
    match = _WITHOUT_YEAR.fullmatch(text)
    if match:
        month, day = _number(match["month"]), _number(match["day"])
    else:
        found = next((m for pattern in _ENGLISH_WITHOUT_YEAR if (m := pattern.fullmatch(text))), None)
        if found is None:
            return None
        month, day = MONTHS_EN[found["month"].lower()], int(found["day"])
    days = [real_day(today.year - back, month, day) for back in range(5)]
    past = [one for one in days if one is not None and one <= today]
    return [*past[:3]] or days


def _month_alone(text: str, today: date) -> BirthReading | None:
    match = _MONTH_ALONE.fullmatch(text)
    english = _MONTH_ALONE_EN.fullmatch(text)
    figures = _MONTH_ALONE_FIGURES.fullmatch(text)
    if match:
        year = today.year - _THIS_YEAR[match["ago"]] if match["ago"] else _year(match["year"], today)
        month = _number(match["month"])
    elif english:
        year, month = int(english["year"]), MONTHS_EN[english["month"].lower()]
    elif figures:
        year, month = int(figures["year"]), int(figures["month"])
    else:
        return None
    first = real_day(year, month, 1)
    reading = _judged([first], today)
    return DayMissing(year, month) if isinstance(reading, Born) else reading


def _from_age(text: str, today: date) -> BirthReading | None:
    """The youngest that a child of this age can be: so many completed months, weeks or days before today."""
    if not _AGE_ONLY.fullmatch(text):
        return None
    days = _DAYS_OLD.fullmatch(text)
    weeks = _WEEKS_OLD.fullmatch(text)
    if days or weeks:
        number = _number((days or weeks)["number"])  # type: ignore[index]
        return Born(today - timedelta(days=number if days else 7 * number), approximate=True)
    months = read_age(text).age_months
    if months is None:
        return None
    if months > OLDEST_READ_YEARS * MONTHS_PER_YEAR:
        return NoBirthDate("long_ago")
    return Born(_months_before(today, months), approximate=True)


def _months_before(day: date, months: int) -> date:
    """The latest day on which so many months are completed by `day`: in a shorter month its last day."""
    year, month = divmod(day.year * MONTHS_PER_YEAR + day.month - 1 - months, MONTHS_PER_YEAR)
    return next(found for back in range(4) if (found := real_day(year, month + 1, day.day - back)))
