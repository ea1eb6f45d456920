"""Days of a child's life: ages and intervals as the calendars write them ("8m+7d"), and the day they lead to. Pure.

Months and years are calendar months from the starting day. A day that the month does not have moves forward to the
first of the next month, never back: nobody reaches an age early (born 31 August, six months -> 1 March).
Source: NIP21 and NIP26, general principles (a listed age is the minimum age); the move forward is our own decision,
the same as CALCDT-5 of CDC's CDSi logic.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from knowledge.child_age import add_months
from knowledge.topics import Language

_SPAN = re.compile(r"(?:(?P<y>\d+)y)?(?:(?P<m>\d+)m)?\+?(?:(?P<w>\d+)w)?(?:(?P<d>\d+)d)?")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: calendar months first, then days."""

    months: int
    days: int

    def after(self, day: date) -> date:
        """The day this long after `day`; ends of months move forward."""
        if self.months:
            day = add_months(day, self.months)
        return day + timedelta(self.days) if self.days else day

    def words(self, language: Language) -> str:
        """The span as people say it: "8个月", "6 weeks"."""
        parts = []
        if self.months and self.months % 12 == 0 and self.months > 24:
            parts.append(_counted(self.months // 12, "年", "year", language))
        elif self.months:
            parts.append(_counted(self.months, "个月", "month", language))
        if self.days and self.days % 7 == 0 and not self.months and self.days < 28:
            parts.append(_counted(self.days // 7, "周", "week", language))
        elif self.days or not parts:
            parts.append(_counted(self.days, "天", "day", language))
        return "".join(parts) if language == "zh" else " and ".join(parts)

    def age_words(self, language: Language) -> str:
        """The span as an age: "4岁", "18个月", "24 hours"."""
        if not self.months and self.days == 1:
            return "24小时" if language == "zh" else "24 hours"
        return self.words(language).replace("年", "岁")


def read_span(text: object) -> Span:
    """A span as the calendars write it: 24h, 28d, 6w, 8m, 2y, 8m+7d, 13y6m.

    Hours become whole days, because calendars and records know days only ("within 24h": the day after birth is late).

    Raises: ValueError: says how a span is written.
    """
    if text == "24h":
        return Span(0, 1)
    match = _SPAN.fullmatch(text) if isinstance(text, str) and text else None
    if match is None or not any(match.groups()):
        message = f"{text!r} is no length of time; write it like 28d, 6w, 8m, 2y, 8m+7d or 24h"
        raise ValueError(message)
    years, months, weeks, days = (int(match[unit] or 0) for unit in "ymwd")
    return Span(12 * years + months, 7 * weeks + days)


def day_words(day: date, language: Language) -> str:
    """A day as people write it: "2026年3月1日", "1 Mar 2026"."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"


def _counted(number: int, zh: str, en: str, language: Language) -> str:
    return f"{number}{zh}" if language == "zh" else f"{number} {en}{'' if number == 1 else 's'}"
