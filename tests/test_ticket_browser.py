"""A counsellor in a real browser: the list on a phone, claim, an entry from the guide by keyboard, the answer sent."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from bot.admin.page_call import House
from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.questions.asking import Asking
from knowledge.load import Shipped
from tests.browser import chromium_path, fits, running_browser
from tests.conftest import KEYS, FixedClock
from tests.counselling import post, tickets
from tests.staff_browser import a_house, served_staff, someone
from tests.talk import Parent
from tests.test_staff_browser import open_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_path() is None, reason="no Chromium on this machine; see scripts/browser_packages.sh"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture
def house(database: Database, clock: FixedClock, sampled: Shipped, quick_asking: Asking) -> House:
    house = a_house(database, clock, sampled, quick_asking, {})
    with database.transaction() as session:
        someone(session, house, "li", "counsellor", "李老师")
    return house


@pytest.mark.parametrize("width", [1280, 390])
def test_a_counsellor_answers_a_parent_with_an_entry_of_the_guide(
    browser: Browser, house: House, quick_asking: Asking, clock: FixedClock, width: int
) -> None:
    mother = Parent(Conversation(house.database, quick_asking, clock, b"secret", KEYS), "mother")
    mother.says("/ask").says("长颈鹿不爱刷牙").presses("同意，发给")
    [ticket] = tickets(house.database)
    label = f"T-{ticket.id[:6].upper()}"
    with served_staff(house) as address:
        page = open_page(browser, address, "li", width)
        page.get_by_role("navigation").get_by_role("link", name="提问", exact=True).click()
        assert fits(page)
        page.get_by_role("link", name=label).click()
        expect(page.get_by_text("长颈鹿不爱刷牙")).to_be_visible()
        assert fits(page)
        page.get_by_role("button", name="认领").click()
        expect(page.get_by_role("status")).to_contain_text("已认领")
        page.get_by_label("从指南里选").fill("care.teeth")
        page.keyboard.press("Enter")  # inserts, and never sends
        text = page.get_by_label("您的回答")
        expect(text).not_to_be_empty()
        assert house.desk.shipped.guide.entries["care.teeth"].zh.short_answer.text in text.input_value()
        assert post(house.database, clock) == []
        text.fill(f"妈妈您好！\n{text.input_value()}")
        assert fits(page)
        page.get_by_role("button", name="发给家长").click()
        expect(page.get_by_role("status")).to_contain_text("正在发给家长")
        assert page.foreign == []  # type: ignore[attr-defined]
    [(chat, letter)] = post(house.database, clock)
    assert chat == "mother"
    assert "咨询老师李老师回答您" in letter.plain_text
    assert "妈妈您好" in letter.plain_text
    assert "出处：" in letter.plain_text
