"""The states of an announcement: which move is allowed when, and what it makes of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import Refusal
from bot.outreach.announcement import (
    MOST_CHARACTERS,
    STATES,
    Announcement,
    State,
    Tally,
    begun,
    cancelled,
    check_texts,
    check_topic,
    confirmed,
    finished,
    paused,
    resumed,
    rewritten,
    started,
    tried_out,
)
from bot.outreach.audience_rule import AudienceRule, plain_rule, read_rule, rule_of
from tests.announce_words import TEXTS

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DRAFT = Announcement("a1", "announcements", TEXTS, AudienceRule(), "Li")

MOVES = {
    "rewrite": (lambda one: rewritten(one, TEXTS), {"draft", "testing", "awaiting_second_person"}),
    "test": (lambda one: tried_out(one, NOW), {"draft", "testing"}),
    "start": (lambda one: started(one, "Li", 5, 50, NOW), {"testing"}),
    "confirm": (lambda one: confirmed(one, "Wang", 5, NOW), {"awaiting_second_person"}),
    "begin": (lambda one: begun(one, 5, 50, NOW), {"scheduled"}),
    "pause": (lambda one: paused(one, "Li", "too early"), {"running"}),
    "resume": (resumed, {"paused"}),
    "cancel": (lambda one: cancelled(one, NOW), set(STATES) - {"done", "cancelled"}),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("move", MOVES)
def test_a_move_is_allowed_in_its_states_alone(move: str, state: State) -> None:
    make, allowed = MOVES[move]
    one = replace(DRAFT, state=state)
    if state in allowed:
        assert make(one).state in STATES
    else:
        with pytest.raises(Refusal):
            make(one)


def test_the_straight_way() -> None:
    one = started(tried_out(DRAFT, NOW), "Li", 50, 50, NOW)
    assert (one.state, one.starts_at) == ("scheduled", NOW)
    one = begun(one, 50, 50, NOW)
    assert (one.state, one.audience_size) == ("running", 50)
    assert finished(one, Tally(50, sent=49, open=1), NOW) == one, "not before the last one is final"
    assert finished(one, Tally(50, sent=49), NOW) == one, "and not while somebody is missing from the count"
    assert finished(one, Tally(50, sent=40, failed=1, skipped={"muted": 8}, unknown=1), NOW).state == "done"


def test_more_than_the_limit_needs_a_second_person() -> None:
    one = started(tried_out(DRAFT, NOW), "Li", 51, 50, NOW)
    assert one.state == "awaiting_second_person"
    for name in ("Li", " li ", "LI"):
        with pytest.raises(Refusal, match="same_person"):
            confirmed(one, name, 51, NOW)
    later = confirmed(one, "Wang", 51, NOW + timedelta(hours=1))
    assert (later.state, later.confirmed_by, later.starts_at) == ("scheduled", "Wang", NOW + timedelta(hours=1))


def test_neither_the_writer_nor_the_starter_confirms() -> None:
    one = started(tried_out(DRAFT, NOW), "Zhao", 51, 50, NOW)
    for name in ("Li", "Zhao"):
        with pytest.raises(Refusal, match="same_person"):
            confirmed(one, name, 51, NOW)


@pytest.mark.parametrize(
    ("confirmed_by", "size", "frozen", "state"),
    [
        (None, 40, 50, "running"),
        (None, 40, 51, "awaiting_second_person"),
        ("Wang", 100, 120, "running"),
        ("Wang", 100, 121, "awaiting_second_person"),
        ("Wang", 100, 40, "running"),
        (None, 40, 0, "done"),
    ],
)
def test_an_audience_that_grew_is_confirmed_again(
    confirmed_by: str | None, size: int, frozen: int, state: State
) -> None:
    one = replace(DRAFT, state="scheduled", size_confirmed=size, confirmed_by=confirmed_by, starts_at=NOW)
    assert begun(one, frozen, 50, NOW).state == state


def test_what_was_rewritten_is_tested_and_confirmed_anew() -> None:
    one = rewritten(started(tried_out(DRAFT, NOW), "Li", 51, 50, NOW), {"zh": "改过的通知。", "en": "Changed."})
    assert (one.state, one.tested_at, one.size_confirmed, one.starts_at) == ("draft", None, None, None)
    with pytest.raises(Refusal, match="not_tested"):
        started(one, "Li", 5, 50, NOW)


def test_a_start_that_reaches_nobody_or_lies_in_the_past_is_refused() -> None:
    with pytest.raises(Refusal, match="reaches_nobody"):
        started(tried_out(DRAFT, NOW), "Li", 0, 50, NOW)
    with pytest.raises(Refusal, match="start_past"):
        started(tried_out(DRAFT, NOW), "Li", 5, 50, NOW, NOW - timedelta(minutes=1))


@pytest.mark.parametrize(
    ("zh", "en", "why"),
    [
        ("", "Hello.", "text_missing"),
        ("您好。", "  ", "text_missing"),
        ("好" * (MOST_CHARACTERS + 1), "Hello.", "text_long"),
        ("好\n" * 21, "Hello.", "text_long"),
        ("您好\u202e。", "Hello.", "text_odd"),
        ("Hello.", "您好，今天有活动。", "text_swapped"),
        ("您好。", "您好。", "text_swapped"),
    ],
)
def test_a_text_that_cannot_be_is_refused(zh: str, en: str, why: str) -> None:
    with pytest.raises(Refusal, match=why):
        check_texts({"zh": zh, "en": en})


def test_a_text_is_kept_as_written_but_for_its_edges() -> None:
    kept = check_texts({"zh": " 周六有活动。  \r\n地点：*花木* 站 \n", "en": "Saturday at 花木 <station> & garden."})
    assert kept["zh"] == "周六有活动。\n地点：*花木* 站"
    assert kept["en"] == "Saturday at 花木 <station> & garden."
    with pytest.raises(Refusal, match="no_such_topic"):
        check_topic("weather")


def test_a_tally_that_adds_up_loses_nobody() -> None:
    assert Tally(10, sent=5, failed=1, skipped={"muted": 2}, unknown=1, open=1).adds_up
    assert not Tally(10, sent=5, failed=1, skipped={"muted": 2}, unknown=1).adds_up


def test_an_audience_is_read_in_both_languages_and_kept() -> None:
    rule = read_rule(["Pudong", "徐汇", "浦东新区"], 6, 12, "zh", "e1")
    assert rule == AudienceRule(("徐汇区", "浦东新区"), 6, 12, "zh", "e1")
    assert rule_of(plain_rule(rule)) == rule


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"districts": ["巴黎"]}, "no_such_district"),
        ({"from_months": -1}, "months_odd"),
        ({"to_months": 72}, "months_odd"),
        ({"from_months": 12, "to_months": 6}, "months_order"),
        ({"language": "fr"}, "language_odd"),
    ],
)
def test_an_audience_that_cannot_be_is_refused(given: dict[str, object], why: str) -> None:
    with pytest.raises(Refusal, match=why):
        read_rule(**given)  # type: ignore[arg-type]
