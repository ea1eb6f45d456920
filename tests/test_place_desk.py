"""Service points in the browser: a table is taken in whole or not at all, with every fault by its line; served at once."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from bot.admin.page_call import House
from bot.database import Database
from knowledge.place_register import PlaceRegister
from knowledge.places import COLUMNS
from tests.conftest import FixedClock
from tests.office import an_office, signed_in
from tests.staff_browser import StaffBrowser, quick_passwords

ROW = {
    "kind": "station", "name": "花木指导站", "district": "浦东新区", "street": "花木街道", "address": "花木路1号",
    "phone": "021-00000000", "verified_on": "2026-11-20", "source": "区教育局2026年名单",
}  # fmt: skip


def table(*rows: dict[str, str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(ROW | row for row in rows)
    return out.getvalue()


@pytest.fixture
def house(database: Database, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    quick_passwords(monkeypatch)
    return an_office(database, clock, tmp_path / "places.csv")


@pytest.fixture
def wang(house: House) -> StaffBrowser:
    return signed_in(house, "organiser", "wang").opens("/places")


def sends(browser: StaffBrowser, content: bytes, **fields: str) -> StaffBrowser:
    browser.page = browser.client.post(
        "/admin/places",
        data={"form_key": browser.form_key()} | fields,
        files={"file": ("places.csv", content, "text/csv")},
    )
    return browser


def test_a_table_is_taken_in_and_served(wang: StaffBrowser, house: House) -> None:
    register = PlaceRegister(house.places_file, demo=False)
    assert register.changed() is None
    sends(wang, ("\ufeff" + table({}, {"name": "旧站", "address": "旧路1号", "verified_on": "2026-01-01"})).encode())
    assert "录好了" in wang.text
    assert "该核实了" in wang.text
    assert "旧站" in wang.opens("/places?fresh=stale&district=浦东新区&kind=station").text
    assert "花木指导站" not in wang.text
    assert "花木指导站" in [place.name for place in register.changed()]
    assert register.changed() is None


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_what_chinese_spreadsheets_write_is_read(wang: StaffBrowser, encoding: str) -> None:
    assert "录好了" in sends(wang, table({}).encode(encoding)).text
    assert "花木指导站" in wang.text


def test_one_wrong_row_and_nothing_is_taken_in(wang: StaffBrowser, house: House) -> None:
    bad = table(
        {}, {"name": "二", "verified_on": "tomorrow"}, {"name": "三", "kind": "shop"}, {"name": "", "source": ""}
    )
    wang.posts("/places", table=bad)
    assert "有4处不对" in wang.text
    assert "第3行: verified_on 写的是“tomorrow”，不是日期" in wang.text
    assert "第4行: kind 写的是“shop”" in wang.text
    assert "第5行: name没有填" in wang.text
    assert "区教育局2026年名单" in wang.page.text, "what was pasted is kept"
    assert not house.places_file.exists()


def test_what_is_no_table_is_refused_with_a_sentence(wang: StaffBrowser, house: House) -> None:
    assert "不是CSV表格" in sends(wang, b"PK\x03\x04 a workbook").text
    assert "不是CSV表格" in sends(wang, b"\x89PNG\x00").text
    assert "没有内容" in sends(wang, b"").text
    assert "没有内容" in wang.posts("/places", table=" ").text
    assert sends(wang, b"x" * 1_100_000).page.status_code == 413
    assert not house.places_file.exists()


def test_readers_see_but_take_nothing_in(house: House) -> None:
    counsellor = signed_in(house, "counsellor").opens("/places")
    assert "录入一张表" not in counsellor.text
    assert counsellor.posts("/places", table=table({})).page.status_code == 403
    assert house.clock.today() == date(2026, 11, 24)


def test_a_file_from_elsewhere_is_turned_away(wang: StaffBrowser) -> None:
    files = {"file": ("places.csv", table({}).encode(), "text/csv")}
    assert wang.client.post("/admin/places", data={"form_key": "guessed"}, files=files).status_code == 403
    key = {"form_key": wang.form_key()}
    answer = wang.client.post("/admin/places", data=key, files=files, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert wang.client.post("/admin/events/new", data=key, files=files).status_code == 415, "only where a file belongs"
