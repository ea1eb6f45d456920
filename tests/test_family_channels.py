"""The guided dialogue, files and large type in each channel: Telegram, the web page, the terminal."""

import base64
import io
import json
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from bot.channels.terminal import talk
from bot.channels.web_chat import create_app
from bot.conversation.conversation import Conversation
from bot.conversation.router import COMMANDS
from bot.database import Database
from bot.questions.asking import Asking
from bot.telegram_html import telegram_messages
from index.manifest import Manifest
from tests.conftest import KEYS, FixedClock
from tests.talk import Parent
from tests.telegram_server.server import TestServer, running_server
from tests.test_telegram_channel import Running

STORY = ("/children", "[同意：用月龄]", "[加一个宝宝]", "豆豆", "2026-3-24", "[足月]")


@pytest.fixture
def conversation(database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(database, quick_asking, clock, b"secret", KEYS)


@pytest.fixture
def telegram(conversation: Conversation) -> Iterator[TestServer]:
    with running_server() as server:
        channel = Running(conversation, server)
        yield server
        channel.stops()


def test_a_family_in_telegram_from_child_to_link_to_file(telegram: TestServer) -> None:
    mother, father = telegram.user(), telegram.user()
    for line in STORY:
        mother.presses(line.strip("[]")) if line.startswith("[") else mother.sends(line)
        said = mother.received()[0].text
    assert "记好了，豆豆，8个月" in said
    mother.sends("/invite")
    mother.received()
    mother.presses("另一位父母")
    link = re.search(r"https://t\.me/(\w+)\?start=(join_\w+)", mother.received()[0].text)
    father.sends(f"/start {link[2]}")
    assert "豆豆" in father.received()[0].text
    father.sends("/export")
    words, file = father.received(2)
    assert "JSON" in words.text
    assert file.method == "sendDocument"
    (content,) = telegram.world.files.values()
    assert json.loads(content)["families"][0]["children"][0]["nickname"] == "豆豆"


def test_the_link_names_the_bot_that_telegram_names(telegram: TestServer, conversation: Conversation) -> None:
    mother = telegram.user()
    for line in (*STORY, "/invite", "[只看]"):
        mother.presses(line.strip("[]")) if line.startswith("[") else mother.sends(line)
        said = mother.received()[0].text
    (call,) = telegram.calls("getMe")[:1]
    assert call
    assert re.search(r"https://t\.me/\w+\?start=join_[2-9A-Z]{10}", said)


def test_the_commands_are_in_the_menu_in_both_languages(conversation: Conversation) -> None:
    for language, menu in conversation.commands().items():
        names = [name for name, _ in menu]
        assert names == list(COMMANDS)
        assert {"children", "invite", "consent", "mydata", "export"} <= set(names)
        assert all(text for _, text in menu), language


def test_every_reply_of_the_dialogue_fits_telegram(conversation: Conversation) -> None:
    parent = Parent(conversation)
    steps = (
        *STORY[:4],
        "[我来点]",
        "[2026年]",
        "[3月]",
        "[24]",
        "[早产]",
        "[34周]",
        "/consent",
        "/mydata",
        "/display",
        "/forget",
    )
    for line in steps:
        parent.presses(line.strip("[]")) if line.startswith("[") else parent.says(line)
        for reply in parent.replies:
            assert len(telegram_messages(reply)) == 1
            assert all(len(row) <= 8 for row in reply.buttons), "Telegram shows eight buttons in a row at most"


def test_a_family_on_the_web_with_large_type_and_a_file(conversation: Conversation, database: Database) -> None:
    manifest = Manifest(1, "edition", "hashing", 1, 1, 1, 1, "2026-11-24", "hashing", {})
    with TestClient(create_app(conversation, database, manifest)) as browser:
        browser.get("/")
        replies: list[dict] = []
        for number, line in enumerate((*STORY, "/display", "[大字]", "/export")):
            content, kind = line, "text"
            if line.startswith("["):
                buttons = [button for reply in replies for row in reply["buttons"] for button in row]
                content = next(button["data"] for button in buttons if line.strip("[]") in button["label"])
                kind = "button"
            call = {"id": f"message{number:04}", "content": content, "kind": kind, "language": "zh"}
            replies = browser.post("/api/messages", json=call).json()["replies"]
    assert replies[0]["large"] is True
    file = replies[0]["file"]
    assert (file["name"], file["type"]) == ("qihui-my-data.json", "application/json")
    assert json.loads(base64.b64decode(file["content"]))["families"][0]["children"][0]["nickname"] == "豆豆"


def test_a_family_in_the_terminal(conversation: Conversation) -> None:
    shown: list[str] = []

    def lines() -> Iterator[str]:
        for line in (*STORY, "/export"):
            if line.startswith("["):
                numbers = re.findall(r"\[(\d+)\] ([^\[]+)", shown[-1])
                yield next(number for number, label in numbers if line.strip("[]") in label)
            else:
                yield line

    talk(conversation, lines(), shown.append)
    text = "\n".join(shown)
    assert "记好了，豆豆，8个月" in text
    assert '"nickname": "豆豆"' in text
    talk(conversation, io.StringIO(""), shown.append)


def test_buttons_of_two_replies_are_numbered_through_in_the_terminal(conversation: Conversation) -> None:
    shown: list[str] = []

    def lines() -> Iterator[str]:
        yield "/children"
        yield "1"
        add = re.search(r"\[(\d+)\] 加一个宝宝", shown[-1])[1]
        yield add
        yield "宝宝便秘怎么办，8个月"
        go_on = re.search(r"\[(\d+)\] 接着填", shown[-1])[1]
        assert int(go_on) > 1, "the answer's own buttons come first"
        yield go_on

    talk(conversation, lines(), shown.append)
    assert "小名叫什么" in shown[-2]
