"""Starts the process that measures what a draft would change (see `draft_impact`), and takes what it found.

As with the fit after publishing: a parent's question waits for no measure, and the memory it takes is given back.
"""

import json
import os
import subprocess  # one fixed command of our own, no shell
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bot.admin.impact import Impact, impact_of
from bot.admin.impact_questions import DraftMark

COMMAND = (sys.executable, "-m", "bot.draft_impact")
MOST_SECONDS = 300.0


class ImpactProcess:
    """Measures with the index and the database of this process, given as its data folder and address; else as it is set."""

    def __init__(
        self, data: Path, database_url: str, command: Sequence[str] = COMMAND, timeout_s: float = MOST_SECONDS
    ) -> None:
        self._command, self._timeout_s = tuple(command), timeout_s
        self._environment = {"QIHUI_DATA": str(data.resolve()), "QIHUI_DATABASE_URL": database_url}

    def __call__(self, mark: DraftMark) -> Impact | None:
        """See `impact_book.Measure`.

        Raises: OSError, subprocess.SubprocessError: it could not be started, failed, or took too long.
        """
        done = subprocess.run(  # noqa: S603 - our own command; nobody's words are in it
            self._command,
            input=json.dumps(asdict(mark)).encode(),
            stdout=subprocess.PIPE,
            env=os.environ | self._environment,
            timeout=self._timeout_s,
            check=True,
        )
        found = json.loads(done.stdout)
        return impact_of(found) if found is not None else None
