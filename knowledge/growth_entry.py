"""Read weight, length and head as a family types them: "8.5kg 70cm 头围44", "17斤，身长70". Pure.

A unit that is written is believed (斤 is half a kilogram); a number without one is taken for kg or cm where a word says
what it is, and whether it can be is asked elsewhere (`growth_doubts`). Bare numbers are not guessed.
"""

import re
from dataclasses import dataclass
from datetime import date

from knowledge.growth_reading import Position
from knowledge.spoken_day import days_in

KG_PER_UNIT = {
    "kg": 1.0, "kgs": 1.0, "公斤": 1.0, "千克": 1.0, "kilo": 1.0, "kilos": 1.0, "斤": 0.5, "g": 0.001, "克": 0.001, "gram": 0.001,
    "grams": 0.001, "lb": 0.45359237, "lbs": 0.45359237, "pound": 0.45359237, "pounds": 0.45359237, "磅": 0.45359237,
}  # fmt: skip
CM_PER_UNIT = {
    "cm": 1.0, "厘米": 1.0, "公分": 1.0, "m": 100.0, "米": 100.0, "mm": 0.1, "毫米": 0.1, "in": 2.54, "inch": 2.54, "inches": 2.54,
}  # fmt: skip

_NUMBER = r"(?P<number>\d{1,5}(?:\.\d{1,3})?)"
_MARK = r"\s*(?:是|为|有|到了?|is|was|of|[:：=])?\s*"


def _units(units: dict[str, float]) -> str:
    written = "|".join(sorted(units, key=len, reverse=True))
    return rf"(?P<unit>{written})(?![A-Za-z])(?P<half>半)?"


_HEAD = re.compile(
    rf"(?:头围|head(?:\s*circumference)?|\bhc){_MARK}{_NUMBER}\s*(?:{_units(CM_PER_UNIT)})?", re.IGNORECASE
)
_WEIGHT = re.compile(
    rf"(?:体重|weight|weighs|\bwt){_MARK}{_NUMBER}\s*(?:{_units(KG_PER_UNIT)})?"
    rf"|(?<![\d.])(?P<n2>\d{{1,5}}(?:\.\d{{1,3}})?)\s*(?P<u2>{'|'.join(sorted(KG_PER_UNIT, key=len, reverse=True))})(?![A-Za-z])(?P<h2>半)?",
    re.IGNORECASE,
)
_LENGTH = re.compile(
    r"(?:身长|身高|高|长|length|height|tall)?\s*(?P<m>\d)\s*米\s*(?P<cm>\d{2})(?!\d)"
    rf"|(?:身长|身高|length|height|tall|高|长){_MARK}{_NUMBER}\s*(?:{_units(CM_PER_UNIT)})?"
    rf"|(?<![\d.])(?P<n2>\d{{1,4}}(?:\.\d{{1,3}})?)\s*(?P<u2>{'|'.join(sorted(CM_PER_UNIT, key=len, reverse=True))})(?![A-Za-z])(?P<h2>半)?",
    re.IGNORECASE,
)
_STANDING = re.compile(r"站着量?的?|standing", re.IGNORECASE)
_LYING = re.compile(r"躺着量?的?|lying(?: down)?", re.IGNORECASE)
_FILLER = re.compile(
    r"(?:宝宝|孩子|他|她|今天|刚刚?|现在|量了|称了|量的|称的|体检|结果|和|的|了|是|在|on|and|the|today|now|baby|is|measured|tall|weighs|[\s,，、。.;；:：/!！~])+",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class GrowthEntry:
    """What was typed, in kg and cm; None for what was not. `on`: the day named, None for none (today is meant)."""

    weight_kg: float | None = None
    length_cm: float | None = None
    head_cm: float | None = None
    position: Position | None = None
    on: date | None = None


@dataclass(frozen=True)
class GrowthUnclear:
    """Numbers without a word or a unit, or a day that cannot be: ask for them again."""


def read_growth_entry(text: str, born_on: date, today: date) -> GrowthEntry | GrowthUnclear | None:
    """What the text says was measured; None when it is something else (a question, a story)."""
    rest = "".join(chr(ord(c) - 0xFEE0) if "０" <= c <= "ｚ" else c for c in text).replace("．", ".")
    if re.search(r"[?？]|吗|怎么|正常|标准|多少|偏|how|what|why|normal|should", rest, re.IGNORECASE):
        return None
    head, rest = _taken(_HEAD, rest, CM_PER_UNIT)
    weight, rest = _taken(_WEIGHT, rest, KG_PER_UNIT)
    length, rest = _taken(_LENGTH, rest, CM_PER_UNIT)
    position: Position | None = "standing" if _STANDING.search(rest) else "lying" if _LYING.search(rest) else None
    rest = _LYING.sub(" ", _STANDING.sub(" ", rest))
    if weight is None and length is None and head is None:
        return (
            GrowthUnclear() if re.fullmatch(r"[\d\s./,，、-]{2,30}", text.strip()) and re.search(r"\d", text) else None
        )
    days = days_in(rest, born_on, today, "past", born_on)
    for day in reversed(days):
        rest = rest[: day.start] + " " + rest[day.end :]
    if len(days) > 1 or any(day.day is None for day in days) or re.search(r"\d", rest):
        return GrowthUnclear()
    if _FILLER.sub("", rest):
        return None
    return GrowthEntry(weight, length, head, position, days[0].day if days else None)


def _taken(pattern: re.Pattern[str], text: str, units: dict[str, float]) -> tuple[float | None, str]:
    """The number of the first match in kg or cm, and the text without it."""
    match = pattern.search(text)
    if match is None:
        return None, text
    rest = text[: match.start()] + " " + text[match.end() :]
    groups = match.groupdict()
    if groups.get("m") is not None:
        return 100.0 * int(match["m"]) + int(match["cm"]), rest
    number, unit, half = (
        groups.get(one) or groups.get(two) for one, two in (("number", "n2"), ("unit", "u2"), ("half", "h2"))
    )
    factor = units[(unit or "").lower()] if unit else 1.0
    return round((float(number or 0) + (0.5 if half else 0.0)) * factor, 3), rest
