"""Reads files in a process of its own: `python -m bot.curation.read_files`. What is outside is not trusted.

Takes JSON on its input ({"files": [[name, path], ...], "memory_bytes": number}), writes JSON to its output: what was brought, or the refusal.
Memory, processor time and written bytes are limited before a byte of a file is looked at.
"""

import json
import logging
import resource
import sys
from pathlib import Path

from bot.curation.file_kind import FileKind, kind_of, text_of_bytes
from bot.curation.import_pieces import Brought
from bot.curation.imported_docx import read_docx
from bot.curation.imported_markdown import read_entry_file, read_wording_file
from bot.curation.imported_pdf import read_pdf
from bot.curation.imported_table import read_csv, read_xlsx
from bot.curation.safe_archive import look_through, read_member, refuse_unsafe_office
from bot.errors import Refusal

MOST_CPU_S = 40
MOST_WRITTEN_BYTES = 100_000_000
MOST_CHARACTERS = 20_000_000
_IGNORED = ("__macosx/", ".ds_store", "thumbs.db", "readme.md", "license")


def main() -> None:
    """Read the files that are named on the input."""
    asked = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (int(asked["memory_bytes"]), int(asked["memory_bytes"])))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_WRITTEN_BYTES, MOST_WRITTEN_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable(logging.CRITICAL)  # what a library says of a strange file is nobody's log
    files = [(str(name), Path(path)) for name, path in asked["files"]]
    try:
        answer: dict[str, object] = {"brought": _read_all(files).as_values()}
    except Refusal as refusal:
        answer = {"refused": refusal.phrase, "values": refusal.values}
    json.dump(answer, sys.stdout, ensure_ascii=False)


def _read_all(files: list[tuple[str, Path]]) -> Brought:
    brought = Brought()
    for name, path in files:
        try:
            brought.take(read_file(path, name))
        except (MemoryError, RecursionError) as error:
            raise Refusal("refused.import_too_much", file=name) from error
        if sum(len(piece.text) for piece in brought.pieces) > MOST_CHARACTERS:
            raise Refusal("refused.import_too_much", file=name)
    return brought


def read_file(path: Path, file: str) -> Brought:
    """One file of any kind.

    Raises: Refusal: it cannot be taken as a whole.
    """
    kind: FileKind = kind_of(path, file)
    if kind == "pdf":
        return read_pdf(path, file)
    if kind in {"md", "txt", "csv"}:
        return _read_text(path.read_bytes(), file, kind)
    names = look_through(path, file)
    if kind == "zip":
        return _read_folder(path, names, file)
    refuse_unsafe_office(path, names, file)
    return read_docx(path, file) if kind == "docx" else read_xlsx(path, file)


def _read_text(content: bytes, file: str, kind: FileKind) -> Brought:
    text = text_of_bytes(content, file)
    if kind == "csv":
        return read_csv(text, file)
    return read_entry_file(text, file) if kind == "md" else read_wording_file(text, file)


def _read_folder(path: Path, names: list[str], file: str) -> Brought:
    brought = Brought()
    taken = [
        name for name in names if not name.lower().rsplit("/", 1)[-1].startswith(_IGNORED) and "__MACOSX/" not in name
    ]
    for name in taken:
        lower = name.lower()
        if not lower.endswith((".md", ".txt")):
            raise Refusal("refused.import_member", file=file, name=name[:80])
        content = read_member(path, name)
        if not content.strip():
            continue
        brought.take(_read_text(content, name, "md" if lower.endswith(".md") else "txt"))
    if not brought.pieces and not brought.faults:
        raise Refusal("refused.import_empty", file=file)
    return brought


if __name__ == "__main__":
    main()
