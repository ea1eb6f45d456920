"""Records taken along and read back in, in the chat: pasted or as a file, shown before anything is written."""

import json
import re

import pytest

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.questions.asking import Asking
from tests.conftest import KEYS, FixedClock
from tests.talk import Parent

SPREADSHEET = "疫苗,日期\r\n乙肝,2026/1/15\r\n卡介苗,2026/1/16\r\n"


@pytest.fixture
def conversation(database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    """A conversation that knows spelling only, for speed."""
    return Conversation(database, quick_asking, clock, b"secret of the tests", KEYS, "qihui_bot")


def with_child(parent: Parent, nickname: str = "豆豆", born: str = "2026-01-15") -> Parent:
    parent.says("/consent")
    if any("同意：日子和提醒" in label for label in parent.labels):
        parent.presses("同意：日子和提醒")
    return parent.says("/children").presses("加").says(nickname).says(born).presses("足月")


def exported(parent: Parent, label: str) -> bytes:
    parent.says("/calendar").presses("看记录").presses(label)
    return parent.replies[0].attachment.content


@pytest.mark.parametrize("label", ["拿一张表格", "拿一份 JSON"])
def test_one_familys_export_is_pasted_into_anothers_chat(conversation: Conversation, label: str) -> None:
    mother, other = with_child(Parent(conversation, "mother")), with_child(Parent(conversation, "other"))
    mother.says("/calendar").presses("记打过的").says("乙肝 1月15日\n卡介苗 1月16日").presses("都对")
    mother.says("/calendar").presses("脊灰").presses("约好日子").says("12月3日")
    file = exported(mother, label).decode("utf-8-sig")
    other.says(file)
    assert "读到3条新的，这样记在豆豆名下，对吗？" in other.heard
    assert "脊灰疫苗第1剂：约了2026年12月3日" in other.heard
    assert "还没有记过" in Parent(conversation, "other").says("/calendar").presses("看记录").heard
    other.says(file).presses("都对，记下")
    assert "记好了3条，记在豆豆名下" in other.heard
    assert exported(other, label).decode("utf-8-sig") == file
    other.says(file)
    assert "有3条已经记过，不会重复记" in other.heard
    assert "都对，记下" not in other.labels


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_grandmothers_spreadsheet_as_a_file(conversation: Conversation, encoding: str) -> None:
    mother = with_child(Parent(conversation))
    mother.says("/calendar").presses("看记录").presses("读进一张表")
    assert "疫苗，日期" in mother.heard
    mother.sends_file("打针.csv", SPREADSHEET.encode(encoding))
    assert "读到2条新的" in mother.heard
    mother.says("都对")
    assert "记好了2条" in mother.heard
    assert "接下来的事" in mother.heard


def test_wrong_lines_are_named_and_the_right_ones_can_be_kept(conversation: Conversation) -> None:
    mother = with_child(Parent(conversation))
    mother.says("疫苗,日期\n乙肝,2026-01-15\n神仙水,2026-01-16\n卡介苗,2025-01-16")
    assert "读到1条新的" in mother.heard
    assert "第3行：「神仙水」没认出是什么疫苗" in mother.heard
    assert "第4行：卡介苗" in mother.heard
    mother.presses("都对，记下")
    assert [one["code"] for one in json.loads(exported(mother, "JSON"))["records"]] == ["HepB"]


def test_with_two_children_the_table_is_asked_about_or_goes_to_the_one_in_hand(conversation: Conversation) -> None:
    mother = with_child(with_child(Parent(conversation)), "大宝", "2024-5-1")
    conversation._clock.passes(hours=30)
    mother.says("疫苗,日期\n乙肝,2026-02-15")
    assert "记在哪个宝宝名下" in mother.heard
    mother.says("便秘怎么办")
    assert "刚才的还没填完" in mother.heard
    mother.presses("接着填").presses("豆豆")
    assert "这样记在豆豆名下" in mother.heard
    mother.presses("都对，记下")
    assert "记在豆豆名下" in mother.heard
    mother.says("/children").presses("大宝").presses("接下来说大宝")
    mother.says("疫苗,日期\n乙肝,2026-02-15")
    assert "这样记在大宝名下" in mother.heard


def test_a_reader_takes_along_and_may_not_read_in(conversation: Conversation) -> None:
    mother, uncle = with_child(Parent(conversation, "mother")), Parent(conversation, "uncle")
    mother.says("疫苗,日期\n乙肝,2026-01-15").presses("都对")
    uncle.says(re.search(r"QH-\w{5}-\w{5}", mother.says("/invite").presses("只看").heard)[0])
    assert b"HepB" in exported(uncle, "拿一张表格")
    assert "读进一张表" not in uncle.says("/calendar").presses("看记录").labels
    uncle.says("疫苗,日期\n卡介苗,2026-01-16")
    assert "请宝宝的父母或监护人来做" in uncle.heard
    stranger = Parent(conversation, "stranger").says("疫苗,日期\n卡介苗,2026-01-16")
    assert "先加一个宝宝" in stranger.heard


def test_without_consent_nothing_is_read_in(conversation: Conversation) -> None:
    mother = with_child(Parent(conversation))
    mother.says("疫苗,日期\n乙肝,2026-01-15")
    assert "都对，记下" in mother.labels
    waiting = mother.replies
    mother.says("/consent").presses("收回：日子和提醒")
    mother.replies = waiting
    mother.presses("都对，记下")
    assert "先要宝宝的父母或监护人同意" in mother.heard
    mother.says("疫苗,日期\n乙肝,2026-01-15")
    assert "同意「日子和提醒」" in mother.heard


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n\x00\x00", "请问发烧怎么办".encode(), b'{"families": []}'])
def test_another_file_is_answered_kindly(conversation: Conversation, content: bytes) -> None:
    mother = with_child(Parent(conversation)).sends_file("x.csv", content)
    assert "这不是我能读的记录表" in mother.heard
    assert "120" in mother.heard


def test_an_export_of_several_children_is_refused(conversation: Conversation) -> None:
    mother = with_child(Parent(conversation)).says("child,code,on\na,HepB,2026-01-15\nb,BCG,2026-01-16")
    assert "不止一个孩子" in mother.heard


def test_reading_in_in_english(conversation: Conversation) -> None:
    mother = Parent(conversation, "english", "en").says("/children").presses("Agree: dates and reminders")
    mother.presses("Add a child").says("Mia").says("15 January 2026").presses("At term")
    mother.says("vaccine,date\nhepatitis B,15 Jan 2026\nmagic,16 Jan 2026")
    assert "New records: 1. Shall I note them for Mia?" in mother.heard
    assert "Line 3: " in mother.heard
    mother.presses("All right")
    assert "Noted for Mia. New records: 1." in mother.heard
