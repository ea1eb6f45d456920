"""What an organiser does with an event: write it down, publish, give it another size, move, cancel, open again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import update
from sqlmodel import Session, col, select

from bot.errors import Refusal
from bot.events.booking_notices import plan_reminders, tell_change
from bot.events.entries import Desk, end_entry
from bot.events.event_rows import LIVE_STATES, EventRow
from bot.events.seat_claims import entries_of, lock_event
from bot.events.waiting_list import offer_freed
from bot.families.family_rows import new_id

Kind = Literal["station", "refuel", "carnival", "course"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Sessions of a guidance station, 育儿加油站, 亲子嘉年华, courses."""

SpokenIn = Literal["zh", "en", "both"]
SPOKEN_IN: tuple[SpokenIn, ...] = get_args(SpokenIn)


@dataclass(frozen=True)
class EventDraft:
    """An event as its organiser writes it down; fields as in `EventRow`. Instants are aware."""

    code: str
    kind: str
    title_zh: str
    host: str
    district: str
    place: str
    starts_at: datetime
    ends_at: datetime
    months_from: int
    months_to: int
    capacity: int
    zone: str = "Asia/Shanghai"
    series: str = ""
    title_en: str = ""
    street: str = ""
    map_url: str = ""
    language: str = "zh"
    adult_capacity: int | None = None
    seat_for: str = "child"
    most_children: int = 2
    most_adults: int = 2
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    cost_yuan: int = 0
    bring: str = ""
    picture_url: str = ""
    contact: str = ""
    topics: str = ""
    status: str = "draft"
    reconfirm: bool = False


