"""A Word file as pieces. The one place here that reads Word.

What the reader would lose without a word is refused instead: tracked changes, text boxes, footnotes, content controls
with text in them.
"""

from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile

from bot.curation.import_pieces import Brought, Place
from bot.curation.text_lines import Look, TextReader
from bot.errors import Refusal

_LOST = ("w:ins", "w:del", "w:moveFrom", "w:moveTo", "w:txbxContent", "w:footnoteReference", "w:endnoteReference")
_CONTROL, _TEXT = "w:sdt", "w:t"
_LOOKS: dict[str, Look] = {"title": "title", "heading 1": "title", "heading 2": "section", "heading 3": "band"}


def read_docx(path: Path, file: str) -> Brought:
    """A file that was looked through (see `safe_archive`).

    Raises: Refusal: it cannot be read, or holds what would be lost.
    """
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError

    brought = Brought()
    reader = TextReader(brought, wraps=False)
    try:
        document = Document(str(path))
        body = document.element.body
        controlled = (text.text for control in body.iter(_tag(_CONTROL)) for text in control.iter(_tag(_TEXT)))
        if any(next(body.iter(_tag(name)), None) is not None for name in _LOST) or any(controlled):
            raise Refusal("refused.import_tracked", file=file)
        number = 0
        for number, (text, look) in enumerate(_lines(document), start=1):
            for line in text.split("\n"):
                reader.feed(Place(file, "paragraph", number), line, look)
    except (PackageNotFoundError, BadZipFile, SyntaxError, KeyError, ValueError, AttributeError) as error:
        raise Refusal("refused.import_broken", file=file) from error
    reader.finish()
    if not brought.pieces and not brought.faults:
        raise Refusal("refused.import_empty", file=file)
    return brought


def _tag(name: str) -> str:
    from docx.oxml.ns import qn

    return qn(name)


def _lines(document: object) -> Iterator[tuple[str, Look]]:
    """Every paragraph in order; a row of a table is the line 'first: the rest'."""
    from docx.table import Table

    looks = {
        style.style_id: _LOOKS.get(
            (style.name or "").lower(), "bullet" if (style.name or "").startswith("List") else ""
        )
        for style in document.styles  # type: ignore[attr-defined]
    }
    for block in document.iter_inner_content():  # type: ignore[attr-defined] # docx has no public type of a document
        if isinstance(block, Table):
            for row in block.rows:
                cells = list(dict.fromkeys(cell.text.strip() for cell in row.cells))
                yield ": ".join([cells[0], ", ".join(cells[1:])]) if cells[1:] else cells[0], ""
        else:
            paragraph = block._p  # noqa: SLF001 - looking a style up by its name takes a thousand times as long
            listed = paragraph.pPr is not None and paragraph.pPr.numPr is not None
            yield block.text, looks.get(paragraph.style or "", "") or ("bullet" if listed else "")
