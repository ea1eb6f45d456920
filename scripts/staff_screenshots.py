"""Make the pictures of docs/staff-guide in both languages: the staff pages as they are, on a small index (see staff_scene)."""

import io
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from PIL import Image
from playwright.sync_api import Browser, Page

from bot.admin.page_call import House
from knowledge.load import load
from knowledge.topics import LANGUAGES, Language
from scripts.staff_scene import UNWRITTEN, staged
from scripts.town_scene import a_town
from tests.browser import REPOSITORY, running_browser
from tests.conftest import sample_of, small_asking, small_index
from tests.import_files import a_docx
from tests.staff_browser import PASSWORD, served_staff

PICTURES = REPOSITORY / "docs" / "pictures"
LOCALE: dict[Language, str] = {"zh": "zh-CN", "en": "en-GB"}
COLOURS = 128
MOST_BYTES = 120_000
BROUGHT: dict[Language, tuple[str, tuple[tuple[str, str], ...]]] = {
    "zh": ("门诊常见问题.docx", (
        ("给同事的说明", ""), ("编号：feeding.picky", ""), ("简答", "Heading 2"), ("1-3岁怕新食物很常见，同一样多端上桌几回，不逼着吃。 [@CNS22P]", ""),
        ("编号：care.stool", ""), ("总结", "Heading 2"), ("没有这个小节", ""), ("编号：care.bath-toys", ""), ("简答", "Heading 2"), ("洗澡玩具要晾干。", ""),
    )),
    "en": ("clinic-questions.docx", (
        ("A note to colleagues", ""), ("Topic: feeding.picky", ""), ("Short answer", "Heading 2"),
        ("Fear of new foods is common from 1 to 3: offer them again and again, without pressing. [@CNS22P]", ""), ("Topic: care.stool", ""),
        ("Summary", "Heading 2"), ("There is no such section", ""), ("Topic: care.bath-toys", ""), ("Short answer", "Heading 2"), ("Let bath toys dry.", ""),
    )),
}  # fmt: skip
EVENTS = """code,kind,title_zh,title_en,host,district,place,starts,ends,months_from,months_to,capacity
play-2,station,亲子游戏课,Play together,花木指导站,浦东,花木路100号2楼,{day} 10:00,{day} 11:30,8,18,12
solids-2,station,辅食第一口,First foods,花木指导站,浦东,花木路100号2楼,{day} 14:00,{day} 15:30,4,12,16
"""
FAULTY = "walk-2,party,学走路,First steps,花木指导站,苏州,花木路100号2楼,{day} 16:00,{day} 15:00,8,18,12\n"


@dataclass(frozen=True)
class Shot:
    """One picture: who looks at which page; `act` brings the page to what is shown."""

    name: str
    login: str
    path: str
    act: Callable[[Page, Language], None] | None = None
    width: int = 1280
    height: int = 860


def bring_a_word_file(page: Page, language: Language) -> None:
    name, lines = BROUGHT[language]
    buffer = a_docx(*lines)
    page.locator("#file").set_input_files({"name": name, "mimeType": "application/msword", "buffer": buffer})
    page.locator("#bring ~ form button").click()
    page.locator("ul.problems").first.wait_for()


def take_in_events(page: Page, _language: Language) -> None:
    _send_events(page, EVENTS)


def take_in_faulty_events(page: Page, _language: Language) -> None:
    _send_events(page, EVENTS + FAULTY)


def _send_events(page: Page, table: str) -> None:
    buffer = table.format(day="2027-03-06").encode()
    page.locator("#file").set_input_files({"name": "events.csv", "mimeType": "text/csv", "buffer": buffer})
    page.locator("#file").locator("xpath=ancestor::form").locator("button").first.click()
    page.locator(".problems, table").first.wait_for()


def answer_from_the_guide(page: Page, _language: Language) -> None:
    page.locator("form[action$='/claim'] button").first.click()
    page.locator("input[list]").first.fill("care.teeth")
    page.keyboard.press("Enter")
    page.locator("textarea").first.wait_for()


def begin_a_topic(page: Page, language: Language) -> None:
    card = page.locator("section.card").filter(has_text=UNWRITTEN[language])
    card.locator("select").select_option("care")
    card.locator("[formaction$='/asked/topic']").click()
    page.wait_for_url("**/edit")