@dataclass(frozen=True)
class Written:
    """What an import did: ids of events that are new, changed, or were so already."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    same: tuple[str, ...] = ()


_PLAIN = (
    "series", "kind", "title_zh", "title_en", "host", "district", "street", "map_url", "zone", "months_from",
    "months_to", "language", "most_children", "most_adults", "opens_at", "closes_at", "cost_yuan", "bring",
    "picture_url", "contact", "topics", "reconfirm",
)  # fmt: skip
"""Fields that an import may change without anybody having to be told."""


def write_events(desk: Desk, drafts: Iterable[EventDraft]) -> Written:
    """Write events down by their code; a second import of the same changes nothing.

    Another day or place moves the event and tells who has booked; another capacity gives it another size; the status
    "cancelled" cancels it. How seats are counted stays as it was.
    """
    drafts = list(drafts)
    hold_events(desk.session, [draft.code for draft in drafts])
    added, changed, same = [], [], []
    for draft in drafts:
        known = desk.session.exec(select(EventRow).where(col(EventRow.code) == draft.code)).first()
        if known is None:
            added.append(add_event(desk, draft))
        elif _rewrite(desk, known, draft):
            changed.append(known.id)
        else:
            same.append(known.id)
    return Written(tuple(added), tuple(changed), tuple(same))


def hold_events(session: Session, codes: Sequence[str]) -> None:
    """Hold the rows of several events, for somebody who is about to change them all in one transaction.

    In the order of their ids, as everybody does who needs more than one: two who meet never wait for each other.
    """
    statement = select(EventRow.id).where(col(EventRow.code).in_(codes)).order_by(col(EventRow.id))
    for event_id in session.exec(statement).all():
        lock_event(session, event_id)


def add_event(desk: Desk, draft: EventDraft) -> str:
    """Write one new event down. Returns its id."""
    row = EventRow(
        id=new_id(),
        ceiling=draft.capacity,
        adult_ceiling=draft.adult_capacity,
        created_at=desk.now,
        changed_at=desk.now,
        **vars(draft),
    )
    desk.session.add(row)
    desk.session.flush()
    return row.id


def publish(desk: Desk, event_id: str) -> None:
    """Let families see and book it; also opens a cancelled event again, whose entries stay ended.

    Raises: Refusal: it is not there, or over.
    """
    event = _the_event(desk, event_id)
    if desk.now >= event.ends_at:
        raise Refusal("event.no_started")
    if event.status == "cancelled":
        event.version += 1
    _save(desk, event, status="published", version=event.version)


def resize(desk: Desk, event_id: str, capacity: int, adult_capacity: int | None = None) -> int:
    """Give an event another size. Nobody who has a place loses it; there are no new places until enough are free.

    `adult_capacity`: None leaves it. Returns how many seats are taken beyond the new capacity.
    Raises: Refusal: it is not there.
    """
    event = _the_event(desk, event_id)
    values: dict[str, Any] = {"capacity": capacity, "ceiling": max(capacity, event.taken)}
    if adult_capacity is not None and event.adult_capacity is not None:
        values |= {"adult_capacity": adult_capacity, "adult_ceiling": max(adult_capacity, event.adults_taken)}
    _save(desk, event, **values)
    offer_freed(desk, event_id)
    return max(0, event.taken - capacity)


def move(
    desk: Desk, event_id: str, starts_at: datetime, ends_at: datetime, place: str | None = None, map_url: str = ""
) -> int:
    """Move an event to another time or place (None: the same); who has an entry is told once. Returns how many.

    Raises: Refusal: it is not there, cancelled or over, or the new time has passed.
    """
    event = _the_event(desk, event_id)
    if event.status == "cancelled":
        raise Refusal("event.no_cancelled")
    if desk.now >= event.starts_at or desk.now >= starts_at:
        raise Refusal("event.no_started")
    values: dict[str, Any] = {"starts_at": starts_at, "ends_at": ends_at, "version": event.version + 1}
    for name in ("opens_at", "closes_at"):  # booking opens and closes as long before the start as it did
        at = getattr(event, name)
        if at is not None:
            values[name] = at + (starts_at - event.starts_at)
    if place is not None:
        values |= {"place": place, "map_url": map_url}
    _save(desk, event, **values)
    told = 0
    for row in entries_of(desk.session, event_id, LIVE_STATES):
        if row.held_until is not None and row.held_until > starts_at:
            row.held_until = starts_at
        row.coming_at = None
        desk.session.add(row)
        desk.session.flush()
        if event.status == "published" and row.state != "held":
            tell_change(desk, event, row, "moved")
            told += 1
        if row.state == "confirmed":
            plan_reminders(desk, event, row)
    return told


def cancel_event(desk: Desk, event_id: str) -> int:
    """Cancel an event; every entry ends and who had one is told once. Returns how many.

    Raises: Refusal: it is not there, or over.
    """
    event = _the_event(desk, event_id)
    if event.status == "cancelled":
        return 0
    if desk.now >= event.ends_at:
        raise Refusal("event.no_started")
    _save(desk, event, status="cancelled")
    rows = entries_of(desk.session, event_id, LIVE_STATES)
    for row in rows:
        held = row.state == "held"
        end_entry(desk, row, "cancelled")
        if not held:
            tell_change(desk, event, row, "cancelled")
    return len(rows)


def event_by_code(session: Session, code: str) -> EventRow | None:
    """The event of a code; None where there is none."""
    return session.exec(select(EventRow).where(col(EventRow.code) == code)).first()


def events_from(session: Session, since: datetime, until: datetime | None = None) -> list[EventRow]:
    """Every event that starts in this time, whatever its status, the soonest first."""
    statement = select(EventRow).where(col(EventRow.starts_at) >= since)
    if until is not None:
        statement = statement.where(col(EventRow.starts_at) < until)
    return list(session.exec(statement.order_by(col(EventRow.starts_at), col(EventRow.code))).all())


def _the_event(desk: Desk, event_id: str) -> EventRow:
    event = lock_event(desk.session, event_id)
    if event is None:
        raise Refusal("event.no_not_there")
    return event


def _save(desk: Desk, event: EventRow, **values: Any) -> None:
    statement = update(EventRow).where(col(EventRow.id) == event.id).values(**values, changed_at=desk.now)
    desk.session.execute(statement, execution_options={"synchronize_session": False})
    desk.session.refresh(event)


def _rewrite(desk: Desk, event: EventRow, draft: EventDraft) -> bool:
    before = vars(event).copy()
    lock_event(desk.session, event.id)
    plain = {name: getattr(draft, name) for name in _PLAIN if getattr(draft, name) != getattr(event, name)}
    if plain:
        _save(desk, event, **plain)
    if draft.capacity != event.capacity or draft.adult_capacity != event.adult_capacity:
        resize(desk, event.id, draft.capacity, draft.adult_capacity)
    if draft.status == "cancelled" and event.status != "cancelled":
        cancel_event(desk, event.id)
    elif (draft.starts_at, draft.ends_at, draft.place) != (event.starts_at, event.ends_at, event.place):
        move(desk, event.id, draft.starts_at, draft.ends_at, draft.place, draft.map_url)
    if draft.status == "published" and event.status == "draft":
        publish(desk, event.id)
    after = {name: value for name, value in vars(event).items() if name not in {"_sa_instance_state", "changed_at"}}
    return any(before.get(name) != value for name, value in after.items())
