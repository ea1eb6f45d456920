"""Count a town for one quarter out of the database. For the nightly job: here alone sealed fields are opened for figures.

Only families that agreed to anonymous statistics are counted, and what they did; a question of a chat that belongs to
no family at all counts, one of a family that did not agree does not. What is opened is gone when the job ends.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from sqlmodel import Session, col, func, select

from bot.families.consent import CONSENT_VERSION
from bot.families.family_rows import ConsentRow, FamilyRow
from bot.indicators.counted_rows import BookingSeen, Carer, Estimate, PlaceSeen, TicketWait, Town, group_of
from bot.indicators.events_seen import bookings_held, events_held, said_useful
from bot.indicators.families_seen import (
    asked_between,
    districts_of,
    households,
    infants,
    members_of,
    pushed_between,
    stopped_chats,
    wrote_since,
)
from bot.indicators.figures import bounds_of, quarter_of
from bot.indicators.opened_children import doses_in_time, handbooks, open_children
from bot.indicators.questions_seen import questions_between
from bot.sealing import Keyring
from knowledge.places import Place

REACHED_WITHIN = timedelta(days=90)
"""A5: an answer with sources or a message of ours within 90 days (policy table, A5)."""

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
    members = members_of(session, agreed, end)
    district = districts_of(children)
    asked_since = end - REACHED_WITHIN
    recent = asked_between(session, asked_since, end)
    wrote = wrote_since(session, asked_since)
    pushed = pushed_between(session, asked_since, end)
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
    bookings = bookings_held(session, agreed, end)
    homes = households(
        agreed,
        carers,
        children,
        district,
        today,
        wrote=wrote | asked_by,
        pushed=pushed,
        stopped=stopped_chats(session),
        handbook=handbooks(session, keys, children),
        came=Counter(row.family_id for row, _ in bookings if row.checked_in_at is not None),
    )
    calendars = _agreed_to(session, "calendar", end) & agreed
    consenting = [child for child in children if child.family_id in calendars]
    return Town(
        families=session.execute(select(func.count()).where(col(FamilyRow.created_at) < end)).scalar_one(),
        households=homes,
        carers=carers,
        infants=infants(session, children, district, today, end),
        doses=doses_in_time(session, keys, consenting, district, today),
        questions=questions_between(session, since, end, members, district, agreed, beside.zone),
        questions_before=questions_between(
            session, *_before(first, beside.zone), members, district, agreed, beside.zone
        ),
        events=events_held(session, end),
        bookings=tuple(
            BookingSeen(row.family_id, event.kind, row.checked_in_at is not None, event.district)
            for row, event in bookings
        ),
        useful=said_useful(session, agreed, end),
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


def _before(first: date, zone: tzinfo) -> tuple[datetime, datetime]:
    start = bounds_of(quarter_of(first - timedelta(days=1)))[0]
    return _instant(start, zone), _instant(first, zone)


def _instant(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
