"""A seat is given once, a family has one entry, and freed seats go to the list: on both databases."""

from datetime import timedelta

import pytest

from bot.database import Database
from bot.errors import Refusal
from bot.events.bookings import cancel, change, check_in, confirm
from bot.events.entries import Desk, Granted, Refused, Wish
from bot.events.event_rows import BookingRow
from bot.events.event_sweep import recount_events, sweep_events
from bot.events.events import cancel_event, event_by_code, move, publish, resize, write_events
from bot.events.seats import LAST_OFFER_BEFORE, Party
from bot.events.waiting_list import join, notes_of, offer_freed, standing
from tests.conftest import KEYS
from tests.event_builders import (
    NOW,
    START,
    a_draft,
    an_event,
    at,
    books,
    check_counts,
    event_of,
    families,
    holds,
    state_of,
)


@pytest.fixture
def database(any_database: Database) -> Database:
    return any_database


def joins(database: Database, event_id: str, family: str, children: int = 1, now=NOW) -> str:
    wish = Wish(event_id, family, Party(children, 1), f"chat{family}")
    granted = at(database, join, wish, now=now)
    assert isinstance(granted, Granted), granted
    return granted.entry.id


def test_a_double_tap_and_a_repeated_delivery_book_once(database: Database) -> None:
    event, (one, *_) = an_event(database), families(database, 2)
    first = holds(database, event, one, request="delivery 7")
    again = holds(database, event, one, request="delivery 8")
    assert (first.entry.id, first.already, again.already) == (again.entry.id, False, True)
    at(database, cancel, first.entry.id)
    repeated = holds(database, event, one, request="delivery 7")
    assert (repeated.entry.id, repeated.entry.state, repeated.already) == (first.entry.id, "cancelled", True)
    with database.transaction() as session:
        assert event_of(session, event).taken == 0


def test_a_hold_keeps_seats_for_ten_minutes_and_then_lets_them_go(database: Database) -> None:
    event, (one, two) = an_event(database, capacity=1), families(database, 2)
    held = holds(database, event, one, confirmed=False)
    assert held.entry.held_until == NOW + timedelta(minutes=10)
    assert holds(database, event, two) == Refused("full", 0)
    later = NOW + timedelta(minutes=10)
    assert books(database, event, two, now=later)
    assert at(database, confirm, held.entry.id, now=later) == Refused("gone", 0)
    assert state_of(database, held.entry.id) == "expired"


def test_a_family_gets_all_its_places_or_none(database: Database) -> None:
    event, (one, two) = an_event(database, capacity=3, seat_for="person"), families(database, 2)
    books(database, event, one)
    assert holds(database, event, two, children=1, adults=1) == Refused("full", 1)
    with database.transaction() as session:
        assert event_of(session, event).taken == 2
        check_counts(session, event)


def test_adults_are_counted_apart_where_wanted(database: Database) -> None:
    event, (one, two, three) = an_event(database, capacity=10, adult_capacity=3), families(database, 3)
    books(database, event, one, children=2, adults=2)
    assert holds(database, event, two, children=1, adults=2) == Refused("full", 8)
    books(database, event, two, children=1, adults=1)
    assert holds(database, event, three).why == "full"


def test_a_freed_place_goes_to_the_list_first_and_not_to_the_one_who_cancelled(database: Database) -> None:
    event, (one, two, three, four) = an_event(database, capacity=1), families(database, 4)
    booked = books(database, event, one)
    second, third = joins(database, event, two), joins(database, event, three, now=NOW + timedelta(seconds=1))
    at(database, cancel, booked)
    assert [state_of(database, entry) for entry in (second, third)] == ["offered", "waiting"]
    assert holds(database, event, four).why == "full"
    again = joins(database, event, one, now=NOW + timedelta(minutes=1))
    with database.transaction() as session:
        assert [note.what for note in notes_of(session, event)] == ["offered"]
    assert at(database, confirm, second).entry.state == "confirmed"
    at(database, cancel, second)
    assert [state_of(database, entry) for entry in (third, again)] == ["offered", "waiting"]