QUESTION: dict[Language, str] = {"zh": "孩子抽了翻白眼", "en": "my baby is having a seizure"}
SHOTS = (
    Shot("start", "lin", "/"),
    Shot("start-phone", "lin", "/", width=390, height=844),
    Shot("list", "lin", "/guide?sort=disliked"),
    Shot("list-phone", "lin", "/guide?sort=disliked", width=390, height=844),
    Shot("topic", "chen", "/guide/{topic}"),
    Shot("preview", "chen", "/guide/{topic}/preview?age=14&language={language}"),
    Shot("impact", "chen", "/guide/{topic}/impact"),
    Shot("edit", "lin", "/guide/care.stool/edit", height=980),
    Shot("import", "lin", "/guide-import", bring_a_word_file, height=980),
    Shot("import-phone", "lin", "/guide-import", bring_a_word_file, width=390, height=844),
    Shot("asked", "lin", "/asked"),
    Shot("asked-phone", "lin", "/asked", width=390, height=844),
    Shot("new-topic", "lin", "/asked", begin_a_topic, height=980),
    Shot("asked-dealt", "lin", "/asked", lambda page, _language: page.locator("table").last.scroll_into_view_if_needed()),
    Shot("tickets-phone", "li", "/tickets", width=390, height=844),
    Shot("ticket", "li", "/tickets/{ticket}", answer_from_the_guide),
    Shot("playground", "lin", "/playground?text={question}&age=14&language={language}", height=960),
    Shot("event", "zhou", "/events/{event}", height=1000),
    Shot("event-import", "zhou", "/events/import", take_in_events),
    Shot("event-faults", "zhou", "/events/import", take_in_faulty_events, width=390, height=844),
    Shot("announcement", "zhou", "/announcements/{announcement}"),
    Shot("permissions", "wang", "/people/permissions"),
)  # fmt: skip
OF_A_TOWN = (
    Shot("indicators", "wang", "/indicators", height=1000),
    Shot("visits", "li", "/visits", height=760),
    Shot("places", "zhou", "/places"),
)
"""Those that need many families behind them."""


def signed_in(browser: Browser, address: str, shot: Shot, language: Language) -> Page:
    size = {"width": shot.width, "height": shot.height}
    context = browser.new_context(viewport=size, locale=LOCALE[language])
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.locator("#f-login").fill(shot.login)
    page.locator("#f-password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    if page.locator("html").get_attribute("lang", timeout=5_000)[:2] != language:
        page.locator("form[action$='/language'] button").click()
    return page


def small(picture: bytes) -> bytes:
    """The same picture in few colours: a page of text needs no more."""
    drawn = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    out = io.BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return out.getvalue()


def take(page: Page, address: str, shot: Shot, language: Language, ids: dict[str, str]) -> None:
    page.goto(address + shot.path.format(**ids))
    if shot.act is not None:
        shot.act(page, language)
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        print(f"{shot.name} is wider than the screen")
    file = PICTURES / f"staff-{shot.name}-{language}.png"
    content = small(page.screenshot())
    file.write_bytes(content)
    print(
        f"{file.relative_to(REPOSITORY)} {len(content) // 1000} kB{' too large' if len(content) > MOST_BYTES else ''}"
    )


def take_all(house: House, shots: Sequence[Shot], language: Language, ids: dict[str, str]) -> None:
    with served_staff(house) as address, running_browser() as browser:
        for shot in shots:
            page = signed_in(browser, address, shot, language)
            take(page, address, shot, language, ids)
            page.context.close()


def main() -> None:
    """Both languages, or those named as arguments."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    shipped = load()
    sampled = sample_of(shipped)
    wanted = set(sys.argv[1:])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small_index(sampled, folder)
        asking = small_asking(sampled, folder)
        for language in LANGUAGES:
            shots, of_a_town = (
                [shot for shot in shots if not wanted or wanted & {shot.name, language}] for shots in (SHOTS, OF_A_TOWN)
            )
            if shots:
                scene = staged(folder, language, shipped, sampled, asking)
                ids = {**scene.ids, "language": language, "question": QUESTION[language]}
                take_all(scene.house, shots, language, ids)
            if of_a_town:
                take_all(a_town(folder, language, sampled, asking), of_a_town, language, {})


if __name__ == "__main__":
    main()
