"""No message of our own in the night, at every change of the clocks of ten years; the family budget as a law."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.outreach.family_budget import Go, HoldUntil, Limits, gate
from bot.outreach.quiet_hours import SPREAD_OVER_S, QuietHours, is_quiet, next_opening, opening_on, spread_s

HOURS = QuietHours()
ZONES = [
    "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Beirut",
    "Africa/Casablanca", "America/Havana",
]  # fmt: skip
CHAT = "a" * 32


def transitions(zone: ZoneInfo) -> list[datetime]:
    """Every hour of 2026-2036 at whose end the zone has another offset."""
    at, end, found = datetime(2026, 1, 1, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC), []
    while at < end:
        later = at + timedelta(hours=6)
        if at.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            found.append(at)
        at = later
    return found


@pytest.mark.parametrize("name", ZONES)
def test_nine_stays_nine_through_every_change_of_the_clocks(name: str) -> None:
    zone = ZoneInfo(name)
    changes = transitions(zone)
    assert len(changes) == 0 if name == "Asia/Shanghai" else len(changes) >= 20
    for change in changes:
        for day in (change.astimezone(zone).date() + timedelta(days=shift) for shift in (-1, 0, 1)):
            local = opening_on(day, zone, HOURS, CHAT).astimezone(zone)
            assert (local.date(), local.hour) == (day, 9)
        for hours in range(-30, 30):
            now = change + timedelta(hours=hours, minutes=30)
            if is_quiet(now, zone, HOURS):
                opens = next_opening(now, zone, HOURS, CHAT)
                assert now < opens <= now + timedelta(hours=14)
                assert not is_quiet(opens, zone, HOURS)
                assert is_quiet(opens - timedelta(seconds=spread_s(CHAT) + 1), zone, HOURS)


@pytest.mark.parametrize("name", ZONES)
def test_a_local_hour_that_is_missing_or_comes_twice_opens_once(name: str) -> None:
    zone, early = ZoneInfo(name), QuietHours(21, 1)
    for change in transitions(zone):
        day = change.astimezone(zone).date()
        openings = [opening_on(day + timedelta(days=shift), zone, early, CHAT) for shift in range(-1, 3)]
        assert openings == sorted(set(openings))
        assert all(not is_quiet(at, zone, early) for at in openings)


def test_held_messages_leave_spread_over_the_first_hour() -> None:
    seconds = [spread_s(f"{number:032x}") for number in range(4000)]
    assert max(Counter(seconds).values()) < 10
    minutes = Counter(second // 60 for second in seconds)
    assert set(minutes) == set(range(60))
    assert max(minutes.values()) < 2 * min(minutes.values())
    assert max(seconds) < SPREAD_OVER_S


def test_quiet_hours_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="evening and morning"):
        QuietHours(9, 21)
    with pytest.raises(ValueError, match="fewer kept"):
        Limits(1, 1, 1)


def at(hour: int, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, 30, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "lane", "sent", "expected"),
    [
        (at(10), "reminder", [], None),
        (at(22), "reminder", [], (25, "quiet_hours")),
        (at(3), "reminder", [], (24, "quiet_hours")),
        (at(3), "urgent", [at(2)] * 9, None),
        (at(3), "live", [], None),
        (at(15), "reminder", [at(9)], (25, "day_budget")),
        (at(15), "reminder", [at(9, 20), at(9, 21), at(9, 22)], (27, "week_budget")),
        (at(15), "reminder", [at(9, 17), at(9, 21), at(9, 22)], None),
        (at(15), "bulk", [at(9, 20), at(9, 21)], (27, "week_budget")),
        (at(15), "reminder", [at(9, 20), at(9, 21)], None),
        (at(22), "reminder", [at(9, 20), at(9, 21), at(9, 24)], (27, "day_budget")),
    ],
)
def test_the_gate_by_cases(now: datetime, lane: str, sent: list[datetime], expected: tuple[int, str] | None) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    verdict = gate(now, zone, lane, sent, CHAT, Limits())
    if expected is None:
        assert verdict == Go()
        return
    day, reason = expected
    assert verdict == HoldUntil(opening_on(date(2026, 11, day), zone, HOURS, CHAT), reason)


@given(
    st.sampled_from(ZONES),
    st.lists(st.tuples(st.integers(0, 90 * 24 * 60), st.sampled_from(["reminder", "bulk"])), min_size=1, max_size=60),
    st.integers(0, 10**6),
)
def test_whatever_comes_the_budget_holds_and_everything_leaves_in_the_end(
    name: str, wishes: list[tuple[int, str]], chat: int
) -> None:
    zone, limits, start, key = ZoneInfo(name), Limits(), datetime(2026, 3, 1, tzinfo=UTC), f"{chat:032x}"
    sent: list[datetime] = []
    for minutes, lane in sorted(wishes):
        now = max([start + timedelta(minutes=minutes), *sent])
        for _ in range(12):
            verdict = gate(now, zone, lane, sent, key, limits)
            if isinstance(verdict, Go):
                break
            assert verdict.at > now
            now = verdict.at
        assert isinstance(verdict, Go)
        assert not is_quiet(now, zone, limits.quiet)
        sent.append(now)
    days = [one.astimezone(zone).date() for one in sent]
    assert max(Counter(days).values()) <= limits.per_day
    assert all(sum(timedelta(0) <= day - other < timedelta(days=7) for other in days) <= 3 for day in days)
