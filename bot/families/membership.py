"""Who belongs to a family and in which role. Every right is looked up here, by the chat that asks."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlmodel import col, select

from bot.errors import Refusal
from bot.families.change_log import note_change
from bot.families.family_rows import CaregiverRow, FamilyRow, new_id
from bot.families.roles import KIN, Kin, Right, Role, may, may_remove
from bot.flow import Visit

OPERATOR = "operator"
"""Stands for whoever runs the bot, in commands of theirs alone. No person has it: a chat's hidden address is 32
hexadecimal characters."""


@dataclass(frozen=True)
class Member:
    """One person of a family. `kin`: what the children call them, None until told."""

    id: str
    family_id: str
    chat_key: str
    role: Role
    kin: Kin | None
    joined_at: datetime


def memberships(visit: Visit) -> list[Member]:
    """The families of the visitor, the earliest joined first."""
    statement = select(CaregiverRow).where(col(CaregiverRow.chat_key) == visit.chat_key)
    rows = visit.session.exec(statement.order_by(col(CaregiverRow.joined_at), col(CaregiverRow.id))).all()
    return [_member(row) for row in rows]


def require(visit: Visit, family_id: str, right: Right) -> Member:
    """The visitor's own membership; the operator has none in any family and may see and record in each.

    Raises: Refusal: the family is not the visitor's (or not there: the answer is the same), or the role has no such
        right.
    """
    if visit.chat_key == OPERATOR:
        if right not in {"see", "record"}:
            raise Refusal("family.not_allowed")
        return Member("", family_id, OPERATOR, "caregiver", None, visit.now)
    statement = select(CaregiverRow).where(
        col(CaregiverRow.family_id) == family_id, col(CaregiverRow.chat_key) == visit.chat_key
    )
    row = visit.session.exec(statement).first()
    if row is None:
        raise Refusal("family.not_yours")
    member = _member(row)
    if not may(member.role, right):
        raise Refusal("family.not_allowed")
    return member


def guarded_family(visit: Visit) -> str | None:
    """The family whose guardian the visitor is, the earliest where there are several; None where there is none."""
    return next((member.family_id for member in memberships(visit) if member.role == "guardian"), None)


def found_family(visit: Visit) -> str:
    """The family whose guardian the visitor is; a fresh one where there is none."""
    known = guarded_family(visit)
    if known is not None:
        return known
    family = FamilyRow(id=new_id(), created_at=visit.now)
    visit.session.add(family)
    visit.session.flush()
    admit(visit, family.id, "guardian")
    return family.id


def admit(visit: Visit, family_id: str, role: Role) -> Member:
    """Let the visitor into a family; the caller has checked the right to."""
    row = CaregiverRow(id=new_id(), family_id=family_id, chat_key=visit.chat_key, role=role, joined_at=visit.now)
    visit.session.add(row)
    visit.session.flush()
    return _member(row)


def members_of(visit: Visit, family_id: str) -> list[Member]:
    """Everyone in a family of the visitor, the earliest first.

    Raises: Refusal: the family is not the visitor's.
    """
    require(visit, family_id, "see")
    statement = select(CaregiverRow).where(col(CaregiverRow.family_id) == family_id)
    rows = visit.session.exec(statement.order_by(col(CaregiverRow.joined_at), col(CaregiverRow.id))).all()
    return [_member(row) for row in rows]


def call_me(visit: Visit, kin: str) -> None:
    """Note what the children call the visitor, in every family of theirs.

    Raises: Refusal: no such word is known.
    """
    if kin not in KIN:
        raise Refusal("button_gone")
    statement = select(CaregiverRow).where(col(CaregiverRow.chat_key) == visit.chat_key)
    for row in visit.session.exec(statement).all():
        row.kin = kin
        visit.session.add(row)


def remove_member(visit: Visit, member_id: str) -> Member:
    """Take a person out of the family.

    Raises: Refusal: the person is not in a family of the visitor, or the visitor may not do this.
    """
    row = visit.session.get(CaregiverRow, member_id)
    if row is None:
        raise Refusal("family.not_yours")
    remover = require(visit, row.family_id, "see")
    removed = _member(row)
    if not may_remove(remover.role, removed.role):
        raise Refusal("family.not_allowed")
    visit.session.delete(row)
    note_change(visit, row.family_id, "removed")
    return removed


def leave_family(visit: Visit, family_id: str) -> None:
    """The visitor leaves.

    Raises: Refusal: the family is not theirs, or they are its last guardian (who erases instead).
    """
    member = require(visit, family_id, "see")
    _lock(visit, family_id)
    others = [other for other in members_of(visit, family_id) if other.id != member.id]
    if member.role == "guardian" and not any(other.role == "guardian" for other in others):
        raise Refusal("family.last_guardian")
    row = visit.session.get(CaregiverRow, member.id)
    visit.session.delete(row)
    note_change(visit, family_id, "left")


def _lock(visit: Visit, family_id: str) -> None:
    """Two guardians who leave at once do so one after the other."""
    on_postgres = visit.session.get_bind().dialect.name == "postgresql"
    visit.session.get(FamilyRow, family_id, with_for_update=on_postgres)


def _member(row: CaregiverRow) -> Member:
    return Member(
        row.id, row.family_id, row.chat_key, cast("Role", row.role), cast("Kin | None", row.kin), row.joined_at
    )
