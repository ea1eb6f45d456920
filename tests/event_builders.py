"""Events and families for tests, valid by default: a test names only what matters."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session

from bot.database import Database
from bot.events.bookings import hold
from bot.events.entries import Desk, Granted, Refused, Wish
from bot.events.event_rows import BookingRow, EventRow
from bot.events.events import EventDraft, add_event
from bot.events.seat_claims import counted, room_of
from bot.events.seats import Party
from bot.families.family_rows import FamilyRow
from tests.conftest import KEYS

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
"""Tuesday, ten in the morning in Shanghai."""
START = NOW + timedelta(days=4)


def a_draft(**changes: Any) -> EventDraft:
    plain = {
        "code": "weaning-1",
        "kind": "station",
        "title_zh": "辅食第一口",
        "title_en": "First foods",
        "host": "花木指导站",
        "district": "浦东新区",
        "place": "花木路100号2楼",
        "starts_at": START,
        "ends_at": START + timedelta(hours=2),
        "months_from": 4,
        "months_to": 12,
        "capacity": 20,
        "status": "published",
        "topics": "feeding.solids.start feeding.solids.first-foods",
    }
    return EventDraft(**{**plain, **changes})


def an_event(database: Database, now: datetime = NOW, **changes: Any) -> str:
    with database.transaction() as session:
        return add_event(Desk(session, KEYS, now), a_draft(**changes))


def families(database: Database, count: int, now: datetime = NOW) -> list[str]:
    ids = [f"{number:016x}" for number in range(1, count + 1)]
    with database.transaction() as session:
        session.add_all(FamilyRow(id=family_id, created_at=now) for family_id in ids)
    return ids


def holds(
    database: Database,
    event_id: str,
    family_id: str,
    children: int = 1,
    adults: int = 1,
    now: datetime = NOW,
    confirmed: bool = True,
    request: str | None = None,
) -> Granted | Refused:
    wish = Wish(event_id, family_id, Party(children, adults), f"chat{family_id}", (), request)
    with database.transaction() as session:
        return hold(Desk(session, KEYS, now), wish, confirmed=confirmed)


def books(database: Database, event_id: str, family_id: str, **more: Any) -> str:
    """The id of a booking that must succeed."""
    granted = holds(database, event_id, family_id, **more)
    assert isinstance(granted, Granted), granted
    return granted.entry.id


def at(database: Database, verb: Any, *arguments: Any, now: datetime = NOW) -> Any:
    """Run a verb of the room in a transaction of its own."""
    with database.transaction() as session:
        return verb(Desk(session, KEYS, now), *arguments)


def event_of(session: Session, event_id: str) -> EventRow:
    return session.get(EventRow, event_id, populate_existing=True)


def state_of(database: Database, booking_id: str) -> str:
    with database.transaction() as session:
        return session.get(BookingRow, booking_id).state


def check_counts(session: Session, event_id: str) -> None:
    """Nothing leaks: the counters are what the entries say, and within bounds."""
    row = event_of(session, event_id)
    assert (row.taken, row.adults_taken, row.waiting) == counted(session, event_id)
    assert row.taken <= max(row.capacity, row.ceiling)
    assert room_of(row).free == max(0, row.capacity - row.taken)
