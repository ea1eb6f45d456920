"""Runs one of our own modules in a process of its own, without the settings of ours, and takes what it answers."""

import os
import subprocess  # one fixed command of our own, no shell
import sys
import tempfile

_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR")


def answer_of(module: str, asked: bytes, timeout_s: float) -> bytes:
    """What `python -m MODULE` writes to its output when it is given `asked` on its input.

    Raises: subprocess.TimeoutExpired: it took too long and was ended; subprocess.CalledProcessError: it failed.
    """
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    environment |= {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONUTF8": "1"}
    with tempfile.TemporaryFile() as answer:
        subprocess.run(  # noqa: S603 - our own command; nobody's words are in it
            [sys.executable, "-m", module],
            input=asked,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=timeout_s,
            check=True,
        )
        answer.seek(0)
        return answer.read()
