"""Messages that wait for a browser: fetched, shown, gone; nobody else's; erased with the chat. And who can be reached."""

import asyncio
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from bot.channels.web_chat import COOKIE, LOOKS_PER_MINUTE, create_app
from bot.conversation.conversation import Conversation
from bot.conversation.session import chat_key
from bot.database import Database
from bot.messages import Inbound
from bot.outreach.contact import contact_of
from bot.outreach.transport import Sent
from bot.outreach.web_transport import WebInbox
from bot.questions.asking import Asking
from bot.rendered import Line, RenderedButton, RenderedReply
from index.manifest import Manifest
from tests.conftest import KEYS, FixedClock
from tests.talk import Parent
from tests.test_erasing import everything

SECRET = b"secret"
NUDGE = RenderedReply(
    "zh", (Line("豆豆苗8个月了，该打麻腮风了", "plain"),), ((RenderedButton("打好了", "language:ask"),),), urgent=False
)


@pytest.fixture
def conversation(any_database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(any_database, quick_asking, clock, SECRET, KEYS)


@pytest.fixture
def browser(conversation: Conversation, any_database: Database) -> Iterator[TestClient]:
    manifest = Manifest(1, "edition", "hashing", 1, 1, 1, 1, "2026-11-24", "hashing", {})
    with TestClient(create_app(conversation, any_database, manifest)) as client:
        client.get("/")
        yield client


@pytest.fixture
def inbox(any_database: Database, clock: FixedClock) -> WebInbox:
    return WebInbox(any_database, KEYS, clock, lambda address: chat_key(Inbound("web", address, "", "unknown"), SECRET))


def lay_down(inbox: WebInbox, browser: TestClient, reply: RenderedReply = NUDGE) -> None:
    assert isinstance(asyncio.run(inbox.send(browser.cookies[COOKIE], reply)), Sent)


def look(browser: TestClient, **asked) -> dict:
    return browser.post("/api/inbox", json=asked).json()


def test_a_message_waits_for_its_browser_and_goes_once_it_was_shown(
    browser: TestClient, inbox: WebInbox, clock: FixedClock
) -> None:
    assert look(browser) == {"unread": 0, "messages": []}
    lay_down(inbox, browser)
    clock.passes(days=2)
    assert look(browser, count_only=True) == {"unread": 1, "messages": []}
    found = look(browser)
    (message,) = found["messages"]
    assert message["lines"] == [{"text": "豆豆苗8个月了，该打麻腮风了", "look": "plain"}]
    assert message["buttons"] == [[{"label": "打好了", "data": "language:ask"}]]
    assert message["at"] == "2026-11-24T02:00:00+00:00"
    assert look(browser) == found, "an answer that was lost on its way is given again"
    assert browser.post("/api/shown", json={"ids": [message["id"]]}).status_code == 204
    assert look(browser) == {"unread": 0, "messages": []}


def test_nobody_sees_or_removes_what_waits_for_another(
    browser: TestClient, inbox: WebInbox, conversation: Conversation
) -> None:
    lay_down(inbox, browser)
    (message,) = look(browser)["messages"]
    mine = browser.cookies[COOKIE]
    browser.cookies.clear()
    assert browser.post("/api/inbox", json={}).status_code == 401
    browser.post("/api/shown", json={"ids": [message["id"]]})
    browser.get("/")
    assert look(browser)["unread"] == 0
    browser.post("/api/shown", json={"ids": [message["id"]]})
    assert conversation.unread("web", mine) == 1
    cross = browser.post("/api/inbox", json={}, headers={"sec-fetch-site": "cross-site"})
    assert cross.status_code == 403


def test_looking_too_often_is_refused_and_loses_nothing(browser: TestClient, inbox: WebInbox) -> None:
    lay_down(inbox, browser)
    answers = [browser.post("/api/inbox", json={"count_only": True}) for _ in range(LOOKS_PER_MINUTE + 1)]
    assert answers[-1].status_code == 429
    assert answers[-2].json()["unread"] == 1


@pytest.mark.parametrize("body", [{"ids": ["../../x"]}, {"ids": "x"}, {}, {"ids": ["a" * 16] * 51}])
def test_a_malformed_call_is_refused(browser: TestClient, body: dict) -> None:
    assert browser.post("/api/shown", json=body).status_code == 422


def test_what_waits_is_sealed_and_goes_when_the_chat_is_forgotten(
    browser: TestClient, inbox: WebInbox, any_database: Database
) -> None:
    lay_down(inbox, browser)
    assert "豆豆苗" not in everything(any_database)
    browser.post("/api/messages", json={"id": "aaaaaaaa1", "content": "/forget"})
    browser.post("/api/messages", json={"id": "aaaaaaaa2", "kind": "button", "content": "forget:yes"})
    assert look(browser) == {"unread": 0, "messages": []}


def test_who_blocked_us_is_marked_and_restored_when_they_let_us_in_or_write(
    conversation: Conversation, any_database: Database
) -> None:
    mother = Parent(conversation, "mother").says("/children").presses("同意：日子和提醒").says("你好")
    key = chat_key(Inbound("test", "mother", "", "unknown"), SECRET)

    def unreachable() -> bool:
        with any_database.transaction() as session:
            return contact_of(session, KEYS, key).unreachable_since is not None

    conversation.reachable("test", "mother", now_reachable=False)
    assert unreachable()
    conversation.reachable("test", "mother", now_reachable=True)
    assert not unreachable()
    conversation.reachable("test", "mother", now_reachable=False)
    mother.says("你好")
    assert not unreachable()
    conversation.reachable("test", "somebody unknown", now_reachable=False)
    assert "somebody unknown" not in everything(any_database)
