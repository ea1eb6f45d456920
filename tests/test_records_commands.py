"""`qihui records`: families' records as files for whoever runs the bot; one wrong line and nothing is written."""

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.care.care_records import doses_of, note_dose, record_doses, record_visit, visits_of
from bot.cli import app
from bot.database import Database
from bot.errors import Refusal
from bot.families.change_log import changes_of
from bot.families.children import add_child, change_child, children_for
from bot.families.consent import give, withdraw
from bot.families.membership import OPERATOR, found_family
from bot.flow import Visit
from bot.sealing import Keyring
from bot.settings import Settings
from bot.wiring import read_data_keys
from knowledge.load_calendars import load_calendars
from knowledge.vaccine_record import GivenDose
from tests.conftest import FixedClock

CALENDARS = load_calendars()
BORN = date(2026, 1, 15)


class Home:
    """A data folder of its own with a family of two children in it."""

    def __init__(self, folder: Path, clock: FixedClock) -> None:
        settings = Settings(_env_file=None, data=folder)
        self.database = Database(settings.effective_database_url)
        self.database.upgrade()
        self.keys: Keyring = read_data_keys(settings, self.database)
        self.clock = clock
        self.family = self.of(found_family)
        self.of(lambda visit: give(visit, self.family, "calendar"))
        self.children = [
            self.of(
                lambda visit, name=name: add_child(
                    visit, self.family, name, BORN, approximate=False, gestation_weeks=None
                )
            ).id
            for name in ("豆豆", "苗苗")
        ]

    def of(self, act: Callable[[Visit], object], who: str = "mother"):
        with self.database.transaction() as session:
            clock = self.clock
            return act(Visit(session, who, "test", clock.now(), clock.today(), clock.day_of, self.keys, b"secret"))

    def records(self, child: int) -> list[tuple]:
        doses = self.of(lambda visit: doses_of(visit, self.children[child]))
        visits = self.of(lambda visit: visits_of(visit, self.children[child]))
        return [(one.code, one.how, one.on) for one in (*doses, *visits)]


