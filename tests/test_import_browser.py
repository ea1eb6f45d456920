"""Bringing a Word file in a real browser: the faults are read, the drafts are kept, and they stand in the guide's list."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bot.admin.page_call import House
from bot.audit_log import Audited
from bot.curation.curation_rows import GuideTopicRow, RevisionRow
from bot.curation.revisions import revision
from bot.curation.shipped_edition import read_shipped_texts, take_in
from bot.database import Database
from bot.questions.asking import Asking
from knowledge.data_folder import DATA
from knowledge.load import Shipped
from tests.browser import chromium_path, fits, running_browser
from tests.conftest import FixedClock
from tests.import_files import TOPIC, a_docx
from tests.staff_browser import a_house, served_staff, someone
from tests.test_staff_browser import open_page

SECOND = "care.stool"
LINES = (
    ("给同事的说明", ""),
    (f"编号：{TOPIC}", ""),
    ("简答", "Heading 2"),
    ("长颈鹿牙刷早晚各刷一次。<script>alert(1)</script> [@CNDENT]", ""),
    (f"编号：{SECOND}", ""),
    ("总结", "Heading 2"),
    ("没有这个小节", ""),
)

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
        someone(session, house, "editor", "editor")
    return house


@pytest.fixture
def address(house: House) -> Iterator[str]:
    with served_staff(house) as url:
        yield url


@pytest.mark.parametrize(("width", "locale"), [(1280, "zh-CN"), (390, "en")])
def test_a_word_file_becomes_drafts(
    browser: Browser, address: str, house: House, tmp_path: Path, width: int, locale: str
) -> None:
    chinese = locale == "zh-CN"
    file = tmp_path / "新内容.docx"
    file.write_bytes(a_docx(*LINES))
    page = open_page(browser, address, "editor", width=width, locale=locale)
    if not chinese:
        page.get_by_role("button", name="English").click()
    page.goto(f"{address}/guide")
    assert fits(page)
    page.get_by_role("link", name="导入文件" if chinese else "Bring in files").click()
    assert fits(page)
    page.get_by_label("文件（可以多选）" if chinese else "Files (one or several)").set_input_files(file)
    page.get_by_role("button", name="读进来看看" if chinese else "Read and show").click()
    faults = page.locator("ul.problems").first
    expect(faults).to_contain_text("新内容.docx 第1段" if chinese else "新内容.docx, paragraph 1")
    expect(faults).to_contain_text("新内容.docx 第6段" if chinese else "新内容.docx, paragraph 6")
    assert fits(page)
    box = page.get_by_role("checkbox")
    expect(box).to_have_count(1)  # the topic that lost a line is not kept
    expect(box).to_be_checked()
    page.get_by_role("link", name="看看效果" if chinese else "See it").click()
    expect(page.get_by_role("main")).to_contain_text("<script>alert(1)</script>")
    assert fits(page)
    page.go_back()
    page.get_by_role("button", name="存成草稿" if chinese else "Keep as drafts").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("已存成草稿" if chinese else "Kept as drafts")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text(TOPIC)
    expect(page.locator("tbody tr")).to_contain_text("草稿" if chinese else "draft", ignore_case=True)
    assert page.foreign == []
    with house.database.transaction() as session:
        topic = session.get(GuideTopicRow, TOPIC)
        assert "长颈鹿" in revision(session, topic.open_id).entry
        assert "长颈鹿" not in revision(session, topic.published_id).entry


def test_a_file_of_more_than_fifty_megabytes_gets_its_sentence_in_the_browser(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    """The browser reads the answer although the file was refused while it was still on its way."""
    file = tmp_path / "大.csv"
    with file.open("wb") as large:
        large.truncate(60_000_000)
    page = open_page(browser, address, "editor")
    page.goto(f"{address}/guide-import")
    page.get_by_label("文件（可以多选）").set_input_files(file)
    page.get_by_role("button", name="读进来看看").click()
    expect(page.get_by_role("alert")).to_contain_text("超过50 MB", timeout=30_000)


def test_conflicts_side_by_side_fit_a_phone(browser: Browser, address: str, house: House, shipped: Shipped) -> None:
    texts = read_shipped_texts(DATA, shipped.guide)[TOPIC]
    by = Audited("qihui", house.clock.now())
    with house.database.transaction() as session:
        topic = session.get(GuideTopicRow, TOPIC)
        row = revision(session, topic.published_id)
        new = replace(texts, entry=texts.entry.replace("早晚各一次", "早晚各三次"))
        ours = row.entry.replace("早晚各一次", "早晚各两次")
        edited = RevisionRow(**{**row.model_dump(), "id": None, "number": 2, "entry": ours})
        session.add(edited)
        session.flush()
        topic.published_id = edited.id
        session.add(topic)
        take_in(session, by, {TOPIC: new}, house.desk.shipped.guide)
    page = open_page(browser, address, "editor", width=390)
    page.goto(f"{address}/guide-conflicts")
    expect(page.get_by_role("main")).to_contain_text("早晚各两次")
    expect(page.get_by_role("main")).to_contain_text("早晚各三次")
    assert fits(page)
    page.locator("button[value=ours]").click()
    expect(page.get_by_role("status")).to_be_visible()
