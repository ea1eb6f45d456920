"""Zip archives from outside (also Word and Excel files): looked through before anything of them is used.

Nothing is ever unpacked to a disk. What an archive says of its sizes is not believed: its members are counted while
they are decompressed, in pieces.
"""

import stat
import zipfile
import zlib
from pathlib import Path

from bot.errors import Refusal

MOST_MEMBERS = 3_000
MOST_UNPACKED_BYTES = 150_000_000
MOST_MEMBER_RATIO = 200
"""Times that one member may grow; ordinary sheets of text grow ten to thirtyfold."""
RATIO_FROM_BYTES = 1_000_000
"""Members smaller than this may be of any ratio: an empty sheet repeats itself."""

_CHUNK_BYTES = 65_536
_MACRO_MARKS = ("vbaproject.bin", "/macrosheets/", "/activex/", "vbadata.xml")


def look_through(path: Path, file: str) -> list[str]:
    """The names of an archive's members, folders left out.

    Raises: Refusal: it is broken, encrypted or a bomb, or a name leads out of it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS:
                raise Refusal("refused.import_members", file=file, most=MOST_MEMBERS)
            for member in members:
                _check_name(member, file)
            _count(archive, members, file)
            return [member.filename for member in members if not member.is_dir()]
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        # all the ways in which a damaged archive fails; NotImplementedError: a compression that no office writes
        raise Refusal("refused.import_broken", file=file) from error


def read_member(path: Path, name: str) -> bytes:
    """One member of an archive that was looked through."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def refuse_unsafe_office(path: Path, names: list[str], file: str) -> None:
    """Refuse macros, and XML that declares a document type: Office never writes one, entity attacks need one."""
    lower = [f"/{name.lower()}" for name in names]
    if any(mark in name for name in lower for mark in _MACRO_MARKS):
        raise Refusal("refused.import_macros", file=file)
    with zipfile.ZipFile(path) as archive:
        for name in names:
            if name.lower().endswith((".xml", ".rels", ".vml")):
                _refuse_declared(archive.read(name), name, file)


def _refuse_declared(content: bytes, name: str, file: str) -> None:
    text = content.replace(b"\x00", b"")  # UTF-16 hides nothing
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise Refusal("refused.import_entities", file=file)
    if name == "[Content_Types].xml" and b"macroEnabled" in text:
        raise Refusal("refused.import_macros", file=file)


def _check_name(member: zipfile.ZipInfo, file: str) -> None:
    name = member.filename.replace("\\", "/")
    leads_out = name.startswith("/") or ".." in name.split("/") or name[1:2] == ":"
    if leads_out or stat.S_ISLNK(member.external_attr >> 16):
        raise Refusal("refused.import_path", file=file, name=member.filename[:80])
    if member.flag_bits & 0x1:
        raise Refusal("refused.import_encrypted", file=file)


def _count(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], file: str) -> None:
    whole = 0
    for member in members:
        size = 0
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                size += len(chunk)
                whole += len(chunk)
                grown = size > RATIO_FROM_BYTES and size > MOST_MEMBER_RATIO * max(1, member.compress_size)
                if grown or whole > MOST_UNPACKED_BYTES:
                    raise Refusal("refused.import_bomb", file=file, most_mb=MOST_UNPACKED_BYTES // 1_000_000)
