"""Files that staff might bring, good and bad, made by the libraries themselves."""

import io
import struct
import zipfile
import zlib

from docx import Document
from openpyxl import Workbook

TOPIC = "care.teeth"
HEADER = ("主题编号", "语言", "栏目", "月龄", "内容", "出处")
ROW = (TOPIC, "zh", "简答", "", "长颈鹿牙刷早晚各刷一次。", "CNDENT")


def a_csv(*rows: tuple[str, ...], encoding: str = "utf-8-sig", header: tuple[str, ...] = HEADER) -> bytes:
    """A table as a spreadsheet would write it."""
    return "\r\n".join(",".join(row) for row in (header, *(rows or (ROW,)))).encode(encoding)


def an_xlsx(*rows: tuple[object, ...], header: tuple[str, ...] = HEADER) -> bytes:
    book = Workbook()
    for row in (header, *(rows or (ROW,))):
        book.active.append(row)
    return saved(book)


def a_docx(*lines: tuple[str, str]) -> bytes:
    """A Word file of lines with their styles."""
    document = Document()
    for text, style in lines or ((f"编号：{TOPIC}", ""), ("简答", "Heading 2"), (f"{ROW[4]} [@CNDENT]", "")):
        document.add_paragraph(text, style=style or None)
    return saved(document)


def a_pdf(*pages: tuple[str, ...]) -> bytes:
    """A PDF of lines, page by page."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    file = io.BytesIO()
    canvas = Canvas(file)
    for lines in pages or ((f"编号：{TOPIC}", "## 简答", f"{ROW[4]} [@CNDENT]"),):
        canvas.setFont("STSong-Light", 11)
        for number, line in enumerate(lines):
            canvas.drawString(50, 800 - 20 * number, line)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def an_encrypted_pdf() -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(a_pdf())))
    writer.encrypt("secret", algorithm="RC4-128")
    return saved(writer, "write")


def a_scanned_pdf() -> bytes:
    """A page that is a picture."""
    from reportlab.pdfgen.canvas import Canvas

    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.rect(100, 100, 300, 500, fill=1)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def a_zip(members: dict[str, bytes | str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def with_member(content: bytes, name: str, member: bytes | str) -> bytes:
    """An Office file with one more, or another, member."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {one: archive.read(one) for one in archive.namelist()}
    return a_zip({**members, name: member})


def with_declaration(content: bytes, name: str) -> bytes:
    """An Office file whose part grows by entities, the billion laughs."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read(name).decode()
    entities = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    head, _, rest = text.partition("?>")
    return with_member(content, name, f"{head}?>{entities}{rest}")


def a_bomb(megabytes: int) -> bytes:
    """A zip of one entry that grows a thousandfold."""
    return a_zip({"guide/care/teeth.md": b"0" * (megabytes * 1_000_000)})


def a_lying_bomb() -> bytes:
    """A zip whose directory says that its member has ten bytes; it has thirty million."""
    content = b"0" * 30_000_000
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    name = b"guide/care/teeth.md"
    sizes = struct.pack("<LLL", zlib.crc32(content), len(packed), 10)
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sizes + struct.pack("<HH", len(name), 0) + name
    central = (
        b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33) + sizes
        + struct.pack("<HHHHHLL", len(name), 0, 0, 0, 0, 0, 0) + name
    )  # fmt: skip
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(central), len(local) + len(packed), 0)
    return local + packed + central + end


def a_symlink_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        link = zipfile.ZipInfo("guide/care/teeth.md")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return file.getvalue()


def an_encrypted_zip() -> bytes:
    """A zip whose member says that it is encrypted."""
    content = bytearray(a_zip({"guide/care/teeth.md": "---\n"}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def an_encrypted_office_file() -> bytes:
    """The beginning of a Word file with a password: an OLE container with an encrypted package."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 1_000 + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 100
    )


def a_tracked_docx() -> bytes:
    content = a_docx()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read("word/document.xml").decode()
    added = '<w:p><w:ins w:id="1" w:author="x"><w:r><w:t>一句新加的</w:t></w:r></w:ins></w:p><w:sectPr'
    return with_member(content, "word/document.xml", text.replace("<w:sectPr", added, 1))


def a_docx_with_a_control() -> bytes:
    content = a_docx()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read("word/document.xml").decode()
    added = "<w:sdt><w:sdtContent><w:p><w:r><w:t>控件里的一句</w:t></w:r></w:p></w:sdtContent></w:sdt><w:sectPr"
    return with_member(content, "word/document.xml", text.replace("<w:sectPr", added, 1))


def saved(document: object, method: str = "save") -> bytes:
    file = io.BytesIO()
    getattr(document, method)(file)
    return file.getvalue()
