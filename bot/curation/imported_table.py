"""A table, CSV or XLSX, as pieces: a row is one line of one topic. The one place here that reads a spreadsheet.

Formulas are refused, not computed: what stands in the cell must be what a parent reads.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bot.curation.import_pieces import (
    CLEARABLE,
    FIELD_PARTS,
    ID_NAMES,
    WHOLE_FILE,
    Brought,
    Part,
    Place,
    part_named,
    parts_in_words,
)
from bot.curation.imported_markdown import TOPIC_ID, band_of, without_bullet
from bot.errors import Refusal
from knowledge.topics import Language

COLUMNS: dict[Language, tuple[str, ...]] = {
    "zh": ("主题编号", "语言", "栏目", "月龄", "内容", "出处"),
    "en": ("topic", "language", "part", "months", "text", "sources"),
}
LANGUAGE_NAMES: dict[str, Language] = {
    "zh": "zh",
    "中文": "zh",
    "chinese": "zh",
    "en": "en",
    "英文": "en",
    "english": "en",
}
MOST_ROWS = 100_000
MOST_CELL_CHARACTERS = 20_000
_NEEDED = (0, 2, 4)
_FORMULA_SIGNS = ("'=", "'+", "'-", "'@", "'\t")

Cell = str | float | bool | date | datetime | None


def read_csv(text: str, file: str) -> Brought:
    """A CSV table; commas, semicolons or tabs stand between its cells, whichever its first row has most of."""
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(max(MOST_CELL_CHARACTERS * 10, 131_072))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise Refusal("refused.import_broken", file=file) from error
    for number, row in enumerate(rows, start=1):
        for cell in row:
            if cell.startswith("="):
                raise Refusal("refused.import_formula", file=file, row=number)
    return _read(enumerate(rows, start=1), file)


def read_xlsx(path: Path, file: str) -> Brought:
    """The first sheet of a workbook that was looked through (see `safe_archive`)."""
    from openpyxl import load_workbook  # takes 15 MB: only who brings a workbook pays
    from openpyxl.utils.exceptions import InvalidFileException

    rows: list[tuple[int, list[Cell]]] = []
    try:
        with path.open("rb") as stream:  # a path would be judged by its name
            book = load_workbook(stream, read_only=True, data_only=False, keep_links=False)
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            if sheets:
                sheets[0].reset_dimensions()
                for number, row in enumerate(sheets[0].iter_rows(), start=1):
                    _refuse_row(number, row, file)
                    rows.append((number, [cell.value for cell in row]))
    except (InvalidFileException, SyntaxError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise Refusal("refused.import_broken", file=file) from error
    brought = _read(rows, file)
    for sheet in sheets[1:]:
        brought.fault(
            Place(file, "file"),
            "",
            f"only the first sheet is read; copy what is on {sheet.title!r} into it or delete it",
        )
    return brought


def _refuse_row(number: int, row: Sequence[Any], file: str) -> None:
    if number > MOST_ROWS:
        raise Refusal("refused.import_rows", file=file, most=MOST_ROWS)
    if any(cell.data_type in {"f", "e"} for cell in row):  # an error is what is left of a formula
        raise Refusal("refused.import_formula", file=file, row=number)


def _read(rows: Iterable[tuple[int, Sequence[Cell]]], file: str) -> Brought:
    brought = Brought()
    columns: list[int | None] | None = None
    for number, row in rows:
        if number > MOST_ROWS:
            raise Refusal("refused.import_rows", file=file, most=MOST_ROWS)
        if not any(cell not in {None, ""} for cell in row):
            continue
        if columns is None:
            columns = _columns(row)
            if any(columns[place] is None for place in _NEEDED):
                needed = [", ".join(COLUMNS[language]) for language in ("zh", "en")]
                raise Refusal("refused.import_columns", file=file, zh=needed[0], en=needed[1])
            continue
        cells = [row[place] if place is not None and place < len(row) else None for place in columns]
        _take_row(cells, Place(file, "row", number), brought)
    if columns is None:
        raise Refusal("refused.import_empty", file=file)
    return brought


def _columns(header: Sequence[Cell]) -> list[int | None]:
    names = [_text(cell).casefold() for cell in header]
    wanted = [{zh, en, *(ID_NAMES if en == "topic" else ())} for zh, en in zip(*COLUMNS.values(), strict=True)]
    return [next((place for place, name in enumerate(names) if name in known), None) for known in wanted]


def _take_row(cells: Sequence[Cell], place: Place, brought: Brought) -> None:
    topic, language_name, part_name, months, text, sources = (_text(cell) for cell in cells)
    if not TOPIC_ID.match(topic):
        message = f"there is no topic id in the first column ({topic[:40]!r}); write one like care.teeth in every row"
        brought.fault(place, WHOLE_FILE, message)
        return
    named = part_named(part_name)
    if named is None:
        brought.fault(place, topic, f"part {part_name[:40]!r} is not known; write one of: {parts_in_words()}")
        return
    part, given = named
    language = LANGUAGE_NAMES.get(language_name.casefold()) or given
    if part not in FIELD_PARTS and not language:
        brought.fault(place, topic, f"language {language_name[:40]!r} is not known; write zh or en")
        return
    if len(text) > MOST_CELL_CHARACTERS:
        brought.fault(place, topic, f"a cell of more than {MOST_CELL_CHARACTERS} characters; one row is one line")
        return
    if isinstance(cells[3], date) or (part == "by_age" and band_of(months) is None):
        message = f"months {months[:40]!r} is no age band; set the column to text and write it like '6-12个月'"
        brought.fault(place, topic, message)
        return
    if part == "source":
        if not sources:
            brought.fault(place, topic, "a source without its id; write the id in the column of sources")
            return
        brought.add(place, topic, part, "", sources, text)
        return
    if not text and part not in CLEARABLE:
        brought.fault(place, topic, "the text is empty; write it, or delete the row")
        return
    _take_text(place, topic, part, language if part not in FIELD_PARTS else "", (months, text, sources), brought)


def _take_text(
    place: Place, topic: str, part: Part, language: str, cells: tuple[str, str, str], brought: Brought
) -> None:
    months, text, sources = cells
    cited = "".join(f" [@{one}]" for one in sources.replace(",", " ").replace("，", " ").replace("、", " ").split())
    key = band_of(months) or "" if part == "by_age" else ""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) > 1:
        brought.fault(place, topic, "a line break inside a cell; one row is one line, so make a row of each")
        return
    bare = without_bullet(lines[0]) if lines and part not in FIELD_PARTS and part != "title" else text.strip()
    brought.add(place, topic, part, "zh" if language == "zh" else "en" if language else "", key, f"{bare}{cited}")


def _text(cell: Cell) -> str:
    """A cell as it reads; a number without its decimals where it has none, a date as 2026-11-24."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell).strip().replace("\r\n", "\n").replace("\r", "\n")
    return text[1:] if text.startswith(_FORMULA_SIGNS) else text
