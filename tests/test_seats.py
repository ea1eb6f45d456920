"""The rule of seats and of the offers' clock: tables, and what must hold for any numbers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.events.chances import chance
from bot.events.offer_clock import BEFORE_START, awake_later, offer_ends, offer_lasts
from bot.events.seats import (
    LAST_OFFER_BEFORE,
    Offer,
    Party,
    PassedOver,
    Places,
    Room,
    Terms,
    Waiting,
    after_lapse,
    fits,
    in_order,
    may_claim,
    next_moves,
    places_for,
    priority_of,
    status_of,
    why_not_age,
)
from tests.conftest import REPOSITORY

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
TERMS = Terms("published", NOW + timedelta(days=4), NOW + timedelta(days=4, hours=2), 4, 12)
CASES = yaml.safe_load((REPOSITORY / "tests" / "cases" / "offers.yaml").read_text(encoding="utf-8"))


def clock(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_an_offer_lasts(case: dict[str, str]) -> None:
    ends = offer_ends(clock(case["when"]).astimezone(UTC), clock(case["start"]), SHANGHAI)
    assert ends.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") == case["ends"]


@given(st.integers(0, 10_000_000), st.integers(int(LAST_OFFER_BEFORE.total_seconds()), 40_000_000))
def test_an_offer_ends_later_than_it_begins_and_before_the_start(seconds: int, left: int) -> None:
    now = NOW + timedelta(seconds=seconds)
    start = now + timedelta(seconds=left)
    assert now < offer_ends(now, start, SHANGHAI) <= start - BEFORE_START
    assert timedelta(minutes=30) <= offer_lasts(start - now) <= timedelta(hours=4)


@given(st.integers(0, 10_000_000), st.integers(0, 200_000))
def test_the_clock_of_an_offer_never_stops_at_night(seconds: int, span: int) -> None:
    at = awake_later(NOW + timedelta(seconds=seconds), timedelta(seconds=span), SHANGHAI).astimezone(SHANGHAI)
    assert 9 <= at.hour < 21 or (at.hour, at.minute, at.second, at.microsecond) == (21, 0, 0, 0)


@pytest.mark.parametrize(
    ("terms", "places"),
    [
        (TERMS, Places(2)),
        (replace(TERMS, seat_for="person"), Places(3)),
        (replace(TERMS, adults_apart=True), Places(2, 1)),
    ],
)
def test_what_a_party_takes(terms: Terms, places: Places) -> None:
    assert places_for(Party(2, 1), terms) == places


@pytest.mark.parametrize(("months", "why"), [(3, "too_young"), (4, None), (12, None), (13, "too_old")])
def test_both_ends_of_the_age_are_included(months: int, why: str | None) -> None:
    assert why_not_age(months, TERMS) == why


def test_who_waits_keeps_others_out_until_offers_end() -> None:
    room = Room(20, 10, waiting=1)
    assert not may_claim(room, Places(1), TERMS, NOW)
    assert may_claim(room, Places(1), TERMS, TERMS.starts_at - LAST_OFFER_BEFORE + timedelta(seconds=1))


def test_what_an_event_is_called() -> None:
    assert status_of("published", Room(2, 1), TERMS.ends_at, NOW) == "published"
    assert status_of("published", Room(2, 2), TERMS.ends_at, NOW) == "full"
    assert status_of("published", Room(2, 3), TERMS.ends_at, TERMS.ends_at) == "done"
    assert status_of("cancelled", Room(2, 0), TERMS.ends_at, TERMS.ends_at) == "cancelled"


entries = st.lists(
    st.builds(
        Waiting,
        st.uuids().map(str),
        st.builds(Places, st.integers(1, 4), st.integers(0, 3)),
        st.integers(0, 3),
        st.integers(0, 5).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    ),
    unique_by=lambda entry: entry.id,
    max_size=12,
)
rooms = st.builds(Room, st.integers(0, 12), st.integers(0, 12), st.just(0), st.none() | st.integers(0, 9))


@given(rooms, entries)
def test_offers_never_pass_what_is_free_and_follow_the_order(room: Room, waiting: list[Waiting]) -> None:
    moves = next_moves(room, waiting, TERMS, NOW)
    offered = [move.entry.places for move in moves if isinstance(move, Offer)]
    assert not offered or room.taken + sum(places.seats for places in offered) <= room.capacity
    if room.adult_capacity is not None and offered:
        assert sum(places.adults for places in offered) <= room.adult_capacity
    order = [entry.id for entry in in_order(waiting)]
    assert [move.entry.id for move in moves] == order[: len(moves)]
    left = Room(room.capacity, room.taken + sum(p.seats for p in offered), 0, room.adult_capacity)
    for move in moves:
        if isinstance(move, PassedOver):
            seats_alone = Room(room.capacity, room.capacity - move.free)
            assert room.adult_capacity is not None or not fits(seats_alone, move.entry.places)
    assert len(moves) == len(waiting) or left.free == 0


def test_fairness_counts_who_was_turned_away_since_their_last_place() -> None:
    days_ago = [NOW - timedelta(days=days) for days in (10, 40, 200)]
    assert priority_of(days_ago, None, NOW) == 2
    assert priority_of(days_ago, NOW - timedelta(days=20), NOW) == 1
    assert priority_of([NOW] * 9, None, NOW) == 3
    assert priority_of([], None, NOW) == 0


def test_an_offer_may_run_out_once() -> None:
    assert (after_lapse(0), after_lapse(1)) == ("waiting", "out")


@pytest.mark.parametrize(
    ("ahead", "before", "expected"),
    [(0, (10, 5), "unknown"), (0, (100, 20), "likely"), (4, (100, 20), "possible"), (19, (100, 20), "unlikely")],
)
def test_the_estimate_is_honest(ahead: int, before: tuple[int, int], expected: str) -> None:
    assert chance(ahead, 1, 20, *before) == expected
