"""Lists of the door: told without doubles, a fault by its line, attendance as a spreadsheet."""

import io
from collections import Counter
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from bot.database import Database
from bot.errors import Refusal
from bot.events.admission_rows import AdmissionRow
from bot.events.attendance_file import attendance_xlsx
from bot.events.door import (
    admit,
    walk_in,
)
from bot.events.door_list import as_csv, attendance_table, door_list, harmless, take_in
from bot.events.event_rows import BookingRow
from bot.events.pass_code import shown
from tests.fair import KEEPER, START, Fair, filled_in


@pytest.fixture
def fair(any_database: Database) -> Fair:
    return Fair(any_database)


def state_of(database: Database) -> list:
    with database.transaction() as session:
        admissions = [row.model_dump() for row in session.exec(select(AdmissionRow).order_by(AdmissionRow.key))]
        return [admissions, [row.checked_in_at for row in session.exec(select(BookingRow).order_by(BookingRow.id))]]


def test_a_list_told_five_times_is_as_if_told_once(fair: Fair) -> None:
    codes = [fair.books(nickname=name)[1] for name in ("=1+1", "豆豆", "毛毛")]
    file = as_csv(fair.does(door_list, fair.event))
    assert file.startswith(b"\xef\xbb\xbf")
    assert "豆豆" in file.decode()
    fair.does(admit, fair.event, codes[1], KEEPER, at=START - timedelta(minutes=10))
    text = filled_in(fair, {shown(codes[0]): "9:35"}, (("1", "2", "09:40"),))
    told = fair.does(take_in, fair.event, text, KEEPER, at=START + timedelta(days=2))
    assert (told.let_in, told.already) == (2, 1)
    once = state_of(fair.database)
    assert [row["at"] for row in once[0]].count(START + timedelta(minutes=5)) == 1
    for _ in range(4):
        again = fair.does(take_in, fair.event, text, KEEPER, at=START + timedelta(days=3))
        assert (again.let_in, again.already) == (0, 3)
        assert state_of(fair.database) == once


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("9:35", "half past", "door.list.time"),
        ("9:35", "25:00", "door.list.time"),
        ("9:35", "03:00", "door.list.not_yet"),
        ("line,name", "x,name", "door.list.heading"),
        ("1,2,,09:40", "x,2,,09:40", "door.list.party"),
        ("1,2,,09:40", "0,0,,09:40", "door.list.party"),
        ("1,2,,09:40", "1,2,K7QM-3XPA,09:40", "door.list.unknown_code"),
        ("1,2,,09:40", "1,2,zzz,09:40", "door.list.unknown_code"),
    ],
)
def test_a_list_with_a_fault_says_which_line_and_changes_nothing(
    database: Database, old: str, new: str, why: str
) -> None:
    fair = Fair(database)
    _, code = fair.books()
    text = filled_in(fair, {shown(code): "9:35"}, (("1", "2", "09:40"),))
    assert old in text
    before = state_of(database)
    with pytest.raises(Refusal) as refused:
        fair.does(take_in, fair.event, text.replace(old, new), KEEPER)
    assert refused.value.phrase == why
    assert why == "door.list.heading" or refused.value.values["line"] in {2, 3}
    assert state_of(database) == before


def test_the_attendance_goes_out_as_a_spreadsheet(fair: Fair) -> None:
    (_, came), _absent = fair.books(nickname="豆豆"), fair.books(nickname="毛毛")
    fair.does(admit, fair.event, came, KEEPER)
    fair.does(walk_in, fair.event, "W1", 1, 1, KEEPER)
    table = fair.does(attendance_table, fair.event)
    assert Counter(row[4] for row in table[1:]) == {"yes": 1, "walk-in": 1, "no": 1}
    sheet = load_workbook(io.BytesIO(attendance_xlsx("加油站[A]:", table))).active
    assert [[cell.value for cell in row][:2] for row in sheet.iter_rows(max_row=2)] == [
        ["name", "children"],
        ["豆豆", 1],
    ]
    assert [harmless(cell) for cell in ("=1+1", "@x", "豆豆", 3, None)] == ["'=1+1", "'@x", "豆豆", 3, ""]