def test_a_newcomer_cannot_overtake_the_list_and_neither_can_a_larger_booking(database: Database) -> None:
    event = an_event(database, capacity=3, most_children=3)
    one, two, three = families(database, 3)
    booked = books(database, event, one, children=2)
    waiting = joins(database, event, two, children=2)
    assert holds(database, event, three) == Refused("list_first", 1)
    assert at(database, change, booked, Party(3, 1)) == Refused("list_first", 1)
    offered = joins(database, event, three, now=NOW + timedelta(seconds=1))
    assert (state_of(database, waiting), state_of(database, offered)) == ("waiting", "offered")
    with database.transaction() as session:
        assert {(note.what, note.free, note.needed) for note in notes_of(session, event)} == {
            ("passed_over", 1, 2),
            ("offered", 1, 1),
        }


def test_an_offer_that_runs_out_goes_to_the_end_once_and_then_out(database: Database) -> None:
    event, (one, two, three) = an_event(database, capacity=1), families(database, 3)
    booked = books(database, event, one)
    second = joins(database, event, two)
    third = joins(database, event, three, now=NOW + timedelta(seconds=1))
    at(database, cancel, booked)
    sweep_events(database, KEYS, NOW + timedelta(hours=5))
    assert [state_of(database, entry) for entry in (second, third)] == ["waiting", "offered"]
    sweep_events(database, KEYS, NOW + timedelta(hours=30))
    assert [state_of(database, entry) for entry in (second, third)] == ["offered", "waiting"]
    sweep_events(database, KEYS, NOW + timedelta(hours=55))
    assert [state_of(database, entry) for entry in (second, third)] == ["out", "offered"]
    with database.transaction() as session:
        check_counts(session, event)


def test_who_was_turned_away_comes_earlier_next_time(database: Database) -> None:
    first = an_event(database, capacity=1)
    one, _two, three, four = families(database, 4)
    books(database, first, one)
    turned = joins(database, first, three)
    sweep_events(database, KEYS, START)
    assert state_of(database, turned) == "turned_away"
    later = START + timedelta(days=30)
    second = an_event(
        database, code="weaning-2", capacity=1, starts_at=later + timedelta(days=4), ends_at=later + timedelta(days=5)
    )
    booked = books(database, second, one, now=later)
    early = joins(database, second, four, now=later)
    late = joins(database, second, three, now=later + timedelta(hours=1))
    with database.transaction() as session:
        assert standing(session, session.get(BookingRow, late)) == (1, 0)
        assert standing(session, session.get(BookingRow, early)) == (2, 1)
    at(database, cancel, booked, now=later + timedelta(hours=2))
    assert (state_of(database, early), state_of(database, late)) == ("waiting", "offered")


def test_no_offer_in_the_last_hours_and_free_seats_are_open_to_everybody_then(database: Database) -> None:
    event, (one, two, three) = an_event(database, capacity=1), families(database, 3)
    booked = books(database, event, one)
    waiting = joins(database, event, two)
    last = START - LAST_OFFER_BEFORE + timedelta(minutes=1)
    at(database, cancel, booked, now=last)
    assert state_of(database, waiting) == "waiting"
    assert at(database, offer_freed, event, now=START + timedelta(minutes=1)) == []
    with database.transaction() as session:
        assert [note.what for note in notes_of(session, event)] == ["too_late"]
    assert books(database, event, three, now=last)


def test_who_waits_takes_a_seat_of_the_last_hours_with_the_same_entry(database: Database) -> None:
    event, (one, two) = an_event(database, capacity=1), families(database, 2)
    booked = books(database, event, one)
    waiting = joins(database, event, two)
    last = START - timedelta(hours=1)
    at(database, cancel, booked, now=last)
    assert books(database, event, two, now=last) == waiting
    with database.transaction() as session:
        check_counts(session, event)


def test_an_offer_lasts_by_day_only_and_never_into_the_last_hour(database: Database) -> None:
    event, (one, two) = an_event(database, capacity=1), families(database, 2)
    booked = books(database, event, one)
    waiting = joins(database, event, two)
    evening = NOW + timedelta(hours=10)  # eight in the evening
    at(database, cancel, booked, now=evening)
    with database.transaction() as session:
        assert session.get(BookingRow, waiting).held_until == NOW + timedelta(days=1, hours=2)  # noon


def test_a_lowered_capacity_throws_nobody_out_and_gives_no_place_until_there_is_room(database: Database) -> None:
    event, people = an_event(database, capacity=3), families(database, 5)
    booked = [books(database, event, family) for family in people[:3]]
    waiting = joins(database, event, people[3])
    assert at(database, resize, event, 1) == 2
    assert {state_of(database, entry) for entry in booked} == {"confirmed"}
    at(database, cancel, booked[0])
    at(database, cancel, booked[1])
    assert state_of(database, waiting) == "waiting"
    assert holds(database, event, people[4]) == Refused("full", 0)
    at(database, cancel, booked[2])
    assert state_of(database, waiting) == "offered"
    with database.transaction() as session:
        check_counts(session, event)


