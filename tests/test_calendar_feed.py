"""The calendar as a file and as a private address: neutral, hashed, stopped by one tap or by leaving the family."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from fastapi.testclient import TestClient
from icalendar import Calendar
from sqlmodel import select

from bot.care.care_rows import FeedRow
from bot.channels.web_chat import create_app
from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.questions.asking import Asking
from index.manifest import Manifest
from tests.conftest import KEYS, FixedClock
from tests.talk import Parent


@pytest.fixture
def conversation(any_database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    """A conversation that knows spelling only, for speed."""
    return Conversation(
        any_database, quick_asking, clock, b"secret of the tests", KEYS, "qihui_bot", "https://qihui.example.org/"
    )


@pytest.fixture
def mother(conversation: Conversation) -> Parent:
    parent = Parent(conversation).says("/children").presses("同意：日子和提醒").presses("加一个宝宝").says("豆豆苗")
    return parent.says("2026-01-15").presses("足月")


@pytest.fixture
def browser(conversation: Conversation, any_database: Database) -> Iterator[TestClient]:
    manifest = Manifest.__new__(Manifest)  # only /healthz looks into it
    with TestClient(create_app(conversation, any_database, manifest)) as client:
        yield client


def address(parent: Parent) -> str:
    return re.search(r"https://qihui\.example\.org(/calendar/[\w-]{32}\.ics)", parent.heard)[1]


def events(content: bytes) -> dict[str, date]:
    return {str(one["summary"]): one["dtstart"].dt for one in Calendar.from_ical(content).walk("VEVENT")}


def test_the_file_holds_what_is_to_come_without_a_name(mother: Parent) -> None:
    mother.says("/calendar").presses("乙肝疫苗第1剂").presses("今天做好了")
    mother.says("/calendar").presses("脊灰疫苗第1剂").presses("约好日子").says("12月3日")
    mother.says("/calendar").presses("放进手机日历").presses("拿日历文件")
    file = mother.replies[0].attachment
    assert (file.name, file.media_type) == ("qihui-calendar.ics", "text/calendar")
    found = events(file.content)
    assert found["脊灰疫苗第1剂"] == date(2026, 12, 3)
    assert found["乙肝疫苗第2剂"] == date(2026, 12, 22)
    assert found["12月龄体检"] == date(2027, 1, 15)
    assert "乙肝疫苗第1剂" not in found
    text = file.content.decode()
    assert "豆豆苗" not in text
    assert not re.search("过期|逾期|晚了|overdue|late", text)


def test_a_private_address_answers_and_follows_and_is_kept_as_a_hash(
    mother: Parent, browser: TestClient, any_database: Database
) -> None:
    mother.says("/calendar").presses("放进手机日历").presses("开链接，不带小名")
    path = address(mother)
    answer = browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "豆豆苗" not in answer.text
    assert "乙肝疫苗第1剂" in events(answer.content)
    with any_database.transaction() as session:
        rows = session.exec(select(FeedRow)).all()
        assert path.split("/")[-1].removesuffix(".ics") not in str(rows)
    mother.says("/calendar").presses("乙肝疫苗第1剂").presses("今天做好了")
    assert "乙肝疫苗第1剂" not in events(browser.get(path).content)


def test_one_tap_stops_it(mother: Parent, browser: TestClient) -> None:
    mother.says("/calendar").presses("放进手机日历").presses("开链接，带小名")
    path = address(mother)
    assert "豆豆苗" in browser.get(path).text
    mother.presses("停掉链接")
    assert "链接停掉了" in mother.heard
    gone = browser.get(path)
    assert gone.status_code == 404
    assert "豆豆苗" not in gone.text


def test_a_new_address_ends_the_one_before(mother: Parent, browser: TestClient) -> None:
    mother.says("/calendar").presses("放进手机日历").presses("开链接，不带")
    first = address(mother)
    mother.presses("开链接，不带")
    assert browser.get(first).status_code == 404
    assert browser.get(address(mother)).status_code == 200


@pytest.mark.parametrize(
    "path", ["/calendar/x.ics", f"/calendar/{'a' * 32}.ics", "/calendar/.ics", "/calendar/%00.ics"]
)
def test_what_was_never_an_address_is_not_found(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_consent_taken_back_ends_it_and_given_again_brings_it_back(mother: Parent, browser: TestClient) -> None:
    mother.says("/calendar").presses("放进手机日历").presses("开链接，不带")
    path = address(mother)
    mother.says("/consent").presses("收回：日子和提醒")
    assert browser.get(path).status_code == 404
    mother.says("/consent").presses("同意：日子和提醒")
    assert browser.get(path).status_code == 200


def test_whoever_leaves_the_family_loses_the_address_for_good(
    mother: Parent, conversation: Conversation, browser: TestClient
) -> None:
    aunt = Parent(conversation, "aunt")
    code = re.search(r"QH-\w{5}-\w{5}", mother.says("/invite").presses("只看").heard)[0]
    aunt.says(code).says("/calendar").presses("放进手机日历").presses("开链接，不带")
    path = address(aunt)
    assert browser.get(path).status_code == 200
    mother.says("/children").presses("谁在一起看").presses("请").presses("请他退出")
    assert browser.get(path).status_code == 404
    code = re.search(r"QH-\w{5}-\w{5}", mother.says("/invite").presses("只看").heard)[0]
    aunt.says(code)
    assert browser.get(path).status_code == 404


def test_a_guardian_stops_everybodys_and_others_their_own(
    mother: Parent, conversation: Conversation, browser: TestClient
) -> None:
    aunt = Parent(conversation, "aunt")
    aunt.says(re.search(r"QH-\w{5}-\w{5}", mother.says("/invite").presses("只看").heard)[0])
    mother.says("/calendar").presses("放进手机日历").presses("开链接，不带")
    mothers = address(mother)
    aunt.says("/calendar").presses("放进手机日历").presses("开链接，不带")
    aunts = address(aunt)
    aunt.presses("停掉链接")
    assert [browser.get(path).status_code for path in (mothers, aunts)] == [200, 404]
    aunt.presses("开链接，不带")
    aunts = address(aunt)
    mother.says("/calendar").presses("放进手机日历").presses("停掉链接")
    assert [browser.get(path).status_code for path in (mothers, aunts)] == [404, 404]


def test_erasing_takes_the_address_along(mother: Parent, browser: TestClient, any_database: Database) -> None:
    mother.says("/calendar").presses("放进手机日历").presses("开链接，不带")
    path = address(mother)
    mother.says("/forget").presses("删掉")
    assert browser.get(path).status_code == 404
    with any_database.transaction() as session:
        assert session.exec(select(FeedRow)).all() == []


def test_a_record_that_cannot_be_true_keeps_the_subscription_quiet(mother: Parent, browser: TestClient) -> None:
    mother.says("/calendar").presses("记打过的").says("乙肝 1月15日").presses("都对")
    mother.says("/calendar").presses("放进手机日历").presses("开链接，不带")
    path = address(mother)
    mother.says("/children").presses("豆豆苗").presses("改生日").says("2026-2-1")
    answer = browser.get(path)
    assert answer.status_code == 200
    assert events(answer.content) == {}


def test_the_address_in_english(conversation: Conversation, browser: TestClient) -> None:
    mother = Parent(conversation, "english", "en").says("/children").presses("Agree: dates and reminders")
    mother.presses("Add a child").says("Mia").says("15 January 2026").presses("At term")
    mother.says("/calendar").presses("To my phone's calendar").presses("Open a link with nickname")
    found = events(browser.get(address(mother)).content)
    assert found["Mia: hepatitis B vaccine, dose 1"] == date(2026, 11, 24)


@pytest.mark.parametrize(("channel", "offered"), [("telegram", False), ("web", True), ("terminal", True)])
def test_without_a_public_address_a_link_is_offered_only_where_it_opens_and_says_so(
    database: Database, quick_asking: Asking, clock: FixedClock, channel: str, offered: bool
) -> None:
    here = Conversation(
        database, quick_asking, clock, b"secret of the tests", KEYS, None, "http://127.0.0.1:8080", here_only=True
    )
    mother = Parent(here, channel=channel).says("/children").presses("同意：日子和提醒").presses("加一个宝宝")
    mother.says("豆豆苗").says("2026-01-15").presses("足月").says("/calendar").presses("放进手机日历")
    assert any("开链接" in label for label in mother.labels) == offered
    if offered:
        assert "http://127.0.0.1:8080/calendar/" in mother.presses("开链接，不带").heard
        assert "只能在装着七会的这台电脑上打开" in mother.heard
    else:
        assert "这里还没开通" in mother.heard
    assert "拿日历文件" in mother.labels
