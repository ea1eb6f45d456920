"""Fields about a child lie in the database sealed: AES-256-GCM, each bound to its table, row and column.

A sealed text moved to another row or column does not open there, and a changed one does not open at all. The first key
of a keyring seals; the others still open what they sealed before a rotation. A column says that it is sealed
(`sealed_field`), so that rotation finds every one of them in the tables themselves.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlmodel import Field

from bot.errors import Misconfigured

KEY_BYTES = 32
NONCE_BYTES = 12
KEY_ID_CHARACTERS = 8
SEALED = "sealed"
"""The mark in a column's `info`."""

_FORM = "1"


class CannotOpen(Misconfigured):
    """A sealed field does not open: its key is not there, or somebody changed the row."""


def key_id(key: bytes) -> str:
    """The name under which a key is recognised; says nothing about the key."""
    return hashlib.sha256(b"qihui data key " + key).hexdigest()[:KEY_ID_CHARACTERS]


def place_of(table: str, row: str, column: str) -> str:
    """The place that a sealed text is bound to. `row`: the primary key, several parts joined by `row_of`."""
    return f"{table}\x1f{row}\x1f{column}"


def row_of(*parts: object) -> str:
    """A primary key of several columns as one text."""
    return "\x1e".join(str(part) for part in parts)


def sealed_field(**arguments: Any) -> Any:
    """A column of a table that holds sealed text; None stays None."""
    return Field(sa_column_kwargs={"info": {SEALED: True}}, **arguments)


class Keyring:
    """The keys of this installation, the one that seals first. Safe for any number of threads.

    `read_again` fetches the keys anew when a text names a key that is not known: another process has rotated them.
    """

    def __init__(self, keys: Sequence[bytes], read_again: Callable[[], Sequence[bytes]] | None = None) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            message = f"a keyring needs keys of {KEY_BYTES} bytes"
            raise ValueError(message)
        self._read_again = read_again
        self._keys = _by_id(keys)

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return next(iter(self._keys))

    def knows(self, name: str) -> bool:
        """Whether texts sealed under this key id can be opened."""
        if name not in self._keys and self._read_again is not None:
            self._keys = _by_id(self._read_again())
        return name in self._keys

    def seal(self, text: str, place: str) -> str:
        """The text sealed for this place; never the same twice."""
        name, key = next(iter(self._keys.items()))
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, text.encode(), place.encode())
        return f"{_FORM}.{name}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, place: str) -> str:
        """The text that was sealed for this place.

        Raises: CannotOpen: the key is not there, or the text was changed or belongs elsewhere.
        """
        table = place.partition("\x1f")[0]
        name = key_of(sealed)
        if name is None or not self.knows(name):
            message = f"a field of table {table} was sealed with key {name}, which is not here; see QIHUI_DATA_KEY"
            raise CannotOpen(message)
        try:
            raw = _bytes_of(sealed.split(".", 2)[2])
            opened = AESGCM(self._keys[name]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError) as error:
            message = (
                f"a sealed field of table {table} was changed outside the product; bring the row back from a backup"
            )
            raise CannotOpen(message) from error
        return opened.decode()


def key_of(sealed: str) -> str | None:
    """The id of the key that sealed a text; None where the text is not a sealed one."""
    form, _, rest = sealed.partition(".")
    name, dot, _ = rest.partition(".")
    return name if form == _FORM and dot and len(name) == KEY_ID_CHARACTERS else None


def _bytes_of(written: str) -> bytes:
    raw = base64.urlsafe_b64decode(written)
    if base64.urlsafe_b64encode(raw).decode() != written:  # base64 reads some texts that it never writes
        message = "not as it was written"
        raise ValueError(message)
    return raw


def _by_id(keys: Sequence[bytes]) -> dict[str, bytes]:
    return {key_id(key): key for key in keys}
