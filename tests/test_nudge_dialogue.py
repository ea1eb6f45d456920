"""From "add my baby" to a nudge that arrives, its button pressed, and no further nudge for that dose."""

import re
from datetime import date, timedelta

import pytest

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.questions.asking import Asking
from bot.rendered import RenderedReply
from tests.conftest import KEYS, FixedClock
from tests.postman import deliver, rows_of
from tests.talk import Parent
from tests.test_calendar_dialogue import with_calendar

BORN_8_MONTHS_AGO = "2026年3月27号"
UP_TO_DATE = """乙肝 2026-3-27、2026-4-28、2026-9-28
卡介苗 2026-3-27
脊灰 2026-5-28、2026-6-28
百白破 2026-5-28、2026-7-28、2026-9-28
A群流脑 2026-9-28
"""


@pytest.fixture
def conversation(database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    """A conversation that knows spelling only, for speed."""
    return Conversation(database, quick_asking, clock, b"secret of the tests", KEYS, "qihui_bot")


@pytest.fixture
def parent(conversation: Conversation) -> Parent:
    return Parent(conversation)


class Mail:
    """The days go by, and what is sent meanwhile arrives."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database, self.clock = database, clock

    def days(self, parent: Parent, number: int) -> list[RenderedReply]:
        """What arrives in so many days, each looked at twice, at 9:59 and 10:59 in Shanghai."""
        got = []
        for _ in range(number):
            self.clock.at = (self.clock.at + timedelta(days=1)).replace(hour=1, minute=59)
            for _ in range(2):
                got += deliver(self.database, self.clock.at).values()
                self.clock.passes(hours=1)
        parent.replies = got[-1:] or parent.replies
        return got


@pytest.fixture
def mail(database: Database, clock: FixedClock) -> Mail:
    return Mail(database, clock)


def texts(replies: list[RenderedReply]) -> list[str]:
    return [reply.plain_text for reply in replies]


def test_from_a_new_child_to_a_nudge_its_button_and_silence_about_that_dose(parent: Parent, mail: Mail) -> None:
    with_calendar(parent, "小宝", BORN_8_MONTHS_AGO).says("/calendar").presses("记打过的").says(UP_TO_DATE)
    parent.presses("都对，记下")
    got = texts(mail.days(parent, 2))
    assert got == [text for text in got if "2026年11月27日" in text or "一遍" in text], (
        "nothing but what is near or was due already"
    )
    got = texts(mail.days(parent, 1))
    assert len(got) == 1
    assert "今天起，小宝可以打" in got[0]
    assert "麻腮风疫苗第1剂" in got[0]
    assert "因为小宝2026年11月27日满8个月" in got[0]
    parent.presses("今天都做好了")
    assert "记好了" in parent.heard
    later = texts(mail.days(parent, 40))
    assert not [text for text in later if "麻腮风疫苗第1剂" in text]


def test_a_family_that_joins_late_gets_one_summary_and_no_burst(parent: Parent, mail: Mail) -> None:
    with_calendar(parent, "小宝", "2025年1月15号")
    first = texts(mail.days(parent, 1))
    assert len(first) == 1
    assert "我理了一遍" in first[0]
    assert "不等于没做" in first[0]
    assert "因为您刚加了小宝" in first[0]
    assert "漏" not in first[0], "nobody is told that they missed something"
    assert texts(mail.days(parent, 7)) == []


def test_later_asks_again_in_two_weeks(parent: Parent, mail: Mail, clock: FixedClock) -> None:
    with_calendar(parent, "小宝", "2025年1月15号")
    mail.days(parent, 1)
    parent.presses("病了或晚点")
    assert "2026年12月9日再提醒您" in parent.heard
    assert texts(mail.days(parent, 13)) == []
    got = texts(mail.days(parent, 1))
    assert len(got) == 1
    assert "您说过晚点再提醒小宝" in got[0]


def test_one_tap_stops_everything_about_a_child_for_the_whole_family(
    conversation: Conversation, database: Database, mail: Mail
) -> None:
    mother, father = Parent(conversation, "mother"), Parent(conversation, "father")
    with_calendar(mother, "小宝", "2025年1月15号").says("/invite").presses("另一位父母")
    father.says(mother.heard.split("QH-")[1][:11].join(["QH-", ""]))
    assert len(mail.days(mother, 1)) == 2, "each parent once"
    mother.presses("别再发了")
    assert "关于小宝的消息都停了，家里其他人也不会再收到" in mother.heard
    assert "？" not in mother.heard, "nobody is asked why"
    assert {row.state for row in rows_of(database)} <= {"sent", "withheld"}
    assert {row.reason for row in rows_of(database) if row.state == "withheld"} == {"child_stopped"}
    assert mail.days(mother, 60) == []
    mother.presses("恢复")
    assert "恢复了" in mother.heard
    assert len(mail.days(mother, 1)) == 2


@pytest.mark.parametrize("word", ["停", "STOP", "退订", "别再发了。", "unsubscribe"])
def test_a_word_stops_everything_and_questions_are_still_answered(parent: Parent, mail: Mail, word: str) -> None:
    with_calendar(parent, "小宝", "2025年1月15号").says(word)
    assert "不主动" in parent.heard
    assert mail.days(parent, 30) == []
    parent.says("停母乳怎么停")
    assert "不主动" not in parent.heard
    parent.says("/nudges").presses("恢复")
    assert len(mail.days(parent, 1)) == 1


def test_stop_while_a_guided_dialogue_is_open_leaves_the_dialogue(parent: Parent) -> None:
    with_calendar(parent).says("/calendar").presses("记打过的").says("stop")
    assert "不主动" not in parent.heard


def test_topics_are_muted_apart(parent: Parent, mail: Mail) -> None:
    with_calendar(parent, "小宝", BORN_8_MONTHS_AGO).says("/nudges").presses("不要：疫苗提醒")
    assert "疫苗提醒：不发" in parent.heard
    got = texts(mail.days(parent, 14))
    assert any("8月龄体检" in text for text in got)
    assert not [text for text in got if "疫苗第" in text]


def test_what_is_taken_back_or_undone_is_seen_a_moment_before_sending(
    parent: Parent, mail: Mail, database: Database
) -> None:
    with_calendar(parent, "小宝", "2025年1月15号")
    parent.says("/consent").presses("收回：日子和提醒")
    assert mail.days(parent, 20) == []
    parent.says("/consent").presses("同意：日子和提醒")
    assert len(mail.days(parent, 1)) == 1


def test_a_record_taken_back_brings_its_nudges_back(parent: Parent, mail: Mail) -> None:
    with_calendar(parent, "小宝", BORN_8_MONTHS_AGO).says("/calendar").presses("记打过的").says(UP_TO_DATE)
    parent.presses("都对，记下")
    mail.days(parent, 3)
    parent.says("/calendar").presses("麻腮风").presses("今天做好了").presses("记错了，收回")
    got = texts(mail.days(parent, 14))
    assert any("麻腮风疫苗第1剂" in text for text in got)


def test_twins_are_named_together_in_one_message(parent: Parent, mail: Mail) -> None:
    with_calendar(parent, "豆豆", BORN_8_MONTHS_AGO)
    with_calendar(parent, "苗苗", BORN_8_MONTHS_AGO)
    for _ in range(2):
        got = texts(mail.days(parent, 1))
    mail.days(parent, 1)
    assert re.search("豆豆、苗苗可以打|苗苗、豆豆可以打", parent.heard), got
    assert any(label.startswith("豆豆：") for label in parent.labels)


def test_cards_come_once_a_week_to_those_who_asked(parent: Parent, mail: Mail) -> None:
    with_calendar(parent, "小宝", "2025年1月15号").says("/nudges")
    assert "每周一张小卡片：不发" in parent.heard
    parent.presses("要：每周一张小卡片")
    got = texts(mail.days(parent, 21))
    cards = [text for text in got if "周了，您订了" in text]
    assert len(cards) == 3
    assert len(set(cards)) == 3


def test_a_morning_on_a_public_holiday_says_that_the_clinic_may_be_closed(
    parent: Parent, mail: Mail, clock: FixedClock
) -> None:
    with_calendar(parent, "小宝", "2026年5月1号").says("/calendar").presses("记打过的")
    parent.says(
        "乙肝 2026-5-1、2026-6-1、2026-11-2\n卡介苗 2026-5-1\n脊灰 2026-7-1、2026-8-1\n百白破 2026-7-1、2026-9-1、2026-11-2\nA群流脑 2026-11-2"
    ).presses("都对，记下")
    clock.at = clock.at.replace(month=12, day=31)
    assert date(2027, 1, 1) == (clock.at + timedelta(days=1)).date()
    got = texts(mail.days(parent, 1))
    assert any("今天是元旦，门诊可能不开" in text for text in got), got
