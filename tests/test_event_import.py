"""Organisers take events in from a file in the browser: faults by row, a preview, drafts, and what is told agreed to first."""

import csv
import io
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.admin.page_call import House
from bot.audit_log import AuditRow
from bot.database import Database
from bot.events.event_rows import EventRow
from bot.events.event_table import rows_of_table
from tests.conftest import FixedClock
from tests.event_builders import NOW, START, an_event, books, event_of, families
from tests.office import TOPIC, an_office, signed_in
from tests.staff_browser import StaffBrowser, quick_passwords
from tests.test_event_commands import ROW
from tests.test_event_desk import orders


@pytest.fixture
def house(database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> House:
    quick_passwords(monkeypatch)
    clock.at = NOW
    return an_office(database, clock)


@pytest.fixture
def wang(house: House) -> StaffBrowser:
    return signed_in(house, "organiser", "wang").opens("/events/import")


def table(*rows: dict[str, str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in ROW | row)))
    writer.writeheader()
    writer.writerows(ROW | row for row in rows)
    return out.getvalue()


def sends(browser: StaffBrowser, content: bytes | str, name: str = "events.csv") -> StaffBrowser:
    sent = content.encode() if isinstance(content, str) else content
    browser.page = browser.client.post(
        "/admin/events/import", data={"form_key": browser.form_key()}, files={"file": (name, sent, "text/plain")}
    )
    return browser


def agrees(browser: StaffBrowser, text: str, people: int = 0) -> StaffBrowser:
    return browser.posts("/events/import", people=people, table=text)


def everything(database: Database) -> list[EventRow]:
    with database.transaction() as session:
        return list(session.exec(select(EventRow).order_by(EventRow.code)).all())


def test_a_file_is_previewed_and_becomes_drafts_when_agreed(wang: StaffBrowser, house: House) -> None:
    text = table({"status": "published"}, {"code": "weekly", "repeat": "FREQ=WEEKLY;COUNT=2", "title_zh": "每周一次"})
    sends(wang, "\ufeff" + text)
    assert "新的3场，要改的0场，没变的0场" in wang.text
    assert "weekly-20261212" in wang.text
    assert everything(house.database) == [], "a preview changes nothing"
    agrees(wang, text)
    assert "录好了" in wang.text
    rows = everything(house.database)
    assert [row.code for row in rows] == ["weaning", "weekly-20261205", "weekly-20261212"]
    assert {row.status for row in rows} == {"draft"}, "a file publishes nothing"
    with house.database.transaction() as session:
        noted = session.exec(select(AuditRow).where(AuditRow.action == "events.import")).all()
    assert {note.subject for note in noted} == {row.id for row in rows}
    assert {note.who for note in noted} == {"wang"}
    assert "从文件录入活动" in signed_in(house, "administrator", "li").opens("/audit").text
    sends(wang.opens("/events/import"), text)
    assert "新的0场，要改的0场，没变的3场" in wang.text


def test_one_wrong_row_and_nothing_is_taken_in(wang: StaffBrowser, house: House) -> None:
    text = table({}, {"code": "b", "capacity": "many"}, {"code": "c", "district": "苏州"}, {})
    sends(wang, text)
    assert "有3处不对，整个文件都没有收" in wang.text
    assert "第3行" in wang.text
    assert "第4行" in wang.text
    assert "编号weaning出现了两次" in wang.text
    assert "many" in wang.page.text, "what was sent is there to be mended"
    agrees(wang, text)
    assert everything(house.database) == []


