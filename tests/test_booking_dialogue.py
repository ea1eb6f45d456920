"""From /events to a seat in three taps, and everything a family does with it afterwards, in both languages."""

from datetime import timedelta

import pytest

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.events.bookings import cancel
from bot.events.event_rows import BookingRow
from bot.events.event_sweep import sweep_events
from bot.events.events import cancel_event
from bot.questions.asking import Asking
from tests.booking_parents import fill, only_booking, with_child, with_english_child
from tests.conftest import KEYS, FixedClock
from tests.event_builders import NOW, START, an_event, at, event_of
from tests.talk import Parent


@pytest.fixture
def conversation(database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(database, quick_asking, clock, b"secret of the tests", KEYS, "qihui_bot")


@pytest.fixture
def parent(conversation: Conversation) -> Parent:
    return Parent(conversation)


@pytest.mark.parametrize("words", ["/events", "附近的活动", "有什么亲子活动", "events near me"])
def test_events_are_found_by_command_and_by_words(parent: Parent, database: Database, words: str) -> None:
    an_event(database)
    with_child(parent).says(words)
    assert "辅食第一口，2026年11月28日（周六）10:00，花木指导站，4到12个月，用中文讲，还有20个位子" in parent.heard


def test_three_taps_from_the_list_to_a_seat(parent: Parent, database: Database) -> None:
    event = an_event(database)
    with_child(parent).says("/events").presses("报名1")
    assert "豆豆，大人1位" in parent.heard
    assert "位子给您留到10:10" in parent.heard
    parent.presses("确认报名")
    assert parent.heard.startswith("报上了")
    with database.transaction() as session:
        assert event_of(session, event).taken == 1


def test_the_same_in_english(conversation: Conversation, database: Database) -> None:
    an_event(database)
    mother = with_english_child(Parent(conversation, "mother", "en")).says("/events")
    assert "First foods, Sat 28 November 2026, 10:00" in mother.heard
    mother.presses("Book 1")
    assert "Seats are kept for you until 10:10" in mother.heard
    mother.presses("Adults: 2")
    assert "adults: 2" in mother.heard
    mother.presses("Confirm booking")
    assert mother.heard.startswith("booked")
    mother.presses("Cancel booking").presses("Cancel it")
    assert "Cancelled: First foods" in mother.heard
    assert "no bookings" in mother.says("my bookings").heard


def test_a_double_tap_confirms_once(parent: Parent, database: Database) -> None:
    event = an_event(database)
    with_child(parent).says("/events")
    listed = parent.replies
    parent.presses("报名1")
    held = parent.replies
    parent.presses("确认报名")
    parent.replies = held
    assert "报上了" in parent.presses("确认报名").heard
    parent.replies = listed
    assert "报上了" in parent.presses("报名1").heard
    with database.transaction() as session:
        assert event_of(session, event).taken == 1


def test_booking_needs_consent_and_goes_on_after_it(parent: Parent, database: Database) -> None:
    event = an_event(database)
    with_child(parent, agree=False).says("/events").presses("报名1")
    assert "要把您报的名给办活动的人看" in parent.heard
    asked = parent.replies
    with database.transaction() as session:
        assert event_of(session, event).taken == 0
    parent.presses("同意：报名活动")
    parent.replies = asked
    assert "位子给您留到" in parent.presses("接着报名").heard


def test_taking_consent_back_frees_the_seats(parent: Parent, database: Database) -> None:
    event = an_event(database)
    with_child(parent).says("/events").presses("报名1").presses("确认报名")
    parent.says("/consent").presses("收回：报名活动")
    with database.transaction() as session:
        assert event_of(session, event).taken == 0


def test_only_what_fits_the_childs_age_on_the_day_is_listed(parent: Parent, database: Database) -> None:
    an_event(database, code="older", title_zh="走路以后", months_from=12, months_to=24)
    event = an_event(database, months_from=7, months_to=9)
    with_child(parent).says("/events")
    assert "走路以后" not in parent.heard
    assert "辅食第一口" in parent.heard
    with database.transaction() as session:
        row = event_of(session, event)
        row.months_from, row.months_to = 9, 12
        session.add(row)
    parent.presses("报名1")
    assert "还小了点" in parent.heard


def test_a_district_and_a_week_are_chosen(parent: Parent, database: Database) -> None:
    an_event(database)
    an_event(database, code="xuhui", title_zh="徐汇抚触", district="徐汇区")
    later = START + timedelta(days=7)
    an_event(database, code="later", title_zh="下周的课", starts_at=later, ends_at=later + timedelta(hours=1))
    with_child(parent).says("/children").presses("豆豆").presses("住哪个区").says("浦东").says("花木街道")
    parent.says("/events")
    assert "浦东新区" in parent.heard
    assert "徐汇抚触" not in parent.heard
    parent.presses("后一周")
    assert "下周的课" in parent.heard
    parent.presses("前一周").presses("看全市")
    assert "徐汇抚触" in parent.heard
    parent.presses("换个区").presses("徐汇")
    assert "辅食第一口" not in parent.heard
    assert "徐汇抚触" in parent.heard


def test_siblings_go_together_or_one_of_them(parent: Parent, database: Database) -> None:
    event = an_event(database)
    with_child(parent).says("/children").presses("再加一个宝宝").says("毛毛").says("2026-4-20").presses("足月")
    parent.says("/events").presses("报名1")
    assert "带哪个宝宝去" in parent.heard
    parent.presses("一起去")
    assert "大人1位" in parent.heard
    assert "毛毛、豆豆" in parent.heard
    parent.presses("换宝宝").presses("毛毛")
    assert "去的人：毛毛，大人1位" in parent.heard
    parent.presses("确认报名").presses("改人数").presses("大人2位")
    with database.transaction() as session:
        assert event_of(session, event).taken == 1
    assert "毛毛，大人2位" in parent.heard


def test_a_full_event_offers_the_list_with_place_and_an_honest_estimate(
    parent: Parent, database: Database, clock
) -> None:
    event = an_event(database, capacity=2)
    booked = fill(database, event, 2)
    with_child(parent).says("/events")
    assert "满了，可以排队" in parent.heard
    parent.presses("排队1")
    assert "您排在第1位" in parent.heard
    assert "还说不准" in parent.heard
    at(database, cancel, booked[0])
    parent.says("/bookings")
    assert "轮到您了" in parent.heard
    parent.presses("详情1")
    assert "请在2026年11月24日（周二）14:00前确认" in parent.heard
    parent.presses("确认报名")
    assert parent.heard.startswith("报上了")


def test_a_hold_that_ran_out_says_so(parent: Parent, database: Database, clock: FixedClock) -> None:
    event = an_event(database, capacity=1)
    with_child(parent).says("/events").presses("报名1")
    clock.passes(minutes=11)
    parent.presses("确认报名")
    assert "已经不在了" in parent.heard
    with database.transaction() as session:
        assert event_of(session, event).taken == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"opens_at": NOW + timedelta(days=1)}, "还没开始报名，2026年11月25日（周三）10:00 开始"),
        ({"closes_at": NOW + timedelta(minutes=5)}, "报名已经截止了"),
        ({}, "已经开始或结束"),
    ],
)
def test_what_cannot_be_booked_is_said_clearly(parent: Parent, database: Database, clock, changes, words: str) -> None:
    an_event(database, **changes)
    with_child(parent).says("/events")
    clock.passes(**({"minutes": 10} if changes else {"days": 5}))
    parent.presses("报名1")
    assert words in parent.heard


