"""The staff pages in a real browser: a change from sign-in to publication, by keyboard, on two widths, no other host."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.admin.page_call import House
from bot.curation.shipped_edition import read_shipped_texts
from bot.database import Database
from bot.questions.asking import Asking
from knowledge.data_folder import DATA
from knowledge.load import Shipped
from tests.browser import chromium_path, fits, running_browser
from tests.conftest import FixedClock
from tests.staff_browser import PASSWORD, a_house, served_staff, someone
from tests.test_staff_guide import ask

TOPIC = "care.teeth"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_path() is None, reason="no Chromium on this machine; see scripts/browser_packages.sh"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture
def house(database: Database, clock: FixedClock, sampled: Shipped, quick_asking: Asking, shipped: Shipped) -> House:
    house = a_house(database, clock, sampled, quick_asking, read_shipped_texts(DATA, shipped.guide))
    with database.transaction() as session:
        for login, role in (("editor", "editor"), ("doctor", "reviewer"), ("admin", "administrator")):
            someone(session, house, login, role)
    return house


@pytest.fixture
def address(house: House) -> Iterator[str]:
    with served_staff(house) as url:
        yield url


def open_page(browser: Browser, address: str, login: str, width: int = 1280, locale: str = "zh-CN") -> Page:
    page = browser.new_context(viewport={"width": width, "height": 900}, locale=locale).new_page()
    page.foreign = []  # type: ignore[attr-defined]
    page.on("request", lambda request: request.url.startswith(("data:", address)) or page.foreign.append(request.url))
    page.on("console", lambda message: page.foreign.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/sign-in", wait_until="domcontentloaded")
    page.get_by_label("登录名").or_(page.get_by_label("Login")).fill(login)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation")).to_be_visible()
    return page


def test_an_edit_from_draft_to_parents(browser: Browser, address: str, house: House) -> None:
    editor = open_page(browser, address, "editor")
    editor.goto(f"{address}/guide/{TOPIC}")
    editor.get_by_role("button", name="开始修改").click()
    text = editor.get_by_label("中文", exact=True)
    lines = text.input_value().split("\n")
    place = lines.index("## 简答") + 1
    lines[place] = "长颈鹿牙刷早晚各刷一次。 " + lines[place][lines[place].index("[@") :]
    text.fill("\n".join(lines))
    editor.get_by_role("button", name="保存并检查").click()
    expect(editor.get_by_role("status").first).to_contain_text("已保存")
    editor.get_by_role("button", name="保存并送审").click()
    expect(editor.get_by_role("status")).to_contain_text("已送审")
    doctor = open_page(browser, address, "doctor", width=390)
    doctor.goto(f"{address}/guide/{TOPIC}")
    assert fits(doctor)
    doctor.get_by_role("link", name="预览").last.click()
    expect(doctor.get_by_text("长颈鹿牙刷").first).to_be_visible()
    assert fits(doctor)
    doctor.go_back()
    doctor.get_by_role("button", name="通过").click()
    doctor.get_by_role("button", name="发布", exact=True).click()
    expect(doctor.get_by_role("status")).to_contain_text("已发布")
    assert house.desk.living.refresh()
    assert "长颈鹿" in house.desk.shipped.guide.entries[TOPIC].zh.short_answer.text
    assert editor.foreign + doctor.foreign == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_fits_the_screen_and_loads_nothing_from_elsewhere(
    browser: Browser, address: str, width: int
) -> None:
    admin = open_page(browser, address, "admin", width, "en-GB")
    paths = ("/", "/guide", f"/guide/{TOPIC}", f"/guide/{TOPIC}/preview", "/asked", "/people", "/people/permissions")
    for path in (
        *paths,
        "/audit",
        "/account",
        "/account/second-factor",
        "/playground?text=brush+teeth",
        "/families/reveal",
    ):
        admin.goto(address + path)
        assert fits(admin), path
        assert admin.locator("h1").count() == 1, path
    assert admin.foreign == []  # type: ignore[attr-defined]


def test_the_skip_link_and_the_menu_are_reached_by_keyboard(browser: Browser, address: str) -> None:
    editor = open_page(browser, address, "editor")
    editor.keyboard.press("Tab")
    assert editor.evaluate("document.activeElement.className") == "skip"
    editor.get_by_role("link", name="指南").focus()
    editor.keyboard.press("Enter")
    expect(editor.get_by_role("heading", name="指南")).to_be_visible()


IN_ORDER_AND_SEEN = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect(), look = getComputedStyle(one);
  const after = !window.last || !!(window.last.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
  window.last = one;
  const seen = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return {what: one.tagName + " " + (one.name || one.textContent.trim()).slice(0, 30), end: one === document.body, after,
          seen, ringed: look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2,
          named: !!(one.textContent.trim() || one.labels?.length || one.getAttribute("aria-label"))};
}"""
"""What has the focus: whether it comes after what had it before, can be seen, has a ring around it, and has a name."""


def test_tab_goes_through_a_page_in_order_with_a_visible_ring(browser: Browser, address: str, house: House) -> None:
    ask(house, "紫色长颈鹿牙刷好不好", 3, disliked=True)
    admin = open_page(browser, address, "admin", 390)
    for path in ("/guide", "/guide-import", "/guide-conflicts", "/asked", "/events/import", "/announcements/new"):
        admin.goto(f"{address}{path}")
        reached = []
        for _ in range(45):
            admin.keyboard.press("Tab")
            one = admin.evaluate(IN_ORDER_AND_SEEN)
            if one["end"] or reached[:1] == [{**one, "after": True}]:  # once around
                break
            reached.append(one)
        assert len(reached) > 15, path
        wrong = [one for one in reached if not (one["after"] and one["seen"] and one["ringed"] and one["named"])]
        assert wrong == [], path
