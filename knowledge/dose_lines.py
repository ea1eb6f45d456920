"""Read doses as a family types them off the vaccination book: "乙肝 2026-01-15; 卡介苗 1月16日". Pure.

A line is read as a whole or not at all: what cannot be read stands in the answer with the reason, so that it can be
typed again. Whoever asked shows everything back before it is written.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from knowledge.spoken_day import DayFound, days_in
from knowledge.vaccine_names import NameFound, VaccineNames
from knowledge.written_day import half_width

Why = Literal["no_vaccine", "no_day", "which_vaccine", "impossible_day", "two_days", "which_year"]
_TROUBLES: dict[str, Why] = {"two_ways": "two_days", "impossible": "impossible_day", "which_year": "which_year"}

_SEPARATORS = re.compile(r"[\n\r;；。]+")
_QUESTION = re.compile(
    r"[?？]|吗|呢$|怎么|什么|为什么|多少|可以|能不能|要不要|是不是|该不该|how|what|why|when|should|can ", re.IGNORECASE
)
_WORRY = re.compile(
    r"发烧|发热|低烧|呕|吐|咳|哭|皮疹|起疹|红肿|硬块|腹泻|拉肚|痛|疼|不吃|不睡|体重|身高|身长|fever|rash|cry|swell|vomit|kg|cm",
    re.IGNORECASE,
)
MOST_UNKNOWN_CHARACTERS = 12
_TABLE_HEADS = frozenset({"kind,code,name,status,on", "name,date", "vaccine,date"})
_FILLER = re.compile(
    r"(?:都是|都|打了|打过|打的|打|接种了|接种|种了|给了|吃了|服了|注射|口服|疫苗|日期|时间|和|与|还有|也|是|在|于|的|了|那天|同一天"
    r"|第?[一二三四五六1-6][针剂次]|dose\s*\d|[1-6](?:st|nd|rd|th)\s+dose|\b(?:given|got|had|on|and|the|dose|doses|was|were|vaccines?|all)\b"
    r"|[\s,，、:：.·\-—+()（）*#|/])+",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class DoseLine:
    """One dose that was read: a code and a day."""

    code: str
    on: date


@dataclass(frozen=True)
class UnreadLine:
    """What could not be read, as written. `codes`: which vaccines a short name can mean."""

    words: str
    why: Why
    codes: tuple[str, ...] = ()


def read_dose_lines(text: str, names: VaccineNames, born_on: date, today: date) -> tuple[DoseLine | UnreadLine, ...]:
    """What the text says was given; empty when it is something else (a question, a story).

    A day without a year is the one that has been since birth; where there are several, the year is asked for. Whether a dose can be true is judged elsewhere.
    """
    text = half_width(text, keep="，；：！？（）")
    if _QUESTION.search(text):
        return ()
    lines = [line.strip(" ,，、\ufeff") for line in _SEPARATORS.split(text)]
    lines = [line for line in lines if line not in _TABLE_HEADS]
    read = [_read_line(line, names, born_on, today) for line in lines if line]
    told = [one for line in read for one in line]
    if not any(isinstance(one, DoseLine) or one.why != "no_vaccine" or _looks_like_a_dose(one.words) for one in told):
        return ()
    return tuple(dict.fromkeys(told))


def _read_line(line: str, names: VaccineNames, born_on: date, today: date) -> list[DoseLine | UnreadLine]:
    found = names.find(line)
    masked = line
    for name in found:
        masked = masked[: name.start] + " " * (name.end - name.start) + masked[name.end :]
    days = days_in(masked, born_on, today, "past", born_on, year_asked=True)
    rest = masked
    for day in days:
        rest = rest[: day.start] + " " * (day.end - day.start) + rest[day.end :]
    if _FILLER.sub("", rest) or not found:
        return [UnreadLine(line, "no_vaccine")]
    for name in found:
        if len(name.codes) > 1:
            return [UnreadLine(line, "which_vaccine", name.codes)]
    for day in days:
        if day.day is None:
            return [UnreadLine(line, _TROUBLES[day.trouble or "impossible"])]
    return _paired(line, found, days)


def _looks_like_a_dose(line: str) -> bool:
    """Whether a line that was not read is meant as a dose all the same: a short name, a day in figures, no worry."""
    if _WORRY.search(line) or not re.search(r"\d{1,4}\s*[-/.年月]\s*\d{1,2}|\d{8}", line):
        return False
    return len(re.sub(r"[\d\W年月日号]", "", line)) <= MOST_UNKNOWN_CHARACTERS


def _paired(line: str, names: tuple[NameFound, ...], days: tuple[DayFound, ...]) -> list[DoseLine | UnreadLine]:
    """Names with their days. Days first ("1月15日 乙肝 卡介苗"): each name takes the day before it; else the day behind."""
    found: list[NameFound | DayFound] = [*names, *days]
    tokens = sorted(found, key=lambda token: token.start)
    paired: list[DoseLine | UnreadLine] = []
    waiting: list[NameFound] = []
    day: date | None = None
    days_first = isinstance(tokens[0], DayFound)
    for token in tokens:
        if isinstance(token, NameFound):
            if days_first and day is not None:
                paired.append(DoseLine(token.codes[0], day))
                continue
            if day is not None:
                waiting, day = [], None
            waiting.append(token)
            continue
        again = day is not None and not days_first
        day = token.day
        if day is not None and not days_first:
            paired += [DoseLine(name.codes[0], day) for name in (waiting[-1:] if again else waiting)]
    unpaired = (days_first and isinstance(tokens[-1], DayFound)) or (not days_first and day is None)
    return [UnreadLine(line, "no_day")] if unpaired else paired
