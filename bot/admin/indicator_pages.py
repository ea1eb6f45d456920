"""The figures of a quarter: dashboard, printable report, spreadsheet, pictures. Read from what was counted at night."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from fastapi import Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from bot.admin.page_call import BASE, Call
from bot.admin.staff_words import word
from bot.audit_log import note_change_by
from bot.errors import Refusal
from bot.indicators.figures import GENERAL, INDICATORS, Cell, Figure, Report
from bot.indicators.indicator_pictures import PICTURES, draw_picture
from bot.indicators.report_file import cell_name, method_lines, report_xlsx
from bot.indicators.report_rows import kept_quarters, kept_report
from knowledge.districts import DISTRICTS
from knowledge.topics import Language

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SECTIONS = (*GENERAL, *INDICATORS)
_QUARTER = re.compile(r"\d{4}Q[1-4]")


@dataclass(frozen=True)
class Kept:
    """A report with the instant of its counting."""

    report: Report
    counted_at: datetime


def indicators_page(call: Call) -> Response:
    """The dashboard: the newest quarter, or the one asked for."""
    with call.house.database.reading() as session:
        quarters = kept_quarters(session)
    asked = call.query.get("quarter", "")
    chosen = asked if asked in quarters else next(iter(quarters), "")
    kept = _kept(call, chosen) if chosen else None
    show = None if kept is None else shown_report(kept.report, call.language, call.house.desk.shipped.guide.topics)
    counted = "" if kept is None else call.day(kept.counted_at)
    return call.show(
        "indicators.html", quarters=quarters, quarter=chosen, show=show, counted=counted, pictures=PICTURES, by=""
    )


def printed_report(call: Call) -> Response:
    """The quarterly report to print; who took it out is noted."""
    kept = _asked_for(call)
    _note(call, "indicators.printed", kept.report)
    topics = call.house.desk.shipped.guide.topics
    pictures = {name: f"{BASE}/indicators/{kept.report.quarter}/{name}.svg" for name in PICTURES}
    counted = call.day(kept.counted_at)
    text = report_html(call.house.templates, kept.report, call.language, topics, counted, pictures)
    return HTMLResponse(text)


def report_spreadsheet(call: Call) -> Response:
    """The report as XLSX; who took it out is noted."""
    kept = _asked_for(call)
    _note(call, "indicators.xlsx", kept.report)
    topics = call.house.desk.shipped.guide.topics
    content = report_xlsx(kept.report, _words(call.language), lambda one: _title(topics, one, call.language))
    name = f"qihui-{kept.report.quarter}.xlsx"
    return Response(content, media_type=SPREADSHEET, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def picture(call: Call) -> Response:
    """One picture of a quarter."""
    kept, name = _asked_for(call), call.path["name"]
    if name not in PICTURES:
        raise Refusal("refused.no_report")
    content = drawn(name, kept.report, call.language, call.house.desk.shipped.guide.topics)
    return Response(content, media_type="image/svg+xml")


def report_html(
    templates: Environment,
    report: Report,
    language: Language,
    topics: Any,
    counted: str,
    pictures: dict[str, str],
    style: str = "",
) -> str:
    """The printable page; `pictures`: by name, where it lies. `style`: the style sheet itself, else it is linked."""
    words = _words(language)
    return templates.get_template("report.html").render(
        w=words,
        lang="zh-CN" if language == "zh" else "en",
        base=BASE,
        show=shown_report(report, language, topics),
        method=method_lines(report, words),
        counted=counted,
        pictures=pictures,
        style=style,
    )


@dataclass(frozen=True)
class ShownCell:
    """A cell in words: name, "12 / 40", "30%"."""

    name: str
    number: str
    percent: str


@dataclass(frozen=True)
class ShownFigure:
    """A figure in words. `empty`: why there is no number, empty where there is one."""

    title: str
    of: str
    number: str
    percent: str
    empty: str
    cells: dict[str, list[ShownCell]]


@dataclass(frozen=True)
class ShownReport:
    """A report in words, section by section, with its topics."""

    report: Report
    sections: list[tuple[str, list[ShownFigure]]]
    topics: list[tuple[str, int, int | None]]


def shown_report(report: Report, language: Language, topics: Any) -> ShownReport:
    """Every figure as people read it."""
    words = _words(language)
    sections = [
        (section, [_shown(one, words) for one in report.figures if one.section == section]) for section in SECTIONS
    ]
    lines = [(_title(topics, one.topic_id, language), one.asked, one.before) for one in report.topics]
    return ShownReport(report, sections, lines)


def _shown(one: Figure, w: Callable[..., str]) -> ShownFigure:
    number = "" if one.value is None else f"{one.value:g}" if one.kind == "median" else ""
    if one.kind != "median":
        number = _number(one, one.part, one.whole)
    empty = "" if number else w("report.not_counted" if one.kind == "not_counted" else "report.few")
    by = {"district": one.by_district, "role": one.by_role, "kind": one.by_kind}
    cells = {name: _cells(one, name, listed, w) for name, listed in by.items() if listed}
    title, of = w(f"figure.{one.section}.{one.name}"), w(f"denominator.{one.denominator}")
    return ShownFigure(title, of, number, _percent(one, one.part, one.whole), empty, cells)


def _cells(one: Figure, by: str, cells: tuple[Cell, ...], w: Callable[..., str]) -> list[ShownCell]:
    order = {zh: place for place, (zh, _) in enumerate(DISTRICTS)}
    listed = sorted(cells, key=lambda cell: (not cell.name, order.get(cell.name, 0)))
    return [
        ShownCell(
            cell_name(by, cell.name, w), _number(one, cell.part, cell.whole), _percent(one, cell.part, cell.whole)
        )
        for cell in listed
    ]


def _number(one: Figure, part: int | None, whole: int | None) -> str:
    if one.kind == "count":
        return "" if whole is None else f"{whole:,}"
    if part is None:
        return ""
    return f"{part:,}" if whole is None else f"{part:,} / {whole:,}"


def _percent(one: Figure, part: int | None, whole: int | None) -> str:
    if one.kind != "share" or part is None or not whole:
        return ""
    return f"{100 * part / whole:.1f}%"


def _words(language: Language) -> Callable[..., str]:
    districts = {f"district.{zh}": zh if language == "zh" else en for zh, en in DISTRICTS}

    def w(key: str, **values: str | int | date) -> str:
        return districts[key] if key in districts else word(key, language, values)

    return w


def _title(topics: Any, topic_id: str, language: Language) -> str:
    topic = topics.get(topic_id)
    return topic_id if topic is None else str(topic.title(language))


def drawn(name: str, report: Report, language: Language, topics: Any) -> bytes:
    """One picture as SVG, drawn once a process."""
    titles = tuple((one.topic_id, _title(topics, one.topic_id, language)) for one in report.topics)
    return _drawn(name, report, language, titles)


@lru_cache(maxsize=24)
def _drawn(name: str, report: Report, language: Language, titles: tuple[tuple[str, str], ...]) -> bytes:
    w = _words(language)
    names = ("weeks_title", "districts_title", "topics_title", "answer", "choices", "refused", "urgent", "none")
    words = {one: w(f"picture.{one}") for one in names}
    words |= {zh: w(f"district.{zh}") for zh, _ in DISTRICTS} | dict(titles)
    words["districts"] = "|".join(zh for zh, _ in DISTRICTS)
    return draw_picture(name, report, words)


def _asked_for(call: Call) -> Kept:
    quarter = call.path["quarter"]
    kept = _kept(call, quarter) if _QUARTER.fullmatch(quarter) else None
    if kept is None:
        raise Refusal("refused.no_report")
    return kept


def _kept(call: Call, quarter: str) -> Kept | None:
    with call.house.database.reading() as session:
        found = kept_report(session, quarter)
    return None if found is None else Kept(*found)


def _note(call: Call, action: str, report: Report) -> None:
    with call.transaction() as session:
        note_change_by(session, call.by, action, report.quarter, after={"final": report.final, "until": report.until})
