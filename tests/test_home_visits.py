"""Home visits as the family and the staff live them: asked for, assigned, proposed, confirmed, noted; told in time."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.conversation.conversation import Conversation
from bot.conversation.render import render
from bot.database import Database
from bot.errors import Refusal
from bot.events import home_visits, visit_desk
from bot.events.visit_composer import visit_composer
from bot.events.visit_desk import (
    Listed,
    VisitDesk,
    assign,
    call_off,
    finish,
    lapse_proposals,
    propose,
    waiting_visits,
    who_could_go,
)
from bot.events.visit_figures import visit_figures
from bot.events.visit_request import Request, request_of, urgency
from bot.events.visit_rows import HomeVisitRow
from bot.events.visit_states import Slot
from bot.events.visitors import add_visitor, retire_visitor
from bot.families.family_rows import ChildRow, ConsentRow, FamilyRow, new_id
from bot.flow import FAMILY_ZONE
from bot.messages import Reply
from bot.outreach.composing import Due, Withhold
from bot.outreach.outbox import place_of_content
from bot.outreach.outreach_rows import OutgoingRow
from bot.questions.asking import Asking
from bot.sealing import place_of
from tests.conftest import KEYS, FixedClock
from tests.talk import Parent
from tests.test_erasing import everything, keys_and_seals


@pytest.fixture
def stored(request: pytest.FixtureRequest) -> Database:
    """Both databases for a test that names `any_database`, SQLite for the others."""
    return request.getfixturevalue("any_database" if "any_database" in request.fixturenames else "database")


@pytest.fixture
def conversation(stored: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(stored, quick_asking, clock, b"secret", KEYS)


class Office:
    """The staff at their desk, one move a transaction."""

    def __init__(self, database: Database, clock: FixedClock, by: str = "王老师") -> None:
        self.database, self.clock, self.by = database, clock, by

    def does(self, move, *arguments, **named):
        with self.database.transaction() as session:
            return move(VisitDesk(session, KEYS, self.clock.now(), FAMILY_ZONE, self.by), *arguments, **named)

    def hires(self, name: str, *, districts=("静安区",), streets=(), tongues=("zh",), most_a_day=4):
        with self.database.transaction() as session:
            return add_visitor(
                session, name=name, organisation="静安区指导站", card=f"JA-{name}", districts=districts, streets=streets,
                tongues=tongues, most_a_day=most_a_day, now=self.clock.now(),
            )  # fmt: skip

    def sees(self) -> list[Listed]:
        return self.does(waiting_visits)

    def would_send(self) -> list[str]:
        """What the sender would say now of everything that is due, or why not; as it stands in the outbox."""
        said, now = [], self.clock.now()
        with self.database.transaction() as session:
            for row in session.exec(
                select(OutgoingRow).where(OutgoingRow.state == "queued").order_by(OutgoingRow.due_at)
            ):
                if not row.due_at <= now < row.expires_at:
                    continue
                content = json.loads(KEYS.open(row.content, place_of_content(row.id)))
                due = Due(
                    row.id,
                    row.chat_key,
                    row.family_id,
                    row.kind,
                    row.subject,
                    row.topic,
                    row.lane,
                    content,
                    row.due_at,
                    row.expires_at,
                    "zh",
                )
                part = visit_composer(KEYS, FAMILY_ZONE)(session, due, now)
                said.append(
                    part.reason
                    if isinstance(part, Withhold)
                    else render(Reply(part.lines, part.buttons), "zh").plain_text
                )
        return said


@pytest.fixture
def office(stored: Database, clock: FixedClock) -> Office:
    return Office(stored, clock)


def with_child(parent: Parent, nickname: str = "豆豆苗", born: str = "2026-11-10") -> Parent:
    parent.says("/children").presses("同意：用月龄").says("/consent").presses("同意：报名活动")
    return parent.says("/children").presses("加一个宝宝").says(nickname).says(born).presses("足月")


def asks(parent: Parent) -> Parent:
    parent.says("/visit").presses("静安区").says("南京西路街道").presses("喂奶").presses("妈妈的情绪").presses("选好了")
    return parent.presses("平日上午").presses("选好了").presses("普通话").presses("对，发出去")


TOMORROW_TEN = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


def a_slot(start: datetime = TOMORROW_TEN, minutes: int = 45) -> Slot:
    return Slot(start, start + timedelta(minutes=minutes))


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


def test_two_of_the_staff_at_one_visit_one_wins_and_the_other_hears_why(
    conversation: Conversation, office: Office, clock: FixedClock, any_database: Database
) -> None:
    asks(with_child(Parent(conversation, "mother")))
    office.hires("李医生")
    visit_id = office.sees()[0].visit.id
    seen = office.does(assign, visit_id).version
    office.does(propose, visit_id, a_slot(), version=seen)
    other = Office(any_database, clock, "陈老师")
    with pytest.raises(Refusal, match=r"visit\.is\.proposed"):
        other.does(propose, visit_id, a_slot(TOMORROW_TEN + timedelta(hours=3)), version=seen)
    assert office.does(visit_desk.the_visit, visit_id).slot == a_slot()
    assert [move.by for move in office.does(visit_desk.moves_of, visit_id)] == ["family", "王老师", "王老师"]


def test_a_visitor_and_a_family_are_at_one_place_at_a_time(conversation: Conversation, office: Office) -> None:
    first, second = (asks(with_child(Parent(conversation, chat))) for chat in ("first", "second"))
    assert first
    assert second
    office.hires("李医生", most_a_day=1)
    one, other = (listed.visit.id for listed in office.sees())
    for visit_id in (one, other):
        office.does(assign, visit_id)
    office.does(propose, one, a_slot())
    for start, why in (
        (TOMORROW_TEN + timedelta(minutes=60), "taken_at"),
        (TOMORROW_TEN - timedelta(minutes=60), "taken_at"),
        (TOMORROW_TEN + timedelta(minutes=75), "day_full"),
        (TOMORROW_TEN - timedelta(hours=12), "out_of_hours"),
    ):
        with pytest.raises(Refusal, match=rf"visit\.slot\.{why}"):
            office.does(propose, other, a_slot(start))
    office.does(propose, other, a_slot(TOMORROW_TEN + timedelta(days=1)))


def test_who_goes_is_chosen_by_area_language_and_load(conversation: Conversation, office: Office) -> None:
    asks(with_child(Parent(conversation, "mother")))
    asks(with_child(Parent(conversation, "other")))
    busy, free = office.hires("甲"), office.hires("乙")
    office.hires("外区", districts=("徐汇区",))
    office.hires("别的街道", streets=("彭浦镇",))
    retired = office.hires("退休")
    office.hires("只说英语", tongues=("en",))
    with office.database.transaction() as session:
        retire_visitor(session, retired.id)
    first, second = (listed.visit.id for listed in office.sees())
    office.does(assign, first, busy.name)
    assert [one.visitor.name for one in office.does(who_could_go, second)] == ["乙", "甲", "只说英语"]
    office.hires("本街道", streets=("南京西路街道",))
    assert office.does(assign, second).visitor.name == "本街道"
    with pytest.raises(Refusal, match=r"visit\.other_area"):
        office.does(assign, second, "外区")
    assert office.does(assign, second, "外区", elsewhere=True).visitor.name == "外区"
    assert free


def test_newborns_come_first_the_nearest_to_six_weeks_before_all() -> None:
    today, asked = date(2026, 11, 24), datetime(2026, 11, 1, tzinfo=UTC)
    ages = [300, 10, 41, 43, 42]
    ordered = sorted(ages, key=lambda age: urgency(today - timedelta(days=age), today, asked + timedelta(hours=age)))
    assert ordered == [42, 41, 10, 43, 300]


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


def test_nothing_of_a_visit_is_left(conversation: Conversation, office: Office, any_database: Database) -> None:
    office.hires("李医生")
    before = keys_and_seals(any_database)
    mother = asks(with_child(Parent(conversation, "mother")))
    visit_id = office.sees()[0].visit.id
    office.does(assign, visit_id)
    office.does(propose, visit_id, a_slot())
    mother.says("/visit").presses("行，就这个时间").says("某某路88弄5号，13800000000")
    left = everything(any_database)
    for word in ("某某路", "13800000000", "南京西路", "静安区南京", "豆豆苗"):
        assert word not in left
    mothers = keys_and_seals(any_database) - before
    assert visit_id in mothers
    mother.says("/forget").presses("删掉")
    conversation.purge()
    assert not mothers & keys_and_seals(any_database)


def test_erasing_the_child_takes_its_visits_and_messages_along(
    conversation: Conversation, office: Office, any_database: Database
) -> None:
    mother = with_child(Parent(conversation, "mother"), "大宝", "2024-1-1")
    office.hires("李医生")
    kept = keys_and_seals(any_database)
    mother.says("/children").presses("再加一个宝宝").says("豆豆苗").says("2026-11-10").presses("足月")
    mother.says("/visit").presses("豆豆苗").presses("静安区").presses("先不说")
    mother.presses("睡觉").presses("选好了").presses("周末下午").presses("选好了").presses("上海话").presses(
        "对，发出去"
    )
    visit_id = office.sees()[0].visit.id
    office.does(assign, visit_id)
    office.does(propose, visit_id, a_slot())
    mother.says("/children").presses("豆豆苗").presses("删掉这个宝宝").presses("删掉豆豆苗")
    left = {seal for seal in keys_and_seals(any_database) - kept if seal.startswith("1.")}
    assert visit_id not in everything(any_database)
    assert not left


def test_figures_say_nothing_about_fewer_than_ten(any_database: Database) -> None:
    now = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)

    def a_family(session, *, counted: bool, state: str | None) -> None:
        family, child, visit = new_id(), new_id(), new_id()
        session.add(FamilyRow(id=family, created_at=now))
        session.flush()
        sealed = KEYS.seal("2026-10-25", place_of("child", child, "born_on"))
        session.add(ChildRow(id=child, family_id=family, nickname="x", born_on=sealed, added_at=now))
        if counted:
            session.add(
                ConsentRow(
                    family_id=family,
                    purpose="statistics",
                    version=home_visits.given.__globals__["CONSENT_VERSION"],
                    given_at=now,
                )
            )
        session.flush()
        if state:
            starts = now - timedelta(days=2)
            request = KEYS.seal(
                Request("静安区", None, ("sleep",), ("weekday_am",), "zh").as_text(),
                place_of("home_visit", visit, "request"),
            )
            session.add(
                HomeVisitRow(
                    id=visit,
                    family_id=family,
                    child_id=child,
                    state=state,
                    request=request,
                    asked_at=now - timedelta(days=6),
                    changed_at=now,
                    starts_at=starts,
                    ends_at=starts,
                    busy_until=starts,
                )
            )

    with any_database.transaction() as session:
        for number in range(9):
            a_family(session, counted=True, state="done" if number < 9 else None)
        for _ in range(20):
            a_family(session, counted=False, state="done")
        few = visit_figures(session, KEYS, now, FAMILY_ZONE)
        assert (few.registered, few.wanted, few.visited, few.days_to_visit) == (None, None, None, None)
        for _ in range(3):
            a_family(session, counted=True, state="done")
        a_family(session, counted=True, state=None)
        enough = visit_figures(session, KEYS, now, FAMILY_ZONE)
        assert (enough.registered, enough.wanted, enough.visited, enough.missed) == (13, 12, 12, None)
        assert (enough.days_to_visit, enough.age_days_at_visit) == (4.0, 28.0)


def test_a_request_reads_as_it_was_written() -> None:
    request = Request("静安区", None, ("feeding", "play"), ("weekend_am",), "wu")
    assert request_of(request.as_text()) == request


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from bot.cli import app

    monkeypatch.setenv("QIHUI_DATA", str(tmp_path))
    run = CliRunner()
    assert run.invoke(app, ["visit", "list"]).exit_code == 0
    hired = run.invoke(
        app, ["visit", "add-visitor", "李医生", "--organisation", "站", "--card", "1", "--district", "静安"]
    )
    assert hired.exit_code == 0
    assert "静安区" in run.invoke(app, ["visit", "visitors"]).output
    refused = run.invoke(
        app, ["visit", "add-visitor", "李", "--organisation", "站", "--card", "1", "--district", "东京"]
    )
    assert (refused.exit_code, "There is no such district" in refused.output) == (1, True)
    gone = run.invoke(app, ["visit", "propose", "nothing", "2026-12-01T10:00", "--by", "王"])
    assert (gone.exit_code, "not found" in gone.output) == (1, True)
    assert "fewer than 10" in run.invoke(app, ["visit", "figures"]).output
