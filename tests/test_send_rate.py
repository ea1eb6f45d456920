"""The arithmetic of the rate: a table of cases, and the law that no second ever holds more than the limit."""

from datetime import UTC, datetime, timedelta

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.outreach.send_rate import (
    AHEAD,
    LEAVES_WITHIN,
    SLACK,
    Go,
    Limits,
    TokenState,
    WaitUntil,
    Wish,
    grant,
    halted,
)
from tests.conftest import REPOSITORY

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
CASES = yaml.safe_load((REPOSITORY / "tests/cases/send_rate.yaml").read_text(encoding="utf-8"))


def after(ms: float) -> datetime:
    return START + timedelta(milliseconds=ms)


class Token:
    """A token with its chats, in memory."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.state = TokenState()
        self.chats: dict[str, datetime | None] = {}

    def asks(self, ms: float, chat: str, lane: str, group: str = "") -> Go | WaitUntil:
        wish = Wish(chat, lane, bool(group))
        answer, self.state, self.chats[chat] = grant(self.state, self.chats.get(chat), wish, after(ms), self.limits)
        return answer


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_table(case: dict) -> None:
    token = Token()
    for wish, expected in case["wishes"]:
        answer = token.asks(*wish)
        if isinstance(expected, dict):
            assert answer == WaitUntil(after(expected["wait"])), wish
        else:
            assert answer == Go(after(expected), after(expected) + LEAVES_WITHIN), wish


wishes = st.lists(
    st.tuples(
        st.integers(0, 400),  # ms after the one before
        st.sampled_from("abcdefghijklmnop"),
        st.sampled_from(list(AHEAD)),
        st.floats(0, 1),  # how late it leaves, as a share of what is allowed
        st.floats(0, 0.1),  # seconds of its way to Telegram
    ),
    min_size=40,
    max_size=120,
)


def most_in(instants: list[datetime], window: timedelta) -> int:
    instants = sorted(instants)
    first = most = 0
    for last, at in enumerate(instants):
        while at - instants[first] >= window:
            first += 1
        most = max(most, last - first + 1)
    return most


@settings(max_examples=80, deadline=None)
@given(wishes, st.sampled_from([(30, 5), (10, 2), (300, 50), (3, 1)]))
def test_no_second_holds_more_calls_than_the_limit_however_late_they_leave(some, limits) -> None:
    token = Token(Limits(*limits))
    arrived: list[datetime] = []
    now_ms = 0
    for gap_ms, chat, lane, late, way_s in some:
        now_ms += gap_ms // 40 if limits[0] > 30 else gap_ms // 8
        answer = token.asks(now_ms, f"{chat}{now_ms // 300}", lane)
        if isinstance(answer, Go):
            assert answer.at >= after(now_ms)
            arrived.append(answer.at + late * (answer.leave_by - answer.at) + timedelta(seconds=way_s))
    assert most_in(arrived, timedelta(seconds=1)) <= limits[0]


@settings(max_examples=40, deadline=None)
@given(wishes)
def test_one_chat_never_gets_two_in_a_second_and_no_lane_waits_for_ever(some) -> None:
    token = Token()
    left: dict[str, list[datetime]] = {}
    now_ms = 0.0
    for gap_ms, letter, lane, late, _ in some:
        now_ms += gap_ms
        chat = letter if lane != "live" else f"live-{letter}"
        for _asked in range(5):  # while nobody else asks, asking when told is soon enough
            answer = token.asks(now_ms, chat, lane)
            if isinstance(answer, Go):
                break
            assert after(now_ms) < answer.at <= after(now_ms) + timedelta(seconds=6)
            now_ms = (answer.at - START) / timedelta(milliseconds=1)
        assert isinstance(answer, Go)
        assert answer.at <= after(now_ms) + AHEAD[lane]
        left.setdefault(chat, []).append(answer.at + late * LEAVES_WITHIN)
    for chat, instants in left.items():
        assert most_in(instants, timedelta(seconds=1)) <= (1 if not chat.startswith("live-") else 4)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 4000), min_size=40, max_size=120))
def test_a_group_never_gets_more_than_twenty_in_a_minute(gaps) -> None:
    token = Token()
    left: list[datetime] = []
    now_ms = 0
    for gap_ms in gaps:
        now_ms += gap_ms
        answer = token.asks(now_ms, "group", "bulk", "group")
        if isinstance(answer, Go):
            left.append(answer.at)
    assert most_in(left, timedelta(minutes=1)) <= 20


def test_while_bulk_takes_all_it_can_a_live_reply_waits_less_than_a_tenth_of_a_second() -> None:
    token = Token()
    waits: list[timedelta] = []
    for ms in range(0, 20_000, 5):
        token.asks(ms, f"bulk-{ms}", "bulk")
        if ms % 100 == 0:  # ten live replies a second: twice the share
            answer = token.asks(ms, f"live-{ms}", "live")
            waits.append(answer.at - after(ms))
    assert max(waits) <= timedelta(milliseconds=100)


def test_bulk_uses_its_whole_share_when_nobody_else_sends() -> None:
    token = Token()
    left = [token.asks(ms, f"chat-{ms}", "bulk") for ms in range(0, 10_000, 5)]
    assert sum(isinstance(answer, Go) for answer in left) >= 10 * 25 / 1.25


def test_a_halt_silences_every_lane_and_a_shorter_one_does_not_cut_it_short() -> None:
    token = Token()
    token.state = halted(token.state, after(0), 7)
    token.state = halted(token.state, after(1000), 1)
    for lane in AHEAD:
        assert token.asks(6999, "a", lane) == WaitUntil(after(7000), halted=True)
    assert isinstance(token.asks(7000, "a", "bulk"), Go)


def test_a_clock_set_back_by_an_hour_does_not_stop_the_sending_nor_shorten_a_halt() -> None:
    token = Token()
    token.asks(0, "a", "bulk")
    hour = 3_600_000
    first = token.asks(-hour, "a", "live")
    assert isinstance(first, Go)
    assert first.at <= after(-hour) + timedelta(seconds=1) + SLACK
    token.state = halted(token.state, after(0), 30)
    assert token.asks(-hour, "b", "bulk") == WaitUntil(after(-hour + 30_000), halted=True)
    assert isinstance(token.asks(-hour + 30_000, "b", "bulk"), Go)


def test_a_clock_set_forward_by_a_day_bursts_nothing() -> None:
    token = Token()
    token.asks(0, "a", "bulk")
    day = 24 * 3_600_000
    answers = [token.asks(day, f"b{n}", "bulk") for n in range(10)]
    assert sum(isinstance(answer, Go) for answer in answers) == 1


def test_without_a_limit_only_a_halt_holds() -> None:
    token = Token(Limits(per_second=None))
    assert all(isinstance(token.asks(0, "a", "bulk"), Go) for _ in range(1000))
    token.state = halted(token.state, after(0), 1)
    assert isinstance(token.asks(500, "a", "live"), WaitUntil)
