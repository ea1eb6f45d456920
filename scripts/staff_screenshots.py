"""Make the pictures of docs/staff-guide: the staff pages as they are, on a small index and made-up questions."""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import Browser, Page

from bot.admin.page_call import House
from bot.admin.question_grouping import group_questions
from bot.admin.staff_accounts import by_login
from bot.audit_log import Audited
from bot.clock import SystemClock
from bot.curation.drafting import open_draft, save_draft, send_to_review
from bot.curation.revisions import texts_of
from bot.curation.shipped_edition import read_shipped_texts
from bot.database import Database
from bot.questions.asking import Question
from bot.questions.question_log import note_feedback, note_question
from knowledge.data_folder import DATA
from knowledge.load import load
from tests.browser import REPOSITORY, running_browser
from tests.conftest import sample_of, small_asking, small_index
from tests.curation_stage import edited
from tests.staff_browser import PASSWORD, a_house, served_staff, someone

PICTURES = REPOSITORY / "docs" / "pictures"
TOPIC = "care.teeth"
ASKED = (("宝宝刷牙用什么牙膏好", 7), ("一岁刷牙要不要牙膏", 4), ("疫苗本丢了去哪里补", 5), ("晚上突然哭醒怎么哄", 3))


def prepare(folder: Path) -> House:
    shipped = load()
    sampled = sample_of(shipped)
    clock = SystemClock("Asia/Shanghai")
    database = Database(f"sqlite:///{folder}/staff.sqlite3")
    database.upgrade()
    texts = read_shipped_texts(DATA, shipped.guide)
    small_index(sampled, folder)
    house = a_house(database, clock, sampled, small_asking(sampled, folder), texts)
    editor = Audited("lin", clock.now())
    with database.transaction() as session:
        for login, role, name in (
            ("lin", "editor", "林老师"),
            ("chen", "reviewer", "陈医生"),
            ("admin", "administrator", "王主任"),
        ):
            someone(session, house, login, role, name)
        by_login(session, "chen").qualification = "儿童保健科主任医师"
        row = open_draft(session, editor, TOPIC)
        row = save_draft(
            session,
            editor,
            row.id,
            row.version,
            edited(texts_of(row), "第一颗牙冒出来就开始刷，早晚各一次"),
            "简答写短一点",
        )
        send_to_review(session, editor, row.id, row.version, [])
        for text, times in ASKED:
            outcome = house.desk.asking(house.desk.living.current).ask(Question(text, "zh"))
            for number in range(times):
                asked = note_question(
                    session, replace(outcome, confidence=0.3), f"demo{number}", "web", "demo", clock.now()
                )
                note_feedback(session, asked, f"demo{number}", helpful=False)
    group_questions(database, house.desk.vectors, clock.day_of, clock.now())
    return house


def signed_in(browser: Browser, address: str, login: str, width: int, locale: str) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, locale=locale, device_scale_factor=1)
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.locator("#f-login").fill(login)
    page.locator("#f-password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    return page


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served_staff(prepare(Path(folder))) as address,
        running_browser() as browser,
    ):
        shots = [
            ("lin", "/", 1280, "start"), ("lin", f"/guide/{TOPIC}/edit", 1280, "edit"), ("lin", "/guide", 390, "list-phone"),
            ("chen", f"/guide/{TOPIC}", 1280, "topic"), ("chen", f"/guide/{TOPIC}/preview?age=14", 1280, "preview"),
            ("chen", f"/guide/{TOPIC}/compare", 1280, "compare"), ("lin", "/asked", 1280, "asked"),
            ("lin", "/playground?text=宝宝抽搐了怎么办&age=14", 1280, "playground"), ("admin", "/people/permissions", 1280, "permissions"),
        ]  # fmt: skip
        for login, path, width, name in shots:
            page = signed_in(browser, address, login, width, "zh-CN")
            page.goto(address + path)
            file = PICTURES / f"staff-{name}-zh.png"
            page.screenshot(path=file)
            print(file.relative_to(REPOSITORY))
            page.context.close()


if __name__ == "__main__":
    main()
