"""Letting families in: once for each booking, whoever scans, and told again the same however often.

The admission is a conditional UPDATE of the booking (`bookings.check_in`); of ten who scan one code at once one changes
the row, and nine read when and where it was used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlalchemy import select as select_columns
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from bot.events.admission_rows import AdmissionRow, PassRow
from bot.events.bookings import check_in
from bot.events.entries import Desk
from bot.events.event_rows import BookingRow, EventRow
from bot.events.pass_code import code_in, new_code

OPENS_BEFORE = timedelta(hours=2)
OPEN_AFTER = timedelta(hours=2)
"""From two hours before the start until two hours after the end; later a list is taken in."""

MOST_IN_A_PARTY = 20


@dataclass(frozen=True)
class Doorkeeper:
    """Who lets in, and where. `door`: an entrance or a telephone, as staff call it."""

    by: str
    door: str


@dataclass(frozen=True)
class LetIn:
    """The party may come in; `booking_id` None for a walk-in. `over`: more are in than the event has room for."""

    booking_id: str | None
    children: int
    adults: int
    over: bool = False


@dataclass(frozen=True)
class AlreadyIn:
    """The code was used: when, by whom, where. Nothing was changed."""

    at: datetime
    by: str
    door: str


@dataclass(frozen=True)
class OtherEvent:
    """The code belongs to another event."""

    title: str
    starts_at: datetime


@dataclass(frozen=True)
class NotIn:
    """Nobody is let in. `why`: unknown_code, no_event, cancelled, not_yet, over, not_booked, or party."""

    why: str


Outcome = LetIn | AlreadyIn | OtherEvent | NotIn


@dataclass(frozen=True)
class Attendance:
    """How full the event is. `booked`: confirmed parties; `came`: of those; `walked_in`: parties without a booking.

    `children`, `adults`: people inside. `no_shows`: parties that did not come, None until the event is over.
    """

    booked: int
    came: int
    walked_in: int
    children: int
    adults: int
    no_shows: int | None


def pass_for(session: Session, booking_id: str) -> str:
    """The code of a booking; made when it is first asked for, the same from then on."""
    return passes_for(session, (booking_id,))[booking_id]


def passes_for(session: Session, booking_ids: Sequence[str]) -> dict[str, str]:
    """The codes of bookings; see `pass_for`."""
    wanted = select(PassRow.booking_id, PassRow.code).where(col(PassRow.booking_id).in_(booking_ids))
    known = dict(session.exec(wanted).all())
    missing = [{"booking_id": one, "code": new_code()} for one in booking_ids if one not in known]
    if not missing:
        return known
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    table = PassRow.__table__  # type: ignore[attr-defined]
    session.execute(insert(table).values(missing).on_conflict_do_nothing())
    return dict(session.exec(wanted).all())


def admit(desk: Desk, event_id: str, text: str, keeper: Doorkeeper, *, from_list: bool = False) -> Outcome:
    """Let in whoever shows this code. `desk.now` is when they came; `from_list`: it was written down then and told later."""
    event = desk.session.get(EventRow, event_id)
    closed = _closed(event, desk.now, from_list=from_list)
    if event is None or closed is not None:
        return closed or NotIn("no_event")
    code = code_in(text)
    booking = None if code is None else _booking_of(desk.session, code)
    if booking is None:
        return NotIn("unknown_code")
    if booking.event_id != event_id:
        other = desk.session.get(EventRow, booking.event_id)
        return NotIn("unknown_code") if other is None else OtherEvent(other.title_zh, other.starts_at)
    if check_in(desk, booking.id):
        _note(desk, _row(f"b:{booking.id}", event_id, booking.id, booking.children, booking.adults, desk, keeper))
        return LetIn(booking.id, booking.children, booking.adults)
    used = desk.session.exec(select(AdmissionRow).where(col(AdmissionRow.booking_id) == booking.id)).first()
    if used is not None:
        return AlreadyIn(used.at, used.by, used.door)
    return NotIn("not_booked")


def walk_in(
    desk: Desk, event_id: str, key: str, children: int, adults: int, keeper: Doorkeeper, *, from_list: bool = False
) -> Outcome:
    """Let in a party without a booking: numbers alone, no name. `key`: the same for the same party, told again."""
    event = desk.session.get(EventRow, event_id)
    closed = _closed(event, desk.now, from_list=from_list)
    if event is None or closed is not None:
        return closed or NotIn("no_event")
    if not (0 <= children <= MOST_IN_A_PARTY and 0 <= adults <= MOST_IN_A_PARTY and children + adults > 0):
        return NotIn("party")
    if not _note(desk, _row(f"w:{event_id}:{key}"[:60], event_id, None, children, adults, desk, keeper)):
        used = desk.session.get(AdmissionRow, f"w:{event_id}:{key}"[:60])
        return NotIn("party") if used is None else AlreadyIn(used.at, used.by, used.door)
    inside = attendance(desk, event_id)
    filled = inside.children if event.seat_for == "child" else inside.children + inside.adults
    return LetIn(None, children, adults, over=filled > event.capacity)


def attendance(desk: Desk, event_id: str) -> Attendance:
    """How full the event is, and once it is over who did not come."""
    event = desk.session.get(EventRow, event_id)
    return attendance_of(desk, () if event is None else (event,)).get(event_id, Attendance(0, 0, 0, 0, 0, None))


def attendance_of(desk: Desk, events: Sequence[EventRow]) -> dict[str, Attendance]:
    """By event: how full it is."""
    ids = [event.id for event in events]
    with_booking = col(AdmissionRow.booking_id)
    inside = (
        select_columns(
            col(AdmissionRow.event_id), func.count(), func.count(with_booking),
            func.sum(AdmissionRow.children), func.sum(AdmissionRow.adults),
        )
        .where(col(AdmissionRow.event_id).in_(ids))
        .group_by(col(AdmissionRow.event_id))
    )  # fmt: skip
    let_in = {row[0]: tuple(map(int, row[1:])) for row in desk.session.execute(inside).all()}
    confirmed = (col(BookingRow.event_id).in_(ids), col(BookingRow.state) == "confirmed")
    counted = select(BookingRow.event_id, func.count()).where(*confirmed).group_by(col(BookingRow.event_id))
    booked = dict(desk.session.exec(counted).all())
    found = {}
    for event in events:
        parties, came, children, adults = let_in.get(event.id, (0, 0, 0, 0))
        places = booked.get(event.id, 0)
        missing = max(0, places - came) if desk.now >= event.ends_at else None
        found[event.id] = Attendance(places, came, parties - came, children, adults, missing)
    return found


def no_shows(session: Session, event_id: str) -> list[str]:
    """The bookings that nobody came for; meant for an event that is over."""
    statement = select(BookingRow.id).where(
        col(BookingRow.event_id) == event_id,
        col(BookingRow.state) == "confirmed",
        col(BookingRow.checked_in_at).is_(None),
    )
    return list(session.exec(statement.order_by(col(BookingRow.id))).all())


def _closed(event: EventRow | None, now: datetime, *, from_list: bool) -> NotIn | None:
    if event is None or event.status == "draft":
        return NotIn("no_event")
    if event.status == "cancelled":
        return NotIn("cancelled")
    if now < event.starts_at - OPENS_BEFORE:
        return NotIn("not_yet")
    if now > event.ends_at + OPEN_AFTER and not from_list:
        return NotIn("over")
    return None


def _booking_of(session: Session, code: str) -> BookingRow | None:
    row = session.exec(select(PassRow).where(col(PassRow.code) == code)).first()
    return None if row is None else session.get(BookingRow, row.booking_id, populate_existing=True)


def _row(
    key: str, event_id: str, booking_id: str | None, children: int, adults: int, desk: Desk, keeper: Doorkeeper
) -> dict[str, object]:
    return {
        "key": key,
        "event_id": event_id,
        "booking_id": booking_id,
        "children": children,
        "adults": adults,
        "at": desk.now,
        "by": keeper.by[:40],
        "door": keeper.door[:40],
    }


def _note(desk: Desk, values: dict[str, object]) -> bool:
    """Write an admission down. Returns whether it was new."""
    insert = postgresql.insert if desk.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    table = AdmissionRow.__table__  # type: ignore[attr-defined]
    statement = insert(table).values(**values).on_conflict_do_nothing().returning(table.c.key)
    return desk.session.execute(statement).first() is not None
