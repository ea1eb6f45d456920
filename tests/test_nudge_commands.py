"""`qihui explain-nudge` and `qihui dry-run` on a small database: what they print, and that nothing changes."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from bot.care.plan_nudges import setup_for, sweep
from bot.cli import app
from bot.clock import SystemClock
from bot.database import Database
from bot.flow import FAMILY_ZONE
from bot.nudge_families import write_families
from bot.outreach.contact import remember_contact
from bot.outreach.outreach_rows import OutgoingRow
from bot.settings import read_settings
from bot.wiring import open_records


@pytest.fixture
def families(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Ten families that can be reached."""
    monkeypatch.setenv("QIHUI_DATA", str(tmp_path))
    monkeypatch.setenv("QIHUI_DATABASE_URL", f"sqlite:///{tmp_path}/few.sqlite3")
    database, keys = open_records(read_settings())
    now = datetime(2026, 11, 24, tzinfo=UTC)
    write_families(database, keys, 10, now)
    with database.transaction() as session:
        for number in range(10):
            remember_contact(session, keys, f"{number:032x}", "console", f"address-{number}", "zh", now)
    sweep(database, keys, setup_for(FAMILY_ZONE), SystemClock("Asia/Shanghai").now())
    return database


def states(database: Database) -> set[tuple[str, str]]:
    with database.transaction() as session:
        return {(row.key, row.state) for row in session.exec(select(OutgoingRow)).all()}


def test_a_dry_run_prints_a_table_a_day_and_changes_nothing(families: Database) -> None:
    before = states(families)
    printed = CliRunner().invoke(app, ["dry-run", "--days", "3"])
    assert printed.exit_code == 0, printed.output
    assert len([line for line in printed.output.splitlines() if line.startswith("20")]) == 3
    as_json = CliRunner().invoke(app, ["dry-run", "--days", "3", "--json"])
    days = json.loads(as_json.stdout)
    assert [set(day) for day in days] == [{"on", "messages", "kinds", "held", "withheld"}] * 3
    assert states(families) == before


def test_explaining_shows_codes_and_states_and_words_only_when_asked(families: Database) -> None:
    child = next(key.split(":")[1] for key, _ in sorted(states(families)))
    plain = CliRunner().invoke(app, ["explain-nudge", child])
    assert plain.exit_code == 0, plain.output
    assert "queued" in plain.output
    assert "豆豆" not in plain.output
    assert "豆豆" in CliRunner().invoke(app, ["explain-nudge", child, "--text"]).output
    told = json.loads(CliRunner().invoke(app, ["explain-nudge", child, "--json"]).stdout)
    assert told[0]["told"][0]["state"] == "queued"
    refused = CliRunner().invoke(app, ["explain-nudge", "c000"])
    assert refused.exit_code == 1
