"""Cut a table of records into rows: CSV (from a spreadsheet too), tab-separated, or JSON. Pure.

Columns have Chinese and English names: `code` or `name` says which vaccine or check-up, `on` the day, `status` what
happened, `number` which dose. What a row says is read by `record_rows`.
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.errors import Refusal

MOST_BYTES = 200_000
MOST_ROWS = 400

_COLUMNS: dict[str, str] = {
    name: column
    for column, names in {
        "child": "child 孩子编号",
        "kind": "kind 类型 类别",
        "code": "code 代码 编码",
        "number": "number dose no 剂次 针次 第几剂",
        "name": "name vaccine 名称 疫苗 疫苗名称 项目",
        "status": "status how 状态 情况",
        "on": "on date day 日期 接种日期 时间",
    }.items()
    for name in names.split()
}


@dataclass(frozen=True)
class RecordTable:
    """A table cut into rows, not judged yet. `counted`: what the rows' numbers count, lines of a file or JSON records.

    `unread_columns`: what it holds beside the columns that are known.
    """

    rows: tuple[tuple[int, Mapping[str, str]], ...]
    counted: Literal["line", "record"]
    unread_columns: tuple[str, ...] = ()

    @property
    def children(self) -> tuple[str, ...]:
        """The children's ids that the rows name, each once; an empty one for rows that name none."""
        return tuple(dict.fromkeys(cells.get("child", "") for _, cells in self.rows))


def text_of(content: bytes) -> str:
    """The text of a file as spreadsheets save it: UTF-8, UTF-16 with its mark, or GB 18030.

    Raises: Refusal: it is too large, or no text.
    """
    if len(content) > MOST_BYTES:
        raise Refusal("import.too_large", most=MOST_BYTES // 1000)
    encodings = ("utf-16",) if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Refusal("import.no_table")


def is_record_table(text: str) -> bool:
    """Whether a text is meant as a table of records: its first line names our columns, or it is JSON with records."""
    text = text.lstrip("\ufeff \r\n\t")
    if text[:1] in {"{", "["}:
        return '"records"' in text or '"on"' in text
    first = next(iter(text.splitlines()), "")
    return _is_head(first.replace('"', "").split(_delimiter(first)))


def cut_table(text: str) -> RecordTable:
    """Cut a text into rows.

    Raises: Refusal: it is no table of records, broken, empty, or too long.
    """
    text = text.lstrip("\ufeff \r\n\t")
    is_json = text[:1] in {"{", "["}
    rows, unread = _json_rows(text) if is_json else _csv_rows(text)
    if not rows:
        raise Refusal("import.empty")
    if len(rows) > MOST_ROWS:
        raise Refusal("import.too_long", most=MOST_ROWS)
    return RecordTable(tuple(rows), "record" if is_json else "line", unread)


def _csv_rows(text: str) -> tuple[list[tuple[int, Mapping[str, str]]], tuple[str, ...]]:
    lines = text.splitlines(keepends=True)
    reader = csv.reader(io.StringIO("".join(lines)), delimiter=_delimiter(lines[0] if lines else ""))
    try:
        head = [cell.strip() for cell in next(reader, [])]
        if not _is_head(head):
            raise Refusal("import.no_table")
        rows: list[tuple[int, Mapping[str, str]]] = []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                named = zip((_COLUMNS.get(cell.lower()) for cell in head), cells, strict=False)
                rows.append((reader.line_num, {column: cell.strip() for column, cell in named if column}))
    except csv.Error as error:
        raise Refusal("import.broken", line=reader.line_num) from error
    return rows, tuple(cell for cell in head if cell and cell.lower() not in _COLUMNS)


def _json_rows(text: str) -> tuple[list[tuple[int, Mapping[str, str]]], tuple[str, ...]]:
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise Refusal("import.broken", line=error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise Refusal("import.no_table") from error
    records = raw.get("records") if isinstance(raw, dict) else raw
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise Refusal("import.no_table")
    unread = dict.fromkeys(str(key) for one in records for key in one if str(key).lower() not in _COLUMNS)
    return [(number, _cells(one)) for number, one in enumerate(records, start=1)], tuple(unread)


def _cells(record: Mapping[str, Any]) -> dict[str, str]:
    return {
        _COLUMNS[str(key).lower()]: "" if value is None else str(value).strip()
        for key, value in record.items()
        if str(key).lower() in _COLUMNS
    }


def _is_head(cells: list[str]) -> bool:
    columns = {_COLUMNS.get(cell.strip().lower()) for cell in cells}
    return "on" in columns and bool(columns & {"code", "name"})


def _delimiter(line: str) -> str:
    return max(",\t;，；", key=line.count)
