"""What a mother, a father or a grandfather types without being asked for it, and what they stumbled over once."""

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
def mother(conversation: Conversation) -> Parent:
    parent = Parent(conversation).says("/children").presses("同意：日子和提醒").presses("加一个宝宝").says("豆豆")
    return parent.says("2026-01-15").presses("足月")


def test_doses_typed_out_of_the_blue_are_shown_back_and_noted_by_one_tap(mother: Parent) -> None:
    mother.says("乙肝 1月15日 卡介苗 1月16日")
    assert "这样记在豆豆名下，对吗？" in mother.heard
    assert "还没有记过" in Parent(mother.conversation).says("/calendar").presses("看记录").heard
    mother.says("乙肝 1月15日 卡介苗 1月16日").presses("都对")
    assert "记好了：乙肝疫苗、卡介苗" in mother.heard


def test_numbers_typed_out_of_the_blue_are_offered_to_be_noted(mother: Parent) -> None:
    mother.says("体重8.5kg")
    assert "先告诉我豆豆是男孩还是女孩" in mother.heard
    mother.presses("想看生长曲线").presses("女孩")
    assert "身高体重" in mother.labels
    mother.says("体重8.5kg")
    assert "要记在豆豆名下吗？2026年11月24日：8.5公斤" in mother.heard
    assert "看生长曲线" not in Parent(mother.conversation).says("/growth").presses("先不填").labels
    mother.says("体重8.5kg").presses("记下")
    assert "记好了：豆豆" in mother.heard
    mother.says("体重85kg").says("记下")
    assert "是8.5公斤吗" in mother.heard


def test_nobody_without_the_right_or_a_calendar_is_offered_to_note(mother: Parent, conversation: Conversation) -> None:
    stranger = Parent(conversation, "stranger").says("乙肝 1月15日")
    assert "名下" not in stranger.heard
    mother.says("/consent").presses("收回：日子和提醒")
    assert "名下" not in mother.says("乙肝 1月15日").heard


def test_a_danger_sign_beside_a_number_is_answered_first(mother: Parent) -> None:
    assert "120" in mother.says("8.5kg 抽搐叫不醒").heard.splitlines()[0]


def test_the_same_dose_under_its_other_name_is_not_noted_twice(mother: Parent) -> None:
    mother.says("/calendar").presses("记打过的").says("脊灰 3月20日").presses("都对")
    mother.says("/calendar").presses("记打过的").says("IPV 3月20日")
    assert "脊灰疫苗在2026年3月20日已经记过了" in mother.heard
    mother.says("疫苗,日期\nIPV,2026-03-20")
    assert "有1条已经记过" in mother.heard


def test_a_year_that_is_missing_is_asked_for_when_several_fit(conversation: Conversation) -> None:
    father = Parent(conversation, "father").says("/children").presses("同意：日子和提醒").presses("加一个宝宝")
    father.says("大宝").says("2024-08-15").presses("足月").says("/calendar").presses("记打过的").says("乙肝 8月15日")
    assert "没写年份" in father.heard
    father.says("乙肝 2024年8月15日").presses("都对")
    assert "记好了，乙肝疫苗：2024年8月15日做了" in father.heard


def test_what_was_said_about_a_dose_is_said_back_with_its_number(mother: Parent) -> None:
    mother.says("/calendar").presses("脊灰").presses("先不做")
    assert "记好了，脊灰疫苗第1剂：您说先不做" in mother.heard
    mother.says("/calendar").presses("乙肝").presses("记不清")
    assert "记好了，乙肝疫苗第1剂：记不清做没做" in mother.heard


def test_twins_share_a_birth_date_by_one_tap_and_the_preterm_rule_is_said(mother: Parent) -> None:
    mother.says("再加一个宝宝").presses("再加一个宝宝").says("苗苗").presses("和豆豆同一天").presses("早产").presses(
        "34周"
    )
    mother.presses("宝宝日历").presses("全部")
    assert "苗苗的全部日历" in mother.heard
    assert "早产宝宝的疫苗按实际出生日期算" in mother.heard


@pytest.mark.parametrize("words", ["记打过的", "打疫苗记录", "记疫苗", "再加一个宝宝", "我要加宝宝", "记体重"])
def test_what_stands_on_buttons_can_be_typed(mother: Parent, words: str) -> None:
    mother.says(words)
    assert "豆豆" in mother.heard


def test_a_calendar_that_was_not_agreed_to_leads_to_the_consent_page(conversation: Conversation) -> None:
    father = Parent(conversation, "father").says("/children").presses("同意：用月龄").presses("加一个宝宝").says("豆豆")
    father.says("2026-01-15").presses("足月").presses("宝宝日历")
    assert "先要宝宝的父母或监护人同意" in father.heard
    father.presses("看看同意了什么").presses("同意：日子和提醒")
    assert "豆豆（10个月）接下来的事" in father.says("/calendar").heard