@pytest.fixture
def home(tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("QIHUI_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("bot.clock.SystemClock.today", lambda _self: clock.today())
    (tmp_path / "data").mkdir()
    return Home(tmp_path / "data", clock)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["records", *map(str, arguments)])


def taken_in(home: Home) -> None:
    home.of(lambda visit: record_doses(visit, home.children[0], [GivenDose(BORN, "HepB")], CALENDARS.schedule))
    home.of(
        lambda visit: note_dose(visit, home.children[0], "HepB", 2, "booked", date(2026, 12, 3), CALENDARS.schedule)
    )
    home.of(
        lambda visit: record_visit(visit, home.children[1], "m6", 1, "given", date(2026, 7, 16), CALENDARS.checkups)
    )


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_an_export_of_all_comes_back_into_an_emptied_bot_once(home: Home, tmp_path: Path, ending: str) -> None:
    taken_in(home)
    file = tmp_path / f"all.{ending}"
    assert run("export", "--out", file).exit_code == 0
    assert file.stat().st_mode & 0o077 == 0
    before = [home.records(0), home.records(1)]
    again = run("import", file)
    assert (again.exit_code, again.stdout) == (0, "0 records taken in, 3 on record already\n")
    with home.database.transaction() as session:
        for table in ("dose", "checkup_visit"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
    dry = run("import", file, "--dry-run")
    assert dry.stdout == "3 records would be taken in, 0 on record already\n"
    assert home.records(0) == []
    assert run("import", file).stdout == "3 records taken in, 0 on record already\n"
    assert [sorted(home.records(0)), sorted(home.records(1))] == [sorted(one) for one in before]


def test_one_childs_file_needs_no_column_child(home: Home, tmp_path: Path) -> None:
    taken_in(home)
    file = tmp_path / "one.csv"
    assert run("export", "--out", file, "--child", home.children[0]).exit_code == 0
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert {row["child"] for row in rows} == {home.children[0]}
    own = tmp_path / "own.csv"
    own.write_text("疫苗,日期,批号\n卡介苗,2026-01-16,A1\n", encoding="utf-8")
    assert "names its child" in run("import", own).stderr
    done = run("import", own, "--child", home.children[1])
    assert done.stdout == "1 records taken in, 0 on record already\n"
    assert "columns that are not read: 批号" in done.stderr
    assert ("BCG", "given", date(2026, 1, 16)) in home.records(1)
    assert "give one of the two" in run("import", file, "--child", home.children[1]).stderr


def test_one_wrong_line_and_nothing_is_written(home: Home, tmp_path: Path) -> None:
    one, two = home.children
    file = tmp_path / "wrong.csv"
    lines = [
        "child,code,on",
        f"{one},HepB,2026-01-15",
        f"{one},XYZ,2026-01-15",
        f"{two},BCG,2025-01-15",
        "nobody,BCG,2026-01-16",
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    refused = run("import", file)
    assert refused.exit_code == 1
    assert f"{file}:3: " in refused.stderr
    assert "XYZ" in refused.stderr
    assert f"{file}:4: " in refused.stderr
    assert f"{file}:5: there is no child 'nobody'" in refused.stderr
    assert "3 of 4 lines are wrong; nothing was changed" in refused.stderr
    assert home.records(0) == home.records(1) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no table"),
        (b"{", "line 1"),
        (b"a,b\n1,2\n", "no table"),
        (b"\x00\x01", "no table"),
        (b"code,on\n", "no record"),
    ],
)
def test_a_file_that_is_no_table_is_refused(home: Home, tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(content)
    refused = run("import", file, "--child", home.children[0])
    assert refused.exit_code == 1
    assert told in refused.stderr


def test_files_that_cannot_be_are_named(home: Home, tmp_path: Path) -> None:
    assert "cannot be read" in run("import", tmp_path / "none.csv", "--child", "x").stderr
    assert "must end in .csv or .json" in run("export", "--out", tmp_path / "x.txt").stderr
    assert "cannot be written" in run("export", "--out", tmp_path / "no" / "x.csv").stderr
    assert "there is no child 'x'" in run("export", "--out", tmp_path / "x.csv", "--child", "x").stderr


def test_without_the_familys_consent_nothing_goes_out_or_in(home: Home, tmp_path: Path) -> None:
    taken_in(home)
    file = tmp_path / "all.json"
    run("export", "--out", file)
    home.of(lambda visit: withdraw(visit, home.family, "calendar"))
    refused = run("import", file)
    assert refused.exit_code == 1
    assert "has not agreed to dates and reminders" in refused.stderr
    assert run("export", "--out", file).exit_code == 0
    assert json.loads(file.read_text("utf-8"))["records"] == []
    assert "has not agreed" in run("export", "--out", file, "--child", home.children[0]).stderr


def test_the_family_sees_that_the_operator_was_there(home: Home, tmp_path: Path) -> None:
    taken_in(home)
    run("export", "--out", tmp_path / "one.csv", "--child", home.children[0])
    newest = home.of(lambda visit: changes_of(visit, home.family))[0]
    assert (newest.by, newest.what) == (OPERATOR, "exported")


def test_the_operators_name_opens_records_and_nothing_else(home: Home) -> None:
    """And no chat can have it: hidden addresses are hexadecimal."""
    assert home.of(lambda visit: children_for(visit, "calendar"), OPERATOR) == []
    for act in (
        lambda visit: change_child(visit, home.children[0], nickname="x"),
        lambda visit: give(visit, home.family, "answers"),
        lambda visit: withdraw(visit, home.family, "calendar"),
    ):
        with pytest.raises(Refusal):
            home.of(act, OPERATOR)
    assert not set(OPERATOR) <= set("0123456789abcdef")
