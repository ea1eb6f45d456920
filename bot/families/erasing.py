"""Erase one child, or everything of one person. Carried out in the tables at once, not marked for later.

A person who is the only guardian takes the family along, because nobody is left who may answer for its children. Where
another guardian stays, the person leaves and their name goes from the log; the children stay with those who share them.
"""

from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlmodel import col

from bot.families.change_log import note_change
from bot.families.child import Child
from bot.families.children import children_of_family, the_child
from bot.families.family_rows import (
    CaregiverRow,
    ChildRow,
    ConsentRow,
    FamilyChangeRow,
    FamilyRow,
    InvitationRow,
)
from bot.families.membership import Member, members_of, memberships
from bot.flow import Visit


@dataclass(frozen=True)
class Leaving:
    """What erasing everything means for the families of a visitor.

    `erased`: the children who go for everybody. `left`: how many families go on without the visitor. `others`: how many
    other people lose sight of the erased children.
    """

    erased: tuple[Child, ...] = ()
    left: int = 0
    others: int = 0


def erase_child(visit: Visit, child_id: str) -> Child:
    """Erase a child with everything that hangs on it. Returns the child as it was.

    Raises: Refusal: the child is not shared with the visitor, or the visitor is no guardian.
    """
    child = the_child(visit, child_id, "erase")
    visit.session.execute(delete(ChildRow).where(col(ChildRow.id) == child_id))
    note_change(visit, child.family_id, "child_erased", child_id)
    return child


def leaving(visit: Visit) -> Leaving:
    """What `erase_everything` would do."""
    children: list[Child] = []
    left = others = 0
    for member in memberships(visit):
        if _is_last_guardian(visit, member):
            children += children_of_family(visit, member.family_id)
            others += len(members_of(visit, member.family_id)) - 1
        else:
            left += 1
    return Leaving(tuple(children), left, others)


def losing_sight(visit: Visit) -> tuple[str, ...]:
    """The other people whose family goes when the visitor erases everything, by their hidden addresses."""
    gone = [one.family_id for one in memberships(visit) if _is_last_guardian(visit, one)]
    return tuple(one.chat_key for family in gone for one in members_of(visit, family) if one.chat_key != visit.chat_key)


def erase_everything(visit: Visit) -> Leaving:
    """Erase everything of the visitor in this room. Returns what was done."""
    done = leaving(visit)
    for member in memberships(visit):
        if _is_last_guardian(visit, member):
            _erase_family(visit, member.family_id)
        else:
            visit.session.execute(delete(CaregiverRow).where(col(CaregiverRow.id) == member.id))
    mine = visit.chat_key
    visit.session.execute(delete(InvitationRow).where(col(InvitationRow.made_by) == mine))
    visit.session.execute(update(FamilyChangeRow).where(col(FamilyChangeRow.by) == mine).values(by=None))
    visit.session.execute(update(ConsentRow).where(col(ConsentRow.given_by) == mine).values(given_by=None))
    visit.session.execute(update(ConsentRow).where(col(ConsentRow.withdrawn_by) == mine).values(withdrawn_by=None))
    return done


def _is_last_guardian(visit: Visit, member: Member) -> bool:
    guardians = [one for one in members_of(visit, member.family_id) if one.role == "guardian"]
    return [one.id for one in guardians] == [member.id]


def _erase_family(visit: Visit, family_id: str) -> None:
    for table in (InvitationRow, FamilyChangeRow, ConsentRow, ChildRow, CaregiverRow):
        visit.session.execute(delete(table).where(col(table.family_id) == family_id))
    visit.session.execute(delete(FamilyRow).where(col(FamilyRow.id) == family_id))
