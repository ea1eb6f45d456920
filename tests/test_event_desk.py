"""Organisers run events in the browser: nothing reaches a family before its number was read and agreed to."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.admin.page_call import House, mask
from bot.audit_log import AuditRow
from bot.curation.problem_words import in_words
from bot.database import Database
from bot.events.entries import Wish
from bot.events.event_rows import BookingRow, EventRow
from bot.events.seats import Party
from bot.events.waiting_list import join
from bot.outreach.outreach_rows import OutgoingRow
from tests.conftest import FixedClock
from tests.event_builders import NOW, START, an_event, at, books, families, state_of
from tests.office import TOPIC, an_office, signed_in
from tests.staff_browser import StaffBrowser, quick_passwords

FORM = {
    "title_zh": "周六一起做辅食", "title_en": "Cook together", "kind": "station", "host": "花木指导站", "district": "浦东新区",
    "place": "花木路100号", "starts": "2026-12-05T10:00", "ends": "2026-12-05T11:30", "months_from": "4", "months_to": "12",
    "language": "zh", "capacity": "20", "seat_for": "child", "most_children": "2", "most_adults": "2", "reconfirm": "no",
    "topics": TOPIC, "code": "cook-1",
}  # fmt: skip


@pytest.fixture
def house(database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> House:
    quick_passwords(monkeypatch)
    clock.at = NOW
    return an_office(database, clock)


@pytest.fixture
def wang(house: House) -> StaffBrowser:
    return signed_in(house, "organiser", "wang")


def orders(database: Database, rule: str) -> list[OutgoingRow]:
    with database.transaction() as session:
        rows = session.exec(select(OutgoingRow).where(OutgoingRow.kind == "booking")).all()
    return [row for row in rows if f":{rule}:" in row.key]


def the_event(database: Database, event_id: str) -> EventRow:
    with database.transaction() as session:
        return session.get(EventRow, event_id)


def test_an_event_from_a_blank_form_to_parents(wang: StaffBrowser, house: House) -> None:
    wang.opens("/events/new")
    wrong = wang.posts("/events/new", **FORM | {"starts": "2026-12-05", "title_zh": "", "capacity": "0"})
    assert "中文标题没有填" in wrong.text
    assert "花木路100号" in wrong.page.text
    wang.posts("/events/new", **FORM)
    assert "存成草稿" in wang.text
    event_id = re.search(r"/events/([0-9a-f]+)/publish", wang.page.text)[1]
    assert the_event(house.database, event_id).starts_at.isoformat() == "2026-12-05T02:00:00+00:00"
    assert "报名中" in wang.posts(f"/events/{event_id}/publish").text
    assert "已经用过了" in wang.opens("/events/new").posts("/events/new", **FORM).text
    wang.opens(f"/events/{event_id}/edit")
    assert "cook-1" not in re.findall(r'name="code" .*?value="(.*?)"', wang.page.text)
    wang.posts(
        f"/events/{event_id}/edit", **FORM | {"bring": "围兜", "starts": "2027-01-01T10:00", "status": "cancelled"}
    )
    row = the_event(house.database, event_id)
    assert (row.bring, row.status, row.starts_at.year) == ("围兜", "published", 2026)
    with house.database.transaction() as session:
        done = [one.action for one in session.exec(select(AuditRow).where(AuditRow.subject == event_id)).all()]
    assert done == ["events.add", "events.publish", "events.edit"]


def test_a_repeated_event_is_several_and_a_code_is_made_where_none_is_given(wang: StaffBrowser, house: House) -> None:
    wang.opens("/events/new").posts("/events/new", **FORM | {"code": "", "repeat": "FREQ=WEEKLY;COUNT=3"})
    assert "共3场" in wang.opens("/events").text
    assert "没有这样的活动" in wang.opens("/events?when=past").text
    assert "共3场" in wang.opens("/events?status=draft&district=浦东新区&kind=station&word=辅食").text
    assert "没有这样的活动" in wang.opens("/events?kind=course").text
    assert wang.opens("/events?page=x").page.status_code == 200


def test_cancelling_says_how_many_and_sends_only_when_agreed(wang: StaffBrowser, house: House) -> None:
    database = house.database
    event = an_event(database, capacity=3)
    homes = families(database, 4)
    booked = [books(database, event, one) for one in homes[:2]]
    asked = wang.opens(f"/events/{event}/cancel").text
    assert "会通知2个聊天" in asked
    assert orders(database, "cancelled") == []
    assert state_of(database, booked[0]) == "confirmed"
    books(database, event, homes[2])
    again = wang.posts(f"/events/{event}/cancel", people="2").text
    assert "现在是3个聊天" in again
    assert orders(database, "cancelled") == []
    assert "已取消" in wang.posts(f"/events/{event}/cancel", people="3").text
    assert len(orders(database, "cancelled")) == 3
    assert state_of(database, booked[0]) == "cancelled"
    wang.posts(f"/events/{event}/cancel", people="3")
    assert len(orders(database, "cancelled")) == 3, "pressed twice"


def test_moving_keeps_bookings_and_tells_each_chat_once(wang: StaffBrowser, house: House) -> None:
    database = house.database
    event = an_event(database)
    book = books(database, event, families(database, 1)[0])
    new = {"starts": "2026-12-06T14:00", "ends": "2026-12-06T15:00", "place": "新地方"}
    wang.opens(f"/events/{event}/move")
    assert "2026-11-28T10:00" in wang.page.text
    assert "结束要在开始之后" in wang.posts(f"/events/{event}/move", **new | {"ends": "2026-12-06T13:00"}).text
    assert "新地方" in wang.page.text, "what was typed is kept"
    assert (
        "时间已经过了"
        in wang.posts(f"/events/{event}/move", **new | {"starts": "2020-01-01T10:00", "ends": "2020-01-01T11:00"}).text
    )
    asked = wang.posts(f"/events/{event}/move", **new).text
    assert "会马上通知1个聊天" in asked
    assert "2026-12-06 14:00 · 新地方" in asked
    assert the_event(database, event).place == "花木路100号2楼"
    assert "改好了" in wang.posts(f"/events/{event}/move", people="1", **new).text
    assert the_event(database, event).place == "新地方"
    assert len(orders(database, "moved")) == 1
    assert state_of(database, book) == "confirmed"


def test_more_places_are_offered_in_order_and_the_page_says_why(wang: StaffBrowser, house: House) -> None:
    database = house.database
    event = an_event(database, capacity=2)
    homes = families(database, 3)
    books(database, event, homes[0], children=2)
    for number, (home, children) in enumerate(((homes[1], 2), (homes[2], 1))):
        at(database, join, Wish(event, home, Party(children, 1), f"chat{home}"), now=NOW + timedelta(minutes=number))
    page = wang.opens(f"/events/{event}").text
    assert "排队的2家" in page
    assert "还没有空位" in page
    assert mask(house.secret, homes[1]) in page
    assert homes[1] not in wang.page.text, "families are masked"
    assert "1到5000" in wang.opens(f"/events/{event}/resize").posts(f"/events/{event}/resize", capacity="many").text
    assert "这次要通知1个聊天" in wang.posts(f"/events/{event}/resize", capacity="3").text
    assert orders(database, "offer") == []
    wang.posts(f"/events/{event}/resize", capacity="3", people="1")
    assert "名额改好了" in wang.text
    assert "空位不够这一家坐在一起" in wang.text
    assert "问过了，等回答" in wang.text
    assert len(orders(database, "offer")) == 1
    wang.posts(f"/events/{event}/resize", capacity="2", people="0")
    assert "比名额多1个" in wang.text


def test_what_is_not_there_or_over_is_told_in_a_sentence(wang: StaffBrowser, house: House, clock: FixedClock) -> None:
    for path in ("", "/edit", "/move", "/cancel", "/resize"):
        answer = wang.opens(f"/events/nothing{path}")
        assert answer.page.status_code == 422
        assert "没有这场活动" in answer.text
    event = an_event(house.database)
    clock.at = START + timedelta(days=1)
    browser = StaffBrowser(house).signs_in("wang")
    assert "时间已经过了" in browser.opens(f"/events/{event}/cancel").text
    assert "已经结束" in browser.opens("/events?when=past").text


def test_every_fault_of_a_table_has_its_sentence_in_chinese() -> None:
    import ast

    from tests.conftest import REPOSITORY

    missing = []
    for file in ("bot/events/event_table.py", "knowledge/places.py"):
        for node in ast.walk(ast.parse((REPOSITORY / file).read_text("utf-8"))):
            for text in _sentences(node):
                if " " in text and in_words(text, "zh") == text:
                    missing.append(f"{file}: {text}")
    assert missing == []


def _sentences(node: object) -> list[str]:
    import ast

    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in {"message", "faults"}:
        found = [one for one in ast.walk(node.value) if isinstance(one, ast.JoinedStr | ast.Constant)]
    elif isinstance(node, ast.AugAssign | ast.Call) and "fault" in ast.dump(node):
        found = [one for one in ast.walk(node) if isinstance(one, ast.JoinedStr)]
    else:
        return []
    texts = []
    for one in found:
        if isinstance(one, ast.JoinedStr):
            texts.append("".join(part.value if isinstance(part, ast.Constant) else "X" for part in one.values))
    return texts


def test_bookings_are_masked_and_downloads_are_there(wang: StaffBrowser, house: House) -> None:
    event = an_event(house.database)
    home = families(house.database, 1)[0]
    book = books(house.database, event, home)
    with house.database.transaction() as session:
        assert session.get(BookingRow, book).state == "confirmed"
    page = wang.opens(f"/events/{event}").page.text
    assert f"/events/{event}/attendance.xlsx" in page
    assert f"/ledger?mask={mask(house.secret, home)}" in page
