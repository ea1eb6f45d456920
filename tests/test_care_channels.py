"""The growth picture and the calendar file in each channel: Telegram and the web page."""

import base64
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from bot.channels.web_chat import create_app
from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.questions.asking import Asking
from index.manifest import Manifest
from tests.conftest import KEYS, FixedClock
from tests.telegram_server.server import TestServer, running_server
from tests.test_telegram_channel import Running

STORY = ("/children", "[同意：日子和提醒]", "[加一个宝宝]", "豆豆", "2026-1-15", "[足月]", "[想看生长曲线]", "[女孩]")


@pytest.fixture
def conversation(database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(database, quick_asking, clock, b"secret", KEYS, None, "https://qihui.example.org")


@pytest.fixture
def telegram(conversation: Conversation) -> Iterator[TestServer]:
    with running_server() as server:
        channel = Running(conversation, server)
        yield server
        channel.stops()


def test_telegram_gets_a_photo_and_a_document(telegram: TestServer) -> None:
    mother = telegram.user()
    for line in (*STORY, "/growth"):
        mother.presses(line.strip("[]")) if line.startswith("[") else mother.sends(line)
        mother.received()
    mother.sends("8.5kg 70cm")
    words, picture = mother.received(2)
    assert "记好了" in words.text
    assert picture.method == "sendPhoto"
    mother.sends("/calendar")
    mother.received()
    mother.presses("放进手机日历")
    mother.received()
    mother.presses("拿日历文件")
    words, file = mother.received(2)
    assert "日历文件" in words.text
    assert file.method == "sendDocument"
    assert any(content.startswith(b"BEGIN:VCALENDAR") for content in telegram.world.files.values())


def test_a_table_sent_as_a_document_is_read_in_and_what_else_is_sent_is_answered(telegram: TestServer) -> None:
    mother = telegram.user()
    for line in STORY:
        mother.presses(line.strip("[]")) if line.startswith("[") else mother.sends(line)
        mother.received()
    mother.sends_document("打针.csv", "疫苗,日期\n乙肝,2026-01-15\n".encode("gb18030"))
    assert "读到1条新的" in mother.received()[0].text
    mother.presses("都对")
    assert "记好了1条" in mother.received()[0].text
    mother.sends_document("book.jpg", b"\xff\xd8", "image/jpeg")
    assert "照片我看不了" in mother.received()[0].text
    mother.sends_document("book.pdf", b"%PDF", "application/pdf")
    assert "请打字告诉我" in mother.received()[0].text
    telegram.fails("getFile", "400")
    mother.sends_document("打针.csv", b"code,on")
    assert "这不是我能读的记录表" in mother.received()[0].text


def test_the_web_page_sends_a_table(conversation: Conversation, database: Database) -> None:
    with TestClient(create_app(conversation, database, Manifest.__new__(Manifest))) as browser:
        browser.get("/")
        body = {"id": "message-0001", "kind": "file", "content": "x.csv", "language": "zh"}
        table = base64.b64encode("疫苗,日期\n乙肝,2026-01-15".encode()).decode()
        answer = browser.post("/api/messages", json={**body, "file": table})
        assert "先加一个宝宝" in answer.json()["replies"][0]["lines"][0]["text"]
        large = base64.b64encode(b"x" * 200_001).decode()
        assert browser.post("/api/messages", json={**body, "file": large}).status_code == 422


def test_the_web_page_gets_picture_and_file(conversation: Conversation, database: Database) -> None:
    with TestClient(create_app(conversation, database, Manifest.__new__(Manifest))) as browser:
        browser.get("/")
        buttons: dict[str, str] = {}
        replies = []
        for number, line in enumerate((*STORY, "/growth", "8.5kg 70cm", "/calendar", "[放进手机日历]", "[拿日历文件]")):
            label = line.strip("[]")
            pressed = next((data for name, data in buttons.items() if label in name), None)
            kind, content = ("button", pressed) if line.startswith("[") else ("text", line)
            body = {"id": f"message-{number:04}", "kind": kind, "content": content, "language": "zh"}
            replies = browser.post("/api/messages", json=body).json()["replies"]
            buttons = {one["label"]: one["data"] for reply in replies for row in reply["buttons"] for one in row}
            if line == "8.5kg 70cm":
                picture = replies[0]["file"]
    assert picture["type"] == "image/png"
    assert base64.b64decode(picture["content"]).startswith(b"\x89PNG")
    assert replies[0]["file"]["type"] == "text/calendar"
