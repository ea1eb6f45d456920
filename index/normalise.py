"""One spelling for one meaning before any rule or index sees a message: simplified Chinese, lower case, NFKC."""

import re
import unicodedata
from functools import lru_cache
from typing import Any

MOST_CHARACTERS = 2000
"""What is read of a message; channels ask for less than this."""

_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x00-\x08\x0b-\x1f\x7f]")
_SPACE = re.compile(r"\s+")


@lru_cache(maxsize=1)
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


def to_simplified(text: str) -> str:
    """Traditional characters as simplified ones."""
    return text if text.isascii() else str(_converter().convert(text))


def normalise(text: str) -> str:
    """The message as rules and index read it; an empty text when nothing readable is left."""
    whole = text[:MOST_CHARACTERS].encode("utf-8", "replace").decode()  # half of a surrogate pair is no character
    text = unicodedata.normalize("NFKC", whole)
    text = _INVISIBLE.sub("", text).lower().replace("\u2019", "'")
    return _SPACE.sub(" ", to_simplified(text)).strip()


def is_readable(text: str) -> bool:
    """Whether a normalised text holds at least one letter, digit or Chinese character."""
    return any(character.isalnum() for character in text)
