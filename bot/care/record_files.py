"""The records as files to take along: CSV that opens in a spreadsheet, and JSON. Pure. `record_table` reads both back.

Days are ISO dates. `number` is empty for a dose that was given: which one of its series it is the calendar counts.
"""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date

from bot.care.care_names import record_name
from bot.care.record_values import DoseEntry, Record
from bot.messages import Attachment
from knowledge.load_calendars import Calendars
from knowledge.topics import Language

CSV_HEAD = ("kind", "code", "number", "name", "status", "on")
JSON_FORMAT = "qihui-records"


def record_rows(
    records: Sequence[Record], calendars: Calendars, language: Language
) -> list[dict[str, str | int | None]]:
    """The records as plain rows, the earliest day first, those without a day last."""
    ordered = sorted(records, key=lambda one: (one.on or date.max, one.code, number_of(one) or 0))
    return [
        {
            "kind": "dose" if isinstance(one, DoseEntry) else "visit",
            "code": one.code,
            "number": number_of(one),
            "name": record_name(one, calendars, language),
            "status": one.how,
            "on": one.on.isoformat() if one.on else None,
        }
        for one in ordered
    ]


def csv_text(rows: Sequence[dict[str, str | int | None]], head: Sequence[str] = CSV_HEAD) -> str:
    """Rows as CSV, with the mark by which spreadsheets know UTF-8."""
    file = io.StringIO()
    writer = csv.DictWriter(file, head, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return "\ufeff" + file.getvalue()


def json_text(rows: Sequence[dict[str, str | int | None]]) -> str:
    """Rows as JSON, one record a line."""
    lines = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in rows)
    return f'{{"format": "{JSON_FORMAT}", "version": 1, "records": [\n{lines}\n]}}\n'


def csv_file(records: Sequence[Record], calendars: Calendars, language: Language) -> Attachment:
    """The records as a table."""
    text = csv_text(record_rows(records, calendars, language))
    return Attachment("qihui-records.csv", "text/csv", text.encode())


def json_file(records: Sequence[Record], calendars: Calendars, language: Language) -> Attachment:
    """The records as JSON."""
    text = json_text(record_rows(records, calendars, language))
    return Attachment("qihui-records.json", "application/json", text.encode())


def number_of(record: Record) -> int | None:
    """Which dose or visit of its code; None for a dose whose place the calendar counts."""
    return record.dose if isinstance(record, DoseEntry) else record.number
