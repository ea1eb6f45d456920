"""Nudges through the real sender, on both databases: planned, sent, held, withheld; explained; rehearsed."""

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, select

from bot.care.nudge_ledger import explain
from bot.care.plan_nudges import Replanned, plan_all, setup_for, sweep
from bot.conversation.conversation import Conversation
from bot.conversation.sending_rules import sending_rules
from bot.database import Database
from bot.families.family_rows import ChildRow
from bot.outreach.choice_rows import OutreachChoiceRow
from bot.outreach.family_budget import Limits
from bot.outreach.muting import choose_topic, stopped
from bot.outreach.outreach_rows import OutgoingRow
from bot.outreach.rehearsal import rehearse
from bot.outreach.sender import Sender
from bot.outreach.sending_pace import Pace
from bot.outreach.withdrawing import withdraw_keys
from bot.questions.asking import Asking
from tests.conftest import KEYS, FixedClock
from tests.outreach_stage import RecordingTransport, drain
from tests.talk import Parent
from tests.test_calendar_dialogue import with_calendar

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def conversation(any_database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(any_database, quick_asking, clock, b"secret of the tests", KEYS, "qihui_bot")


@pytest.fixture
def parent(conversation: Conversation) -> Parent:
    return Parent(conversation)


def send(database: Database, clock: FixedClock) -> list[str]:
    """What the product's sender sends now."""
    transport = RecordingTransport()
    rules = sending_rules(KEYS, ZONE, Limits())
    drain(Sender(database, KEYS, clock, {"test": transport}, rules, None, Pace(poll_s=0.01)))
    return [text for _, text in transport.sent]


def mornings(database: Database, clock: FixedClock, number: int) -> list[str]:
    got = []
    for _ in range(number):
        clock.at = (clock.at + timedelta(days=1)).replace(hour=2, minute=1)
        got += send(database, clock)
    return got


def test_from_add_my_baby_to_a_nudge_its_button_and_no_further_one(
    parent: Parent, any_database: Database, clock: FixedClock
) -> None:
    with_calendar(parent, "小宝", "2026年3月26号")
    got = mornings(any_database, clock, 1)
    assert len(got) == 1
    assert "小宝" in got[0]
    with any_database.transaction() as session:
        child_id = session.exec(select(ChildRow.id)).one()
    parent.says("/calendar").presses("看记录").presses("记打过的").says(
        "麻腮风 2026-11-25\n乙脑减毒 2026-11-25"
    ).presses("都对")
    later = mornings(any_database, clock, 12)
    assert later
    assert not [text for text in later if "麻腮风疫苗第1剂" in text]
    with any_database.transaction() as session:
        told = explain(session, KEYS, setup_for(ZONE), child_id, clock.now(), words=True)
    assert len(told) == 1
    assert {one.state for one in told[0].told} >= {"sent", "queued"}
    assert "小宝" not in json.dumps([one.nudge + str(one.codes) for one in told[0].told], ensure_ascii=False)
    assert next(one.part for one in told[0].told if one.state == "queued" and one.planned) is not None


def test_the_night_and_the_budget_hold(parent: Parent, any_database: Database, clock: FixedClock) -> None:
    with_calendar(parent, "小宝", "2025年1月15号")
    with_calendar(parent, "大宝", "2024年1月15号")
    clock.at = (clock.at + timedelta(days=1)).replace(hour=0, minute=59)
    assert send(any_database, clock) == []
    clock.passes(hours=13, minutes=30)
    assert send(any_database, clock) == [], "22:29 in Shanghai"
    with any_database.transaction() as session:
        reasons = {row.reason for row in session.exec(select(OutgoingRow)).all() if row.due_at <= clock.now()}
    assert reasons == {"quiet_hours"}
    got = mornings(any_database, clock, 1)
    assert len(got) == 1, "both children in one message"
    assert "小宝" in got[0]
    assert "大宝" in got[0]


def test_sweeping_twice_changes_nothing_and_a_gone_child_leaves_nothing(
    parent: Parent, any_database: Database, clock: FixedClock
) -> None:
    with_calendar(parent, "小宝", "2026年3月26号")
    again = sweep(any_database, KEYS, setup_for(ZONE), clock.now())
    assert again == Replanned(again.planned, 0, 0)
    assert again.planned > 3
    clock.passes(days=20)
    later = sweep(any_database, KEYS, setup_for(ZONE), clock.now())
    assert later.ordered > 0
    assert later.withheld == 0
    parent.says("/children").presses("小宝").presses("删掉这个宝宝").presses("删掉小宝")
    with any_database.transaction() as session:
        assert session.exec(select(OutgoingRow)).all() == []


def test_what_the_plan_took_away_and_holds_again_is_ordered_again_once(
    parent: Parent, any_database: Database, clock: FixedClock
) -> None:
    """Two doses of one day share a nudge: one is booked and done, and the day of the other one comes back."""
    with_calendar(parent, "小宝", "2026年3月26号")
    setup = setup_for(ZONE)
    with any_database.transaction() as session:
        first, second = session.exec(select(OutgoingRow.key).where(OutgoingRow.state == "queued")).all()[:2]
        withdraw_keys(session, [first], "booked", clock.now())
        withdraw_keys(session, [second], "muted", clock.now())
    assert [sweep(any_database, KEYS, setup, clock.now()).ordered for _ in range(2)] == [1, 0]
    with any_database.transaction() as session:
        keys = set(session.exec(select(OutgoingRow.key).where(OutgoingRow.state == "queued")).all())
    assert f"{first}+1" in keys
    assert not {first, second, f"{second}+1"} & keys


def test_a_caregiver_stops_their_own_and_a_reader_gets_none(
    conversation: Conversation, any_database: Database, clock: FixedClock
) -> None:
    mother = with_calendar(Parent(conversation, "mother"), "小宝", "2025年1月15号")
    for label, chat in (("一起照看", "aunt"), ("只看", "grandmother")):
        code = mother.says("/invite").presses(label).heard.split("QH-")[1][:11]
        Parent(conversation, chat).says(f"QH-{code}")
    assert len(mornings(any_database, clock, 1)) == 2, "the mother and the aunt, each once"
    aunt = Parent(conversation, "aunt").says("/nudges").presses("停掉小宝的")
    assert "不再发给您" in aunt.heard
    clock.passes(days=13)
    got = mornings(any_database, clock, 3)
    assert len(got) == 1, "the mother's go on"


def test_choices_go_with_the_person(parent: Parent, any_database: Database, clock: FixedClock) -> None:
    with_calendar(parent, "小宝", "2025年1月15号").says("停")
    with any_database.transaction() as session:
        assert len(session.exec(select(OutreachChoiceRow)).all()) == 1
    parent.says("/forget").presses("删掉")
    with any_database.transaction() as session:
        assert session.exec(select(OutreachChoiceRow)).all() == []


def test_what_is_muted_is_known_for_every_subject_and_topic(any_database: Database, clock: FixedClock) -> None:
    chat = "b" * 32
    with any_database.transaction() as session:
        assert stopped(session, chat, "booking:1", "events") is None
        assert stopped(session, chat, "child:none", "cards") == "not_asked_for"
        choose_topic(session, chat, "events", clock.now(), wanted=False)
        assert stopped(session, chat, "booking:1", "events") == "muted"
        assert stopped(session, "c" * 32, "booking:1", "events") is None
        choose_topic(session, chat, "events", clock.now(), wanted=True)
        assert stopped(session, chat, "booking:1", "events") is None
        with pytest.raises(ValueError, match="no topic weather"):
            choose_topic(session, chat, "weather", clock.now(), wanted=True)


def test_a_rehearsal_says_what_goes_out_and_changes_nothing(
    parent: Parent, any_database: Database, clock: FixedClock
) -> None:
    with_calendar(parent, "小宝", "2026年3月26号")
    with any_database.transaction() as session:
        before = {(row.key, row.state) for row in session.exec(select(OutgoingRow)).all()}
    rules, setup = sending_rules(KEYS, ZONE, Limits()), setup_for(ZONE)
    with Session(any_database.engine) as session, session.begin() as kept:
        days = list(
            rehearse(session, KEYS, rules, ZONE, clock.now(), 10, lambda within, at: plan_all(within, KEYS, setup, at))
        )
        kept.rollback()
    assert len(days) == 10
    assert 1 <= sum(day.messages for day in days) <= 5
    assert max(day.messages for day in days) == 1
    with any_database.transaction() as session:
        assert {(row.key, row.state) for row in session.exec(select(OutgoingRow)).all()} == before
    real = [len(mornings(any_database, clock, 1)) for _ in range(9)]
    assert real == [day.messages for day in days[1:]]
