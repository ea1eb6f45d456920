"""Whole conversations, as a parent has them, in both languages."""

from dataclasses import replace

from bot.conversation.conversation import Conversation
from bot.messages import Inbound
from bot.questions.asking import Asking
from bot.wiring import Knowing
from tests.conftest import FixedClock
from tests.talk import Parent


def test_a_question_gets_the_guides_own_words_with_sources_and_buttons(parent: Parent, knowing: Knowing) -> None:
    parent.says("8个月宝宝烧到39度，精神还好，怎么办")
    entry = knowing.shipped.guide.entries["health.fever"]
    assert parent.heard.startswith(entry.zh.title)
    assert entry.zh.short_answer.text in parent.heard
    assert entry.zh.passage_for(8).text in parent.heard
    assert "出处" in parent.heard
    assert parent.labels[:2] == ["更多", "出处"]


def test_the_same_question_at_another_age_gets_that_ages_advice(parent: Parent, knowing: Knowing) -> None:
    entry = knowing.shipped.guide.entries["health.fever"]
    parent.says("4个月宝宝发烧了怎么护理")
    assert entry.zh.passage_for(4).text in parent.heard
    assert entry.zh.passage_for(8).text not in parent.heard


def test_more_sources_and_related_follow_from_the_answer(parent: Parent, knowing: Knowing) -> None:
    entry = knowing.shipped.guide.entries["health.fever"]
    parent.says("宝宝发烧怎么护理 8个月")
    answer = parent.replies
    parent.presses("更多")
    assert all(line.text in parent.heard for line in (*entry.zh.do, *entry.zh.dont, *entry.zh.see_doctor))
    parent.replies = answer
    parent.presses("出处")
    assert "还没有医生签字" in parent.heard
    assert all(knowing.shipped.guide.sources[use.source_id].title_zh in parent.heard for use in entry.sources)
    parent.replies = answer
    parent.presses("相关")
    assert parent.labels


def test_a_danger_sign_is_answered_at_once_with_120_in_the_first_line(parent: Parent) -> None:
    parent.says("孩子抽起来了翻白眼 怎么办 10个月")
    assert "120" in parent.heard.splitlines()[0]
    assert parent.replies[0].urgent
    assert "嘴里什么都不塞" in parent.heard


def test_fever_under_three_months_is_urgent_whatever_the_words(parent: Parent) -> None:
    parent.says("two months old, temperature 38.4, feeding ok")
    assert "120" in parent.heard.splitlines()[0]
    parent.says("刚满月 38度5 要吃退烧药吗")
    assert "120" in parent.heard.splitlines()[0]


def test_a_parent_in_crisis_gets_a_person_and_no_tip(parent: Parent) -> None:
    parent.says("我撑不住了 想抱着孩子跳下去")
    assert "12356" in parent.heard
    assert "120或110" in parent.heard.splitlines()[0]
    assert parent.replies[0].urgent


def test_a_question_for_a_dose_is_declined_kindly(parent: Parent) -> None:
    parent.says("美林11公斤喂几毫升")
    assert "我不能算" in parent.heard
    assert "120" in parent.heard


def test_choices_are_offered_and_a_number_picks_one(conversation: Conversation, parent: Parent) -> None:
    for vague in ("不肯吃", "晚上老闹", "便便不对劲", "一直哭", "老是醒", "吃奶"):
        parent.says(vague)
        if "都不是" in parent.labels:
            break
    else:
        raise AssertionError("no vague message led to choices")
    first = parent.labels[0]
    parent.says("1")
    assert parent.heard.startswith(first)


def test_none_of_these_asks_for_other_words_and_names_a_person(parent: Parent) -> None:
    for vague in ("不肯吃", "晚上老闹", "便便不对劲", "一直哭", "老是醒", "吃奶"):
        parent.says(vague)
        if "都不是" in parent.labels:
            break
    parent.presses("都不是")
    assert "12345" in parent.heard


