"""From "add my baby" to answers with the baby's age, in both languages, as a parent has it."""

import pytest

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.questions.answer_policy import Answer
from bot.questions.asking import Asking, Question
from knowledge.guide import Entry
from tests.conftest import KEYS, FixedClock
from tests.talk import Parent


@pytest.fixture
def conversation(database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    """A conversation that knows spelling only, for speed."""
    return Conversation(database, quick_asking, clock, b"secret of the tests", KEYS, "qihui_bot")


@pytest.fixture
def parent(conversation: Conversation) -> Parent:
    return Parent(conversation)


@pytest.fixture
def english(conversation: Conversation) -> Parent:
    return Parent(conversation, "english", "en")


def a_question(asking: Asking, *months: int, differs: bool) -> tuple[str, Entry]:
    """A question that is answered at each of these ages, with passages that differ or do not."""
    for entry in asking.shipped.guide.entries.values():
        text = entry.zh.title
        found = [asking.ask(Question(text, "zh", age)) for age in months]
        answered = all(isinstance(o.verdict, Answer) and o.verdict.topic_id == entry.topic.id for o in found)
        plain = not any(outcome.doctor_today for outcome in found) and len(entry.zh.passages) > 1
        passages = {entry.zh.passage_for(age).text for age in months if entry.zh.passage_for(age)}
        if answered and plain and len(passages) == (len(months) if differs else 1):
            return text, entry
    raise AssertionError("no such entry")


def agreed(parent: Parent) -> Parent:
    parent.says("/children")
    zh = "您说了算" in parent.heard
    return parent.presses("同意：用月龄" if zh else "Agree: age in answers")


def with_child(parent: Parent, nickname: str = "豆豆", born: str = "2026年3月24号") -> Parent:
    """A parent who has added a child born at term."""
    parent.says("/children")
    if "您说了算" in parent.heard:
        parent.presses("同意：用月龄")
    return parent.presses("加一个宝宝").says(nickname).says(born).presses("足月")


def test_consent_comes_first_and_each_purpose_apart(parent: Parent) -> None:
    parent.says("/children")
    assert "您说了算" in parent.heard
    assert [label for label in parent.labels if label.startswith("同意：")] == [
        "同意：用月龄回答",
        "同意：日子和提醒",
        "同意：报名活动",
        "同意：社区通知",
        "同意：匿名统计",
    ]
    assert "加一个宝宝" not in parent.labels
    parent.presses("匿名统计")
    assert "加一个宝宝" not in parent.labels, "statistics alone are no reason to know a child"
    parent.presses("用月龄回答")
    assert "收回：用月龄回答" in parent.labels
    assert "加一个宝宝" in parent.labels


def test_a_child_is_added_step_by_step_and_its_age_is_used(parent: Parent, quick_asking: Asking) -> None:
    agreed(parent).presses("加一个宝宝")
    assert "小名" in parent.heard
    parent.says("叫豆豆")
    assert "豆豆是哪天出生的" in parent.heard
    parent.says("2026年3月24号")
    assert "2026年3月24日" in parent.heard
    assert "8个月" in parent.heard
    assert "足月" in parent.heard
    parent.presses("足月")
    assert "记好了，豆豆，8个月" in parent.heard
    question, entry = a_question(quick_asking, 8, 30, differs=True)
    parent.says(question)
    assert entry.zh.passage_for(8).text in parent.heard


def test_a_child_is_added_in_english(english: Parent) -> None:
    agreed(english).presses("Add a child").says("Mia").says("24 March 2026")
    assert "24 March 2026" in english.heard
    english.presses("At term")
    assert "Noted: Mia, 8 months" in english.heard
    english.says("/children")
    assert "Mia: born 24 March 2026, 8 months" in english.heard


def test_the_birth_date_by_buttons(parent: Parent) -> None:
    agreed(parent).presses("加一个宝宝").says("豆豆").presses("我来点")
    assert parent.labels[:3] == ["2026年", "2025年", "2024年"]
    parent.presses("2026年")
    assert "12月" not in parent.labels, "no month that is still to come"
    parent.presses("11月")
    assert "24" in parent.labels
    assert "25" not in parent.labels
    parent.presses("4")
    assert "2026年11月4日，现在20天" in parent.heard


def test_a_date_that_can_be_read_in_two_ways_is_asked_back(parent: Parent) -> None:
    agreed(parent).presses("加一个宝宝").says("豆豆").says("3/8/2025")
    assert {"2025年3月8日", "2025年8月3日"} <= set(parent.labels)
    parent.presses("2025年3月8日").presses("足月")
    assert "1岁8个月" in parent.heard or "20个月" in parent.heard


def test_an_age_gives_an_approximate_date_and_says_so(parent: Parent) -> None:
    agreed(parent).presses("加一个宝宝").says("豆豆").says("8个月了")
    assert "大约2026年3月24日" in parent.heard
    assert "出生证" in parent.heard
    parent.presses("足月").says("/children")
    assert "大约2026年3月24日出生" in parent.heard


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("去年腊月", "农历"),
        ("2027-1-1", "还没到"),
        ("2025-2-30", "没有这一天"),
        ("1988-5-6", "太早"),
        ("2019-5-6", "只管到6岁"),
        ("2026年9月", "几号"),
    ],
)
def test_a_date_that_cannot_be_is_refused_kindly_and_changes_nothing(parent: Parent, typed: str, said: str) -> None:
    agreed(parent).presses("加一个宝宝").says("豆豆").says(typed)
    assert said in parent.heard
    parent.says("/children")
    assert "豆豆" not in parent.heard


