"""Tables as people's spreadsheets write them: CSV with names in the first line."""

import csv
from collections.abc import Iterable
from pathlib import Path


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by the names in its first line, as people's spreadsheets write it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return rows_of_table(file)


def rows_of_table(lines: Iterable[str]) -> list[dict[str, str]]:
    """The rows of a CSV text by the names in its first line."""
    rows = csv.DictReader(lines, restkey="(too many cells)")
    return [{str(name): value if isinstance(value, str) else "" for name, value in row.items()} for row in rows]
