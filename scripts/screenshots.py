"""Make the pictures of the README from the product as it is: a real conversation in the web chat."""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import Page, expect

from tests.browser import REPOSITORY, running_browser, served

PICTURES = REPOSITORY / "docs" / "pictures"


def talk(page: Page, address: str, label: str, send: str, questions: list[tuple[str, str]], file: Path) -> None:
    page.goto(address, wait_until="domcontentloaded")
    expect(page.locator("article").first).to_be_visible()
    for question, wait_for in questions:
        page.get_by_label(label).fill(question)
        page.get_by_role("button", name=send).click()
        expect(page.get_by_text(wait_for).last).to_be_attached()
    page.wait_for_timeout(400)
    page.screenshot(path=file)
    print(file.relative_to(REPOSITORY))


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(f"sqlite:///{folder}/served.sqlite3") as address,
        running_browser() as browser,
    ):
        for language, label, send, questions in (
            ("zh-CN", "您的问题", "发送", [("我家宝宝8个月，烧到39度，精神还可以，要去医院吗", "出处：")]),
            ("en-GB", "Your question", "Send", [("5 months and still not rolling over, should I worry?", "Sources:")]),
        ):
            context = browser.new_context(
                viewport={"width": 420, "height": 1180}, device_scale_factor=1.5, locale=language
            )
            talk(context.new_page(), address, label, send, questions, PICTURES / f"web-chat-{language[:2]}.png")
            context.close()


if __name__ == "__main__":
    main()
