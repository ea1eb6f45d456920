"""How an invitation code looks, and how it is recognised in a message or a deep link. Pure."""

import re

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without the characters that are mistaken for each other. Ten of them: 8 x 10^14 codes."""

CODE_LENGTH = 10
_TYPED = re.compile(rf"^\s*QH[-\s]?([{LETTERS}]{{5}})[-\s]?([{LETTERS}]{{5}})\s*$", re.IGNORECASE)
_LINKED = re.compile(rf"^join_([{LETTERS}]{{{CODE_LENGTH}}})$", re.IGNORECASE)


def code_in(text: str) -> str | None:
    """The code that a message consists of, or the parameter of a deep link; None for any other text."""
    typed, linked = _TYPED.match(text), _LINKED.match(text.strip())
    if typed:
        return as_written(f"{typed[1]}{typed[2]}".upper())
    return as_written(linked[1].upper()) if linked else None


def as_written(letters: str) -> str:
    """Ten letters as people read and type them."""
    return f"QH-{letters[:5]}-{letters[5:]}"


def bare(code: str) -> str:
    """The ten letters of a written code."""
    return code.removeprefix("QH-").replace("-", "")