@pytest.mark.parametrize(
    ("changes", "now", "why"),
    [
        ({"status": "draft"}, NOW, "not_there"),
        ({}, START, "started"),
        ({}, START + timedelta(days=9), "started"),
        ({"opens_at": NOW + timedelta(hours=1)}, NOW, "not_open"),
        ({"closes_at": NOW}, NOW, "closed"),
        ({"most_children": 1}, NOW, "too_many_children"),
        ({"most_adults": 1}, NOW, "too_many_adults"),
    ],
)
def test_what_cannot_be_booked_says_why_and_changes_nothing(database: Database, changes, now, why: str) -> None:
    event, (one,) = an_event(database, **changes), families(database, 1)
    assert holds(database, event, one, children=2, adults=2, now=now).why == why
    wish = Wish(event, one, Party(2, 2))
    assert at(database, join, wish, now=now).why == why
    with database.transaction() as session:
        assert (event_of(session, event).taken, event_of(session, event).waiting) == (0, 0)
    assert holds(database, "no such event", one).why == "not_there"


def test_a_cancelled_event_ends_every_entry_and_can_be_opened_again(database: Database) -> None:
    event, (one, two, three) = an_event(database, capacity=1), families(database, 3)
    booked, waiting = books(database, event, one), joins(database, event, two)
    assert at(database, cancel_event, event) == 2
    assert at(database, cancel_event, event) == 0
    assert holds(database, event, three).why == "cancelled"
    assert at(database, confirm, booked).why == "cancelled"
    assert {state_of(database, entry) for entry in (booked, waiting)} == {"cancelled"}
    at(database, publish, event)
    assert books(database, event, three)
    with pytest.raises(Refusal):
        at(database, publish, event, now=START + timedelta(days=1))


def test_a_family_that_was_let_in_cannot_cancel_any_more(database: Database) -> None:
    event, (one,) = an_event(database), families(database, 1)
    booked = books(database, event, one)
    assert at(database, check_in, booked, now=START)
    assert not at(database, check_in, booked, now=START)
    assert at(database, cancel, booked, now=START) == Refused("checked_in")


def test_a_second_import_changes_nothing_and_a_changed_one_what_it_says(database: Database) -> None:
    drafts = [a_draft(), a_draft(code="weaning-2")]
    first = at(database, write_events, drafts)
    assert (len(first.added), len(first.changed), len(first.same)) == (2, 0, 0)
    second = at(database, write_events, drafts)
    assert (len(second.added), len(second.changed), len(second.same)) == (0, 0, 2)
    moved = a_draft(starts_at=START + timedelta(days=1), ends_at=START + timedelta(days=1, hours=2), capacity=5)
    third = at(database, write_events, [moved, a_draft(code="weaning-2", bring="围兜")])
    assert (len(third.added), len(third.changed)) == (0, 2)
    with database.transaction() as session:
        row = event_by_code(session, "weaning-1")
        assert (row.capacity, row.version, row.starts_at) == (5, 2, START + timedelta(days=1))


def test_a_wrong_counter_is_found_at_night(database: Database) -> None:
    event, (one,) = an_event(database), families(database, 1)
    books(database, event, one)
    assert recount_events(database, NOW) == []
    with database.transaction() as session:
        row = event_of(session, event)
        row.taken = 7
        session.add(row)
    assert recount_events(database, NOW) == ["weaning-1"]
    with database.transaction() as session:
        check_counts(session, event)


def test_moving_into_the_past_is_refused(database: Database) -> None:
    event = an_event(database)
    with pytest.raises(Refusal):
        at(database, move, event, NOW - timedelta(hours=1), NOW)


def test_notes_are_not_repeated_by_every_sweep(database: Database) -> None:
    event, (one, two) = an_event(database, capacity=2), families(database, 2)
    books(database, event, one)
    joins(database, event, two, children=2)
    for minute in range(5):
        sweep_events(database, KEYS, NOW + timedelta(minutes=minute))
    with database.transaction() as session:
        assert len(notes_of(session, event)) == 1
    with database.transaction() as session:
        assert offer_freed(Desk(session, KEYS, NOW), event) == []
