"""The warning signs as one-tap questions: they end with the doctor's page or with going on playing, never a label."""

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


def a_mother(conversation: Conversation, born: str = "2026-01-15", chat: str = "one") -> Parent:
    mother = Parent(conversation, chat).says("/children").presses("同意：日子和提醒").presses("加一个宝宝").says("豆豆")
    return mother.says(born).presses("足月")


def through(parent: Parent, *answers: str) -> Parent:
    """Answer every question, the last answer over and over."""
    given = list(answers)
    while "说不准" in parent.labels:
        parent.presses(given.pop(0) if len(given) > 1 else given[0])
    return parent


def test_what_many_children_do_and_what_to_play(conversation: Conversation) -> None:
    parent = a_mother(conversation).says("/milestones")
    assert "这个年龄，很多孩子会" in parent.heard
    assert "可以一起玩" in parent.heard
    assert "[w" not in parent.heard
    assert "预警征象" in parent.heard


def test_one_sign_ends_with_the_page_for_the_doctor_and_no_label(conversation: Conversation) -> None:
    parent = a_mother(conversation).says("里程碑").presses("对一对预警征象")
    assert "第1条" in parent.heard
    sign = parent.heard.splitlines()[1]
    through(parent, "有", "没有")
    assert "请给儿保医生看：豆豆，10个月，2026年11月24日" in parent.heard
    assert sign in parent.heard
    for label in ("自闭", "发育迟缓", "异常", "不正常", "高危", "分数", "得分"):
        assert label not in parent.heard
    assert sign in parent.says("/milestones").presses("上次对的结果").heard


def test_no_sign_ends_with_going_on_playing_and_the_calendar_does_not_ask_again(conversation: Conversation) -> None:
    parent = a_mother(conversation, "2026-11-01")
    parent = a_mother(conversation, "2026-07-20", "two")
    for _ in range(20):  # everything that presses is put aside, so that the signs have their place
        parent.says("/calendar")
        label = next((b for b in parent.labels if "剂" in b or "体检" in b), None)
        if "预警征象" in parent.heard or label is None:
            break
        parent.presses(label).presses("不适合我家宝宝")
    assert "预警征象" in parent.heard
    parent.presses("该会什么").presses("对一对")
    through(parent, "没有")
    assert "接着好好玩" in parent.heard
    assert "预警征象" not in parent.says("/calendar").heard
    parent.says("/milestones").presses("对一对")
    through(parent, "没有").presses("记错了，收回")
    assert "收回了" in parent.heard


def test_words_answer_too_and_a_question_in_between_is_answered(conversation: Conversation) -> None:
    parent = a_mother(conversation).says("/milestones").presses("对一对").says("没有")
    assert "第2条" in parent.heard
    parent.says("发烧怎么护理")
    assert "刚才的还没填完" in parent.heard
    parent.presses("接着填")
    assert "第2条" in parent.heard
    parent.says("说不准")
    assert "第3条" in parent.heard


def test_an_unfinished_list_writes_nothing(conversation: Conversation) -> None:
    parent = a_mother(conversation).says("/milestones").presses("对一对").says("有").presses("先不填了")
    assert "上次对的结果" not in parent.says("/milestones").labels


def test_before_three_months_there_is_no_list_and_past_the_lists_it_is_said(conversation: Conversation) -> None:
    young = a_mother(conversation, "2026-10-20").says("/milestones")
    assert "没有要对的表" in young.heard
    assert "对一对预警征象" not in young.labels
    old = a_mother(conversation, "2021-12-01", "two").says("/milestones")
    assert "3岁多为止" in old.heard


def test_a_child_born_early_goes_by_the_corrected_age_in_english(conversation: Conversation) -> None:
    mother = Parent(conversation, "english", "en").says("/children").presses("Agree: dates and reminders")
    mother.presses("Add a child").says("Mia").says("15 June 2026").presses("Early").says("30")
    mother.says("milestones")
    assert "2 corrected" in mother.heard or "corrected age" in mother.heard
    conversation._clock.passes(days=60)
    mother.says("/milestones").presses("Go through the signs")
    assert "1 of " in mother.heard
    while "Not sure" in mother.labels:
        mother.presses("Yes")
    assert "For the child-health doctor: Mia" in mother.heard
