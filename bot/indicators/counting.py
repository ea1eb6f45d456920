"""Count a town for one quarter out of the database. For the nightly job: here alone sealed fields are opened for figures.

Only families that agreed to anonymous statistics are counted, and what they did; a question of a chat that belongs to
no family at all counts, one of a family that did not agree does not. What is opened is gone when the job ends.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, select

from bot.events.admission_rows import EventAnswerRow
from bot.events.event_rows import BookingRow, EventRow
from bot.events.visit_rows import HomeVisitRow
from bot.families.consent import CONSENT_VERSION
from bot.families.family_rows import CaregiverRow, ConsentRow, FamilyRow
from bot.indicators.counted_rows import (
    AskedOnce,
    BookingSeen,
    Carer,
    Estimate,
    EventSeen,
    Household,
    Infant,
    PlaceSeen,
    SaidUseful,
    TicketWait,
    Town,
    group_of,
)
from bot.indicators.figures import bounds_of, quarter_of
from bot.indicators.opened_children import OpenedChild, doses_in_time, handbooks, open_children
from bot.outreach.choice_rows import OutreachChoiceRow
from bot.outreach.muting import EVERYTHING
from bot.outreach.outreach_rows import ContactRow, OutgoingRow
from bot.questions.question_log import QuestionRow
from bot.sealing import Keyring
from knowledge.places import Place

REACHED_WITHIN = timedelta(days=90)
"""A5: an answer with sources or a message of ours within 90 days (policy table, A5)."""

YEAR = timedelta(days=365)
INFANT_DAYS = 365
GUIDE_MONTHS_DAYS = 3 * 365 + 1
PUSHES = ("nudge", "card")

TicketsOf = Callable[[Session, datetime, datetime], Sequence[TicketWait]]
"""The tickets of agreed families and of chats without a family, asked between two instants."""


@dataclass(frozen=True)
class Beside:
    """What is counted besides the database. `places`: made-up samples among them count in a made-up town alone. `tickets`: None where no tickets are kept."""

    zone: tzinfo
    places: Sequence[Place] = ()
    estimates: Sequence[Estimate] = field(default=())
    tickets: TicketsOf | None = None


def count_town(session: Session, keys: Keyring, quarter: str, now: datetime, beside: Beside) -> Town:
    """Everything counted of a quarter up to `now`, or to its end where that is past."""
    first, after = bounds_of(quarter)
    since, end = _instant(first, beside.zone), min(now, _instant(after, beside.zone))
    today = end.astimezone(beside.zone).date() if end == now else after - timedelta(days=1)
    agreed = _agreed_to(session, "statistics", end)
    children = open_children(session, keys, agreed)
    members = _members(session, agreed, end)
    district = _districts(children)
    asked_since = end - REACHED_WITHIN
    recent = _asked(session, asked_since, end)
    wrote = _wrote_since(session, asked_since)
    pushed = _pushed(session, asked_since, end)
    asked_by = {row.chat_key for row in recent}
    answered = {row.chat_key for row in recent if row.decision in {"answer", "urgent"}}
    carers = tuple(
        Carer(
            chat=row.chat_key,
            family=row.family_id,
            group=group_of(row.kin),
            asked=row.chat_key in asked_by,
            reached=row.chat_key in answered or row.chat_key in pushed,
        )
        for row in members
    )
    bookings = _bookings(session, agreed, end)
    homes = _households(
        agreed,
        carers,
        children,
        district,
        today,
        wrote=wrote | asked_by,
        pushed=pushed,
        stopped=_stopped(session),
        handbook=handbooks(session, keys, children),
        came=Counter(row.family_id for row, _ in bookings if row.checked_in_at is not None),
    )
    calendars = _agreed_to(session, "calendar", end) & agreed
    consenting = [child for child in children if child.family_id in calendars]
    return Town(
        families=session.execute(select(func.count()).where(col(FamilyRow.created_at) < end)).scalar_one(),
        households=homes,
        carers=carers,
        infants=_infants(session, children, district, today, end),
        doses=doses_in_time(session, keys, consenting, district, today),
        questions=_questions(session, since, end, members, district, agreed, beside.zone),
        questions_before=_questions(session, *_before(first, beside.zone), members, district, agreed, beside.zone),
        events=_events(session, end),
        bookings=tuple(
            BookingSeen(row.family_id, event.kind, row.checked_in_at is not None, event.district)
            for row, event in bookings
        ),
        useful=_useful(session, agreed, end),
        places=tuple(PlaceSeen(one.kind, one.district, one.street, one.is_fresh(today)) for one in beside.places),
        tickets=None if beside.tickets is None else tuple(beside.tickets(session, since, end)),
        estimates=tuple(beside.estimates),
    )


def _agreed_to(session: Session, purpose: str, end: datetime) -> frozenset[str]:
    """The families that agreed by then and agree still."""
    statement = select(ConsentRow.family_id).where(
        col(ConsentRow.purpose) == purpose,
        col(ConsentRow.given_at) < end,
        col(ConsentRow.withdrawn_at).is_(None),
        col(ConsentRow.version) == CONSENT_VERSION,
    )
    return frozenset(session.exec(statement).all())


def _members(session: Session, agreed: frozenset[str], end: datetime) -> list[CaregiverRow]:
    statement = select(CaregiverRow).where(col(CaregiverRow.joined_at) < end)
    rows = session.exec(statement.order_by(col(CaregiverRow.joined_at), col(CaregiverRow.id))).all()
    return [row for row in rows if row.family_id in agreed]


def _districts(children: Sequence[OpenedChild]) -> dict[str, str]:
    """By family: the district of its first child that has one."""
    found: dict[str, str] = {}
    for child in children:
        if child.district:
            found.setdefault(child.family_id, child.district)
    return found


def _asked(session: Session, since: datetime, until: datetime) -> Sequence[Any]:
    statement = select(QuestionRow.chat_key, QuestionRow.decision).where(
        col(QuestionRow.asked_at) >= since, col(QuestionRow.asked_at) < until
    )
    return session.execute(statement.distinct()).all()


def _wrote_since(session: Session, since: datetime) -> set[str]:
    return set(session.exec(select(ContactRow.chat_key).where(col(ContactRow.last_wrote_at) >= since)).all())


def _pushed(session: Session, since: datetime, until: datetime) -> set[str]:
    sent = (col(OutgoingRow.kind).in_(PUSHES), col(OutgoingRow.state) == "sent")
    between = (col(OutgoingRow.sent_at) >= since, col(OutgoingRow.sent_at) < until)
    return set(session.exec(select(OutgoingRow.chat_key).where(*sent, *between).distinct()).all())


def _stopped(session: Session) -> set[str]:
    """Chats whose last word about everything is no."""
    about_all = (col(OutreachChoiceRow.child_id).is_(None), col(OutreachChoiceRow.topic) == EVERYTHING)
    rows = session.exec(select(OutreachChoiceRow).where(*about_all).order_by(col(OutreachChoiceRow.chosen_at))).all()
    latest = {row.chat_key: row.wanted for row in rows if row.chat_key is not None}
    return {chat for chat, wanted in latest.items() if not wanted}


def _households(
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


def _infants(
    session: Session, children: Sequence[OpenedChild], district: dict[str, str], today: date, end: datetime
) -> tuple[Infant, ...]:
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


def _questions(
    session: Session,
    since: datetime,
    until: datetime,
    members: Sequence[CaregiverRow],
    district: dict[str, str],
    agreed: frozenset[str],
    zone: tzinfo,
) -> tuple[AskedOnce, ...]:
    home = {row.chat_key: row for row in reversed(members)}
    others = session.exec(select(CaregiverRow.chat_key, CaregiverRow.family_id)).all()
    silent = {chat for chat, family_id in others if family_id not in agreed} - set(home)
    columns: Any = (
        QuestionRow.chat_key, QuestionRow.asked_at, QuestionRow.topics, QuestionRow.decision, QuestionRow.helpful,
    )  # fmt: skip
    statement = select_columns(*columns).where(col(QuestionRow.asked_at) >= since, col(QuestionRow.asked_at) < until)
    first_topic: dict[str, str] = {}
    found = []
    for chat, asked_at, topics, decision, helpful in session.execute(statement).all():
        if chat in silent:
            continue
        if topics not in first_topic:
            first_topic[topics] = next(iter(json.loads(topics)), "")
        member = home.get(chat)
        found.append(
            AskedOnce(
                chat=chat,
                on=asked_at.astimezone(zone).date(),
                topic=first_topic[topics],
                decision=decision,
                group=group_of(member.kin) if member else "",
                district=district.get(member.family_id, "") if member else "",
                disliked=helpful is False,
            )
        )
    return tuple(found)


def _held(end: datetime) -> tuple[Any, ...]:
    return (
        col(EventRow.status).in_(("published", "full", "done")),
        col(EventRow.ends_at) <= end,
        col(EventRow.starts_at) >= end - YEAR,
    )


def _events(session: Session, end: datetime) -> tuple[EventSeen, ...]:
    rows = session.execute(select(EventRow.kind, EventRow.district, EventRow.host).where(*_held(end))).all()
    return tuple(EventSeen(*row) for row in rows)


def _bookings(session: Session, agreed: frozenset[str], end: datetime) -> list[tuple[BookingRow, EventRow]]:
    statement = select(BookingRow, EventRow).join(EventRow, col(EventRow.id) == col(BookingRow.event_id))
    rows = session.execute(statement.where(*_held(end), col(BookingRow.state) == "confirmed")).all()
    return [(row, event) for row, event in rows if row.family_id in agreed]


def _useful(session: Session, agreed: frozenset[str], end: datetime) -> tuple[SaidUseful, ...]:
    statement = (
        select(BookingRow.family_id, EventRow.kind, EventAnswerRow.answer)
        .join(EventRow, col(EventRow.id) == col(BookingRow.event_id))
        .join(EventAnswerRow, col(EventAnswerRow.booking_id) == col(BookingRow.id))
        .where(*_held(end), col(EventAnswerRow.question) == "useful")
    )
    rows = session.execute(statement).all()
    return tuple(SaidUseful(family, kind, answer == "yes") for family, kind, answer in rows if family in agreed)


def _before(first: date, zone: tzinfo) -> tuple[datetime, datetime]:
    start = bounds_of(quarter_of(first - timedelta(days=1)))[0]
    return _instant(start, zone), _instant(first, zone)


def _instant(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
