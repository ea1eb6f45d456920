"""A PDF as pieces, page by page. The one place that reads PDF; nothing in it is run or opened."""

import re
from pathlib import Path

from bot.curation.import_pieces import WHOLE_FILE, Brought, Place
from bot.curation.text_lines import TextReader
from bot.errors import Refusal

MOST_PAGES = 1_000
_PAGE_NUMBER = re.compile(
    r"^(?:[-–—]\s*)?(?:第\s*|page\s+)?(\d{1,4})(?:\s*页)?(?:\s*(?:/|of|共)\s*\d{1,4}\s*页?)?(?:\s*[-–—])?$",
    re.IGNORECASE,
)


def read_pdf(path: Path, file: str) -> Brought:
    """The text of a PDF.

    Raises: Refusal: it is encrypted, broken, too long, or holds no text (a scan).
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    brought = Brought()
    reader = TextReader(brought, wraps=True)
    found = False
    try:
        document = PdfReader(path)
        if document.is_encrypted:
            raise Refusal("refused.import_encrypted", file=file)
        if len(document.pages) > MOST_PAGES:
            raise Refusal("refused.import_pages", file=file, most=MOST_PAGES)
        for number, page in enumerate(document.pages, start=1):
            place = Place(file, "page", number)
            text = page.extract_text()
            if any(_is_unreadable(sign) for sign in text):
                message = "characters of this page cannot be read; make the PDF anew from Word, or bring the Word file"
                brought.fault(place, WHOLE_FILE, message)
                text = "".join(" " if _is_unreadable(sign) else sign for sign in text)
            if not text.strip() and "/XObject" in (page.get("/Resources") or {}):
                message = "this page is a picture without text; type its text, or bring the Word file"
                brought.fault(place, WHOLE_FILE, message)
            found = found or bool(text.strip())
            for line in _without_page_number(text, number):
                reader.feed(place, line)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError) as error:
        raise Refusal("refused.import_broken", file=file) from error
    if not found:
        raise Refusal("refused.import_scanned", file=file)
    reader.finish()
    return brought


def _is_unreadable(sign: str) -> bool:
    """Signs that stand for a letter nobody can name, but for the bullet of Word's symbol font."""
    private = "\ue000" <= sign <= "\uf8ff" and sign != "\uf0b7"
    return private or sign == "\ufffd" or (sign < " " and sign not in "\t\n\r\f\v")


def _without_page_number(text: str, number: int) -> list[str]:
    """The lines of a page; its own number, alone in its first or last line, is no text."""
    lines = [line for line in text.split("\n") if line.strip()]
    for at in (0, -1):
        match = _PAGE_NUMBER.match(lines[at].strip()) if lines else None
        if match is not None and int(match[1]) == number:
            del lines[at]
    return lines