def test_everything_that_is_wrong_with_a_row_is_said_at_once(wang: StaffBrowser, house: House) -> None:
    wrong = {
        "code": "", "kind": "party", "district": "苏州", "starts": "2026-12-05", "capacity": "many", "adult_capacity": "few",
        "months_from": "40", "map_url": "http://map", "topics": "no.one no.two", "colour": "red",
    }  # fmt: skip
    sends(wang, table(wrong, {"repeat": "FREQ=SOMETIMES", "months_from": "20", "months_to": "10"}))
    assert "有14处不对，整个文件都没有收" in wang.text
    for word in (*wrong.values(), "no.one", "no.two", "FREQ=SOMETIMES", "months_from"):
        assert word in wang.page.text
    assert wang.text.count("第2行") == 11
    assert wang.text.count("第3行") == 3  # the column is unknown in every row
    assert everything(house.database) == []


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"PK\x03\x04", "events.xlsx", "这不是CSV表格，也不是日历文件"),
        (b"", "empty.csv", "表里没有内容"),
        (b"code,kind\n", "heading.csv", "表里没有内容"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR", "x.ics", "这个日历文件读不了"),
        (b"hello", "hello.csv", "表里没有内容"),
        ("code\n辅食\n".encode("gbk"), "old.csv", "第2行"),
        (table({"repeat": "FREQ=DAILY;COUNT=60"}, *({"code": f"r{n}", "repeat": "FREQ=DAILY;COUNT=60"} for n in range(5))).encode(),
         "many.csv", "一次最多300场"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_events_is_said_in_one_sentence(
    wang: StaffBrowser, house: House, content: bytes, name: str, words: str
) -> None:
    assert words in sends(wang, content, name).text
    assert wang.page.status_code in {400, 422}
    assert everything(house.database) == []


def test_what_a_file_changes_is_told_only_when_the_number_was_agreed_to(wang: StaffBrowser, house: House) -> None:
    database = house.database
    event = an_event(database, code="weaning", topics=TOPIC)
    homes = families(database, 3)
    books(database, event, homes[0])
    exported = wang.client.get("/admin/events/export.csv")
    assert exported.content.startswith("\ufeff".encode())
    (row,) = rows_of_table(exported.text)
    later = START + timedelta(days=1)
    moved = table({**row, "starts": f"{later:%Y-%m-%d} 10:00", "ends": f"{later:%Y-%m-%d} 12:00"})
    sends(wang, moved)
    assert "要改的1场" in wang.text
    assert "会通知1个聊天" in wang.text
    books(database, event, homes[1])
    agrees(wang, moved, people=1)
    assert "会通知2个聊天" in wang.text
    assert orders(database, "moved") == []
    agrees(wang, moved, people=2)
    assert len(orders(database, "moved")) == 2
    with database.transaction() as session:
        assert event_of(session, event).starts_at == later
        assert event_of(session, event).status == "published", "a file takes nothing down either"
    off = table({**row, "status": "cancelled"})
    sends(wang.opens("/events/import"), off)
    assert "取消" in wang.text
    agrees(wang, off, people=2)
    assert len(orders(database, "cancelled")) == 2
    sends(wang.opens("/events/import"), table(row))
    assert "编号weaning：活动已经取消了" in wang.text


def test_a_calendar_file_comes_back_as_it_went_out(wang: StaffBrowser, house: House) -> None:
    an_event(house.database, topics=TOPIC)
    an_event(
        house.database,
        code="past",
        starts_at=NOW - timedelta(days=9),
        ends_at=NOW - timedelta(days=8, hours=23),
        topics=TOPIC,
    )
    file = wang.client.get("/admin/events/export.ics")
    assert file.headers["content-type"].startswith("text/calendar")
    assert "past" not in file.text
    assert "UID:past" in wang.client.get("/admin/events/export.ics?when=past").text
    sends(wang, file.content, "events.ics")
    assert "新的0场，要改的0场，没变的1场" in wang.text
    broken = file.text.replace("X-QIHUI-KIND:station", "X-QIHUI-KIND:party")
    assert "第1个活动" in sends(wang, broken, "events.ics").text


def test_who_may_not_change_events_takes_nothing_in(house: House) -> None:
    reader = signed_in(house, "counsellor", "sun").opens("/events/import")
    assert reader.page.status_code == 403
    assert sends(reader.opens("/account"), table({})).page.status_code == 403
    assert reader.client.get("/admin/events/export.csv").status_code == 403
    assert everything(house.database) == []
