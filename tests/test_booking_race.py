"""Many callers, one event: exactly its seats are booked, and nobody sees a lock error. `qihui bench --only booking`
runs the same rush 50 times at each size."""

import pytest

from bot.booking_benchmark import CALLERS, CAPACITIES, PROCESSES, THREADS, Rushing, percentile
from bot.database import Database


@pytest.fixture
def rushing(any_database: Database):
    rushing = Rushing(any_database, CALLERS, THREADS, PROCESSES)
    yield rushing
    rushing.end()


def test_two_hundred_callers_get_exactly_the_seats_there_are(rushing: Rushing) -> None:
    careless = rushing.rush(20, guarded=False)
    assert careless.booked != 20 or careless.errors, "the guard off: the race is there"
    for capacity in CAPACITIES:
        rush = rushing.rush(capacity)
        assert (rush.booked, rush.counted, rush.errors) == (capacity, capacity, 0)
        assert len(rush.times_ms) == CALLERS
        assert percentile(rush.times_ms, 0.99) <= 20_000, (
            "nobody waits for ever; how long it takes on a machine at rest is for the bench to say"
        )
