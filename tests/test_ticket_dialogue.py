"""A parent asks a person: what is shared, what is heard when, a danger at once, the answer, and back; in both languages."""

import pytest

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.outreach.contact import contact_of
from bot.questions.asking import Asking, Question
from bot.tickets.parent_tickets import KEPT_FOR, MOST_OPEN, SILENT_FOR
from bot.tickets.ticket_rows import TicketRow
from knowledge.load import Shipped
from tests.conftest import KEYS, FixedClock
from tests.counselling import answers, post, tickets, words
from tests.talk import Parent

NOT_IN_GUIDE = "股票今天涨了吗"


@pytest.fixture
def conversation(database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(database, quick_asking, clock, b"secret", KEYS)


def asked(parent: Parent, text: str = NOT_IN_GUIDE) -> Parent:
    return parent.says(text).presses("问人").presses("同意，发给")


def reads(parent: Parent, database: Database, clock: FixedClock) -> Parent:
    """What the sender brings is the last that the parent saw."""
    parent.replies = [reply for address, reply in post(database, clock) if address == parent.chat]
    return parent


WORDS = {
    "zh": {
        "hint": "zh-hans", "ask": NOT_IN_GUIDE, "person": "问人", "who": "咨询老师，是真人", "open": "现在有人在，17:00前",
        "send": "同意，发给", "received": "收到了，编号T-", "from": "咨询老师Li回答您", "back": "接着问", "helped": "有帮助",
        "write": "请把问题写在下一条", "glad": "太好了",
    },
    "en": {
        "hint": "en", "ask": "how are stock prices today", "person": "Ask a person", "who": "a real person",
        "open": "Somebody is there now, until 17:00", "send": "Agree and send", "received": "Received, number T-",
        "from": "Li, counsellor, answers you", "back": "Write back", "helped": "That helped", "write": "next message",
        "glad": "Good to hear",
    },
}  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
def test_from_a_question_to_a_persons_answer_and_back(
    conversation: Conversation, database: Database, clock: FixedClock, language: str
) -> None:
    said = WORDS[language]
    parent = Parent(conversation, "mother", said["hint"]).says(said["ask"]).presses(said["person"])
    for word in ("who", "open", "ask"):
        assert said[word] in parent.heard
    assert "180" in parent.heard
    assert tickets(database) == [], "nothing before the consent"
    parent.presses(said["send"])
    assert said["received"] in parent.heard
    [ticket] = tickets(database)
    assert words(database, ticket.id) == [("question", said["ask"])]
    assert (ticket.state, ticket.urgency, ticket.language, ticket.consent) == ("waiting", "none", language, 1)

    clock.passes(minutes=20)
    answers(database, clock, ticket, "先试试少量多次。\n来源：育儿指南")
    reads(parent, database, clock)
    assert said["from"] in parent.heard
    assert "少量多次" in parent.heard
    assert post(database, clock) == [], "once"

    parent.presses(said["back"])
    assert said["write"] in parent.heard
    parent.says("还是不行怎么办？")
    assert said["received"] in parent.heard
    [ticket] = tickets(database)
    assert (ticket.state, ticket.claimed_by, ticket.waits_since) == ("claimed", "li", clock.now())
    answers(database, clock, ticket, "那请带去看儿保医生。")
    reads(parent, database, clock).presses(said["helped"])
    assert said["glad"] in parent.heard
    [ticket] = tickets(database)
    assert (ticket.state, ticket.closed_because) == ("closed", "helped")
    kinds = [kind for kind, _ in words(database, ticket.id)]
    assert kinds == ["question", "reply", "back", "reply"]


def test_a_disliked_answer_goes_along_only_when_it_is_ticked(
    conversation: Conversation, database: Database, quick_asking: Asking, sampled: Shipped
) -> None:
    written = (f"8个月{one.text}" for one in sampled.wordings if one.language == "zh")
    found = ((text, quick_asking.ask(Question(text, "zh"))) for text in written)
    question = next(text for text, outcome in found if outcome.decision == "answer" and outcome.age_months == 8)
    mother = Parent(conversation).says(question).presses("没用").presses("问人")
    assert question in mother.heard
    assert "☐ 带上我看到的回答" in mother.labels
    assert "☐ 带上宝宝月龄" in mother.labels
    mother.presses("同意，发给")
    [first] = tickets(database)
    assert [kind for kind, _ in words(database, first.id)] == ["question"]
    mother.says(question)
    title = mother.heard.splitlines()[0]
    mother.presses("没用").presses("问人")
    mother.presses("带上我看到的").presses("☐ 带上宝宝月龄").presses("自己写").says("三天没拉了")
    for told in ("您看到的回答", "月龄：8个月", "三天没拉了"):
        assert told in mother.heard
    mother.presses("同意，发给")
    second = max(tickets(database), key=lambda row: len(words(database, row.id)))
    shared = dict(words(database, second.id))
    assert list(shared) == ["question", "words", "shown", "age"]
    assert (shared["words"], shared["age"]) == ("三天没拉了", "8")
    assert title in shared["shown"]


def test_the_command_and_the_word_lead_there_without_a_question(conversation: Conversation, database: Database) -> None:
    mother = Parent(conversation).says("/ask")
    assert "咨询老师" in mother.heard
    mother.says("大宝总推小宝，怎么引导？")
    assert "大宝总推小宝" in mother.heard
    assert tickets(database) == []
    mother.presses("不发了")
    assert "没有发" in mother.heard
    assert tickets(database) == []
    mother.says("问人").says("大宝总推小宝").presses("同意，发给").says("/ask")
    assert "等人看" in mother.heard
    assert "大宝总推小宝" in mother.presses("看T-").heard


@pytest.mark.parametrize(
    ("passes", "told"),
    [
        ({"hours": -2}, "今天09:00起有人看"),
        ({"hours": 8}, "明天09:00起有人看"),
        ({"days": 3, "hours": 8}, "2026年11月30日（周一）09:00起有人看"),
    ],
)
def test_outside_the_hours_the_parent_hears_when_somebody_looks(
    conversation: Conversation, clock: FixedClock, passes: dict[str, int], told: str
) -> None:
    clock.passes(**passes)
    mother = Parent(conversation).says(NOT_IN_GUIDE).presses("问人")
    assert told in mother.heard
    assert told in mother.presses("同意，发给").heard


def test_a_danger_in_the_words_is_answered_at_once_and_flagged(conversation: Conversation, database: Database) -> None:
    mother = Parent(conversation).says("/ask").says("宝宝抽搐了，叫不醒")
    assert mother.replies[0].urgent
    assert "120" in mother.replies[0].plain_text
    assert "同意，发给咨询老师" in mother.labels
    assert tickets(database) == []
    mother.presses("同意，发给")
    assert "已经标成加急" in mother.heard
    [ticket] = tickets(database)
    assert ticket.urgency == "call_120"
    assert words(database, ticket.id) == [("words", "宝宝抽搐了，叫不醒")]


def test_a_danger_written_back_is_answered_at_once_and_flags_the_ticket(
    conversation: Conversation, database: Database, clock: FixedClock
) -> None:
    mother = asked(Parent(conversation))
    answers(database, clock, tickets(database)[0], "好的")
    reads(mother, database, clock).presses("接着问").says("宝宝抽搐了，叫不醒")
    assert mother.replies[0].urgent
    [ticket] = tickets(database)
    assert (ticket.urgency, ticket.state) == ("call_120", "claimed")


def test_a_danger_is_answered_though_its_words_cannot_be_taken(
    conversation: Conversation, database: Database, clock: FixedClock
) -> None:
    mother = Parent(conversation).says("/ask").says("宝宝抽搐了，叫不醒。" + "哭" * 1600)
    assert mother.replies[0].urgent
    assert "1500个字以内" in mother.heard
    asked(mother.presses_data("ask:leave"))
    mother.says("/ask").presses("接着问")
    [ticket] = tickets(database)
    with database.transaction() as session:
        session.delete(session.get_one(TicketRow, ticket.id))
    mother.says("宝宝抽搐了，叫不醒")
    assert mother.replies[0].urgent
    assert "不在了" in mother.heard
    assert "不在了" not in mother.says("你好").heard, "nobody is held in a step that cannot end"


def test_whoever_asks_a_person_about_a_danger_sees_the_text_again(
    conversation: Conversation, database: Database
) -> None:
    mother = Parent(conversation).says("宝宝抽搐了，叫不醒").says("/ask")
    assert mother.replies[0].urgent
    mother.presses("同意，发给")
    assert tickets(database)[0].urgency == "call_120"


def test_an_answer_is_not_sent_to_whoever_said_stop_since_and_waits_under_ask(
    conversation: Conversation, database: Database, clock: FixedClock
) -> None:
    mother = Parent(conversation).says("停")
    asked(mother)
    [ticket] = tickets(database)
    clock.passes(minutes=5)
    answers(database, clock, ticket, "第一个回答")
    assert "第一个回答" in reads(mother, database, clock).heard, "asked for after the stop"
    clock.passes(minutes=5)
    mother.says("停")
    answers(database, clock, ticket, "第二个回答")
    assert post(database, clock) == []
    assert "第二个回答" in mother.says("/ask").presses("看T-").heard


def test_a_chat_is_reached_while_it_waits_for_an_answer_and_no_longer(
    conversation: Conversation, database: Database, clock: FixedClock
) -> None:
    mother = asked(Parent(conversation, "mother"))
    [ticket] = tickets(database)

    def is_known() -> bool:
        with database.transaction() as session:
            return contact_of(session, KEYS, ticket.chat_key) is not None

    assert is_known()
    answers(database, clock, ticket, "好的")
    reads(mother, database, clock).presses("有帮助")
    assert not is_known()


def test_taking_back_deletes_every_word_and_stops_the_answer(
    conversation: Conversation, database: Database, clock: FixedClock
) -> None:
    mother = asked(Parent(conversation))
    answers(database, clock, tickets(database)[0], "好的")
    mother.says("/ask").presses("收回")
    assert "找不回来" in mother.heard
    mother.presses("收回，全部删掉")
    assert tickets(database) == []
    assert post(database, clock) == []
    assert "没有请人回答过" in mother.presses_data("ask:show").heard


def test_nobody_reaches_anothers_ticket(conversation: Conversation, database: Database) -> None:
    asked(Parent(conversation, "mother"))
    [ticket] = tickets(database)
    stranger = Parent(conversation, "stranger").says("你好")
    for verb in ("read", "back", "helped", "drop", "dropped"):
        assert "不在了" in stranger.presses_data(f"ask:{verb}:{ticket.id}").heard
    assert tickets(database)[0].version == ticket.version


def test_one_chat_cannot_fill_the_inbox(conversation: Conversation, database: Database) -> None:
    mother = Parent(conversation)
    for _ in range(MOST_OPEN + 1):
        asked(mother)
    assert f"已经有{MOST_OPEN}个问题" in mother.heard
    assert len(tickets(database)) == MOST_OPEN
    mother.presses_data("ask:new").presses("自己写").says("字" * 1600)
    assert "1500个字以内" in mother.heard


def test_an_erased_nickname_goes_out_of_tickets(conversation: Conversation, database: Database) -> None:
    mother = Parent(conversation, "mother").says("/children").presses("同意：用月龄").presses("加一个宝宝")
    mother.says("豆豆苗").says("2026-3-24").presses("足月")
    mother.says("/ask").says("豆豆苗不肯刷牙").presses("同意，发给")
    mother.says("/children").presses("豆豆苗").presses("删掉这个宝宝").presses("删掉豆豆苗")
    assert words(database, tickets(database)[0].id) == [("words", "[name]不肯刷牙")]


def test_silence_closes_a_ticket_and_half_a_year_later_it_is_gone(
    conversation: Conversation, database: Database, clock: FixedClock
) -> None:
    asked(Parent(conversation))
    clock.passes(days=400)
    conversation.purge()
    assert tickets(database)[0].state == "waiting", "a question without an answer is never let go"
    answers(database, clock, tickets(database)[0], "好的")
    clock.at += SILENT_FOR
    conversation.purge()
    assert tickets(database)[0].state == "answered"
    clock.passes(minutes=1)
    conversation.purge()
    assert tickets(database)[0].closed_because == "silence"
    clock.at += KEPT_FOR
    conversation.purge()
    assert len(tickets(database)) == 1
    clock.passes(minutes=1)
    conversation.purge()
    assert tickets(database) == []
