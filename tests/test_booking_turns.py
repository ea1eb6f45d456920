"""PostgreSQL: callers of one event are served in the order in which they came; who needs several events never waits in a ring."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.database import Database
from bot.events import seat_claims
from bot.events.entries import Desk
from bot.events.events import write_events
from bot.events.seat_claims import lock_event
from tests.conftest import KEYS
from tests.event_builders import NOW, START, a_draft, an_event, check_counts, families, holds

pytestmark = [pytest.mark.postgres, pytest.mark.parametrize("any_database", ["postgresql"], indirect=True)]


def wait_for(database: Database, waiting: int) -> None:
    """Until so many callers queue."""
    asked = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    for _ in range(1000):
        with database.reading() as session:
            if session.execute(asked).scalar_one() >= waiting:
                return
        time.sleep(0.01)
    raise AssertionError(f"{waiting} callers never queued")


def test_callers_are_served_in_the_order_in_which_they_came(any_database: Database) -> None:
    event, homes = an_event(any_database, capacity=8), families(any_database, 8)
    served: list[str] = []

    def calls(family: str) -> None:
        holds(any_database, event, family)
        served.append(family)

    threads = [threading.Thread(target=calls, args=(family,)) for family in homes]
    with any_database.transaction() as session:
        lock_event(session, event)
        for number, thread in enumerate(threads, start=1):
            thread.start()
            wait_for(any_database, number)
    for thread in threads:
        thread.join(timeout=30)
    with any_database.transaction() as session:
        order = session.execute(text("SELECT family_id FROM booking ORDER BY ctid")).scalars().all()
        check_counts(session, event)
    assert list(order) == homes
    assert sorted(served) == sorted(homes)


def test_two_who_change_the_same_events_never_wait_for_each_other(
    any_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = [f"ring-{number}" for number in range(4)]
    for code in codes:
        an_event(any_database, code=code)
    both = threading.Barrier(2)

    def changes(codes_in_order: list[str], hour: int) -> None:
        at = START + timedelta(hours=hour)
        drafts = [a_draft(code=code, starts_at=at, ends_at=at + timedelta(hours=1)) for code in codes_in_order]
        both.wait(timeout=30)
        with any_database.transaction() as session:
            write_events(Desk(session, KEYS, NOW), drafts)

    def meet(hour: int) -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(changes, (codes, codes[::-1]), (hour, hour + 1)))

    for hour in range(1, 6):
        meet(hour)
    monkeypatch.setattr("bot.events.events.hold_events", lambda *_: None)  # the guard off
    slow = seat_claims.lock_event
    monkeypatch.setattr("bot.events.events.lock_event", lambda *of: (slow(*of), time.sleep(0.05))[0])
    with pytest.raises(OperationalError, match="deadlock"):
        meet(10)
