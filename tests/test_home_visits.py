"""Home visits as the family lives them: asked for, proposed, confirmed, told in time, called off."""

from datetime import timedelta

import pytest
from sqlmodel import select

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.errors import Refusal
from bot.events import visit_desk
from bot.events.visit_desk import (
    assign,
    call_off,
    finish,
    lapse_proposals,
    propose,
)
from bot.events.visit_request import Request
from bot.outreach.outreach_rows import OutgoingRow
from bot.questions.asking import Asking
from tests.conftest import KEYS, FixedClock
from tests.talk import Parent
from tests.test_erasing import everything
from tests.visit_office import TOMORROW_TEN, Office, a_slot, asks, with_child


@pytest.fixture
def stored(request: pytest.FixtureRequest) -> Database:
    """Both databases for a test that names `any_database`, SQLite for the others."""
    return request.getfixturevalue("any_database" if "any_database" in request.fixturenames else "database")


@pytest.fixture
def conversation(stored: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(stored, quick_asking, clock, b"secret", KEYS)


@pytest.fixture
def office(stored: Database, clock: FixedClock) -> Office:
    return Office(stored, clock)


def test_from_the_wish_to_the_note(
    conversation: Conversation, office: Office, clock: FixedClock, any_database: Database
) -> None:
    mother = with_child(Parent(conversation, "mother"))
    mother.says("/visit")
    for word in ("上门看看孩子", "出院后1周内", "120"):
        assert word in mother.heard
    asks(mother)
    assert "发出去了" in mother.heard
    assert "在等工作人员安排" in mother.heard
    office.hires("李医生")
    (waiting,) = office.sees()
    assert (waiting.age_days, waiting.newborn, waiting.visit.request) == (
        14, True, Request("静安区", "南京西路街道", ("feeding", "mood"), ("weekday_am",), "zh"),
    )  # fmt: skip
    visit_id = waiting.visit.id
    office.does(assign, visit_id)
    assert "正在排时间" in mother.says("/visit").heard
    office.does(propose, visit_id, a_slot())
    (said,) = office.would_send()
    assert "2026年11月25日星期三 10:00到10:45，静安区指导站的李医生上门，行吗" in said
    assert "暗号" not in said
    mother.says("/visit").presses("行，就这个时间")
    code = office.does(visit_desk.the_visit, visit_id).code
    for word in ("就这么定了", f"暗号「{code}」", "工作证号是不是「JA-李医生」", "来的人还不知道门牌"):
        assert word in mother.heard
    mother.says("某某路88弄5号301，13800000000")
    assert "记好了" in mother.heard
    assert office.does(visit_desk.the_visit, visit_id).address == "某某路88弄5号301，13800000000"
    assert office.would_send() == []
    clock.passes(hours=21, minutes=59)
    assert office.would_send() == []
    clock.passes(minutes=2)
    assert any("快到上门的时间" in said and code in said for said in office.would_send())
    with pytest.raises(Refusal, match=r"visit\.not_yet"):
        office.does(finish, visit_id, "都好", "下月复访")
    clock.passes(hours=3)
    with pytest.raises(Refusal, match=r"visit\.note_odd"):
        office.does(finish, visit_id, "都好", " ")
    office.does(finish, visit_id, "含接姿势已纠正", "下月复访")
    assert office.does(visit_desk.note_of, visit_id) == "含接姿势已纠正\n-> 下月复访"
    assert [move.move for move in office.does(visit_desk.moves_of, visit_id)] == [
        "ask",
        "assign",
        "propose",
        "confirm",
        "finish",
    ]
    assert "约过的上门指导：1次" in mother.says("/mydata").heard
    assert "含接" not in mother.presses("拿一份").replies[0].attachment.content.decode()
    assert "含接" not in everything(any_database)
    clock.passes(days=4)
    conversation.purge()
    after = office.does(visit_desk.the_visit, visit_id)
    assert (after.state, after.address, after.code) == ("done", None, None)


def test_the_day_before_is_told_once_and_only_while_true(
    conversation: Conversation, office: Office, clock: FixedClock
) -> None:
    mother = asks(with_child(Parent(conversation, "mother")))
    office.hires("李医生")
    visit_id = office.sees()[0].visit.id
    office.does(assign, visit_id)
    office.does(propose, visit_id, a_slot(TOMORROW_TEN + timedelta(days=2)))
    mother.says("/visit").presses("行，就这个时间")
    clock.passes(days=2, minutes=1)
    (said,) = office.would_send()
    assert "明天有人上门" in said
    office.does(call_off, visit_id)
    (said,) = office.would_send()
    assert "原来那个时间来不了了" in said
    office.does(propose, visit_id, a_slot(TOMORROW_TEN + timedelta(days=3)))
    (said,) = office.would_send()
    assert "11月28日" in said


def test_news_of_a_near_visit_that_is_off_goes_at_any_hour(
    conversation: Conversation, office: Office, any_database: Database
) -> None:
    mother = asks(with_child(Parent(conversation, "mother")))
    office.hires("李医生")
    visit_id = office.sees()[0].visit.id
    office.does(assign, visit_id)
    office.does(propose, visit_id, a_slot())
    mother.says("/visit").presses("行，就这个时间")
    office.does(call_off, visit_id)
    with any_database.transaction() as session:
        lanes = {
            row.lane: row.on_doubt for row in session.exec(select(OutgoingRow).where(OutgoingRow.state == "queued"))
        }
    assert lanes == {"urgent": "resend"}


def test_an_answer_to_an_older_proposal_is_not_taken_for_the_new_one(
    conversation: Conversation, office: Office
) -> None:
    mother = asks(with_child(Parent(conversation, "mother")))
    office.hires("李医生")
    visit_id = office.sees()[0].visit.id
    office.does(assign, visit_id)
    office.does(propose, visit_id, a_slot())
    mother.says("/visit")
    office.does(propose, visit_id, a_slot(TOMORROW_TEN + timedelta(days=1)))
    mother.presses("行，就这个时间")
    assert "排了一个新的" in mother.heard
    assert office.does(visit_desk.the_visit, visit_id).state == "proposed"
    mother.says("/visit").presses("行，就这个时间")
    assert "11月26日" in mother.heard
    twice = mother.replies
    mother.says("/visit").presses("这个时间不行")
    assert "工作人员再给您排" in mother.heard
    assert twice


def test_a_proposal_that_nobody_answers_lapses_and_is_told(
    conversation: Conversation, office: Office, clock: FixedClock
) -> None:
    asks(with_child(Parent(conversation, "mother")))
    office.hires("李医生")
    visit_id = office.sees()[0].visit.id
    office.does(assign, visit_id)
    office.does(propose, visit_id, a_slot(TOMORROW_TEN + timedelta(days=5)))
    clock.passes(hours=47)
    assert office.does(lapse_proposals) == 0
    clock.passes(hours=1)
    assert office.does(lapse_proposals) == 1
    assert office.does(visit_desk.the_visit, visit_id).state == "assigned"
    (said,) = office.would_send()
    assert "来不了" in said or "没等到" in said


def test_without_a_child_or_consent_nothing_is_asked(conversation: Conversation) -> None:
    mother = Parent(conversation, "mother").says("/visit")
    assert "先加一个宝宝" in mother.heard
    mother.says("/children").presses("同意：用月龄").presses("加一个宝宝").says("豆豆苗").says("2026-11-10").presses(
        "足月"
    )
    mother.says("家访")
    assert "同意「报名活动」" in mother.heard
    mother.presses("同意：报名活动").says("/visit")
    assert "哪个区" in mother.heard


def test_consent_taken_back_ends_what_was_arranged(conversation: Conversation, office: Office) -> None:
    mother = asks(with_child(Parent(conversation, "mother")))
    office.hires("李医生")
    visit_id = office.sees()[0].visit.id
    office.does(assign, visit_id)
    office.does(propose, visit_id, a_slot())
    mother.says("/consent").presses("收回：报名活动")
    assert office.sees() == []
    assert office.does(visit_desk.the_visit, visit_id).state == "withdrawn"
    assert set(office.would_send()) <= {"no_consent", "moved"}


def test_others_see_and_change_nothing(conversation: Conversation, office: Office) -> None:
    asks(with_child(Parent(conversation, "mother")))
    visit_id = office.sees()[0].visit.id
    stranger = with_child(Parent(conversation, "stranger"), "别家宝")
    for data in (
        f"visit:yes:{visit_id}:1",
        f"visit:drop_yes:{visit_id}",
        f"visit:where:{visit_id}",
        f"visit:other:{visit_id}:x",
    ):
        stranger._sends("button", data)
        assert "没有找到" in stranger.heard or "按钮" in stranger.heard or "过期" in stranger.heard
    assert office.does(visit_desk.the_visit, visit_id).state == "requested"


def test_a_question_in_between_is_answered_and_a_danger_before_all(conversation: Conversation, office: Office) -> None:
    mother = with_child(Parent(conversation, "mother")).says("/visit").presses("静安区")
    mother.says("宝宝抽搐翻白眼叫不醒")
    assert "120" in mother.heard
    mother.says("/visit").presses("静安区").says("宝宝便秘怎么办？").presses("接着")
    assert "街道" in mother.heard
    mother.says("某路88号")
    assert "门牌" in mother.heard or "街" in mother.heard
    assert office.sees() == []


def test_asking_twice_for_one_child_shows_the_one_on_its_way(conversation: Conversation, office: Office) -> None:
    mother = asks(with_child(Parent(conversation, "mother")))
    mother.says("/visit")
    assert "在等工作人员安排" in mother.heard
    mother.presses("不要上门了").presses("算了")
    assert "在等工作人员安排" in mother.heard
    mother.presses("不要上门了").presses("对，取消").presses("预约上门")
    assert "哪个区" in mother.heard
    assert office.sees() == []


def test_in_english(conversation: Conversation, office: Office) -> None:
    mother = Parent(conversation, "mother", "en")
    mother.says("/children").presses("Agree: age").says("/consent").presses("Agree: events").says("/children")
    mother.presses("Add a child").says("Mia").says("November 10, 2026").presses("At term").says("home visit")
    mother.presses("Jing'an").presses("Rather not").presses("Feeding").presses("Done").presses(
        "Weekday mornings"
    ).presses("Done").presses("English")
    for word in ("A home visit for Mia", "Jing'an, street not given", "Language: English"):
        assert word in mother.heard
    mother.presses("Yes, send it")
    office.hires("Dr Li", tongues=("en",))
    visit_id = office.sees()[0].visit.id
    office.does(assign, visit_id)
    office.does(propose, visit_id, a_slot())
    mother.says("/visit")
    assert "Wednesday, 25 November 2026, 10:00 to 10:45: Dr Li of 静安区指导站 would come" in mother.heard
    mother.presses("Yes, that time")
    assert f"code {office.does(visit_desk.the_visit, visit_id).code}" in mother.heard


def test_an_answer_about_visits_leads_to_asking_for_one(conversation: Conversation) -> None:
    mother = with_child(Parent(conversation, "mother")).says("新生儿上门访视怎么约")
    assert "预约上门" in mother.labels
    assert "哪个区" in mother.presses("预约上门").heard
