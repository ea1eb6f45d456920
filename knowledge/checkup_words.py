"""Check-ups in words: the reasons of a row, and what happens, what to bring and what to ask at a visit. Pure."""

from knowledge.checkup_calendar import CheckupCalendar, CheckupVisit
from knowledge.forecast import Forecast, Reason
from knowledge.forecast_words import words
from knowledge.topics import Language


def visit_of(code: str, n: int, calendar: CheckupCalendar) -> CheckupVisit:
    """The visit of a row.

    Raises: KeyError: the calendar has none.
    """
    return {(visit.code, visit.n): visit for visit in calendar.visits}[code, n]


def checkup_reason(row: Forecast, calendar: CheckupCalendar, language: Language) -> str:
    """All reasons of a row as one paragraph."""
    visit = visit_of(row.code, row.dose, calendar)
    told = []
    for reason in row.reasons:
        filled = reason
        if reason.name == "visit_official":
            official = visit.official.items(language)[0]
            filled = Reason(reason.name, reason.sources, {"name": visit.name(language), "official": official})
        told.append(words(filled, language, calendar.sentences, {}))
    return ("" if language == "zh" else " ").join(told)


def visit_page(visit: CheckupVisit, calendar: CheckupCalendar, language: Language) -> str:
    """What a family wants to know before going: when, what happens, what to bring, what to ask."""
    titles = ("时间", "做什么", "带什么", "可以问") if language == "zh" else ("When", "What happens", "Bring", "Ask")
    mark, stop = ("：", "；") if language == "zh" else (": ", "; ")
    parts = [visit.official.items(language), visit.what.items(language)]
    parts += [calendar.bring.items(language), visit.ask.items(language)]
    cited = " ".join(f"[{source}]" for source in dict.fromkeys((*visit.sources, *calendar.bring_sources)))
    lines = [f"{title}{mark}{stop.join(part)}" for title, part in zip(titles, parts, strict=True) if part]
    return "\n".join([visit.name(language), *lines, cited])


