"""An announcement to 100,000 against the Bot API test server, which lives with the tests: run from the repository."""

import importlib.util
import json
import subprocess
import sys
from typing import Any

from bot.errors import Misconfigured

RECIPIENTS = 100_000


def announcement_figures(recipients: int = RECIPIENTS) -> dict[str, Any]:
    """Live replies, speed and memory while an announcement runs. Takes some minutes.

    Raises: Misconfigured: the tests are not here.
    """
    if importlib.util.find_spec("tests.announcement_run") is None:
        message = "the Bot API test server is part of the tests; run this bench in a clone of the repository"
        raise Misconfigured(message)
    return _run(recipients) | _run(recipients, "ALONE")


def _run(recipients: int, *how: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.announcement_run", str(recipients), *how]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)  # noqa: S603
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures
