"""Who did what in a family, without the values: enough for a mother to see who changed a date, nothing to leak."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import col, select

from bot.families.family_rows import FamilyChangeRow
from bot.flow import Visit

What = Literal[
    "child_added", "child_erased", "nickname", "born_on", "gestation_weeks", "sex", "district", "street",
    "consent_given", "consent_withdrawn", "invited", "joined", "removed", "left",
    "dose", "visit", "measured", "screened", "record_undone", "feed_made", "feed_stopped",
    "nudge_answered", "nudges_stopped", "nudges_resumed",
]  # fmt: skip

MOST_SHOWN = 10


@dataclass(frozen=True)
class Change:
    """One line of the log. `by`: a chat's hidden address, None once that person was erased."""

    at: datetime
    by: str | None
    what: str
    child_id: str | None


def note_change(visit: Visit, family_id: str, what: What, child_id: str | None = None) -> None:
    """Write down that the visitor did this now."""
    visit.session.add(
        FamilyChangeRow(family_id=family_id, child_id=child_id, at=visit.now, by=visit.chat_key, what=what)
    )


def changes_of(visit: Visit, family_id: str, most: int | None = MOST_SHOWN) -> list[Change]:
    """The log of a family, newest first; `most` None for all of it."""
    statement = (
        select(FamilyChangeRow)
        .where(col(FamilyChangeRow.family_id) == family_id)
        .order_by(col(FamilyChangeRow.id).desc())
        .limit(most)
    )
    return [Change(row.at, row.by, row.what, row.child_id) for row in visit.session.exec(statement).all()]
