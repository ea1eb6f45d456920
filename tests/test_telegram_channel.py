"""The Telegram dialogue through the test server, from update to reply, with faults on the way."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.aiogram_channel import TelegramChannel
from bot.conversation.conversation import Conversation
from bot.conversation.router import COMMANDS
from bot.database import Database
from bot.errors import Misconfigured
from bot.rendered import Line, RenderedButton, RenderedReply
from bot.telegram_html import MOST_UNITS, telegram_messages, units
from bot.wiring import Knowing
from tests.conftest import KEYS, FixedClock
from tests.telegram_server.limits import visible_text
from tests.telegram_server.server import TOKEN, TestServer, running_server


@pytest.fixture
def telegram() -> Iterator[TestServer]:
    with running_server() as server:
        yield server


class Running:
    """A channel in a thread of its own, as `qihui telegram` runs it."""

    def __init__(self, conversation, server: TestServer, token: str = TOKEN, rate=None) -> None:
        self.failure: BaseException | None = None
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        channel_ready = threading.Event()

        async def run() -> None:
            channel = TelegramChannel(conversation, token, server.url, poll_timeout_s=2, rate=rate)
            channel_ready.set()
            await channel.run(self._stop)

        def main() -> None:
            try:
                self._loop.run_until_complete(run())
            except BaseException as error:
                self.failure = error
            finally:
                self._loop.close()

        self._thread = threading.Thread(target=main, daemon=True)
        self._thread.start()
        channel_ready.wait(5)

    def stops(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        assert not self._thread.is_alive()


@pytest.fixture
def channel(conversation: Conversation, telegram: TestServer) -> Iterator[Running]:
    running = Running(conversation, telegram)
    yield running
    running.stops()


def test_a_question_gets_its_cited_answer_with_buttons(telegram: TestServer, channel: Running) -> None:
    mother = telegram.user()
    mother.sends("8个月宝宝发烧39度，精神还好怎么办")
    (answer,) = mother.received()
    assert "出处" in answer.text
    assert [button["text"] for button in answer.buttons[0]][:2] == ["更多", "出处"]
    mother.presses("更多")
    assert "什么时候看医生" in mother.received()[0].text
    assert telegram.calls("answerCallbackQuery")


def test_a_danger_sign_is_answered_in_english_to_an_english_app(telegram: TestServer, channel: Running) -> None:
    father = telegram.user(language_code="en")
    father.sends("my son is having a seizure, eyes rolled back")
    assert "120" in father.received()[0].text.splitlines()[0]


def test_the_command_menu_is_set_in_both_languages(telegram: TestServer, channel: Running) -> None:
    telegram.world.wait_for(lambda: {"zh", "en", ""} <= set(telegram.world.commands), 10) or telegram.user().received(0)
    for _ in range(100):
        if {"zh", "en", ""} <= set(telegram.world.commands):
            break
        threading.Event().wait(0.05)
    assert telegram.world.commands["zh"] == telegram.world.commands[""]
    assert {c["command"] for c in telegram.world.commands["en"]} == set(COMMANDS)


def test_voice_stickers_photos_and_places_are_answered_kindly(telegram: TestServer, channel: Running) -> None:
    mother = telegram.user()
    for send, word in (
        (mother.sends_voice, "语音"),
        (mother.sends_sticker, "表情"),
        (mother.sends_photo, "照片"),
        (mother.sends_location, "12345"),
    ):
        send()
        assert word in mother.received()[0].text


def test_the_same_update_delivered_again_is_answered_once(
    telegram: TestServer, channel: Running, conversation: Conversation
) -> None:
    mother = telegram.user()
    update = mother.sends("宝宝便秘怎么办")
    mother.received()
    channel.stops()
    telegram.world.redeliver(update)
    again = Running(conversation, telegram)
    mother.sends("谢谢")
    assert "不客气" in mother.received()[0].text
    again.stops()


def test_an_answer_that_could_not_be_sent_before_a_crash_is_sent_afterwards(
    telegram: TestServer, database: Database, knowing: Knowing, clock: FixedClock
) -> None:
    from aiogram.types import Update

    from bot.channels.aiogram_updates import inbound_of

    mother = telegram.user()
    mother.sends("宝宝湿疹怎么护理")
    crashed = Conversation(database, knowing.asking, clock, b"secret of the tests", KEYS)
    crashed.handle(inbound_of(Update.model_validate(telegram.world.updates[0])))
    running = Running(Conversation(database, knowing.asking, clock, b"secret of the tests", KEYS), telegram)
    assert "出处" in mother.received()[0].text
    running.stops()


def test_a_429_is_waited_out(telegram: TestServer, channel: Running) -> None:
    telegram.fails("sendMessage", "429", retry_after=1)
    mother = telegram.user()
    mother.sends("你好")
    assert "我在" in mother.received()[0].text
    assert len(telegram.calls("sendMessage")) == 2


@pytest.mark.parametrize("kind", ["500", "drop"])
def test_a_passing_fault_of_the_network_loses_nothing(telegram: TestServer, channel: Running, kind: str) -> None:
    telegram.fails("sendMessage", kind)
    telegram.fails("getUpdates", kind)
    mother = telegram.user()
    mother.sends("你好")
    assert "我在" in mother.received()[0].text


def test_a_person_who_blocked_the_bot_does_not_stop_the_others(telegram: TestServer, channel: Running) -> None:
    gone, mother = telegram.user(), telegram.user()
    gone.blocks_the_bot()
    gone.sends("你好")
    mother.sends("你好")
    assert "我在" in mother.received()[0].text


def test_groups_are_left_alone(telegram: TestServer, channel: Running) -> None:
    mother = telegram.user()
    mother.writes_in_a_group("宝宝发烧怎么办")
    mother.sends("你好")
    mother.received()
    assert {message.chat for message in telegram.world.sent} == {mother.id}


class Scripted:
    """A conversation that answers as a test says."""

    def __init__(self, answer) -> None:
        self.answer = answer
        self.sent: list[str] = []

    def handle(self, inbound):
        return self.answer(inbound)

    def delivered(self, inbound) -> None:
        self.sent.append(inbound.update_id)

    def reachable(self, channel, chat, *, now_reachable) -> None:
        self.sent.append(f"{channel} {chat} {now_reachable}")

    def introduce(self, bot_name) -> None:
        self.bot_name = bot_name

    def apology(self, inbound):
        return [reply("对不起")]

    def commands(self):
        return {"zh": [("help", "帮助")], "en": [("help", "Help")]}


def reply(*lines: str, buttons=()) -> RenderedReply:
    return RenderedReply("zh", tuple(Line(line, "plain") for line in lines), buttons, urgent=False)


def test_long_answers_come_in_parts_and_markup_is_shown_as_it_is(telegram: TestServer) -> None:
    text = "<b>&\"' 宝宝" * 900
    running = Running(Scripted(lambda _inbound: [reply(text, buttons=((RenderedButton("更多", "m:x"),),))]), telegram)
    mother = telegram.user()
    mother.sends("长")
    parts = mother.received(count=-(-units(text) // MOST_UNITS))
    assert "".join(part.text for part in parts) == text
    assert [bool(part.buttons) for part in parts] == [False] * (len(parts) - 1) + [True]
    running.stops()


def test_a_fault_of_ours_is_an_apology_and_the_talk_goes_on(
    telegram: TestServer, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(inbound):
        if inbound.content == "坏":
            raise RuntimeError("私密的话")
        return [reply(f"听到{inbound.content}")]

    running = Running(Scripted(answer), telegram)
    mother = telegram.user()
    mother.sends("坏")
    assert mother.received()[0].text == "对不起"
    mother.sends("好")
    assert mother.received()[0].text == "听到好"
    running.stops()
    assert "私密" not in caplog.text
    assert TOKEN not in caplog.text


def test_a_chat_keeps_its_order_while_others_go_on(telegram: TestServer) -> None:
    def answer(inbound):
        threading.Event().wait(0.15 if inbound.content == "1" else 0.0)
        return [reply(inbound.content)]

    running = Running(Scripted(answer), telegram)
    people = [telegram.user() for _ in range(6)]
    for number in range(1, 6):
        for person in people:
            person.sends(str(number))
    for person in people:
        assert [message.text for message in person.received(count=5)] == ["1", "2", "3", "4", "5"]
    running.stops()


def test_a_refused_token_is_said_to_the_operator(telegram: TestServer) -> None:
    running = Running(Scripted(lambda _inbound: []), telegram, token="1:wrong")
    running.stops()
    assert isinstance(running.failure, Misconfigured)
    assert "QIHUI_TELEGRAM_TOKEN" in str(running.failure)
    assert "wrong" not in str(running.failure)


looks = st.sampled_from(["plain", "title", "alert", "bullet", "note", "source"])
lines = st.lists(st.builds(Line, st.text(max_size=400) | st.just("😀 <a> & 句子。" * 700), looks), max_size=12)


@settings(max_examples=60, deadline=None)
@given(lines)
def test_any_reply_becomes_messages_that_telegram_takes(some: list[Line]) -> None:
    messages = telegram_messages(RenderedReply("zh", tuple(some), ((RenderedButton("按" * 99, "t:x"),),), urgent=False))
    seen = "".join(visible_text(message.html, "HTML") for message in messages)
    assert all(units(message.plain) <= MOST_UNITS for message in messages)
    assert messages[-1].buttons
    wanted = [c for line in some for c in line.text.replace("\x00", "") if c.isalnum()]
    assert [c for c in seen if c.isalnum()] == wanted or not wanted
