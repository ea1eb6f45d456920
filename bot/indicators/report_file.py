"""The quarterly report as a spreadsheet, one line a cell, with the note on method in front."""

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from bot.indicators.figures import Cell, Figure, Report

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Word = Callable[..., str]
"""A sentence by its key, in the reader's language."""

HEADINGS = ("section", "figure", "by", "cell", "part", "whole", "share", "denominator", "note")
_WIDTHS = (10, 44, 10, 14, 10, 10, 10, 34, 60)


def report_xlsx(report: Report, word: Word, topic_title: Callable[[str], str]) -> bytes:
    """The report in the language of `word`; an empty cell is one that may not be told."""
    from openpyxl import Workbook  # takes 15 MB: only who asks for the file pays

    book = Workbook()
    method = book.active
    if method is None:
        message = "a fresh workbook has a sheet"
        raise RuntimeError(message)
    method.title = word("report.method_sheet")
    _method(method, report, word)
    _table(
        book.create_sheet(word("report.figures_sheet")),
        [word(f"report.{one}") for one in HEADINGS],
        _lines(report, word),
        _WIDTHS,
    )
    topics = [[topic_title(one.topic_id), one.asked, one.before] for one in report.topics]
    heads = [word("report.topic"), word("report.asked"), word("report.before")]
    _table(book.create_sheet(word("report.topics_sheet")), heads, topics, (40, 14, 16))
    weeks = [[week.on.isoformat(), week.answer, week.choices, week.refused, week.urgent] for week in report.weeks]
    heads = [word("report.week"), *(word(f"picture.{one}") for one in ("answer", "choices", "refused", "urgent"))]
    _table(book.create_sheet(word("report.weeks_sheet")), heads, weeks, (14, 12, 12, 12, 12))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def method_lines(report: Report, word: Word) -> list[str]:
    """The note on method, a sentence a line, for page and spreadsheet alike."""
    first = [word("report.span", since=report.since, until=report.until)]
    if report.demo:
        first.insert(0, word("demo.banner"))
    if not report.final:
        first.append(word("report.preliminary"))
    estimate = word("report.estimate", source=report.estimate) if report.estimate else word("report.no_estimate")
    return [*first, *(word(f"method.{number}") for number in range(1, 8)), estimate]


def _method(sheet: "Worksheet", report: Report, word: Word) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.append([word("report.title", quarter=report.quarter)])
    sheet["A1"].font = Font(bold=True, size=14)
    for line in method_lines(report, word):
        sheet.append([line])
    sheet.column_dimensions["A"].width = 110
    for row in sheet.iter_rows():
        row[0].alignment = Alignment(wrap_text=True, vertical="top")


def _lines(report: Report, word: Word) -> list[list[str | int | float | None]]:
    lines: list[list[str | int | float | None]] = []
    for one in report.figures:
        named = [one.section, word(f"figure.{one.section}.{one.name}")]
        denominator = word(f"denominator.{one.denominator}")
        note = word("report.not_counted") if one.kind == "not_counted" else ""
        part = one.value if one.kind == "median" else one.part
        lines.append([*named, "", "", part, one.whole, _share(one, one.part, one.whole), denominator, note])
        for by, cells in (("district", one.by_district), ("role", one.by_role), ("kind", one.by_kind)):
            lines += [_cell_line(named, one, by, cell, denominator, word) for cell in cells]
    return lines


def _cell_line(
    named: list[str], figure: Figure, by: str, cell: Cell, denominator: str, word: Word
) -> list[str | int | float | None]:
    name = cell_name(by, cell.name, word)
    return [
        *named,
        word(f"by.{by}"),
        name,
        cell.part,
        cell.whole,
        _share(figure, cell.part, cell.whole),
        denominator,
        "",
    ]


def cell_name(by: str, name: str, word: Word) -> str:
    """A part of a figure as people say it; districts keep their Chinese name in Chinese, and are spelt in English."""
    if not name:
        return word("cell.unknown")
    return word(f"district.{name}") if by == "district" else word(f"cell.{name}")


def _share(figure: Figure, part: int | None, whole: int | None) -> float | None:
    return round(part / whole, 4) if figure.kind in {"share", "plain"} and part is not None and whole else None


def _table(
    sheet: "Worksheet", heads: Sequence[str], rows: Sequence[Sequence[str | int | float | None]], widths: Sequence[int]
) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.append(list(heads))
    for row in rows:
        sheet.append(list(row))
    for cell, width in zip(sheet[1], widths, strict=True):
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = width
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if cell.column_letter == "G" and isinstance(cell.value, float):
                cell.number_format = "0.0%"
    sheet.freeze_panes = "A2"
