"""Invite somebody to the staff by a link that works once, for three days."""

import secrets
from datetime import timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from bot.admin.permissions import ROLES
from bot.admin.staff_accounts import add_staff
from bot.admin.staff_rows import StaffInvitationRow
from bot.admin.staff_sessions import hash_of
from bot.audit_log import Audited, note_change_by
from bot.errors import Refusal

HOLDS_FOR = timedelta(days=3)


def invite(session: Session, by: Audited, name: str, role: str) -> str:
    """The code of a fresh invitation; it is shown once and kept nowhere.

    Raises: Refusal: the role is not known or the name is empty.
    """
    if role not in ROLES:
        raise Refusal("refused.role", role=role)
    if not name.strip():
        raise Refusal("refused.name")
    code = secrets.token_urlsafe(32)
    session.add(
        StaffInvitationRow(
            code_hash=hash_of(code),
            name=name.strip()[:80],
            role=role,
            created_by=by.who,
            created_at=by.now,
            expires_at=by.now + HOLDS_FOR,
        )
    )
    note_change_by(session, by, "people.invite", f"staff:{name.strip()[:80]}", after={"role": role})
    return code


def open_invitation(session: Session, code: str, by: Audited) -> StaffInvitationRow:
    """The invitation behind a code.

    Raises: Refusal: there is none, it was used, or it is too old.
    """
    row = session.get(StaffInvitationRow, hash_of(code))
    if row is None or row.used_at is not None or row.expires_at <= by.now:
        raise Refusal("refused.invitation")
    return row


def accept(session: Session, code: str, by: Audited, login: str, password: str, again: str) -> None:
    """Become staff. Two who use one link at once: the second is refused.

    Raises: Refusal: see `open_invitation`, `add_staff`; the passwords differ.
    """
    row = open_invitation(session, code, by)
    if password != again:
        raise Refusal("refused.password_differs")
    taken = (
        update(StaffInvitationRow)
        .where(col(StaffInvitationRow.code_hash) == row.code_hash, col(StaffInvitationRow.used_at).is_(None))
        .values(used_at=by.now)
        .returning(col(StaffInvitationRow.code_hash))
    )
    if session.execute(taken).first() is None:
        raise Refusal("refused.invitation")
    add_staff(session, Audited(row.created_by, by.now), login, row.name, row.role, password)


def open_invitations(session: Session, by: Audited) -> list[StaffInvitationRow]:
    """Invitations that still work, newest first."""
    where = (col(StaffInvitationRow.used_at).is_(None), col(StaffInvitationRow.expires_at) > by.now)
    statement = select(StaffInvitationRow).where(*where).order_by(col(StaffInvitationRow.created_at).desc())
    return list(session.exec(statement).all())


def withdraw_invitation(session: Session, by: Audited, code_hash: str) -> None:
    """Take an invitation back."""
    row = session.get(StaffInvitationRow, code_hash)
    if row is not None and row.used_at is None:
        row.used_at = by.now
        session.add(row)
        note_change_by(session, by, "people.uninvite", f"staff:{row.name}")
