"""Codes that let one more person share a family's children: once, for two days, in a role that a guardian chose.

A code is kept as a keyed hash only. Whoever reads the database cannot let themselves in.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from bot.errors import Refusal
from bot.families.change_log import note_change
from bot.families.family_rows import CaregiverRow, InvitationRow
from bot.families.invitation_code import CODE_LENGTH, LETTERS, as_written, bare
from bot.families.membership import Member, admit, memberships, require
from bot.families.roles import ROLES, Role
from bot.flow import Visit

VALID_FOR = timedelta(hours=48)
MOST_OPEN = 5


@dataclass(frozen=True)
class Invitation:
    """A fresh code as people type it; it cannot be shown again."""

    code: str
    role: Role
    expires_at: datetime

    @property
    def start_parameter(self) -> str:
        """What a deep link of Telegram carries."""
        return f"join_{bare(self.code)}"


def invite(visit: Visit, family_id: str, role: str) -> Invitation:
    """A code that lets one person into the family.

    Raises: Refusal: the visitor is not a guardian there, or too many codes are open.
    """
    require(visit, family_id, "invite")
    if role not in ROLES:
        raise Refusal("button_gone")
    still_open = (
        col(InvitationRow.family_id) == family_id,
        col(InvitationRow.used_at).is_(None),
        col(InvitationRow.expires_at) > visit.now,
    )
    if len(visit.session.exec(select(InvitationRow.code_hash).where(*still_open)).all()) >= MOST_OPEN:
        raise Refusal("invite.too_many", most=MOST_OPEN)
    code = as_written("".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH)))
    expires_at = visit.now + VALID_FOR
    visit.session.add(
        InvitationRow(
            code_hash=_hash(code, visit.secret),
            family_id=family_id,
            role=role,
            made_by=visit.chat_key,
            made_at=visit.now,
            expires_at=expires_at,
        )
    )
    note_change(visit, family_id, "invited")
    return Invitation(code, role, expires_at)


def join(visit: Visit, code: str) -> Member:
    """Let the visitor in by a code, which is used up. A member in a lesser role rises to the invited one.

    Raises: Refusal: the code is unknown, used, or too old (the answer is the same), or the visitor is in already.
    """
    row = visit.session.get(InvitationRow, _hash(code, visit.secret))
    if row is None:
        raise Refusal("invite.gone")
    member = next((one for one in memberships(visit) if one.family_id == row.family_id), None)
    if member is not None and ROLES.index(member.role) <= ROLES.index(cast("Role", row.role)):
        raise Refusal("invite.already")
    # two people with one code: the database lets one of them through
    claimed = (
        update(InvitationRow)
        .where(
            col(InvitationRow.code_hash) == row.code_hash,
            col(InvitationRow.used_at).is_(None),
            col(InvitationRow.expires_at) > visit.now,
        )
        .values(used_at=visit.now)
        .returning(col(InvitationRow.role))
    )
    role = visit.session.execute(claimed).scalar_one_or_none()
    if role is None:
        raise Refusal("invite.gone")
    if member is None:
        member = admit(visit, row.family_id, cast("Role", role))
    else:
        held = visit.session.get(CaregiverRow, member.id)
        if held is not None:
            held.role = role
            visit.session.add(held)
    note_change(visit, row.family_id, "joined")
    return Member(member.id, member.family_id, member.chat_key, cast("Role", role), member.kin, member.joined_at)


def let_go_of_old_codes(session: Session, now: datetime) -> None:
    """Delete codes that let nobody in any more."""
    over = col(InvitationRow.used_at).is_not(None) | (col(InvitationRow.expires_at) <= now)
    session.execute(delete(InvitationRow).where(over))


def _hash(code: str, secret: bytes) -> str:
    return hmac.new(secret, f"invitation\n{bare(code)}".encode(), hashlib.sha256).hexdigest()
