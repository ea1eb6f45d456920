"""Where the keys that seal fields about a child come from: QIHUI_DATA_KEY, or a file made at the first start.

The file holds one key a line, the one that seals first; only its owner can read it. Whoever loses it loses what was
sealed, so it belongs into the backup, apart from the database.
"""

import base64
import os
import secrets
from pathlib import Path

from bot.errors import Misconfigured
from bot.sealing import KEY_BYTES, Keyring

_HOW = "write 32 random bytes in base64, as `openssl rand -base64 32` prints them; after a rotation several, newest first, with commas between"


def open_keys(file: Path, given: str | None) -> Keyring:
    """The keys of this installation; `given` is the setting, None for the file, which is made where it is missing.

    Raises: Misconfigured: the setting or a line of the file is not a key.
    """
    if given is not None:
        return Keyring(_keys(given.split(","), "QIHUI_DATA_KEY"))
    if not file.exists():
        _make(file)
    return Keyring(_read(file), lambda: _read(file))


def add_key(file: Path) -> None:
    """Put a fresh key in front; it seals from now on. The one that sealed before stays and still opens."""
    _write(file, [secrets.token_bytes(KEY_BYTES), *_read(file)])


def keep_newest(file: Path, count: int) -> int:
    """Let go of all but the newest keys. Returns how many went."""
    keys = _read(file)
    if len(keys) > count:
        _write(file, keys[:count])
    return max(0, len(keys) - count)


def _make(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    line = base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n"
    draft = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    _put(draft, line)
    try:
        os.link(draft, file)  # whoever comes second keeps the key of the first, never a half-written one
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _write(file: Path, keys: list[bytes]) -> None:
    draft = file.with_name(f"{file.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    _put(draft, b"".join(base64.b64encode(key) + b"\n" for key in keys))
    draft.replace(file)


def _put(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _read(file: Path) -> list[bytes]:
    return _keys(file.read_text(encoding="ascii", errors="replace").splitlines(), str(file))


def _keys(lines: list[str], where: str) -> list[bytes]:
    keys: list[bytes] = []
    for number, line in enumerate((text.strip() for text in lines if text.strip()), start=1):
        try:
            key = base64.b64decode(line.replace("-", "+").replace("_", "/"), validate=True)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            message = f"{where}: key {number} is not a key; {_HOW}"
            raise Misconfigured(message)
        keys.append(key)
    if not keys:
        message = f"{where} holds no key; {_HOW}"
        raise Misconfigured(message)
    return keys
