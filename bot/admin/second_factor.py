"""The second factor: six digits of an authenticator app (TOTP, RFC 6238), each code good once."""

from datetime import datetime

import pyotp
import segno

STEP_S = 30
_ISSUER = "qihui"


def new_secret() -> str:
    """A fresh secret in base32."""
    return pyotp.random_base32()


def used_step(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """The time step whose code this is: now, the one before or the next; None where it is none, or was used before."""
    step = int(now.timestamp()) // STEP_S
    totp = pyotp.TOTP(secret)
    for near in (step, step - 1, step + 1):
        if near > last_step and totp.verify(code.replace(" ", ""), for_time=near * STEP_S, valid_window=0):
            return near
    return None


def picture(secret: str, login: str) -> str:
    """The QR code that an authenticator app reads, as an address for an image element (no other host is asked)."""
    address = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=_ISSUER)
    return str(segno.make(address, error="m").png_data_uri(scale=5, border=3))
