"""The door on a telephone: typed or scanned, on paper and taken in later; nobody else's page."""

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import uvicorn
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.admin.page_call import House
from bot.admin.staff_app import create_staff_app
from bot.database import Database
from bot.events.door import attendance
from bot.events.pass_code import shown
from bot.questions.asking import Asking
from knowledge.load import Shipped
from tests.browser import chromium_path, running_browser
from tests.conftest import KEYS, FixedClock
from tests.fair import START, Fair, filled_in
from tests.staff_browser import PASSWORD, StaffBrowser, a_house, quick_passwords, someone


@pytest.fixture
def house(
    database: Database, clock: FixedClock, sampled: Shipped, quick_asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> House:
    quick_passwords(monkeypatch)
    clock.at = START - timedelta(minutes=10)
    return a_house(database, clock, sampled, quick_asking, {})


@pytest.fixture
def organiser(house: House) -> StaffBrowser:
    with house.database.transaction() as session:
        someone(session, house, "wang", "organiser", "王老师")
    return StaffBrowser(house).signs_in("wang")


@pytest.fixture
def fair(database: Database) -> Fair:
    return Fair(database)


def test_the_door_from_the_list_of_events_to_the_attendance(
    organiser: StaffBrowser, fair: Fair, clock: FixedClock
) -> None:
    _, code = fair.books()
    _, other = fair.books(fair.other)
    door = f"/events/{fair.event}/door"
    assert "加油站A" in organiser.opens("/doors").text
    assert "报名1家，到了0家" in organiser.opens(door).text
    organiser.posts(door, code=shown(code).lower(), door="东门")
    assert "请进：孩子1个，大人2个" in organiser.text
    assert "到了1家" in organiser.text
    clock.passes(minutes=3)
    organiser.posts(door, code=code, door="西门")
    assert "这个码用过了：2026-11-28 09:20，王老师，东门" in organiser.text
    assert "是另一场的：加油站B" in organiser.posts(door, code=other).text
    assert "没有这个码" in organiser.posts(door, code="what").text
    party = {"party": "1.5", "children": "1", "adults": "1"}
    assert "请进：孩子1个" in organiser.posts(f"{door}/walk-in", **party).text
    assert "用过了" in organiser.posts(f"{door}/walk-in", **party).text, "a double tap"
    assert "每样最多20个" in organiser.posts(f"{door}/walk-in", party="2", children="x", adults="1").text
    assert "现场来1家" in organiser.text
    assert organiser.opens("/events/nowhere/door").page.status_code == 404


def test_the_list_on_paper_and_taken_in_again(organiser: StaffBrowser, fair: Fair) -> None:
    _, code = fair.books(nickname="毛毛")
    door = f"/events/{fair.event}/door"
    printed = organiser.opens(f"{door}/printed").text
    assert "毛毛" in printed
    assert shown(code) in printed
    assert "W10" in printed
    file = organiser.client.get(f"/admin{door}/list.csv")
    assert file.content.startswith(b"\xef\xbb\xbf")
    assert "attachment" in file.headers["content-disposition"]
    text = filled_in(fair, {shown(code): "9:35"}, (("2", "2", "9:40"),))
    organiser.opens(door)
    assert "新记2家，已经记过0家" in organiser.posts(f"{door}/list", list=text).text
    assert "新记0家，已经记过2家" in organiser.posts(f"{door}/list", list=text).text
    refused = organiser.posts(f"{door}/list", list=text.replace("9:35", "soon")).text
    assert "第2行：「soon」不是时间" in refused
    for ending, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
        assert organiser.client.get(f"/admin/events/{fair.event}/attendance.{ending}").content.startswith(start)


def test_the_door_is_for_those_who_keep_it_and_its_script_is_ours_alone(
    organiser: StaffBrowser, fair: Fair, house: House
) -> None:
    with house.database.transaction() as session:
        someone(session, house, "editor", "editor")
    assert StaffBrowser(house).signs_in("editor").opens(f"/events/{fair.event}/door").page.status_code == 403
    page = organiser.opens(f"/events/{fair.event}/door").page
    assert "script-src 'self'; connect-src 'self'" in page.headers["content-security-policy"]
    assert "camera=(self)" in page.headers["permissions-policy"]
    assert page.text.count("<script") == 1
    for path in ("/doors", f"/events/{fair.event}/door/printed"):
        assert "script-src" not in organiser.opens(path).page.headers["content-security-policy"]


def test_in_english(organiser: StaffBrowser, fair: Fair) -> None:
    organiser.opens("/").posts("/language", language="en", back="/")
    _, code = fair.books()
    assert (
        "Come in: 1 children, 2 adults"
        in organiser.opens(f"/events/{fair.event}/door").posts(f"/events/{fair.event}/door", code=code).text
    )


CAMERA = """
window.shownCode = "";
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect() { return window.shownCode ? [{ rawValue: window.shownCode }] : []; }
};
navigator.mediaDevices.getUserMedia = async () => document.createElement("canvas").captureStream();
HTMLMediaElement.prototype.play = async () => {};
"""
"""A browser that reads codes: Debian's has no BarcodeDetector, telephones have."""


@contextlib.contextmanager
def serving(house: House) -> Iterator[str]:
    app = Starlette(routes=[Mount("/admin", create_staff_app(house, https=False))])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.mark.browser
@pytest.mark.skipif(chromium_path() is None, reason="no Chromium on this machine; see scripts/browser_packages.sh")
@pytest.mark.parametrize("camera", [True, False])
def test_in_a_browser(house: House, organiser: StaffBrowser, fair: Fair, camera: bool) -> None:
    codes = [fair.books()[1], fair.books()[1]]
    with serving(house) as address, running_browser() as browser:
        context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
        page = context.new_page()
        foreign: list[str] = []
        page.on(
            "request",
            lambda request: foreign.append(request.url) if not request.url.startswith((address, "data:")) else None,
        )
        if camera:
            page.add_init_script(CAMERA)
        page.goto(f"{address}/admin/sign-in")
        page.get_by_label("登录名").fill("wang")
        page.get_by_label("密码", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.get_by_role("link", name="活动签到").click()
        page.get_by_role("link", name="加油站A").click()
        scan = page.get_by_role("button", name="打开镜头扫码")
        if camera:
            scan.click()
            page.evaluate("code => { window.shownCode = code }", f"QIHUI:{codes[0]}")
        else:
            expect(scan).to_be_hidden()
            page.get_by_label("入场码").fill(shown(codes[0]).lower())
            page.get_by_role("button", name="入场", exact=True).click()
        expect(page.get_by_text("请进：孩子1个，大人2个")).to_be_visible()
        expect(page.get_by_text("到了1家")).to_be_visible()
        if camera:
            page.evaluate("code => { window.shownCode = code }", f"QIHUI:{codes[1]}")
            expect(page.get_by_text("到了2家")).to_be_visible()
            page.get_by_role("button", name="关掉镜头").click()
            expect(page.locator("#camera")).to_be_hidden()
        else:
            context.set_offline(True)
            page.get_by_label("入场码").fill(codes[1])
            page.get_by_role("button", name="入场", exact=True).click()
            expect(page.get_by_text("连不上。先在纸上记")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert foreign == []
    with house.database.transaction() as session:
        assert attendance(_desk(session, house), fair.event).came == (2 if camera else 1)


def _desk(session, house: House):
    from bot.events.entries import Desk

    return Desk(session, KEYS, house.clock.now())