def test_a_cancelled_event_says_so_wherever_one_looks(parent: Parent, database: Database) -> None:
    event = an_event(database)
    with_child(parent).says("/events")
    listed = parent.replies
    parent.presses("详情1")
    card = parent.replies
    at(database, cancel_event, event)
    parent.replies = card
    assert "这场活动取消了" in parent.presses("报名").heard
    parent.replies = listed
    assert "这场活动取消了" in parent.presses("详情1").heard


def test_another_familys_booking_is_not_there(conversation: Conversation, database: Database) -> None:
    an_event(database)
    with_child(Parent(conversation, "mother")).says("/events").presses("报名1").presses("确认报名")
    with database.transaction() as session:
        booking = only_booking(session)
    stranger = with_child(Parent(conversation, "stranger"), "别家宝")
    for verb in ("yes", "no", "dropped", "entry", "ics", "drop", "change", "adults"):
        stranger._sends("button", f"event:{verb}:{booking}")
        assert "还没有" in stranger.heard or "不" in stranger.heard
        assert "豆豆" not in stranger.heard
    with database.transaction() as session:
        assert session.get(BookingRow, booking).state == "confirmed"


def test_an_answer_mentions_the_next_fitting_event_only_where_there_is_one(parent: Parent, database: Database) -> None:
    event = an_event(database, topics="health.constipation")
    with_child(parent).says("几天不拉算便秘")
    assert "正好有一场活动" not in parent.heard, "no district is told"
    parent.says("/children").presses("豆豆").presses("住哪个区").says("浦东").says("花木街道")
    parent.says("几天不拉算便秘")
    assert "正好有一场活动讲这个：辅食第一口" in parent.heard
    parent.presses("看看这场活动").presses("报名").presses("确认报名")
    assert parent.heard.startswith("报上了")
    at(database, cancel_event, event)
    assert "正好有一场活动" not in parent.says("几天不拉算便秘").heard


def test_erasing_frees_seats_and_erasing_a_child_makes_a_booking_smaller(parent: Parent, database: Database) -> None:
    event = an_event(database)
    with_child(parent).says("/children").presses("再加一个宝宝").says("毛毛").says("2026-4-20").presses("足月")
    parent.says("/events").presses("报名1").presses("一起去").presses("确认报名")
    parent.says("/children").presses("毛毛").presses("删掉这个宝宝").presses("删掉毛毛")
    with database.transaction() as session:
        assert event_of(session, event).taken == 1
    parent.says("/forget").presses("删掉")
    assert "都删好了" in parent.heard
    with database.transaction() as session:
        assert event_of(session, event).taken == 0
        assert only_booking(session) is None


def test_who_did_not_get_a_seat_is_told_that_the_list_is_over(parent: Parent, database: Database) -> None:
    event = an_event(database, capacity=1)
    fill(database, event, 1)
    with_child(parent).says("/events").presses("排队1")
    sweep_events(database, KEYS, START)
    assert "现在没有报名" in parent.says("/bookings").heard


def test_the_guides_own_topic_on_events_leads_to_the_list(parent: Parent, database: Database) -> None:
    an_event(database)
    parent.says("怎么收到活动通知")
    parent.presses("看附近的活动")
    assert "辅食第一口" in parent.heard