def test_what_is_not_in_the_guide_is_said_with_a_way_to_a_person(parent: Parent) -> None:
    parent.says("明天上海下不下雨 要带伞吗")
    assert "不在我的指南里" in parent.heard
    assert "12345" in parent.heard


def test_a_school_child_is_outside_the_guide(parent: Parent) -> None:
    parent.says("八岁孩子发烧怎么办")
    assert "只写到3岁" in parent.heard


def test_a_topic_that_is_not_written_yet_is_named_honestly(conversation: Conversation, knowing: Knowing) -> None:
    shipped = knowing.shipped
    entries = {topic_id: entry for topic_id, entry in shipped.guide.entries.items() if topic_id != "motor.handedness"}
    fewer = replace(shipped, guide=replace(shipped.guide, entries=entries))
    conversation._asking = Asking(fewer, knowing.asking._retriever, 0.8)
    parent = Parent(conversation)
    parent.says("孩子是左撇子要不要纠正他用右手")
    assert "左撇子" in parent.heard
    assert "还没写好" in parent.heard


def test_a_short_second_question_leans_on_the_first(parent: Parent) -> None:
    parent.says("宝宝便秘三天没拉了 一岁")
    parent.says("吃什么好")
    assert "便秘" in parent.heard or "拉" in parent.heard


def test_the_age_is_remembered_and_grows(parent: Parent, knowing: Knowing, clock: FixedClock) -> None:
    entry = knowing.shipped.guide.entries["health.fever"]
    parent.says("我家宝宝4个月")
    clock.passes(days=75)
    parent.says("发烧怎么护理")
    assert entry.zh.passage_for(6).text in parent.heard


def test_english_is_answered_in_english(parent: Parent, knowing: Knowing) -> None:
    parent.says("my 8 month old has a fever of 39, still playing, what should I do")
    entry = knowing.shipped.guide.entries["health.fever"]
    assert parent.heard.startswith(entry.en.title)
    assert "Sources:" in parent.heard


def test_a_chosen_language_stays(parent: Parent) -> None:
    parent.says("换成英文")
    assert "English from now on" in parent.heard
    parent.says("宝宝便秘怎么办")
    assert "Sources:" in parent.heard
    parent.says("/language").presses("中文")
    assert "以后用中文" in parent.heard


def test_feedback_is_noted_for_the_one_who_asked_only(conversation: Conversation, parent: Parent) -> None:
    parent.says("宝宝便秘怎么办 8个月")
    helpful = next(b.data for r in parent.replies for row in r.buttons for b in row if b.data.startswith("y:"))
    parent.presses("有用")
    assert "谢谢您告诉我" in parent.heard
    stranger = conversation.handle(Inbound("test", "stranger", "x1", "button", helpful))
    assert "过期" in stranger[0].plain_text


def test_small_talk_is_kind_and_short(parent: Parent) -> None:
    parent.says("你好")
    assert "我在" in parent.heard
    parent.says("谢谢你")
    assert "不客气" in parent.heard
    parent.says("你是真人吗")
    assert "不是真人" in parent.heard


def test_the_start_says_who_speaks_and_that_nothing_is_signed(parent: Parent) -> None:
    parent.says("/start")
    assert "七会" in parent.heard
    assert "没有经过医生签字" in parent.heard
    assert "120" in parent.heard


def test_what_is_not_text_is_answered_kindly(parent: Parent) -> None:
    for kind, word in (
        ("voice", "语音"),
        ("photo", "照片"),
        ("sticker", "表情"),
        ("location", "位置"),
        ("poll", "看不懂"),
    ):
        parent.sends(kind)
        assert word in parent.heard


def test_every_reply_to_something_unread_says_what_to_do_in_danger(parent: Parent) -> None:
    for said in ("", "😀😀", "\x00\x01", "长" * 3000):
        parent.says(said)
        assert "120" in parent.heard
