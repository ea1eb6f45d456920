"""Families as the clockwork reads them: many at once, for work that nobody stands in front of.

No visitor, so no rights: whoever calls this acts for the family under the purpose it agreed to, and shows nothing to
anybody but the members named here. Purely reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.families.child import Child
from bot.families.children import opened_child
from bot.families.consent import CONSENT_VERSION, Purpose
from bot.families.family_rows import CaregiverRow, ChildRow, ConsentRow, FamilyChangeRow
from bot.families.roles import RIGHTS, Right
from bot.sealing import Keyring


@dataclass(frozen=True)
class Caring:
    """One person who looks after a child: a hidden address, and since when."""

    chat_key: str
    joined_at: datetime


@dataclass(frozen=True)
class OnFile:
    """A child with the people around it. `agreed_at`: when a guardian agreed to the purpose asked for, None if nobody.

    `born_changed_at`: when the birth date was last changed, None if never.
    """

    child: Child
    added_at: datetime
    agreed_at: datetime | None
    born_changed_at: datetime | None
    caring: tuple[Caring, ...]


def children_on_file(
    session: Session, keys: Keyring, child_ids: Sequence[str], purpose: Purpose, right: Right
) -> dict[str, OnFile]:
    """The children with these ids, with the members who have this right; an id that is gone is left out."""
    rows = session.exec(select(ChildRow).where(col(ChildRow.id).in_(child_ids))).all()
    families = {row.family_id for row in rows}
    agreed = dict(
        session.exec(
            select(ConsentRow.family_id, ConsentRow.given_at).where(
                col(ConsentRow.family_id).in_(families),
                col(ConsentRow.purpose) == purpose,
                col(ConsentRow.withdrawn_at).is_(None),
                col(ConsentRow.version) == CONSENT_VERSION,
            )
        ).all()
    )
    caring: dict[str, list[Caring]] = {}
    roles = [role for role, rights in RIGHTS.items() if right in rights]
    members = select(CaregiverRow).where(col(CaregiverRow.family_id).in_(families), col(CaregiverRow.role).in_(roles))
    for member in session.exec(members.order_by(col(CaregiverRow.joined_at), col(CaregiverRow.id))).all():
        caring.setdefault(member.family_id, []).append(Caring(member.chat_key, member.joined_at))
    dated = (
        select(FamilyChangeRow.child_id, func.max(FamilyChangeRow.at))
        .where(col(FamilyChangeRow.family_id).in_(families), col(FamilyChangeRow.what) == "born_on")
        .group_by(col(FamilyChangeRow.child_id))
    )
    changed = dict(session.exec(dated).all())
    return {
        row.id: OnFile(
            opened_child(row, keys),
            row.added_at,
            agreed.get(row.family_id),
            changed.get(row.id),
            tuple(caring.get(row.family_id, ())),
        )
        for row in rows
    }


def children_of(session: Session, family_ids: Sequence[str]) -> list[str]:
    """The ids of every child of these families."""
    return list(session.exec(select(ChildRow.id).where(col(ChildRow.family_id).in_(family_ids))).all())


def child_ids_after(session: Session, last: str, most: int) -> list[str]:
    """The next so many children's ids in the order of ids, after `last` ("" for the first); for walking all of them."""
    statement = select(ChildRow.id).where(col(ChildRow.id) > last).order_by(col(ChildRow.id)).limit(most)
    return list(session.exec(statement).all())


def child_ids_like(session: Session, prefix: str) -> list[str]:
    """The ids of children that begin so; nothing for what is no part of an id."""
    if not all(character in "0123456789abcdef" for character in prefix):
        return []
    statement = select(ChildRow.id).where(col(ChildRow.id).startswith(prefix)).order_by(col(ChildRow.id)).limit(20)
    return list(session.exec(statement).all())
