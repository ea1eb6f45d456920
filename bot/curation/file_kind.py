"""What a file is, judged by its contents; a name that says otherwise is refused."""

import zipfile
from pathlib import Path, PurePosixPath
from typing import Literal

from bot.curation.safe_archive import look_through
from bot.errors import Refusal

FileKind = Literal["md", "txt", "csv", "xlsx", "docx", "pdf", "zip"]
_ENDINGS: dict[str, FileKind] = {
    ".md": "md", ".markdown": "md", ".txt": "txt", ".csv": "csv", ".xlsx": "xlsx", ".docx": "docx", ".pdf": "pdf", ".zip": "zip",
}  # fmt: skip
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_HEAD_BYTES = 4_096
_OTHER_TEXT = (b"<!doctype", b"<html", b"<?xml", b"{\\rtf", b"<svg", b"<script")


def kind_of(path: Path, file: str) -> FileKind:
    """The kind of a file.

    Raises: Refusal: it is empty, of no kind that is read here, encrypted, of an old format, or not what its name says.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise Refusal("refused.import_empty", file=file)
    said = _ENDINGS.get(PurePosixPath(file.replace("\\", "/")).suffix.lower())
    kind = _by_content(path, file, head)
    if kind is None:  # a text: its name says which
        if said not in {"md", "txt", "csv"}:
            raise Refusal("refused.import_name" if said else "refused.import_kind", file=file)
        is_entry = head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"---")
        if is_entry and said != "md":
            raise Refusal("refused.import_name", file=file)
        return said
    if said != kind:
        raise Refusal("refused.import_name", file=file)
    return kind


def _by_content(path: Path, file: str, head: bytes) -> FileKind | None:
    """The kind by its first bytes; None for a text."""
    if head.lstrip().startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"PK"):
        return _of_archive(path, file)
    if head.startswith(_OLE):
        encrypted = _ENCRYPTED in path.read_bytes()
        raise Refusal("refused.import_encrypted" if encrypted else "refused.import_old_office", file=file)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refusal("refused.import_encoding", file=file)
    if b"\x00" in head or head.lstrip().lower().startswith(_OTHER_TEXT):
        raise Refusal("refused.import_kind", file=file)
    return None


def _of_archive(path: Path, file: str) -> FileKind:
    if not zipfile.is_zipfile(path):
        raise Refusal("refused.import_broken", file=file)
    names = set(look_through(path, file))
    if "word/document.xml" in names:
        return "docx"
    return "xlsx" if "xl/workbook.xml" in names else "zip"


def text_of_bytes(content: bytes, file: str) -> str:
    """A text in UTF-8, with or without a byte-order mark, or in GB18030, as Excel in China writes it.

    Raises: Refusal: it is neither.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise Refusal("refused.import_encoding", file=file) from error
    if any((sign < " " and sign not in "\t\r\n\f") or "\ue000" <= sign <= "\uf8ff" for sign in text):
        raise Refusal("refused.import_encoding", file=file)
    return text.replace("\r\n", "\n").replace("\r", "\n")
