"""The code of a booking: how it is written, read back from what a camera or a hand gives, and drawn. Pure but for chance.

Letters and figures that are taken for each other are left out, so that a code can be said over a counter.
"""

import io
import re
import secrets

import segno

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_CHARACTERS = 8
_MARK = "QIHUI:"
_READ = re.compile(rf"[{LETTERS}]{{{CODE_CHARACTERS}}}")
_WIDE = str.maketrans({chr(0xFF01 + number): chr(0x21 + number) for number in range(94)})


def new_code() -> str:
    """A fresh code; eight of 31 signs: nobody guesses one of an event's in a day at the door."""
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_CHARACTERS))


def shown(code: str) -> str:
    """The code as people read it: in two halves."""
    return f"{code[:4]}-{code[4:]}"


def code_in(text: str) -> str | None:
    """The code that a scanned or typed text gives; None where it is none."""
    plain = re.sub(r"[\s\-_·.]", "", text.translate(_WIDE)).upper().removeprefix(_MARK)
    return plain if _READ.fullmatch(plain) else None


def picture(code: str) -> bytes:
    """The code as a QR picture (PNG) that a phone shows large enough to be scanned."""
    file = io.BytesIO()
    segno.make(f"{_MARK}{code}", error="m", micro=False).save(file, kind="png", scale=10, border=4)
    return file.getvalue()
