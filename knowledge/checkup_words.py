"""Check-ups in words: the reasons of a row, and what happens, what to bring and what to ask at a visit. Pure."""

from knowledge.checkup_calendar import CheckupCalendar, CheckupVisit
from knowledge.forecast import Reason
from knowledge.forecast_words import words
from knowledge.topics import Language


def checkup_reason(reasons: tuple[Reason, ...], calendar: CheckupCalendar, language: Language) -> str:
    """All reasons of a row as one paragraph."""
    told = [words(_named(reason, calendar, language), language, calendar.sentences, {}) for reason in reasons]
    return ("" if language == "zh" else " ").join(told)


def _named(reason: Reason, calendar: CheckupCalendar, language: Language) -> Reason:
    """The reason with the visit's name and official time in place of its code and number."""
    code, n = reason.values.get("name"), reason.values.get("official")
    for visit in calendar.visits:
        if (visit.code, visit.n) == (code, n):
            official = visit.official.items(language)[0]
            return Reason(reason.name, reason.sources, {"name": visit.name(language), "official": official})
    return reason


def visit_page(visit: CheckupVisit, calendar: CheckupCalendar, language: Language) -> str:
    """What a family wants to know before going: when, what happens, what to bring, what to ask."""
    titles = ("时间", "做什么", "带什么", "可以问") if language == "zh" else ("When", "What happens", "Bring", "Ask")
    mark, stop = ("：", "；") if language == "zh" else (": ", "; ")
    parts = [visit.official.items(language), visit.what.items(language)]
    parts += [calendar.bring.items(language), visit.ask.items(language)]
    cited = " ".join(f"[{source}]" for source in dict.fromkeys((*visit.sources, *calendar.bring_sources)))
    lines = [f"{title}{mark}{stop.join(part)}" for title, part in zip(titles, parts, strict=True) if part]
    return "\n".join([visit.name(language), *lines, cited])
