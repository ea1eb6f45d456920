"""The web chat's calls: a cookie of its own, answers as JSON, nothing for other sites, nothing breaks."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from bot.channels.web_chat import COOKIE, MESSAGES_PER_MINUTE, create_app
from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.wiring import Knowing


@pytest.fixture
def browser(conversation: Conversation, database: Database, knowing: Knowing) -> Iterator[TestClient]:
    with TestClient(create_app(conversation, database, knowing.manifest)) as client:
        client.get("/")
        yield client


def text_of(answer) -> str:
    return "\n".join(line["text"] for reply in answer.json()["replies"] for line in reply["lines"])


def test_the_page_asks_no_other_host_for_anything(browser: TestClient) -> None:
    page = browser.get("/")
    assert page.status_code == 200
    for path in ("/", "/static/chat.css", "/static/chat.js"):
        assert "http://" not in browser.get(path).text.replace("http://www.w3.org/2000/svg", "")
        assert "https://" not in browser.get(path).text
    assert "default-src 'self'" in page.headers["content-security-policy"]


def test_the_cookie_can_be_read_by_this_site_only(browser: TestClient) -> None:
    browser.cookies.clear()
    cookie = browser.get("/").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_a_question_is_answered_with_its_sources(browser: TestClient) -> None:
    answer = browser.post("/api/messages", json={"id": "aaaaaaaa1", "content": "8个月宝宝发烧39度怎么办"})
    assert answer.status_code == 200
    assert "出处" in text_of(answer)


def test_a_call_that_is_repeated_is_answered_once_with_the_same_words(browser: TestClient) -> None:
    call = {"id": "aaaaaaaa2", "content": "宝宝便秘怎么办"}
    first = browser.post("/api/messages", json=call).json()
    assert browser.post("/api/messages", json=call).json() == {"replies": []}
    assert browser.post("/api/messages", json={**call, "again": True}).json() == first
    assert browser.post("/api/received", json={"ids": ["aaaaaaaa2"]}).status_code == 204
    assert browser.post("/api/messages", json={**call, "again": True}).json() == {"replies": []}


def test_another_site_cannot_speak_for_a_family(browser: TestClient) -> None:
    call = {"id": "aaaaaaaa3", "content": "你好"}
    assert browser.post("/api/messages", json=call, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert (
        browser.post(
            "/api/messages", content=b'{"id":"aaaaaaaa3","content":"x"}', headers={"content-type": "text/plain"}
        ).status_code
        == 415
    )


def test_without_the_cookie_nothing_is_answered(browser: TestClient) -> None:
    browser.cookies.clear()
    assert browser.post("/api/messages", json={"id": "aaaaaaaa4", "content": "你好"}).status_code == 401
    browser.cookies.set(COOKIE, "../../etc/passwd")
    assert browser.post("/api/messages", json={"id": "aaaaaaaa4", "content": "你好"}).status_code == 401


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"id": 1}', b'{"id":"a","content":"x"}', b"\xff\xfe", b'{"id":"aaaaaaaa5"}']
)
def test_a_malformed_call_is_refused_and_nothing_breaks(browser: TestClient, body: bytes) -> None:
    answer = browser.post("/api/messages", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert "Traceback" not in answer.text


def test_a_body_that_cannot_be_a_message_is_turned_away_unread(browser: TestClient) -> None:
    answer = browser.post("/api/messages", content=b"x" * 1_500_000, headers={"content-type": "application/json"})
    assert answer.status_code == 413


def test_a_hundred_thousand_characters_get_a_polite_reply(browser: TestClient) -> None:
    answer = browser.post("/api/messages", json={"id": "aaaaaaaa6", "content": "宝" * 100_000})
    assert answer.status_code == 200
    assert "太长" in text_of(answer)


def test_too_many_messages_are_asked_to_wait(browser: TestClient) -> None:
    answers = [
        browser.post("/api/messages", json={"id": f"flood-{n:04}", "content": "你好"})
        for n in range(MESSAGES_PER_MINUTE + 1)
    ]
    assert answers[-1].status_code == 429
    assert "稍等" in text_of(answers[-1])


def test_a_fault_of_ours_is_an_apology_not_a_traceback(
    browser: TestClient, conversation: Conversation, monkeypatch, caplog
) -> None:
    def broken(_inbound):
        raise RuntimeError("inner words")

    monkeypatch.setattr(conversation, "handle", broken)
    answer = browser.post("/api/messages", json={"id": "aaaaaaaa7", "content": "我家宝宝的秘密"})
    assert "对不起" in text_of(answer)
    assert "120" in text_of(answer)
    assert "inner words" not in answer.text
    assert "秘密" not in caplog.text


def test_healthz_names_edition_index_database_and_version(browser: TestClient, knowing: Knowing) -> None:
    health = browser.get("/healthz").json()
    assert health["status"] == "ok"
    assert health["edition"] == knowing.shipped.guide.edition
    assert health["database"] == "sqlite"
    assert health["index"]["entries"] == len(knowing.shipped.guide.entries)
    assert health["version"]


def test_a_link_to_an_event_is_the_page_and_gives_nobody_a_new_identity(browser: TestClient) -> None:
    """A family that comes from another site shows no cookie there; the page asks again from here, where it has one."""
    known = browser.cookies["qihui_chat"]
    linked = TestClient(browser.app)
    page = linked.get("/e/0123456789abcdef")
    assert "text/html" in page.headers["content-type"]
    assert "set-cookie" not in page.headers
    assert "set-cookie" not in linked.get("/", headers={"Sec-Fetch-Site": "cross-site"}).headers
    assert linked.post("/api/messages", json={"id": "number-1", "content": "/start"}).status_code == 401
    assert "set-cookie" in linked.get("/", headers={"Sec-Fetch-Site": "same-origin"}).headers
    assert browser.cookies["qihui_chat"] == known


@pytest.mark.parametrize("path", ["/e/", "/e/x", "/e/0123456789ABCDEF", "/e/0123456789abcdef0", "/e/..%2f..%2fetc"])
def test_a_link_that_is_none_is_not_found(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 404
