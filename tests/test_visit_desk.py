"""Home visits in the browser: assigned by area and load, proposed once agreed to, noted afterwards; masked until confirmed."""

import re
from datetime import date

import pytest
from sqlmodel import select

from bot.admin.page_call import House, mask
from bot.audit_log import AuditRow
from bot.database import Database
from bot.events.home_visits import ask_for_visit, confirm_visit, say_where
from bot.events.visit_request import Request
from bot.events.visit_rows import HomeVisitRow
from bot.families.family_rows import ConsentRow
from bot.outreach.outreach_rows import OutgoingRow
from tests.announce_town import Town
from tests.announce_words import hidden
from tests.conftest import KEYS, FixedClock
from tests.households import a_visit
from tests.office import an_office, signed_in
from tests.staff_browser import StaffBrowser, quick_passwords

CHEN = {"name": "陈医生", "organisation": "静安指导站", "card": "JA-1", "district": "静安区", "tongue": "zh", "most_a_day": "4"}  # fmt: skip
TEN = {"starts": "2026-11-25T10:00", "minutes": "45"}


@pytest.fixture
def house(database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> House:
    quick_passwords(monkeypatch)
    return an_office(database, clock)


@pytest.fixture
def sun(house: House) -> StaffBrowser:
    return signed_in(house, "counsellor", "sun")


class Home:
    """One family that asked for a visit."""

    def __init__(
        self, house: House, name: str = "home", born_on: date = date(2026, 11, 10), district: str = "静安区"
    ) -> None:
        self.house, self.name = house, name
        self.chat = Town(house.database, house.clock).family(name, born_on=born_on, purposes=("events",))[0]
        self.family = hidden(name)[:16]
        self.id = self.does(ask_for_visit, self.family, Request(district, None, ("feeding",), ("weekday_am",), "zh")).id
        self.path = f"/visits/{self.id}"

    def does(self, move, *arguments):
        with self.house.database.transaction() as session:
            return move(a_visit(session, self.house.clock, self.chat, KEYS), *arguments)


def messages(house: House) -> list[str]:
    with house.database.transaction() as session:
        return [row.key for row in session.exec(select(OutgoingRow).where(OutgoingRow.kind == "visit")).all()]


def test_from_the_list_to_the_note(sun: StaffBrowser, house: House, clock: FixedClock) -> None:
    Home(house, "older", date(2026, 1, 1), "浦东新区")
    home = Home(house)
    sun.opens("/visitors")
    assert "姓名、单位、工作证号都要写" in sun.posts("/visitors", **CHEN | {"name": ""}).text
    sun.posts("/visitors", **CHEN)
    assert "陈医生" in sun.text
    page = sun.opens("/visits")
    assert page.text.index(mask(house.secret, home.family)) < page.text.index("327天"), "newborns first"
    assert home.family not in page.page.text
    assert "327天" not in sun.opens("/visits?district=静安区").text
    assert "没有这样的上门" in sun.opens("/visits?state=done").text
    sun.opens(home.path).posts(f"{home.path}/assign", visitor="")
    assert "派好了" in sun.text
    assert "陈医生，手里1家" in sun.text
    assert (
        "至少提前2小时" in sun.posts(f"{home.path}/propose", **TEN | {"starts": "2026-11-24T10:30"}, version="2").text
    )
    asked = sun.posts(f"{home.path}/propose", **TEN, version="2").text
    assert "会问1个聊天" in asked
    assert messages(house) == []
    assert "已经问家长了" in sun.posts(f"{home.path}/propose", people="1", **TEN, version="2").text
    assert len(messages(house)) == 1
    assert "请先收回时间再换人" in sun.posts(f"{home.path}/assign", visitor="").text
    home.does(confirm_visit, home.id, 3)
    home.does(say_where, home.id, "某路1号，13800000000")
    assert "某路1号" in sun.opens(home.path).text
    assert "还没到上门的时间" in sun.posts(f"{home.path}/finish", note="都好", next_step="下月再来").text
    assert ">都好</textarea>" in sun.page.text
    clock.passes(hours=24)
    sun = StaffBrowser(house).signs_in("sun").opens(home.path)
    sun.posts(f"{home.path}/finish", note="都好", next_step="下月再来")
    assert "都好 -> 下月再来" in sun.text
    assert "某路1号" not in sun.text, "the address is for the way there"
    with house.database.transaction() as session:
        noted = session.exec(select(AuditRow).where(AuditRow.subject == home.id)).all()
    assert [one.action for one in noted][:2] == ["visits.assign", "visits.propose"]
    assert {"visits.address", "visits.finish"} <= {one.action for one in noted}
    assert not any("都好" in one.after + one.before for one in noted)


def test_another_time_another_visitor_or_none(sun: StaffBrowser, house: House) -> None:
    home = Home(house, district="浦东新区")
    sun.opens("/visitors").posts("/visitors", **CHEN)
    chen = re.search(r"/visitors/([0-9a-f]+)/retire", sun.page.text)[1]
    sun.opens(home.path)
    assert "没有人负责浦东新区" in sun.posts(f"{home.path}/assign", visitor="").text
    assert "请勾选" in sun.posts(f"{home.path}/assign", visitor=chen).text
    sun.posts(f"{home.path}/assign", visitor=chen, elsewhere="on")
    sun.posts(f"{home.path}/propose", people="1", **TEN, version="2")
    assert "会告诉1个聊天" in sun.posts(f"{home.path}/call-off").text
    assert "时间收回了" in sun.posts(f"{home.path}/call-off", people="1").text
    assert "请刷新" in sun.posts(f"{home.path}/propose", people="1", **TEN, version="3").text, "an older page"
    assert "不能安排了" in sun.posts(f"{home.path}/close").text
    sun.posts(f"{home.path}/close", people="1")
    assert "不安排" in sun.text
    assert "不安排了" in sun.posts(f"{home.path}/close", people="1").text
    sun.opens("/visitors").posts(f"/visitors/{chen}/retire")
    assert "已停用" in sun.text


def test_a_family_that_took_its_consent_back_is_seen_no_more(sun: StaffBrowser, house: House) -> None:
    home = Home(house)
    with house.database.transaction() as session:
        consent = session.exec(select(ConsentRow).where(ConsentRow.family_id == home.family)).one()
        consent.withdrawn_at = house.clock.now()
        session.add(consent)
        assert session.get(HomeVisitRow, home.id).state == "requested"
    assert "不能再看" in sun.opens(home.path).text
    assert "没有这样的上门" in sun.opens("/visits").text
    assert "没有这次上门" in sun.opens("/visits/nothing").text
