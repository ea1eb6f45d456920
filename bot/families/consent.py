"""What a family's guardian agreed to, purpose by purpose, under which version of the text.

Nothing is agreed to in advance. Consent under an older version of the text does not count: the text is shown again.
Withdrawing takes one tap, as giving does, and works at once, because every use asks `given`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlmodel import Session, col, select

from bot.errors import Refusal
from bot.families.change_log import note_change
from bot.families.family_rows import CaregiverRow, ConsentRow
from bot.families.membership import require
from bot.flow import Visit

Purpose = Literal["answers", "calendar", "events", "news", "statistics"]
"""Answers with the child's age · calendar and nudges · events · announcements · anonymous statistics."""

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)

CONSENT_VERSION = "2026-11-4"
"""The version of the phrases `consent.*` that say what is agreed to. A test holds their wording to it."""

CHILD_PURPOSES: frozenset[Purpose] = frozenset({"answers", "calendar"})
"""Without one of these there is no reason to know a child."""


@dataclass(frozen=True)
class Consent:
    """One purpose agreed to. `given_by`, `withdrawn_by`: hidden chat addresses, None once that person was erased."""

    purpose: str
    version: str
    given_at: datetime
    given_by: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None


def given(visit: Visit, family_id: str) -> frozenset[Purpose]:
    """The purposes agreed to now."""
    statement = select(ConsentRow.purpose).where(
        col(ConsentRow.family_id) == family_id,
        col(ConsentRow.withdrawn_at).is_(None),
        col(ConsentRow.version) == CONSENT_VERSION,
    )
    found = set(visit.session.exec(statement).all())
    return frozenset(purpose for purpose in PURPOSES if purpose in found)


def agreed_around(session: Session, chat_key: str) -> frozenset[Purpose]:
    """The purposes agreed to now in any family of a chat, whatever its role there."""
    families = select(CaregiverRow.family_id).where(col(CaregiverRow.chat_key) == chat_key)
    statement = select(ConsentRow.purpose).where(
        col(ConsentRow.family_id).in_(families),
        col(ConsentRow.withdrawn_at).is_(None),
        col(ConsentRow.version) == CONSENT_VERSION,
    )
    found = set(session.exec(statement).all())
    return frozenset(purpose for purpose in PURPOSES if purpose in found)


def give(visit: Visit, family_id: str, purpose: str) -> None:
    """The visitor agrees to a purpose; agreeing twice changes nothing.

    Raises: Refusal: the visitor is not a guardian here, or there is no such purpose.
    """
    require(visit, family_id, "consent")
    known = _known(purpose)
    if known in given(visit, family_id):
        return
    _end(visit, family_id, known)  # one under an older version
    visit.session.add(
        ConsentRow(
            family_id=family_id, purpose=known, version=CONSENT_VERSION, given_at=visit.now, given_by=visit.chat_key
        )
    )
    note_change(visit, family_id, "consent_given")


def withdraw(visit: Visit, family_id: str, purpose: str) -> None:
    """The visitor takes consent back; taking back what was not given changes nothing.

    Raises: Refusal: the visitor is not a guardian here, or there is no such purpose.
    """
    require(visit, family_id, "consent")
    if _end(visit, family_id, _known(purpose)):
        note_change(visit, family_id, "consent_withdrawn")


def history(visit: Visit, family_id: str) -> list[Consent]:
    """Everything that was agreed to and taken back, oldest first.

    Raises: Refusal: the family is not the visitor's.
    """
    require(visit, family_id, "see")
    statement = select(ConsentRow).where(col(ConsentRow.family_id) == family_id).order_by(col(ConsentRow.id))
    return [
        Consent(row.purpose, row.version, row.given_at, row.given_by, row.withdrawn_at, row.withdrawn_by)
        for row in visit.session.exec(statement).all()
    ]


def _end(visit: Visit, family_id: str, purpose: Purpose) -> bool:
    open_ones = (
        col(ConsentRow.family_id) == family_id,
        col(ConsentRow.purpose) == purpose,
        col(ConsentRow.withdrawn_at).is_(None),
    )
    rows = visit.session.exec(select(ConsentRow).where(*open_ones)).all()
    for row in rows:
        row.withdrawn_at, row.withdrawn_by = visit.now, visit.chat_key
        visit.session.add(row)
    visit.session.flush()
    return bool(rows)


def _known(purpose: str) -> Purpose:
    for known in PURPOSES:
        if purpose == known:
            return known
    raise Refusal("button_gone")
