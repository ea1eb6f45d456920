"""`qihui announce` and `qihui status` as an operator uses them, from draft to report."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.clock import SystemClock
from bot.database import Database
from bot.sealing import Keyring
from bot.settings import Settings
from bot.worker_wiring import all_jobs, open_working
from tests import announce_town
from tests.announce_town import Hand, Town


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Families in a data folder of their own, sealed with its own key."""
    monkeypatch.setenv("QIHUI_DATA", str(tmp_path))
    monkeypatch.setenv("QIHUI_STAFF_CHATS", "telegram:4711")
    monkeypatch.setenv("QIHUI_ANNOUNCEMENT_ALONE_TO", "3")
    monkeypatch.delenv("QIHUI_DATABASE_URL", raising=False)
    working = open_working(Settings(_env_file=None))
    keys: Keyring = working.keys
    monkeypatch.setattr(announce_town, "KEYS", keys)
    town = Town(Database(Settings(_env_file=None).effective_database_url), SystemClock("Asia/Shanghai"))  # type: ignore[arg-type]
    town.families(4)
    return town


def qihui(*words: str) -> Result:
    from bot.cli import app

    return CliRunner().invoke(app, list(words))


def tend(town: Town) -> None:
    for job in all_jobs(Settings(_env_file=None), open_working(Settings(_env_file=None))):
        if job.name == "announcements":
            job.what(town.clock.now())


def test_from_draft_to_report(town: Town) -> None:
    made = qihui("announce", "new", "--zh", "周六有活动。", "--en", "Saturday play.", "--by", "Li")
    assert made.exit_code == 0, made.output
    announcement_id = made.output.strip()
    seen = qihui("announce", "preview", announcement_id, "--json")
    assert json.loads(seen.output)["size"] == 4
    assert "would reach 4 chats" in qihui("announce", "preview", announcement_id).output
    refused = qihui("announce", "start", announcement_id, "--by", "Li")
    assert (refused.exit_code, refused.stderr) == (
        1,
        "qihui: It was not tested yet. Send it to your own chats with test first, then start it.\n",
    )
    assert "1 staff chats" in qihui("announce", "test", announcement_id).output
    assert "a second person runs" in qihui("announce", "start", announcement_id, "--by", "Li").output
    assert qihui("announce", "confirm", announcement_id, "--by", "li").exit_code == 1
    assert "scheduled for 4 chats" in qihui("announce", "confirm", announcement_id, "--by", "Wang").output
    tend(town)
    tend(town)
    assert qihui("announce", "pause", announcement_id, "--by", "Li").output == "paused\n"
    hand = Hand(town)
    hand.sends()
    assert hand.sent == []
    assert qihui("announce", "resume", announcement_id).output == "running\n"
    hand.sends()
    tend(town)
    report = json.loads(qihui("announce", "report", announcement_id, "--json").output)
    assert report == {
        "id": announcement_id,
        "state": "done",
        "audience": 4,
        "sent": 4,
        "failed": 0,
        "skipped": {},
        "unknown": 0,
        "open": 0,
        "adds_up": True,
    }
    assert "sent                     4" in qihui("announce", "report", announcement_id).output
    assert "done" in qihui("announce", "list").output
    assert qihui("announce", "cancel", announcement_id).exit_code == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("announce", "preview", "nothing"), "There is no such notice: nothing."),
        (
            ("announce", "new", "--zh", "好", "--en", "Hi", "--by", "Li", "--district", "Paris"),
            "No such district: Paris",
        ),
        (("announce", "new", "--zh", "好", "--en", "Hi", "--by", "Li", "--from-months", "99"), "between 0 and 71"),
        (("announce", "new", "--zh", "好", "--en", "", "--by", "Li"), "The text in this language is missing: en"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_exit_code_1(town: Town, words: tuple[str, ...], why: str) -> None:
    done = qihui(*words)
    assert done.exit_code == 1
    assert why in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_time_is_read_in_the_families_zone(town: Town) -> None:
    announcement_id = qihui("announce", "new", "--zh", "好", "--en", "Hi", "--by", "Li").output.strip()
    qihui("announce", "test", announcement_id)
    odd = qihui("announce", "start", announcement_id, "--by", "Li", "--at", "tomorrow")
    assert "write it like 2026-12-01T10:00" in odd.stderr
    past = qihui("announce", "start", announcement_id, "--by", "Li", "--at", "2020-01-01T10:00")
    assert "The start has passed" in past.stderr
    assert qihui("announce", "start", announcement_id, "--by", "Li", "--at", "2090-01-01T10:00").exit_code == 0


def test_status_is_quiet_and_then_rings(town: Town) -> None:
    quiet = qihui("status", "--json")
    assert quiet.exit_code == 0, quiet.output
    assert json.loads(quiet.output)["alarms"] == []
    with town.database.transaction() as session:
        from datetime import timedelta

        from bot.job_book import register
        from bot.jobs import Job

        register(session, [Job("sweep", timedelta(hours=1), lambda _now: {})], town.clock.now() - timedelta(hours=3))
    rings = qihui("status")
    assert rings.exit_code == 1
    assert "ALARM The job sweep has not run for 180 minutes." in rings.output
