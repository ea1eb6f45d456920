"""After a turn: nudges planned anew for the families that something changed in, in the turn's own transaction.

What changed stands in the families' change log, whichever room wrote it; so no room needs to know the nudges.
"""

from sqlmodel import col, select

from bot.care.plan_nudges import Replanned, plan_children, setup_for
from bot.families.family_rows import FamilyChangeRow
from bot.families.rosters import children_of
from bot.flow import Visit


def plan_after_turn(visit: Visit) -> Replanned:
    """Bring the outbox in line with what the visitor has changed in this turn; nothing changed costs one look."""
    statement = select(FamilyChangeRow.family_id).where(
        col(FamilyChangeRow.by) == visit.chat_key, col(FamilyChangeRow.at) == visit.now
    )
    families = set(visit.session.exec(statement).all())
    if not families:
        return Replanned()
    child_ids = children_of(visit.session, sorted(families))
    return plan_children(visit.session, visit.keys, child_ids, setup_for(visit.zone), visit.now)
