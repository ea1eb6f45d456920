"""Sign in, and the sessions that follow: kept on the server, found by the hash of a cookie, ended at any moment."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from bot.admin.passwords import is_password
from bot.admin.second_factor import used_step
from bot.admin.staff_rows import StaffRow, StaffSessionRow
from bot.audit_log import Audited, note_change_by
from bot.errors import Refusal
from bot.sealing import Keyring, place_of

LONGEST = timedelta(hours=12)
IDLE = timedelta(hours=2)
SEEN_EVERY = timedelta(minutes=1)
KEPT_AFTER = timedelta(days=30)
TRIES_PER_LOGIN = RateLimitItemPerMinute(5, multiples=5)
TRIES_PER_ADDRESS = RateLimitItemPerHour(60)
"""An office shares one address."""


@dataclass(frozen=True)
class SignedIn:
    """A fresh session: `token` for the cookie, which is kept nowhere else."""

    token: str
    staff_id: str


class Door:
    """Lets people in by password and code, not too many tries at a time. One a process; safe for any number of threads.

    Tries are counted whether or not the login exists, so that nobody learns which do.
    """

    def __init__(self, keys: Keyring) -> None:
        self._keys = keys
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def sign_in(
        self, session: Session, login: str, password: str, code: str, address: str, agent: str, now: datetime
    ) -> SignedIn:
        """Check and begin a session.

        Raises: Refusal: wrong login, password or code (said alike), or too many tries.
        """
        login = login.strip().lower()[:64]
        if not (self._try(TRIES_PER_ADDRESS, "address", address) and self._try(TRIES_PER_LOGIN, "login", login)):
            raise Refusal("refused.too_many_tries", minutes=5)
        row = session.exec(select(StaffRow).where(col(StaffRow.login) == login)).one_or_none()
        right = is_password(password, row.password_hash if row else None)
        if row is None or not right or row.disabled_at is not None or not self._is_code(session, row, code, now):
            raise Refusal("refused.sign_in")
        self._limiter.clear(TRIES_PER_LOGIN, "staff", "login", login)
        token = secrets.token_urlsafe(32)
        session.add(
            StaffSessionRow(
                token_hash=hash_of(token),
                staff_id=row.id,
                form_key=secrets.token_urlsafe(32),
                agent=agent[:120],
                created_at=now,
                seen_at=now,
                expires_at=now + LONGEST,
            )
        )
        note_change_by(session, Audited(row.login, now), "session.begin", f"staff:{row.login}")
        return SignedIn(token, row.id)

    def _try(self, limit: RateLimitItem, kind: str, what: str) -> bool:
        return self._limiter.hit(limit, "staff", kind, what)

    def _is_code(self, session: Session, row: StaffRow, code: str, now: datetime) -> bool:
        if row.totp is None:
            return True
        secret = self._keys.open(row.totp, place_of("staff", row.id, "totp"))
        step = used_step(secret, code, now, row.totp_step)
        if step is None:
            return False
        taken = (
            update(StaffRow)
            .where(col(StaffRow.id) == row.id, col(StaffRow.totp_step) < step)
            .values(totp_step=step)
            .returning(col(StaffRow.id))
        )
        return session.execute(taken).first() is not None


def hash_of(token: str) -> str:
    """What is kept of a token: it has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(session: Session, token: str, now: datetime) -> tuple[StaffSessionRow, StaffRow] | None:
    """The session behind a cookie with its person; None where it ended, was idle too long, or never was. Reads only."""
    row = session.get(StaffSessionRow, hash_of(token))
    if row is None or row.ended_at is not None or row.expires_at <= now or row.seen_at + IDLE <= now:
        return None
    staff = session.get(StaffRow, row.staff_id)
    if staff is None or staff.disabled_at is not None:
        return None
    return row, staff


def is_seen_late(row: StaffSessionRow, now: datetime) -> bool:
    """Whether it is time to write down that the session is still used."""
    return row.seen_at + SEEN_EVERY <= now


def note_seen(session: Session, token_hash: str, now: datetime) -> None:
    """Write down that a session is used now."""
    session.execute(update(StaffSessionRow).where(col(StaffSessionRow.token_hash) == token_hash).values(seen_at=now))


def end_session(session: Session, token_hash: str, staff_id: str, now: datetime) -> None:
    """Sign out one browser of a person."""
    where = (col(StaffSessionRow.token_hash) == token_hash, col(StaffSessionRow.staff_id) == staff_id)
    session.execute(update(StaffSessionRow).where(*where).values(ended_at=now))


def end_all_sessions(session: Session, staff_id: str, now: datetime) -> None:
    """Sign out every browser of a person."""
    where = (col(StaffSessionRow.staff_id) == staff_id, col(StaffSessionRow.ended_at).is_(None))
    session.execute(update(StaffSessionRow).where(*where).values(ended_at=now))


def sessions_of(session: Session, staff_id: str, now: datetime) -> list[StaffSessionRow]:
    """The browsers in which a person is signed in now, the last seen first."""
    where = (
        col(StaffSessionRow.staff_id) == staff_id,
        col(StaffSessionRow.ended_at).is_(None),
        col(StaffSessionRow.expires_at) > now,
        col(StaffSessionRow.seen_at) > now - IDLE,
    )
    return list(session.exec(select(StaffSessionRow).where(*where).order_by(col(StaffSessionRow.seen_at).desc())).all())


def let_go_of_old_sessions(session: Session, now: datetime) -> None:
    """Delete sessions that are long over."""
    session.execute(delete(StaffSessionRow).where(col(StaffSessionRow.expires_at) < now - KEPT_AFTER))
