"""The page's Nearby button in a real browser: the place comes back with a link, the position goes nowhere else."""

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import uvicorn
from playwright.sync_api import expect

from bot.channels.web_chat import create_app
from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.questions.asking import Asking
from tests.browser import chromium_path, running_browser
from tests.conftest import KEYS, FixedClock
from tests.test_near_places import PLACES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_path() is None, reason="no Chromium on this machine; see scripts/browser_packages.sh"),
]


@pytest.fixture
def address(database: Database, quick_asking: Asking, clock: FixedClock) -> Iterator[str]:
    conversation = Conversation(database, quick_asking, clock, b"secret", KEYS, places=PLACES)
    manifest = SimpleNamespace(edition="x", encoder="hashing", entries=0, wordings=0)
    config = uvicorn.Config(create_app(conversation, database, manifest), host="127.0.0.1", port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def test_the_nearby_button_with_and_without_leave_to_look(address: str) -> None:
    with running_browser() as browser:
        context = browser.new_context(
            viewport={"width": 390, "height": 844},
            locale="zh-CN",
            geolocation={"latitude": 31.235, "longitude": 121.45},
            permissions=["geolocation"],
        )
        page = context.new_page()
        foreign: list[str] = []
        page.on("request", lambda one: None if one.url.startswith((address, "data:")) else foreign.append(one.url))
        page.goto(address)
        expect(page.get_by_text("我是七会").first).to_be_visible()
        page.get_by_role("button", name="附近", exact=True).click()
        expect(page.get_by_role("heading", name="甲站")).to_be_visible()
        expect(page.get_by_text("约550米")).to_be_visible()
        link = page.get_by_role("link", name="uri.amap.com").first
        assert link.get_attribute("href").startswith("https://uri.amap.com/marker?position=121.45,31.23")
        assert link.get_attribute("rel") == "noopener noreferrer"
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        context.clear_permissions()
        page.get_by_role("button", name="附近", exact=True).click()
        expect(page.get_by_text("看不到您的位置")).to_be_visible()
        assert foreign == []
