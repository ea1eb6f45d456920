"""The web chat in a real browser: asked, answered, pressed, by keyboard, on a phone's screen, without other hosts."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.clock import SystemClock
from bot.database import Database
from bot.outreach.web_transport import WebInbox
from bot.outreach_wiring import chat_key_by
from bot.rendered import Line, RenderedButton, RenderedReply
from bot.settings import Settings
from bot.wiring import Knowing, read_data_keys, read_secret
from tests.browser import chromium_path, running_browser, served
from tests.conftest import emptied
from tests.event_builders import an_event

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_path() is None, reason="no Chromium on this machine; see scripts/browser_packages.sh"),
]


@pytest.fixture(scope="module")
def served_database(
    request: pytest.FixtureRequest, on_postgres: bool, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    file = tmp_path_factory.mktemp("served") / "served.sqlite3"
    database = emptied(request.getfixturevalue("postgres_url") if on_postgres else f"sqlite:///{file}")
    yield database
    database.engine.dispose()


@pytest.fixture(scope="module")
def address(knowing: Knowing, served_database: Database) -> Iterator[str]:
    with served(served_database.url) as url:
        yield url


@pytest.fixture
def inbox(settings: Settings, served_database: Database, address: str) -> WebInbox:
    """The transport as another process has it: on the database and with the keys of the one that serves."""
    database = Database(served_database.url)
    hide = chat_key_by(read_secret(settings), "web")
    return WebInbox(database, read_data_keys(settings, database), SystemClock("Asia/Shanghai"), hide)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    page.foreign = []  # type: ignore[attr-defined]

    def watch(route) -> None:
        if route.request.url.startswith(address):
            route.continue_()
        else:
            page.foreign.append(route.request.url)  # type: ignore[attr-defined]
            route.abort()

    page.route("**/*", watch)
    page.goto(address, wait_until="domcontentloaded")
    expect(page.get_by_text("我是七会").first).to_be_visible()
    yield page
    assert page.foreign == []  # type: ignore[attr-defined]
    context.close()


def ask(page: Page, text: str) -> None:
    page.get_by_label("您的问题").fill(text)
    page.get_by_role("button", name="发送").click()


def test_a_question_is_answered_on_a_phones_screen(page: Page) -> None:
    ask(page, "8个月宝宝发烧39度，精神还好怎么办")
    expect(page.get_by_text("出处：").last).to_be_visible()
    page.get_by_role("button", name="更多").last.click()
    expect(page.get_by_role("heading", name="什么时候看医生").last).to_be_attached()
    overflow = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert overflow is False


def test_a_danger_sign_is_announced_at_once(page: Page) -> None:
    ask(page, "孩子抽了翻白眼口吐白沫")
    alert = page.get_by_role("alert").last
    expect(alert).to_be_visible()
    expect(alert).to_contain_text("120")


def test_everything_works_by_keyboard_alone(page: Page) -> None:
    page.get_by_label("您的问题").focus()
    page.keyboard.type("宝宝便秘怎么办 一岁")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="出处").last).to_be_visible()
    page.get_by_role("button", name="出处").last.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("还没有医生签字").last).to_be_visible()


def test_the_language_switches_page_and_talk(page: Page) -> None:
    page.get_by_role("button", name="English").first.click()
    expect(page.get_by_text("English from now on").first).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en"
    page.get_by_label("您的问题").or_(page.locator("#say")).first.fill("when do babies walk")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Sources:").last).to_be_visible()


def test_markup_in_a_message_is_text_and_runs_nothing(page: Page) -> None:
    ask(page, "<img src=x onerror=\"document.title='pwned'\"> 宝宝发烧")
    expect(page.get_by_text("onerror").first).to_be_visible()
    assert page.title() != "pwned"


def test_a_lost_answer_is_fetched_again(page: Page, address: str) -> None:
    lost = []

    def lose_once(route) -> None:
        if not lost:
            lost.append(route.fetch())  # the server answered, the browser never hears it
            route.abort()
        else:
            route.continue_()

    page.route("**/api/messages", lose_once)
    ask(page, "宝宝湿疹怎么护理")
    expect(page.get_by_text("出处：").last).to_be_visible(timeout=10_000)
    assert page.get_by_text("出处：").count() == 1


def test_screenshots_can_be_made(page: Page, tmp_path: Path) -> None:
    ask(page, "6个月 第一口辅食吃什么")
    expect(page.get_by_text("出处：").last).to_be_visible()
    page.screenshot(path=tmp_path / "chat.png")
    assert (tmp_path / "chat.png").stat().st_size > 20_000


def test_a_table_of_records_is_picked_and_read_in(page: Page) -> None:
    def say(text: str, until: str) -> None:
        ask(page, text)
        expect(page.get_by_text(until).last).to_be_visible()

    def press(label: str, until: str) -> None:
        page.get_by_role("button", name=label).last.click()
        expect(page.get_by_text(until).last).to_be_visible()

    say("/children", "您说了算")
    press("同意：日子和提醒", "随时能收回")
    press("加一个宝宝", "小名叫什么")
    say("豆豆", "哪天出生的")
    say("2026-1-15", "足月生的吗")
    press("足月", "记好了")
    say("/calendar", "接下来的事")
    press("看记录", "还没有记过")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="读进一张表").last.click()
    table = "疫苗,日期\n乙肝,2026-01-15\n".encode("gb18030")
    chooser.value.set_files({"name": "table.csv", "mimeType": "text/csv", "buffer": table})
    expect(page.get_by_text("读到1条新的")).to_be_visible()
    press("都对，记下", "记好了1条")


def test_a_message_that_waited_is_shown_with_its_time_and_counted_while_nobody_looks(
    page: Page, inbox: WebInbox
) -> None:
    (cookie,) = page.context.cookies()
    reply = RenderedReply("zh", (Line("小宝8个月了", "plain"),), ((RenderedButton("好的", "help"),),), urgent=False)
    page.evaluate("Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})")
    while page.evaluate("looking"):  # a look that began before would still show what comes
        page.wait_for_timeout(20)
    with ThreadPoolExecutor(1) as thread:  # Playwright has an event loop in this one
        thread.submit(asyncio.run, inbox.send(cookie["value"], reply)).result()
    page.evaluate("look()")
    expect(page).to_have_title("(1) 七会 qihui")
    assert page.get_by_text("小宝8个月了").count() == 0
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_text("小宝8个月了")).to_be_visible()
    expect(page.locator("article").filter(has_text="小宝8个月了").locator("p.note")).to_contain_text("月")
    expect(page).to_have_title("七会 qihui")
    page.evaluate("look()")
    page.wait_for_timeout(300)
    assert page.get_by_text("小宝8个月了").count() == 1
    page.reload(wait_until="domcontentloaded")
    expect(page.get_by_text("我是七会").first).to_be_visible()
    assert page.get_by_text("小宝8个月了").count() == 0


def test_a_link_to_an_event_opens_the_conversation_at_it(page: Page, address: str, served_database: Database) -> None:
    """From another site, where the family's cookie is not shown: the page is the family's own all the same."""
    event = an_event(served_database, now=SystemClock("Asia/Shanghai").now())
    known = page.context.cookies()
    page.route("https://elsewhere.example/", lambda route: route.fulfill(
        body=f'<a href="{address}/e/{event}">报名</a>', content_type="text/html; charset=utf-8"))  # fmt: skip
    page.goto("https://elsewhere.example/")
    page.get_by_role("link", name="报名").click()
    expect(page.get_by_role("heading", name="辅食第一口")).to_be_visible()
    assert page.url == f"{address}/"
    assert page.context.cookies() == known
    page.goto(f"{address}/e/0123456789abcdef")
    expect(page.get_by_text("没找到这场活动")).to_be_visible()
