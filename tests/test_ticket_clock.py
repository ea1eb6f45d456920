"""The counsellors' clock and hours, the states of a ticket, and the hours as an operator writes them."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Misconfigured
from bot.tickets.counsellor_days import hours_in, read_counsellor_hours
from bot.tickets.ticket_clock import Hours, waiting
from bot.tickets.ticket_states import OPEN, STATES, URGENCIES, after, is_urgent, worse

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOURS = hours_in(SHANGHAI, (time(9), time(17)))
CASES = yaml.safe_load((Path(__file__).parent / "cases" / "ticket_clock.yaml").read_text(encoding="utf-8"))
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 20), timezones=st.just(UTC))  # noqa: DTZ001


def at(written: str) -> datetime:
    return datetime.strptime(written, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_only_the_counsellors_hours_count(case: dict[str, Any]) -> None:
    since, now = at(case["since"]), at(case["now"])
    clock = waiting(HOURS, since, now, case.get("urgency", "none"), claimed=case.get("claimed", False))
    assert clock.minutes == case["waited"]
    assert clock.late is case.get("late", False)
    assert HOURS.next_from(now) == (now if case["opens"] == "now" else at(case["opens"]))
    assert HOURS.are_now(now) is (case["opens"] == "now")


@given(INSTANTS, INSTANTS, INSTANTS)
def test_waiting_adds_up_and_never_runs_back(one: datetime, two: datetime, three: datetime) -> None:
    first, middle, last = sorted((one, two, three))
    assert HOURS.between(first, last) == HOURS.between(first, middle) + HOURS.between(middle, last)
    assert HOURS.are_now(HOURS.next_from(first))
    assert HOURS.between(first, HOURS.next_from(first)) == HOURS.between(first, first)


def test_a_calendar_without_a_working_day_is_a_fault() -> None:
    never = Hours(time(9), time(17), SHANGHAI, lambda _day: False)
    with pytest.raises(ValueError, match="no counsellor works"):
        never.next_from(at("2026-11-24 10:00"))


@pytest.mark.parametrize(
    ("written", "hours"),
    [("9:00-17:00", (time(9), time(17))), (" 08:30 - 20:15 ", (time(8, 30), time(20, 15)))],
)
def test_hours_are_read(written: str, hours: tuple[time, time]) -> None:
    assert read_counsellor_hours(written) == hours


@pytest.mark.parametrize("written", ["", "9-17", "9:00", "25:00-26:00", "17:00-9:00", "9:00-9:00", "nine to five"])
def test_other_hours_name_the_setting(written: str) -> None:
    with pytest.raises(Misconfigured, match="QIHUI_COUNSELLOR_HOURS"):
        read_counsellor_hours(written)


def test_days_follow_the_public_calendar() -> None:
    days = {date(2026, 10, 1): False, date(2026, 10, 10): True, date(2026, 11, 28): False, date(2026, 11, 24): True}
    assert {day: HOURS.works_on(day) for day in days} == days


def test_a_ticket_moves_as_it_may_and_never_gets_stuck() -> None:
    assert after("claim", "waiting") == "claimed"
    assert after("claim", "claimed") is None
    assert after("answer", "waiting") is None, "an answer without somebody who stands for it"
    assert after("write_back", "answered") == "claimed", "the one who answered goes on"
    assert all(after("write_back", state) in OPEN for state in STATES), "a parent can always write"
    assert all(after("close", state) == "closed" for state in OPEN)


def test_the_worse_of_two_urgencies_counts() -> None:
    assert worse("none", "same_day") == "same_day"
    assert worse("call_120", "go_now") == "call_120"
    assert worse("unknown", "") == "none"
    assert [level for level in URGENCIES if is_urgent(level)] == ["same_day", "go_now", "call_120"]
