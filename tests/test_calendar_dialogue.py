"""From "add my baby" to a calendar: what is next, doses recorded and taken back, as a family has it."""

import csv
import io
import json

import pytest

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.questions.asking import Asking
from tests.conftest import KEYS, FixedClock
from tests.talk import Parent


@pytest.fixture
def conversation(database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    """A conversation that knows spelling only, for speed."""
    return Conversation(database, quick_asking, clock, b"secret of the tests", KEYS, "qihui_bot")


@pytest.fixture
def parent(conversation: Conversation) -> Parent:
    return Parent(conversation)


def with_calendar(parent: Parent, nickname: str = "豆豆", born: str = "2026年1月15号") -> Parent:
    """A parent who has added a child born at term and agreed to the calendar."""
    parent.says("/children")
    if "您说了算" in parent.heard:
        parent.presses("同意：日子和提醒")
    return parent.presses("加一个宝宝").says(nickname).says(born).presses("足月")


def with_english_calendar(parent: Parent, born: str = "15 January 2026") -> Parent:
    parent.says("/children").presses("Agree: dates and reminders").presses("Add a child").says("Mia").says(born)
    return parent.presses("At term")


def test_the_calendar_needs_a_child_and_consent(parent: Parent) -> None:
    parent.says("日历")
    assert "先加一个宝宝" in parent.heard
    parent.says("/children").presses("同意：用月龄").presses("加一个宝宝").says("豆豆").says("2026-1-15").presses(
        "足月"
    )
    parent.says("/calendar")
    assert "日子和提醒" in parent.heard
    parent.presses("同意：日子和提醒")
    parent.says("/calendar")
    assert "接下来的事" in parent.heard


@pytest.mark.parametrize("words", ["/calendar", "日历", "打疫苗了", "my calendar"])
def test_next_three_things_doses_first_with_dates_and_states_in_words(parent: Parent, words: str) -> None:
    with_calendar(parent).says(words)
    lines = [line for line in parent.heard.splitlines() if line.startswith("·")]
    assert len(lines) == 3
    assert "乙肝疫苗第1剂：官方建议2026年1月16日前打好" in parent.heard
    assert "还没有记过接种" in parent.heard


def test_several_past_doses_are_typed_in_one_go_shown_back_and_only_then_written(parent: Parent) -> None:
    with_calendar(parent).says("/calendar").presses("记打过的")
    assert "一行一针" in parent.heard
    parent.says("乙肝 出生当天、2月15日、7月20日\n卡介苗 1月16日\n带状疱疹 3月1日\n乙脑 9月20日")
    assert "乙肝疫苗，2026年7月20日" in parent.heard
    assert "没认出是什么疫苗" in parent.heard
    assert "乙脑减毒活疫苗、乙脑灭活疫苗" in parent.heard
    parent.presses("都对，记下")
    assert "记好了：乙肝疫苗、乙肝疫苗、乙肝疫苗、卡介苗" in parent.heard
    parent.says("/calendar").presses("全部")
    assert "乙肝疫苗第3剂：2026年7月20日做了" in parent.heard
    assert "卡介苗第1剂：2026年1月16日做了" in parent.heard
    assert "带状疱疹" not in parent.heard


def test_nothing_is_written_before_the_family_says_yes(parent: Parent) -> None:
    with_calendar(parent).says("/calendar").presses("记打过的").says("乙肝 2026-01-15").presses("先不填了")
    parent.says("/calendar").presses("看记录")
    assert "还没有记过" in parent.heard


def test_typing_again_replaces_what_was_read_and_yes_is_a_word(parent: Parent) -> None:
    with_calendar(parent).says("/calendar").presses("记打过的").says("乙肝 2026-01-15").says("乙肝 2026-01-16").says(
        "对"
    )
    assert "记好了" in parent.heard
    parent.presses("看记录")
    assert "2026年1月16日" in parent.heard
    assert "2026年1月15日" not in parent.heard


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("乙肝 2025-12-01", "早于出生日期"), ("乙肝 2027-01-01", "还没到"), ("乙肝 2026-02-30", "日历上没有"),
        ("XYZ疫苗 2026-02-01 乙肝", "没认出"), ("乙肝", "缺日期"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_changes_nothing(parent: Parent, typed: str, said: str) -> None:
    with_calendar(parent).says("/calendar").presses("记打过的").says(typed)
    assert said in parent.heard
    assert "都对，记下" not in parent.labels
    parent.says("/calendar").presses("看记录")
    assert "还没有记过" in parent.heard


def test_a_dose_twice_is_said(parent: Parent) -> None:
    with_calendar(parent).says("/calendar").presses("记打过的").says("乙肝 2026-01-15").presses("都对")
    parent.says("/calendar").presses("记打过的").says("乙肝 1月15日")
    assert "已经记过了" in parent.heard
    parent.says("/calendar").presses("乙肝疫苗第2剂").presses("另一天").says("2026-01-15")
    assert "已经记过了" in parent.heard


def test_one_dose_done_today_and_taken_back_in_the_same_view(parent: Parent) -> None:
    with_calendar(parent).presses("宝宝日历").presses("乙肝疫苗第1剂")
    assert "为什么" in parent.heard
    assert "出处：国家免疫规划" in parent.heard or "出处：" in parent.heard
    assert "[" not in parent.heard
    parent.presses("今天做好了")
    assert "记好了，乙肝疫苗：" in parent.heard
    parent.presses("记错了，收回")
    assert "收回了" in parent.heard
    assert "乙肝疫苗第1剂" in parent.heard
    parent.presses("看记录")
    assert "还没有记过" in parent.heard


def test_a_dose_given_too_early_is_said_and_not_counted(parent: Parent) -> None:
    with_calendar(parent).says("/calendar").presses("记打过的").says("乙肝 1月15日 1月20日").presses("都对")
    assert "打早了" in parent.heard
    assert "2026年2月15日" in parent.heard


def test_booked_declined_unsure_and_not_for_my_child(parent: Parent) -> None:
    with_calendar(parent)
    parent.says("/calendar").presses("乙肝疫苗第1剂").presses("约好日子").says("2026-11-01")
    assert "今天或以后" in parent.heard
    parent.says("12月3号")
    assert "乙肝疫苗第1剂：约了2026年12月3日" in parent.says("/calendar").heard
    parent.presses("乙肝疫苗第1剂").presses("记不清")
    assert "记不清做没做" in parent.says("/calendar").heard
    parent.presses("乙肝疫苗第1剂").presses("先不做")
    assert "乙肝疫苗第1剂：" not in parent.says("/calendar").heard
    parent.presses("全部")
    assert "乙肝疫苗第1剂：您说先不做" in parent.heard


def test_a_check_up_with_what_happens_and_the_clinics_own_date(parent: Parent) -> None:
    with_calendar(parent).says("/calendar").presses("全部")
    assert "12月龄体检：还没到，2027年1月15日起" in parent.heard
    parent._sends(
        "button", next(b.data for r in parent.replies for row in r.buttons for b in row if "8月龄" in b.label)
    )
    assert "带什么" in parent.heard
    parent.presses("约好日子").says("12月1日")
    parent.says("/calendar").presses("全部")
    assert "约了2026年12月1日" in parent.heard


def test_this_month_and_the_table_to_take_along(parent: Parent) -> None:
    with_calendar(parent).says("/calendar").presses("记打过的").says("乙肝 1月15日").presses("都对")
    parent.says("/calendar").presses("这个月")
    assert "豆豆这个月的事" in parent.heard
    parent.says("/calendar").presses("看记录").presses("拿一张表格")
    file = parent.replies[0].attachment
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    parent.says("/calendar").presses("记打过的").says(file.content.decode("utf-8-sig"))
    assert "有1条已经记过，不会重复记" in parent.heard
    assert rows == [
        {"kind": "dose", "code": "HepB", "number": "", "name": "乙肝疫苗", "status": "given", "on": "2026-01-15"}
    ]


def test_a_photo_of_the_book_is_politely_not_read(parent: Parent) -> None:
    assert "接种本" not in parent.sends("photo").heard
    with_calendar(parent).sends("photo")
    assert "照片我看不了" in parent.heard
    assert "乙肝 2026-01-15" in parent.heard


def test_a_question_in_between_is_answered_and_a_danger_sign_first(parent: Parent) -> None:
    with_calendar(parent).says("/calendar").presses("记打过的").says("发烧怎么护理")
    assert "刚才的还没填完" in parent.heard
    parent.says("宝宝抽搐了叫不醒")
    assert "120" in parent.heard.splitlines()[0]


def test_two_children_the_calendar_asks_which_and_offers_the_other(parent: Parent) -> None:
    with_calendar(parent)
    with_calendar(parent, "大宝", "2024-5-1")
    parent.conversation._clock.passes(hours=3)
    parent.says("/calendar")
    assert "看哪个宝宝" in parent.heard
    parent.presses("豆豆")
    assert "豆豆（10个月）接下来的事" in parent.heard
    parent.says("/calendar").presses("换成大宝")
    assert "大宝" in parent.heard


def test_a_birth_date_changed_to_after_a_dose_is_said_and_can_be_mended(parent: Parent) -> None:
    with_calendar(parent).says("/calendar").presses("记打过的").says("乙肝 1月15日").presses("都对")
    parent.says("/children").presses("豆豆").presses("改生日").says("2026-2-1")
    parent.says("/calendar")
    assert "早于出生日期" in parent.heard
    parent.presses("看记录").presses("收回：乙肝")
    assert "接下来的事" in parent.heard


def test_the_calendar_in_english(conversation: Conversation) -> None:
    mother = with_english_calendar(Parent(conversation, "english", "en"))
    mother.says("my calendar")
    assert "Next for Mia (10 months)" in mother.heard
    assert "hepatitis B vaccine, dose 1: was to be finished before 16 January 2026" in mother.heard
    mother.presses("Record doses").says("HepB 15 Jan 2026; BCG 16 Jan").presses("All right, save")
    assert "Noted: hepatitis B vaccine, BCG vaccine." in mother.heard
    mother.says("/calendar").presses("hepatitis B vaccine, dose 2").presses("Done today").presses("Take it back")
    assert "Taken back" in mother.heard
    mother.presses("Everything")
    assert "hepatitis B vaccine, dose 1: done on 15 January 2026" in mother.heard
    mother.says("/mydata")
    assert "Records of Mia: 3 on vaccines" in mother.heard
    mother.says("/export")
    records = json.loads(mother.replies[0].attachment.content)["families"][0]["children"][0]["records"]
    assert sorted(one["code"] for one in records["dose"]) == ["BCG", "HepB", "HepB"]
    assert len([one for one in records["dose"] if one["taken_back_at"]]) == 1


def test_five_in_one_stands_for_its_parts_and_says_so(parent: Parent) -> None:
    with_calendar(parent).says("/calendar").presses("记打过的").says("五联 3月20日").presses("都对")
    parent.says("/calendar").presses("全部")
    assert "百白破疫苗第1剂：2026年3月20日做了（五联疫苗）" in parent.heard
    assert "五联疫苗第2剂：" in parent.heard


def test_a_booked_day_that_has_passed_is_asked_about_never_called_missed(parent: Parent) -> None:
    with_calendar(parent).says("/calendar").presses("乙肝疫苗第1剂").presses("约好日子").says("12月3号")
    parent.conversation._clock.passes(days=20)
    assert "约的2026年12月3日过了，打了就记一下" in parent.says("/calendar").heard


def test_a_two_vaccine_name_typed_with_its_kind_is_taken(parent: Parent) -> None:
    with_calendar(parent).says("/calendar").presses("记打过的").says("乙脑 9月20日")
    assert "都对，记下" not in parent.labels
    parent.says("乙脑减毒 9月20日").presses("都对")
    assert "记好了，乙脑减毒活疫苗" in parent.heard
