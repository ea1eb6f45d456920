"""The guide, or some topics of it, as a file to take along: the same forms that are read in again (`read_files`)."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from bot.curation.assembling import parts_of_texts
from bot.curation.entry_form import Texts
from bot.curation.import_pieces import FIELD_PARTS, PART_NAMES, PARTS, Piece
from bot.curation.imported_table import COLUMNS
from bot.errors import Refusal
from knowledge.topics import Language

FileForm = Literal["zip", "csv", "xlsx", "docx", "pdf"]
MEDIA_TYPES: dict[FileForm, str] = {
    "zip": "application/zip",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
MOST_TOPICS_PRINTED = 30
"""In Word or PDF: a file that somebody reads; the whole guide is taken along as a table or a folder."""

_TRAILING = re.compile(r"^(.*?)((?: \[@[A-Za-z0-9_]+\])+)$", re.DOTALL)
_FORMULA_BEGINS = ("=", "+", "-", "@", "\t")
_FIXED_TIME = (2000, 1, 1, 0, 0, 0)


def guide_file(form: FileForm, texts: Mapping[str, Texts], language: Language) -> bytes:
    """Topics as a file; columns and names of fields are in `language`.

    Raises: Refusal: too many topics for a file that is read, or a revision that is not of the form.
    """
    if form == "zip":
        return _zip_file(texts)
    if form in {"docx", "pdf"} and len(texts) > MOST_TOPICS_PRINTED:
        raise Refusal("refused.export_choose", most=MOST_TOPICS_PRINTED)
    pieces = {topic_id: pieces_of(topic_id, text) for topic_id, text in texts.items()}
    if form == "csv":
        return _csv_file(pieces, language)
    if form == "xlsx":
        return _xlsx_file(pieces, language)
    from bot.curation.printed_guide import docx_file, pdf_file

    return docx_file(pieces, language) if form == "docx" else pdf_file(pieces, language)


def pieces_of(topic_id: str, texts: Texts) -> list[Piece]:
    """A topic's lines, fields first, then the Chinese and the English text, then the wordings."""
    parts = parts_of_texts(topic_id, texts)
    if parts is None:
        raise Refusal("refused.export_form", topic=topic_id)
    fields = [piece for part in FIELD_PARTS for piece in parts.get((part, ""), ())]
    sides = [
        piece
        for wanted in (PARTS[len(FIELD_PARTS) : -1], PARTS[-1:])
        for language in ("zh", "en")
        for part in wanted
        for piece in parts.get((part, language), ())
    ]
    return [*fields, *sides]


def _zip_file(texts: Mapping[str, Texts]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for topic_id, text in texts.items():
            path = topic_id.replace(".", "/", 1)
            members = {
                f"guide/{path}.md": text.entry,
                f"wordings/zh/{path}.txt": text.wordings_zh,
                f"wordings/en/{path}.txt": text.wordings_en,
            }
            for name, content in members.items():
                if content:
                    archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def table_rows(pieces: Mapping[str, Sequence[Piece]], language: Language) -> Iterator[tuple[str, ...]]:
    """Every line of every topic as a row in the columns of `imported_table.COLUMNS`; what looks like a formula is marked."""
    unit = "个月" if language == "zh" else " months"
    for topic_id, lines in pieces.items():
        for piece in lines:
            text, sources = piece.text, ""
            match = _TRAILING.match(text) if piece.part not in {*FIELD_PARTS, "wording"} else None
            if match is not None:
                text, sources = match[1], " ".join(re.findall(r"\[@([A-Za-z0-9_]+)\]", match[2]))
            if piece.part == "source":
                sources = piece.key
            months = f"{piece.key}{unit}" if piece.part == "by_age" else ""
            name = PART_NAMES[language][piece.part]
            yield topic_id, piece.language, name, months, _harmless(text), sources


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; the mark is taken off when the table comes back."""
    return f"'{cell}" if cell.startswith(_FORMULA_BEGINS) else cell


def _csv_file(pieces: Mapping[str, Sequence[Piece]], language: Language) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS[language])
    writer.writerows(table_rows(pieces, language))
    return file.getvalue().encode("utf-8-sig")  # the mark is what makes Excel read Chinese


def _xlsx_file(pieces: Mapping[str, Sequence[Piece]], language: Language) -> bytes:
    from openpyxl import Workbook  # takes 15 MB: only who asks for the file pays
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet("guide")
    for letter, width in zip("ABCDEF", (26, 8, 16, 14, 90, 24), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    heads = [WriteOnlyCell(sheet, name) for name in COLUMNS[language]]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    for row in table_rows(pieces, language):
        sheet.append([cell or None for cell in row])  # an empty text would be a cell too: a third of them all
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
