"""Ten distributors at once offer in join order, and the next offer after a cancellation is there within a second."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from bot.database import Database
from bot.events.bookings import cancel, confirm
from bot.events.entries import Wish
from bot.events.event_rows import EventRow
from bot.events.seat_claims import entries_of
from bot.events.seats import Party
from bot.events.waiting_list import join, notes_of, offer_freed
from tests.event_builders import NOW, an_event, at, books, check_counts, families


@pytest.fixture
def waiting(any_database: Database) -> tuple[str, str, list[str]]:
    """A full event, its one booking, and ten entries that wait, in the order in which they joined."""
    event = an_event(any_database, capacity=1)
    people = families(any_database, 11)
    booked = books(any_database, event, people[0])
    entries = [
        at(any_database, join, Wish(event, one, Party(1, 1)), now=NOW + timedelta(seconds=number)).entry.id
        for number, one in enumerate(people[1:])
    ]
    return event, booked, entries


def offers_of(database: Database, event: str) -> list[str]:
    with database.transaction() as session:
        return [note.booking_id for note in notes_of(session, event) if note.what == "offered"]


def more_seats(database: Database, event: str, capacity: int) -> None:
    """Seats that nobody has offered yet."""
    with database.transaction() as session:
        session.execute(update(EventRow).where(col(EventRow.id) == event).values(capacity=capacity, ceiling=capacity))


def test_ten_distributors_offer_in_join_order_every_time(any_database: Database, waiting) -> None:
    event, _booked, entries = waiting
    with ThreadPoolExecutor(10) as pool:
        for round_number, capacity in enumerate((3, 6, 8), start=1):
            more_seats(any_database, event, capacity)
            later = NOW + timedelta(minutes=round_number)
            offered = list(pool.map(lambda _n, now=later: at(any_database, offer_freed, event, now=now), range(10)))
            assert sorted(map(len, offered))[:9] == [0] * 9, "one of them did it all"
            assert offers_of(any_database, event) == entries[: capacity - 1]
    with any_database.transaction() as session:
        check_counts(session, event)


def test_the_next_offer_comes_within_a_second_and_not_to_the_one_who_cancelled(any_database: Database, waiting) -> None:
    event, booked, entries = waiting
    started = time.perf_counter()
    at(any_database, cancel, booked, now=NOW + timedelta(minutes=1))
    assert time.perf_counter() - started <= 1.0
    assert offers_of(any_database, event) == entries[:1]
    at(any_database, confirm, entries[0], now=NOW + timedelta(minutes=2))
    at(any_database, cancel, entries[0], now=NOW + timedelta(minutes=3))
    assert offers_of(any_database, event) == entries[:2]


def test_without_holding_the_events_row_ten_distributors_would_offer_to_the_same_family(
    any_database: Database, waiting
) -> None:
    """The guard off: look in one transaction, offer in the next."""
    event, _booked, entries = waiting
    more_seats(any_database, event, 2)
    gate = threading.Barrier(10)

    def careless(_number: int) -> str:
        with any_database.transaction() as session:
            first = entries_of(session, event, ("waiting",))[0].id
        gate.wait(timeout=30)
        return first

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(careless, range(10))) == entries[:1] * 10
        guarded = list(pool.map(lambda _n: at(any_database, offer_freed, event), range(10)))
    assert sorted(guarded) == [[]] * 9 + [entries[:1]]
