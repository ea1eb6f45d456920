"""Starts the process that reads files from outside (see `read_files`) and takes what it found, or why it did not."""

import json
import logging
import subprocess  # for what can go wrong with `answer_of`
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.curation.import_pieces import Brought, brought_of
from bot.curation.process_apart import answer_of
from bot.errors import Refusal

log = logging.getLogger(__name__)

MODULE = "bot.curation.read_files"
MOST_BYTES = 50_000_000
MOST_FILES = 1_000
MOST_SECONDS = 60.0
MOST_MEMORY_BYTES = 1_500_000_000
MOST_WAIT_S = 45.0
_TURN = threading.Lock()
"""One reading process at a time: each may take a great deal of memory."""


def read_outside_files(
    files: Sequence[tuple[str, Path]], timeout_s: float = MOST_SECONDS, memory_bytes: int = MOST_MEMORY_BYTES
) -> Brought:
    """What the files bring; `files` are their names, as people know them, with where they lie.

    Raises: Refusal: one of them cannot be taken as a whole, then none is.
    """
    if not files:
        raise Refusal("refused.import_no_file")
    if len(files) > MOST_FILES:
        raise Refusal("refused.import_files", most=MOST_FILES)
    if sum(path.stat().st_size for _, path in files) > MOST_BYTES:
        raise Refusal("refused.import_too_large", most_mb=MOST_BYTES // 1_000_000)
    listed = [[name, str(path.resolve())] for name, path in files]
    asked = json.dumps({"files": listed, "memory_bytes": memory_bytes})
    names = ", ".join(name for name, _ in files)[:200]
    if not _TURN.acquire(timeout=MOST_WAIT_S):
        raise Refusal("refused.import_busy")
    try:
        found = _found(asked, names, timeout_s)
    finally:
        _TURN.release()
    if "refused" in found:
        raise Refusal(str(found["refused"]), **found["values"])
    return brought_of(found["brought"])


def _found(asked: str, names: str, timeout_s: float) -> dict[str, Any]:
    try:
        answer = answer_of(MODULE, asked.encode(), timeout_s)
    except subprocess.TimeoutExpired as error:
        raise Refusal("refused.import_too_slow", file=names) from error
    except subprocess.CalledProcessError as error:
        log.warning("files from outside could not be read: the reading process ended with %d", error.returncode)
        raise Refusal(
            "refused.import_too_much" if error.returncode < 0 else "refused.import_broken", file=names
        ) from error
    found: dict[str, Any] = json.loads(answer)
    return found
