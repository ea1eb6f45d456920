"""A form that brings files: counted while it comes in, kept on the disk, refused as soon as it is too large."""

import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

MOST_FILES = 1_000
MOST_FIELDS = 50
MOST_DRAINED_BYTES = 1_000_000_000
"""What is still taken off the line of a file that was refused, so that the browser reads the answer; none of it is kept."""

FORM_BYTES = 100_000
"""For the form's own lines around its files."""


class UnreadableUpload(Exception):
    """The body is no form."""


class _TooLarge(Exception):
    """The body is larger than agreed."""


@dataclass(frozen=True)
class Upload:
    """What came: fields, and files by the names that people know them by. "file_fault" says why there are no files."""

    form: dict[str, list[str]] = field(default_factory=dict)
    files: list[tuple[str, Path]] = field(default_factory=list)


def is_upload(request: Request) -> bool:
    """Whether the form brings files."""
    return request.headers.get("content-type", "").startswith("multipart/form-data")


@asynccontextmanager
async def read_upload(request: Request, most_bytes: int) -> AsyncIterator[Upload]:
    """Read the form; its files are gone afterwards. What is larger than `most_bytes` is refused at that byte.

    Raises: UnreadableUpload: the body is no form.
    """
    line = request.stream()
    parser = MultiPartParser(
        request.headers,
        _counted(line, most_bytes + FORM_BYTES),
        max_files=MOST_FILES,
        max_fields=MOST_FIELDS,
    )
    with tempfile.TemporaryDirectory(prefix="qihui-upload-") as folder:
        try:
            await parser.parse()
        except _TooLarge:
            fields = _fields(parser)
            await _drain(line)
            yield Upload({**fields, "file_fault": ["too_large"]})
            return
        except MultiPartException as error:
            raise UnreadableUpload from error
        files = await run_in_threadpool(_put_down, parser, Path(folder))
        yield Upload(_fields(parser), files)


async def _counted(line: AsyncGenerator[bytes, None], most_bytes: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in line:
        room = most_bytes - size
        size += len(chunk)
        yield chunk[:room]  # the form's own lines come first, also where everything comes at once
        if size > most_bytes:
            raise _TooLarge


async def _drain(line: AsyncGenerator[bytes, None]) -> None:
    size = 0
    async for chunk in line:
        size += len(chunk)
        if size > MOST_DRAINED_BYTES:
            return


def _fields(parser: MultiPartParser) -> dict[str, list[str]]:
    form: dict[str, list[str]] = {}
    for name, value in parser.items:
        if isinstance(value, str):
            form.setdefault(name, []).append(value)
    return form


def _put_down(parser: MultiPartParser, folder: Path) -> list[tuple[str, Path]]:
    files = []
    for number, (_, value) in enumerate(parser.items):
        if isinstance(value, UploadFile):
            if value.filename:
                path = folder / str(number)  # the name that was sent is only ever shown
                with path.open("wb") as target:
                    shutil.copyfileobj(value.file, target)
                name = "".join(sign for sign in value.filename if sign.isprintable())[-150:]
                files.append((name, path))
            value.file.close()
    return files
