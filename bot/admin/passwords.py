"""Passwords: argon2id hashes, what a password must be, and one-time passwords that can be read aloud."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.errors import Refusal

LEAST_CHARACTERS = 12
MOST_CHARACTERS = 200
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # no l and 1, no o and 0
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""The least that OWASP's cheat sheet asks for argon2id: 19 MiB, two rounds, one lane."""

_NOBODYS = _HASHER.hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """The hash to keep."""
    return _HASHER.hash(password)


def is_password(password: str, kept: str | None) -> bool:
    """Whether this is the password behind the hash; takes as long where there is none (`kept` None)."""
    try:
        return _HASHER.verify(kept or _NOBODYS, password[:MOST_CHARACTERS]) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def check_new_password(password: str, login: str) -> None:
    """Length is what counts; a password made of the login or of few characters is none.

    Raises: Refusal: with what to do.
    """
    if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        raise Refusal("refused.password_length", least=LEAST_CHARACTERS, most=MOST_CHARACTERS)
    if login.casefold() in password.casefold() or len(set(password)) < LEAST_CHARACTERS // 2:
        raise Refusal("refused.password_simple")


def one_time_password() -> str:
    """Twenty letters and digits in groups of five: 99 bits, to be changed at the first sign-in."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
