"""Organisers' tables: what is read, what is refused with its mend, and the commands."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.database import Database
from bot.events.event_file import event_file, rows_of_file
from bot.events.event_table import NEEDED, read_events, rows_of_table, table_of
from bot.events.events import events_from
from bot.ical import NotACalendar, read_calendar
from tests.event_builders import NOW, an_event

TOPICS = frozenset({"feeding.solids.start"})
ROW = {
    "code": "weaning", "kind": "station", "title_zh": "辅食第一口", "host": "花木指导站", "district": "浦东",
    "place": "花木路100号", "starts": "2026-12-05 10:00", "ends": "2026-12-05 11:30", "months_from": "4",
    "months_to": "12", "capacity": "20",
}  # fmt: skip


def read(**changes: str):
    return read_events([{**ROW, **changes}], "Asia/Shanghai", TOPICS, "events.csv")


def test_a_row_is_an_event_on_the_clock_of_its_place() -> None:
    (draft,), problems = read(topics="feeding.solids.start", reconfirm="yes")
    assert problems == []
    assert (draft.starts_at, draft.district, draft.status) == (
        datetime(2026, 12, 5, 2, 0, tzinfo=UTC), "浦东新区", "draft",
    )  # fmt: skip
    assert draft.reconfirm


def test_a_repeating_row_is_several_events_with_seats_of_their_own() -> None:
    drafts, problems = read(repeat="FREQ=WEEKLY;COUNT=3", opens="2026-11-28 09:00")
    assert problems == []
    assert [draft.code for draft in drafts] == ["weaning-20261205", "weaning-20261212", "weaning-20261219"]
    assert {draft.starts_at - draft.opens_at for draft in drafts} == {drafts[0].starts_at - drafts[0].opens_at}
    assert {draft.series for draft in drafts} == {"weaning"}


@pytest.mark.parametrize(
    ("changes", "mend"),
    [
        *(({name: ""}, f"{name} is missing; write it") for name in NEEDED),
        ({"kind": "party"}, "write one of station, refuel, carnival, course"),
        ({"district": "苏州"}, "write it like 浦东新区"),
        ({"capacity": "many"}, "write a number from 1 to 5000"),
        ({"capacity": "-3"}, "write a number"),
        ({"months_from": "40"}, "write a number from 0 to"),
        ({"months_from": "13"}, "above months_to"),
        ({"starts": "5. Dezember"}, "write it like 2026-12-05 10:00"),
        ({"starts": "2026-12-05"}, "time of day is missing"),
        ({"ends": "2026-12-05 09:00"}, "ends must come after starts"),
        ({"topics": "no.such"}, "topic no.such is not in the guide"),
        ({"repeat": "FREQ=WEEKLY"}, "add COUNT or UNTIL"),
        ({"repeat": "every week"}, "write it like FREQ=WEEKLY;COUNT=6"),
        ({"map_url": "http://x"}, "must begin with https://"),
        ({"colour": "red"}, "unknown column colour"),
        ({"title_zh": "长" * 90}, "at most 80"),
    ],
)
def test_a_malformed_row_is_named_with_its_mend(changes: dict[str, str], mend: str) -> None:
    drafts, problems = read(**changes)
    assert drafts == []
    assert mend in str(problems[0])
    assert str(problems[0]).startswith("events.csv:2: ")


def test_a_code_that_stands_twice_is_refused() -> None:
    _, problems = read_events([ROW, ROW], "Asia/Shanghai", TOPICS, "events.csv")
    assert "stands twice" in str(problems[0])


def test_what_is_exported_is_imported_as_it_was(database: Database) -> None:
    an_event(
        database, bring="=围兜", adult_capacity=10, topics="feeding.solids.start", map_url="https://uri.amap.com/x"
    )
    with database.transaction() as session:
        rows = events_from(session, NOW)
        table, file = table_of(rows), event_file(rows, "zh", NOW, full=True)
    assert table.startswith("\ufeff")
    for raw in (rows_of_table(table), rows_of_file(file)):
        (draft,), problems = read_events(raw, "Asia/Shanghai", TOPICS, "back")
        assert problems == []
        assert {name: value for name, value in vars(draft).items() if getattr(rows[0], name) != value} == {}


@pytest.mark.parametrize(
    "content", [b"hello", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR"]
)
def test_a_file_that_is_no_calendar_is_refused(content: bytes) -> None:
    with pytest.raises(NotACalendar):
        read_calendar(content)


def test_the_commands_take_in_list_move_and_cancel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QIHUI_DATA", str(tmp_path / "data"))
    table = tmp_path / "events.csv"
    rows = {**ROW, "status": "published", "starts": "2099-12-05 10:00", "ends": "2099-12-05 11:30"}
    table.write_text(",".join(rows) + "\n" + ",".join(rows.values()) + "\n", encoding="utf-8")

    def run(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["events", *arguments])
        assert done.exit_code == code, done.output
        return done.output

    assert "1 new" in run("import", str(table))
    assert "1 as before" in run("import", str(table))
    assert json.loads(run("list", "--json"))[0]["status"] == "published"
    assert "weaning has 30 seats" in run("resize", "weaning", "30")
    assert json.loads(run("list", "weaning", "--json"))[0]["capacity"] == 30
    assert "does not count adults apart" in run("resize", "weaning", "30", "--adults", "5", code=1)
    run("resize", "weaning", "0", code=2)
    assert "there is no event nothing" in run("publish", "nothing", code=1)
    assert "families told: 0" in run("move", "weaning", "2099-12-06T10:00")
    assert "2099-12-06 10:00" in run("list", "weaning")
    assert "nothing can be changed" in run("move", "weaning", "2020-01-01T10:00", code=1)
    assert "--yes" in run("cancel", "weaning", code=1)
    assert "is cancelled" in run("cancel", "weaning", "--yes")
    assert json.loads(run("list", "--json"))[0]["status"] == "cancelled"
    assert "weaning is published" in run("publish", "weaning")
    assert json.loads(run("list", "--json"))[0]["status"] == "published"
    assert "is cancelled" in run("cancel", "weaning", "--yes")
    assert "there is no event nothing" in run("cancel", "nothing", "--yes", code=1)
    table.write_text("code\nweaning\n", encoding="utf-8")
    assert "nothing was taken in" in run("import", str(table), code=1)
    table.write_bytes("code\n辅食\n".encode("gbk"))
    assert "CSV UTF-8" in run("import", str(table), code=1)