def test_a_child_over_three_is_told_about_the_scope(parent: Parent) -> None:
    agreed(parent).presses("加一个宝宝").says("豆豆").says("2023-5-6")
    assert "疫苗的事可以一直问到6岁" in parent.heard
    parent.presses("足月").says("便秘怎么办")
    assert "只写到3岁" in parent.heard


def test_weeks_are_asked_only_for_a_child_born_early(parent: Parent) -> None:
    agreed(parent).presses("加一个宝宝").says("豆豆").says("2026-8-1").presses("早产")
    assert "多少周" in parent.heard
    parent.says("50")
    assert "22到36" in parent.heard
    parent.says("34周")
    assert "记好了" in parent.heard
    parent.says("/children")
    assert "孕34周出生" in parent.heard
    assert "女孩" not in parent.heard


def test_sex_and_district_are_asked_only_when_wanted(parent: Parent) -> None:
    with_child(parent).presses("生长曲线").presses("女孩")
    assert "女孩" in parent.heard
    with_child(parent, "米米", "2025-1-1").presses("附近的服务").says("浦东")
    parent.says("花木街道")
    assert "住浦东新区花木街道" in parent.heard


def test_a_question_in_between_is_answered_and_the_dialogue_goes_on(parent: Parent) -> None:
    agreed(parent).presses("加一个宝宝").says("宝宝便秘怎么办，8个月")
    assert "接着来吗" in parent.heard
    assert "便秘" in parent.heard
    parent.presses("接着填").says("豆豆").says("宝宝便秘怎么办，8个月").says("2026-3-24").presses("足月")
    assert "记好了，豆豆" in parent.heard


def test_a_danger_sign_in_between_is_answered_first_without_an_offer(parent: Parent) -> None:
    agreed(parent).presses("加一个宝宝").says("孩子抽起来了翻白眼")
    assert "120" in parent.heard.splitlines()[0]
    assert "接着来吗" not in parent.heard
    parent.says("豆豆")
    assert "豆豆是哪天出生的" in parent.heard, "the dialogue is still open"


def test_a_dialogue_left_alone_takes_no_text_but_can_be_taken_up(parent: Parent, clock: FixedClock) -> None:
    agreed(parent).presses("加一个宝宝").says("豆豆")
    clock.passes(minutes=45)
    parent.says("2026-3-24")
    assert "足月" not in parent.heard
    assert "接着来吗" in parent.heard
    parent.says("宝宝便秘怎么办")
    assert "接着来吗" not in parent.heard, "offered once"
    parent.says("/children").presses("接着填")
    assert "豆豆是哪天出生的" in parent.heard
    clock.passes(hours=25)
    parent.says("/children")
    assert "接着填" not in parent.labels, "after a day the draft is gone"


def test_leaving_is_one_word(parent: Parent) -> None:
    agreed(parent).presses("加一个宝宝").says("豆豆").says("算了")
    assert "先放着" in parent.heard
    parent.says("/children")
    assert "豆豆" not in parent.heard


def test_a_nickname_that_the_guide_takes_for_a_question_can_be_kept_by_one_tap(parent: Parent) -> None:
    agreed(parent).presses("加一个宝宝")
    for name in ("发烧", "便秘", "湿疹"):
        parent.says(name)
        assert "哪天出生" not in parent.heard, "a worry is no name"


def test_editing_and_switching(parent: Parent) -> None:
    with_child(parent)
    with_child(parent, "大宝", "2024-5-1")
    parent.says("/children").presses("豆豆").presses("改小名").says("团团")
    assert "改好了" in parent.heard
    parent.says("/children").presses("团团").presses("改生日").says("2026-4-1")
    assert "2026年4月1日" in parent.heard
    parent.says("/children").presses("团团").presses("改小名").says("大宝")
    assert "已经有一个大宝" in parent.heard
    parent.says("/children").presses("团团").presses("接下来说团团")
    assert "说的是团团" in parent.heard


def test_short_text_leaves_out_the_passage_and_large_type_reaches_the_channel(
    parent: Parent, quick_asking: Asking
) -> None:
    question, entry = a_question(quick_asking, 8, 30, differs=True)
    with_child(parent)
    parent.says("/display").presses("简短")
    parent.says(question)
    assert entry.zh.short_answer.text in parent.heard
    assert entry.zh.passage_for(8).text not in parent.heard
    assert "出处" in parent.heard
    assert not parent.replies[0].large_type
    parent.says("大字").presses("大字")
    assert parent.replies[0].large_type
