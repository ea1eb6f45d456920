"""The people who work here: who they are, their role, their password, their second factor. Every change is audited."""

import re
from dataclasses import dataclass
from typing import cast

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.admin.passwords import check_new_password, hash_password, is_password, one_time_password
from bot.admin.permissions import ROLES, Role
from bot.admin.second_factor import new_secret, used_step
from bot.admin.staff_rows import StaffRow, new_staff_id
from bot.admin.staff_sessions import end_all_sessions
from bot.audit_log import Audited, note_change_by
from bot.errors import Refusal
from bot.sealing import Keyring, place_of
from knowledge.topics import Language

FIRST_LOGIN = "admin"
_LOGIN = re.compile(r"^[a-z0-9][a-z0-9._-]{1,31}$")


@dataclass(frozen=True)
class Staff:
    """Someone who is signed in, as pages need to know them."""

    id: str
    login: str
    name: str
    role: Role
    qualification: str
    language: Language
    must_change: bool
    has_second_factor: bool


def staff_of(row: StaffRow) -> Staff:
    """The row as a value."""
    return Staff(
        id=row.id,
        login=row.login,
        name=row.name,
        role=cast("Role", row.role),
        qualification=row.qualification,
        language="en" if row.language == "en" else "zh",
        must_change=row.must_change,
        has_second_factor=row.totp is not None,
    )


def add_staff(session: Session, by: Audited, login: str, name: str, role: str, password: str | None = None) -> str:
    """Add a person. Returns the password: the given one, or a one-time one that must be changed at the first sign-in.

    Raises: Refusal: the login is taken or odd, the role is not known, the name is empty, the password is too simple.
    """
    login = login.strip().lower()
    if not _LOGIN.match(login):
        raise Refusal("refused.login_form")
    if role not in ROLES:
        raise Refusal("refused.role", role=role)
    if not name.strip():
        raise Refusal("refused.name")
    if by_login(session, login) is not None:
        raise Refusal("refused.login_taken", login=login)
    if password is not None:
        check_new_password(password, login)
    chosen = password or one_time_password()
    row = StaffRow(
        id=new_staff_id(),
        login=login,
        name=name.strip()[:80],
        role=role,
        password_hash=hash_password(chosen),
        must_change=password is None,
        created_at=by.now,
    )
    session.add(row)
    session.flush()
    note_change_by(session, by, "people.add", f"staff:{login}", after=_shown(row))
    return chosen


def add_first_administrator(session: Session, by: Audited) -> tuple[str, str] | None:
    """The first administrator's login and one-time password; None where somebody works here already."""
    if session.exec(select(func.count()).select_from(StaffRow)).one():
        return None
    return FIRST_LOGIN, add_staff(session, by, FIRST_LOGIN, "管理员 Administrator", "administrator")


def by_login(session: Session, login: str) -> StaffRow | None:
    """The person of that login, whatever the case it is typed in."""
    return session.exec(select(StaffRow).where(col(StaffRow.login) == login.strip().lower())).one_or_none()


def everyone(session: Session) -> list[StaffRow]:
    """All staff, those who may sign in first."""
    rows = session.exec(select(StaffRow).order_by(col(StaffRow.login))).all()
    return sorted(rows, key=lambda row: row.disabled_at is not None)


def change_own_password(session: Session, by: Audited, staff_id: str, old: str, new: str, again: str) -> None:
    """A new password for oneself; every other session of the account ends.

    Raises: Refusal: the old one is wrong, the two new ones differ, the new one is the old one or too simple.
    """
    row = _row(session, staff_id)
    if not is_password(old, row.password_hash):
        raise Refusal("refused.password_wrong")
    if new != again:
        raise Refusal("refused.password_differs")
    if new == old:
        raise Refusal("refused.password_same")
    check_new_password(new, row.login)
    row.password_hash, row.must_change = hash_password(new), False
    session.add(row)
    end_all_sessions(session, staff_id, by.now)
    note_change_by(session, by, "people.password", f"staff:{row.login}")


def change_staff(
    session: Session, by: Audited, staff_id: str, *, name: str, role: str, qualification: str, active: bool
) -> None:
    """What an administrator may change of a person. A change of role, or the end, ends the person's sessions.

    Raises: Refusal: the last active administrator would be none any more; the role is not known.
    """
    row = _row(session, staff_id)
    if role not in ROLES:
        raise Refusal("refused.role", role=role)
    if not name.strip():
        raise Refusal("refused.name")
    still = active and role == "administrator"
    if row.role == "administrator" and row.disabled_at is None and not still and _administrators(session) == 1:
        raise Refusal("refused.last_administrator")
    before = _shown(row)
    if row.role != role or not active:
        end_all_sessions(session, staff_id, by.now)
    row.name, row.role, row.qualification = name.strip()[:80], role, qualification.strip()[:120]
    row.disabled_at = None if active else (row.disabled_at or by.now)
    session.add(row)
    note_change_by(session, by, "people.change", f"staff:{row.login}", before, _shown(row))


def reset_password(session: Session, by: Audited, staff_id: str) -> str:
    """A one-time password for somebody who lost theirs; their sessions and second factor end. Returns it."""
    row = _row(session, staff_id)
    password = one_time_password()
    row.password_hash, row.must_change, row.totp = hash_password(password), True, None
    session.add(row)
    end_all_sessions(session, staff_id, by.now)
    note_change_by(session, by, "people.reset", f"staff:{row.login}")
    return password


def start_second_factor() -> str:
    """A secret to show; nothing is kept before a code of it was typed back."""
    return new_secret()


def keep_second_factor(session: Session, by: Audited, staff_id: str, keys: Keyring, secret: str, code: str) -> None:
    """Ask for a code at every sign-in from now on.

    Raises: Refusal: the code is not one of this secret.
    """
    step = used_step(secret, code, by.now, 0)
    if step is None:
        raise Refusal("refused.code")
    row = _row(session, staff_id)
    row.totp, row.totp_step = keys.seal(secret, place_of("staff", row.id, "totp")), step
    session.add(row)
    note_change_by(session, by, "people.second_factor", f"staff:{row.login}", {"on": False}, {"on": True})


def drop_second_factor(session: Session, by: Audited, staff_id: str, password: str) -> None:
    """Sign in by password alone again.

    Raises: Refusal: the password is wrong.
    """
    row = _row(session, staff_id)
    if not is_password(password, row.password_hash):
        raise Refusal("refused.password_wrong")
    row.totp = None
    session.add(row)
    note_change_by(session, by, "people.second_factor", f"staff:{row.login}", {"on": True}, {"on": False})


def choose_language(session: Session, staff_id: str, language: Language) -> None:
    """The language of this person's pages."""
    row = _row(session, staff_id)
    row.language = language
    session.add(row)


def _row(session: Session, staff_id: str) -> StaffRow:
    row = session.get(StaffRow, staff_id)
    if row is None:
        raise Refusal("refused.nobody")
    return row


def _administrators(session: Session) -> int:
    where = (col(StaffRow.role) == "administrator", col(StaffRow.disabled_at).is_(None))
    return int(session.exec(select(func.count()).select_from(StaffRow).where(*where)).one())


def _shown(row: StaffRow) -> dict[str, object]:
    return {
        "name": row.name,
        "role": row.role,
        "qualification": row.qualification,
        "active": row.disabled_at is None,
    }
