"""Families as they are counted: who belongs to them, who was reached, where they live, their infants. See `counting`."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from bot.events.visit_rows import HomeVisitRow
from bot.families.family_rows import CaregiverRow
from bot.indicators.counted_rows import Carer, Household, Infant
from bot.indicators.opened_children import OpenedChild
from bot.outreach.choice_rows import OutreachChoiceRow
from bot.outreach.muting import EVERYTHING
from bot.outreach.outreach_rows import ContactRow, OutgoingRow
from bot.questions.question_log import QuestionRow

YEAR = timedelta(days=365)
INFANT_DAYS = 365
GUIDE_MONTHS_DAYS = 3 * 365 + 1
PUSHES = ("nudge", "card")


def members_of(session: Session, agreed: frozenset[str], end: datetime) -> list[CaregiverRow]:
    """Who belongs to agreed families by then, the first who joined first."""
    statement = select(CaregiverRow).where(col(CaregiverRow.joined_at) < end)
    rows = session.exec(statement.order_by(col(CaregiverRow.joined_at), col(CaregiverRow.id))).all()
    return [row for row in rows if row.family_id in agreed]


def districts_of(children: Sequence[OpenedChild]) -> dict[str, str]:
    """By family: the district of its first child that has one."""
    found: dict[str, str] = {}
    for child in children:
        if child.district:
            found.setdefault(child.family_id, child.district)
    return found


def asked_between(session: Session, since: datetime, until: datetime) -> Sequence[Any]:
    """Chats that asked, each with the kinds of answers it got."""
    statement = select(QuestionRow.chat_key, QuestionRow.decision).where(
        col(QuestionRow.asked_at) >= since, col(QuestionRow.asked_at) < until
    )
    return session.execute(statement.distinct()).all()


def wrote_since(session: Session, since: datetime) -> set[str]:
    """Chats that wrote anything since then."""
    return set(session.exec(select(ContactRow.chat_key).where(col(ContactRow.last_wrote_at) >= since)).all())


def pushed_between(session: Session, since: datetime, until: datetime) -> set[str]:
    """Chats that a message of ours about a child reached."""
    sent = (col(OutgoingRow.kind).in_(PUSHES), col(OutgoingRow.state) == "sent")
    between = (col(OutgoingRow.sent_at) >= since, col(OutgoingRow.sent_at) < until)
    return set(session.exec(select(OutgoingRow.chat_key).where(*sent, *between).distinct()).all())


def stopped_chats(session: Session) -> set[str]:
    """Chats whose last word about everything is no."""
    about_all = (col(OutreachChoiceRow.child_id).is_(None), col(OutreachChoiceRow.topic) == EVERYTHING)
    rows = session.exec(select(OutreachChoiceRow).where(*about_all).order_by(col(OutreachChoiceRow.chosen_at))).all()
    latest = {row.chat_key: row.wanted for row in rows if row.chat_key is not None}
    return {chat for chat, wanted in latest.items() if not wanted}


def households(
    agreed: frozenset[str],
    carers: Sequence[Carer],
    children: Sequence[OpenedChild],
    district: dict[str, str],
    today: date,
    *,
    wrote: set[str],
    pushed: set[str],
    stopped: set[str],
    handbook: set[str],
    came: Counter[str],
) -> tuple[Household, ...]:
    """The agreed families with what became of them."""
    chats: dict[str, list[Carer]] = {family_id: [] for family_id in agreed}
    for carer in carers:
        chats[carer.family].append(carer)
    young = Counter(one.family_id for one in children if 0 <= (today - one.born_on).days < GUIDE_MONTHS_DAYS)
    return tuple(
        Household(
            id=family_id,
            district=district.get(family_id, ""),
            children=young[family_id],
            active=any(one.chat in wrote for one in chats[family_id]),
            reached=any(one.reached for one in chats[family_id]),
            pushed=any(one.chat in pushed for one in chats[family_id]),
            stopped=any(one.chat in stopped for one in chats[family_id]),
            handbook=family_id in handbook,
            came=came[family_id],
        )
        for family_id in sorted(agreed)
    )


def infants(
    session: Session, children: Sequence[OpenedChild], district: dict[str, str], today: date, end: datetime
) -> tuple[Infant, ...]:
    """Children under one year, and whether somebody asked for a visit and how many days it took."""
    visits = session.exec(
        select(HomeVisitRow)
        .where(col(HomeVisitRow.asked_at) >= end - YEAR, col(HomeVisitRow.asked_at) < end)
        .order_by(col(HomeVisitRow.asked_at))
    ).all()
    asked = {row.child_id for row in visits}
    waited: dict[str, float] = {}
    for row in visits:
        if row.state == "done" and row.starts_at is not None:
            waited.setdefault(row.child_id, max(0.0, (row.starts_at - row.asked_at) / timedelta(days=1)))
    return tuple(
        Infant(one.family_id, district.get(one.family_id, ""), one.id in asked, waited.get(one.id))
        for one in children
        if 0 <= (today - one.born_on).days < INFANT_DAYS
    )
