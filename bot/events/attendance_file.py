"""The attendance of an event as a spreadsheet. The one place that knows openpyxl."""

import io

from openpyxl import Workbook
from openpyxl.styles import Font

from bot.events.door_list import harmless

WIDTHS = {"name": 24, "arrived_at": 18, "code": 12, "by": 14, "door": 14}


def attendance_xlsx(title: str, table: list[tuple[str | int, ...]]) -> bytes:
    """The table with its heading in bold; texts stay texts, also those that look like formulas."""
    book = Workbook()
    sheet = book.active
    if sheet is None:
        message = "a fresh workbook has a sheet"
        raise RuntimeError(message)
    sheet.title = "".join(sign for sign in title if sign not in "[]:*?/\\")[:31] or "attendance"
    for row in table:
        sheet.append([harmless(cell) for cell in row])
    for cell, name in zip(sheet[1], table[0], strict=True):
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = WIDTHS.get(str(name), 10)
    sheet.freeze_panes = "A2"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
