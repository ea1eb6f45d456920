"""With several children the bot asks which, and only when it matters."""

import pytest
from sqlmodel import select

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.questions.asking import Asking, Question
from bot.questions.question_log import QuestionRow
from bot.questions.triage import Urgent
from tests.conftest import KEYS, FixedClock
from tests.talk import Parent
from tests.test_child_dialogue import a_question, with_child


@pytest.fixture
def conversation(database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    """A conversation that knows spelling only, for speed."""
    return Conversation(database, quick_asking, clock, b"secret of the tests", KEYS, "qihui_bot")


@pytest.fixture
def parent(conversation: Conversation) -> Parent:
    return Parent(conversation)


def test_several_children_the_bot_asks_which_when_it_matters(parent: Parent, quick_asking: Asking) -> None:
    question, entry = a_question(quick_asking, 4, 30, differs=True)
    with_child(parent, "豆豆", "2026-7-24")
    with_child(parent, "大宝", "2024-5-1")
    parent.says(question)
    assert "哪个宝宝" in parent.heard
    assert {"豆豆（4个月）", "大宝（2岁6个月）"} == set(parent.labels)
    parent.presses("大宝")
    assert entry.zh.passage_for(30).text in parent.heard
    assert "按大宝（2岁6个月）回答的" in parent.heard
    parent.presses("换成豆豆")
    assert entry.zh.passage_for(4).text in parent.heard
    parent.says(question)
    assert entry.zh.passage_for(4).text in parent.heard, "a moment later the same child is meant"
    parent.conversation._clock.passes(minutes=40)
    parent.says(question)
    assert "哪个宝宝" in parent.heard, "not half an hour later"


def test_several_children_a_nickname_in_the_text_says_which(parent: Parent, database: Database) -> None:
    with_child(parent, "豆豆", "2026-7-24")
    with_child(parent, "大宝", "2024-5-1")
    parent.says("大宝便秘怎么办").says("豆豆便秘怎么办")
    with database.transaction() as session:
        rows = session.exec(select(QuestionRow)).all()
    assert [(row.age_months, row.text) for row in rows] == [(30, "[name]便秘怎么办"), (4, "[name]便秘怎么办")]


def test_several_children_no_question_back_when_the_answer_is_the_same(parent: Parent, quick_asking: Asking) -> None:
    question, entry = a_question(quick_asking, 8, 11, differs=False)
    with_child(parent, "豆豆", "2026-3-24")
    with_child(parent, "大宝", "2025-12-24")
    parent.says(question)
    assert entry.zh.passage_for(8).text in parent.heard
    assert "大宝、豆豆都适用" in parent.heard


def test_several_children_a_danger_sign_for_any_of_them_is_answered_at_once(
    parent: Parent, quick_asking: Asking
) -> None:
    worries = (
        "量了38度5，精神还好，能吃能玩",
        "体温38度3，吃奶正常，会笑",
        "38度2 精神好 要不要紧",
        "发烧38度，玩得挺好",
    )

    def urgent(text: str, months: int) -> bool:
        return isinstance(quick_asking.ask(Question(text, "zh", months)).verdict, Urgent)

    worry = next(text for text in worries if urgent(text, 1) and not urgent(text, 30))
    with_child(parent, "豆豆", "2026-10-24")
    with_child(parent, "大宝", "2024-5-1")
    parent.conversation._clock.passes(hours=3)
    parent.says(worry)
    assert "120" in parent.heard.splitlines()[0], "the newborn may be meant"
    assert "大宝（2岁6个月）" in parent.labels
    assert "豆豆（1个月）" not in parent.labels
    parent.presses("大宝")
    assert not parent.replies[0].urgent


def test_an_age_in_the_text_goes_before_the_record(parent: Parent, database: Database) -> None:
    with_child(parent)
    parent.says("便秘怎么办").says("18个月的侄子便秘怎么办").says("那吃什么好")
    parent.conversation._clock.passes(minutes=40)
    parent.says("便秘怎么办")
    with database.transaction() as session:
        ages = [row.age_months for row in session.exec(select(QuestionRow)).all()]
    assert ages == [8, 18, 18, 8], "half an hour later the nephew is no longer meant"
