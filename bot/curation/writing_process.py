"""Starts the process that makes files of the guide (see `write_file`): a parent's question waits for none of them."""

import json
import logging
import subprocess  # for what can go wrong with `answer_of`
import threading
from collections.abc import Mapping
from dataclasses import asdict

from bot.curation.entry_form import Texts
from bot.curation.guide_files import FileForm
from bot.curation.process_apart import answer_of
from bot.errors import Refusal
from knowledge.topics import Language

log = logging.getLogger(__name__)

MODULE = "bot.curation.write_file"
MOST_SECONDS = 60.0
MOST_WAIT_S = 45.0
_TURN = threading.Lock()
"""One writing process at a time: each takes a processor for a second or two."""


def write_guide_file(
    form: FileForm, texts: Mapping[str, Texts], language: Language, timeout_s: float = MOST_SECONDS
) -> bytes:
    """As `guide_file`, made beside this process.

    Raises: Refusal: see `guide_file`; or it took too long, failed, or others wait for theirs.
    """
    written = {topic_id: asdict(text) for topic_id, text in texts.items()}
    asked = json.dumps({"form": form, "language": language, "texts": written}, ensure_ascii=False).encode()
    if not _TURN.acquire(timeout=MOST_WAIT_S):
        raise Refusal("refused.export_busy")
    try:
        answer = answer_of(MODULE, asked, timeout_s)
    except subprocess.SubprocessError as error:
        log.warning("a file of the guide could not be written: %s", error)
        raise Refusal("refused.export_failed") from error
    finally:
        _TURN.release()
    told, _, content = answer.partition(b"\n")
    refused = json.loads(told)
    if refused is not None:
        raise Refusal(str(refused["refused"]), **refused["values"])
    return content
