"""Topics as files that people read and write in: Word, and PDF with the marks that let it be read in again."""

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy

from bot.curation.import_pieces import FIELD_PARTS, PART_NAMES, Piece, part_named
from bot.curation.imported_markdown import band_of
from bot.curation.text_lines import Look, joined
from knowledge.entry_file import HEADINGS
from knowledge.topics import Language

_ID_NAME: dict[Language, str] = {"zh": "编号：", "en": "ID: "}
_BULLETED = frozenset({"do", "dont", "see_doctor", "call_120", "wording"})
_TOKEN = re.compile(r"[!-~]+ *|.", re.DOTALL)
_FONT = "STSong-Light"
_PAGE = (595.0, 842.0)
_MARGIN = 50.0
_SIZE = 10.5
_LEADING = 16.0


def lines_of(topic_id: str, pieces: Sequence[Piece], language: Language) -> Iterator[tuple[str, Look]]:
    """A topic line by line, with what each line is."""
    yield f"{_ID_NAME[language]}{topic_id}", ""
    mark = "：" if language == "zh" else ": "
    for piece in pieces:
        if piece.part in FIELD_PARTS:
            text = f"{piece.key}, {piece.text}" if piece.part == "source" else piece.text
            yield f"{PART_NAMES[language][piece.part]}{mark}{text}", ""
    part, band = ("", ""), ""
    for piece in pieces:
        if piece.part in FIELD_PARTS:
            continue
        if piece.part == "title":
            yield piece.text, "title"
            continue
        side: Language = "zh" if piece.language == "zh" else "en"
        if (piece.part, piece.language) != part:
            part, band = (piece.part, piece.language), ""
            yield PART_NAMES[side][piece.part], "section"
        if piece.key != band:
            band = piece.key
            yield f"{band}{'个月' if side == 'zh' else ' months'}", "band"
        yield piece.text, "bullet" if piece.part in _BULLETED else ""


def docx_file(pieces: Mapping[str, Sequence[Piece]], language: Language) -> bytes:
    """A Word file, a page a topic."""
    from docx import Document
    from docx.text.paragraph import Paragraph

    document = Document()
    styles = {"title": "Heading 1", "section": "Heading 2", "band": "Heading 3", "bullet": "List Bullet", "": "Normal"}
    shapes = {look: document.add_paragraph(style=style) for look, style in styles.items()}
    end = document.element.body.sectPr
    for topic_id, lines in pieces.items():
        for number, (text, look) in enumerate(lines_of(topic_id, lines, language)):
            element = deepcopy(shapes[look]._p)  # noqa: SLF001 - `add_paragraph` looks its style up anew, 3 ms each
            end.addprevious(element)
            paragraph = Paragraph(element, shapes[look]._parent)  # noqa: SLF001 - as the line above
            paragraph.add_run(text)
            paragraph.paragraph_format.page_break_before = True if number == 0 else None
    for shape in shapes.values():
        document.element.body.remove(shape._p)  # noqa: SLF001 - as above
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def pdf_file(pieces: Mapping[str, Sequence[Piece]], language: Language) -> bytes:
    """A PDF, a topic from the top of a page. Its letters are those that every reader has for Chinese; none is shipped."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=_PAGE, invariant=True)
    marks: dict[Look, str] = {"title": "# ", "section": "## ", "band": "### ", "bullet": "- ", "": ""}

    def width(text: str) -> float:
        return float(pdfmetrics.stringWidth(text, _FONT, _SIZE))

    for topic_id, lines in pieces.items():
        down = _PAGE[1] - _MARGIN
        canvas.setFont(_FONT, _SIZE)
        for text, look in lines_of(topic_id, lines, language):
            for line in wrapped(f"{marks[look]}{text}", _PAGE[0] - 2 * _MARGIN, width):
                if down < _MARGIN:
                    canvas.showPage()
                    canvas.setFont(_FONT, _SIZE)
                    down = _PAGE[1] - _MARGIN
                canvas.drawString(_MARGIN, down, line)
                down -= _LEADING
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def wrapped(text: str, most: float, width: Callable[[str], float]) -> list[str]:
    """A line cut to a width, between words in English, between signs in Chinese; no piece looks like a line of its own."""
    lines: list[list[str]] = [[]]
    for token in _TOKEN.findall(text):
        if lines[-1] and width("".join([*lines[-1], token]).rstrip()) > most:
            lines.append([])
        lines[-1].append(token)
    for at in range(len(lines) - 1, 0, -1):
        while len(lines[at - 1]) > 1 and _misleads("".join(lines[at - 1]), "".join(lines[at])):
            lines[at].insert(0, lines[at - 1].pop())
    return ["".join(line).strip() for line in lines]


def _misleads(before: str, line: str) -> bool:
    """Whether a line would be read as something of its own, or joined to the one before otherwise than it was cut."""
    text = line.strip()
    if joined(before.strip(), text) != (before + line).strip():
        return True
    name = re.split("[:：]", text, maxsplit=1)[0]
    begins = re.match(r"^([-*•·●▪◦‣–#—\uf0b7]|\d{1,4}$)", text) is not None
    return begins or part_named(name) is not None or band_of(text) is not None or name in HEADINGS["zh"]
