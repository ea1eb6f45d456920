"""Who agreed to a purpose, a few chats at a time in the order of their hidden addresses: for messages to many.

There is no visitor here whose rights could be asked: the caller sends to these chats what their guardians agreed to,
and shows nobody whose child is whose.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from bot.families.child import Child
from bot.families.children import opened_child, placed_child
from bot.families.consent import CONSENT_VERSION, Purpose
from bot.families.family_rows import CaregiverRow, ChildRow, ConsentRow
from bot.sealing import Keyring


@dataclass(frozen=True)
class AgreedChat:
    """One chat in one family that agreed; a person of two families is there once for each."""

    chat_key: str
    family_id: str
    children: tuple[Child, ...]


def agreed_chats(
    session: Session, keys: Keyring, purpose: Purpose, after: str = "", most: int = 500
) -> list[AgreedChat]:
    """The chats after a hidden address, at most `most` of them, each with its families that agreed.

    Of the children no more is opened than what chooses an audience: birth date and district. The last one's address is
    where the next call begins; an empty list is the end.
    """
    agreed = select(ConsentRow.family_id).where(
        col(ConsentRow.purpose) == purpose,
        col(ConsentRow.version) == CONSENT_VERSION,
        col(ConsentRow.withdrawn_at).is_(None),
    )
    members = select(CaregiverRow.chat_key, CaregiverRow.family_id)
    mine = members.where(col(CaregiverRow.chat_key) > after, col(CaregiverRow.family_id).in_(agreed))
    page = mine.with_only_columns(col(CaregiverRow.chat_key)).distinct().order_by(col(CaregiverRow.chat_key))
    chats = list(session.execute(page.limit(most)).scalars().all())
    pairs = session.execute(mine.where(col(CaregiverRow.chat_key).in_(chats))).all()
    children = _as_chosen_by(session, keys, [family_id for _, family_id in pairs])
    return [AgreedChat(chat, family, children.get(family, ())) for chat, family in sorted(map(tuple, pairs))]


def still_agreed(session: Session, keys: Keyring, purpose: Purpose, chat_key: str, family_id: str) -> AgreedChat | None:
    """The chat with its family's children as they are now; None where it left or the guardians took consent back."""
    families = select(CaregiverRow.id).join(ConsentRow, col(ConsentRow.family_id) == col(CaregiverRow.family_id))
    agreed = families.where(
        col(CaregiverRow.chat_key) == chat_key,
        col(CaregiverRow.family_id) == family_id,
        col(ConsentRow.purpose) == purpose,
        col(ConsentRow.version) == CONSENT_VERSION,
        col(ConsentRow.withdrawn_at).is_(None),
    )
    if session.execute(agreed.limit(1)).first() is None:
        return None
    return AgreedChat(chat_key, family_id, _children(session, keys, [family_id]).get(family_id, ()))


def _as_chosen_by(session: Session, keys: Keyring, families: Sequence[str]) -> dict[str, tuple[Child, ...]]:
    """Age and district alone: thousands are looked at for one announcement, and each sealed field takes its time."""
    columns = select(ChildRow.id, ChildRow.family_id, ChildRow.born_on, ChildRow.district)
    found: dict[str, list[Child]] = defaultdict(list)
    for child_id, family_id, born_on, district in session.exec(
        columns.where(col(ChildRow.family_id).in_(set(families)))
    ).all():
        found[family_id].append(placed_child(child_id, family_id, born_on, district, keys))
    return {family: tuple(children) for family, children in found.items()}


def _children(session: Session, keys: Keyring, families: Sequence[str]) -> dict[str, tuple[Child, ...]]:
    found: dict[str, list[Child]] = defaultdict(list)
    for row in session.exec(select(ChildRow).where(col(ChildRow.family_id).in_(set(families)))).all():
        found[row.family_id].append(opened_child(row, keys))
    return {family: tuple(children) for family, children in found.items()}
