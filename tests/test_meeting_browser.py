"""Events and announcements in a real browser: by keyboard, on two widths, no other host, nothing sent before it is agreed to."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from bot.admin.page_call import House
from bot.database import Database
from bot.events.event_rows import EventRow
from bot.outreach.outreach_rows import OutgoingRow
from bot.outreach.staff_chats import keep_staff_chats
from tests.announce_town import Town
from tests.announce_words import hidden
from tests.browser import chromium_path, fits, running_browser
from tests.conftest import KEYS, FixedClock
from tests.event_builders import NOW, an_event, books, families
from tests.office import an_office
from tests.staff_browser import PASSWORD, quick_passwords, served_staff, someone
from tests.test_event_commands import ROW

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_path() is None, reason="no Chromium on this machine; see scripts/browser_packages.sh"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture
def house(database: Database, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    quick_passwords(monkeypatch)
    clock.at = NOW
    house = an_office(database, clock, tmp_path / "places.csv", alone_to=50)
    with database.transaction() as session:
        someone(session, house, "wang", "organiser")
        someone(session, house, "sun", "counsellor")
        keep_staff_chats(session, KEYS, {hidden("staff"): ("telegram", "1")}, clock.now())
    return house


@pytest.fixture
def address(house: House) -> Iterator[str]:
    with served_staff(house) as url:
        yield url


def open_page(browser: Browser, address: str, login: str, width: int) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN").new_page()
    page.foreign = []  # type: ignore[attr-defined]
    page.on("request", lambda request: request.url.startswith(("data:", address)) or page.foreign.append(request.url))
    page.on("console", lambda message: page.foreign.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/sign-in", wait_until="domcontentloaded")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation")).to_be_visible()
    return page


def orders(database: Database) -> int:
    with database.transaction() as session:
        return len([row for row in session.exec(select(OutgoingRow)).all() if ":cancelled:" in row.key])


@pytest.mark.parametrize("width", [1280, 390])
def test_an_event_is_written_published_and_another_cancelled(
    browser: Browser, address: str, house: House, width: int
) -> None:
    event = an_event(house.database)
    for home in families(house.database, 2):
        books(house.database, event, home)
    page = open_page(browser, address, "wang", width)
    page.get_by_role("link", name="活动", exact=True).click()
    page.get_by_role("link", name="新建活动").click()
    expect(page.get_by_role("heading", name="新建活动")).to_be_visible()
    assert fits(page)
    for label, value in (("中文标题", "周六一起玩"), ("谁办的", "花木指导站"), ("地点", "花木路100号"), ("名额", "12")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("区", exact=True).select_option("浦东新区")
    page.get_by_label("开始", exact=True).fill("2026-12-05T10:00")
    page.get_by_label("结束", exact=True).fill("2026-12-05T11:00")
    page.get_by_role("button", name="存成草稿").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("存成草稿")
    page.get_by_role("button", name="发布").press("Enter")
    expect(page.get_by_text("报名中")).to_be_visible()
    page.goto(f"{address}/events")
    assert fits(page)
    page.get_by_role("link", name="辅食第一口").click()
    expect(page.get_by_role("heading", name="辅食第一口")).to_be_visible()
    assert fits(page)
    page.get_by_role("link", name="取消活动").press("Enter")
    expect(page.get_by_text("会通知2个聊天")).to_be_visible()
    assert fits(page)
    assert orders(house.database) == 0
    page.get_by_role("button", name="取消活动并通知").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("已取消")
    assert orders(house.database) == 2
    assert page.foreign == []  # type: ignore[attr-defined]


def test_events_are_taken_in_from_a_file(browser: Browser, address: str, house: House, tmp_path: Path) -> None:
    """What the preview hides in its form comes back line by line; a phone shows all of it."""
    table = tmp_path / "events.csv"
    row = {**ROW, "bring": "围兜，\n小勺"}
    with table.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerows((row, {**row, "code": "second"}))
    page = open_page(browser, address, "wang", 390)
    page.get_by_role("link", name="活动", exact=True).click()
    page.get_by_role("link", name="从文件录入").click()
    assert fits(page)
    page.get_by_label("选表格（CSV）或日历（.ics）").set_input_files(table)
    page.get_by_role("button", name="检查，先看一遍").press("Enter")
    expect(page.get_by_text("新的2场，要改的0场，没变的0场")).to_be_visible()
    assert fits(page)
    page.get_by_role("button", name="就这样录入").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("录好了")
    with house.database.transaction() as session:
        rows = session.exec(select(EventRow)).all()
    assert {one.code: one.status for one in rows} == {"weaning": "draft", "second": "draft"}
    assert {one.bring.splitlines()[-1] for one in rows} == {"小勺"}
    assert page.foreign == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [1280, 390])
def test_an_announcement_is_written_tested_and_started(
    browser: Browser, address: str, house: House, clock: FixedClock, width: int
) -> None:
    Town(house.database, clock).families(3)
    page = open_page(browser, address, "wang", width)
    page.get_by_role("link", name="通知", exact=True).click()
    page.get_by_role("link", name="写通知").click()
    page.get_by_label("中文", exact=True).fill("周六上午有亲子活动，欢迎来玩。")
    page.get_by_label("英文", exact=True).fill("There is a play morning on Saturday.")
    assert fits(page)
    page.get_by_role("button", name="存成草稿").click()
    expect(page.get_by_text("现在会发给3个聊天")).to_be_visible()
    assert fits(page)
    page.get_by_role("link", name="对的，下一步").click()
    page.get_by_role("link", name="试发", exact=True).click()
    page.get_by_role("button", name="试发").click()
    page.get_by_role("link", name="开始发送").click()
    expect(page.get_by_text("现在会发给3个聊天")).to_be_visible()
    page.get_by_role("button", name="开始发送").click()
    expect(page.get_by_role("status")).to_contain_text("已排好")
    assert fits(page)
    page.goto(f"{address}/places")
    assert fits(page)
    page.goto(f"{address}/ledger")
    assert fits(page)
    counsellor = open_page(browser, address, "sun", width)
    for path in ("/visits", "/visitors"):
        assert not counsellor.goto(f"{address}{path}").status >= 400
    assert page.foreign + counsellor.foreign == []  # type: ignore[attr-defined]
