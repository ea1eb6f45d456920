"""The alarms on silence: the table of cases, and what a snapshot of both databases says."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.jobs import Standing
from bot.outreach.alarms import Certainty, LateTicket, Snapshot, alarms

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CASES = yaml.safe_load((Path(__file__).parent / "cases" / "alarms.yaml").read_text(encoding="utf-8"))
INSTANTS = ("watched_since", "last_nudge_at", "oldest_due_at", "oldest_unknown_at", "index_behind_since")


def span(text: str) -> timedelta:
    unit = {"h": "hours", "m": "minutes", "s": "seconds"}[text[-1]]
    return timedelta(**{unit: int(text[:-1])})


def job(written: list[Any]) -> Standing:
    name, every, started, known, outcome = written
    return Standing(
        name,
        span(every),
        NOW - span(known),
        started_at=None if started == "never" else NOW - span(started),
        last_outcome=outcome,
        last_error="LookupError" if outcome == "failed" else None,
    )


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_an_alarm_stands_when_something_did_not_happen(case: dict[str, Any]) -> None:
    given = {key: value for key, value in case.items() if key not in {"id", "expect", "jobs"}}
    for name in INSTANTS:
        if name in given:
            given[name] = NOW - span(given[name])
    if "late_tickets" in given:
        given["late_tickets"] = [
            LateTicket(label, minutes, how != "calm", claimed=False, late=how != "just_came")
            for label, minutes, how in given["late_tickets"]
        ]
    for name in ("sure_now", "sure_before"):
        if name in given:
            given[name] = Certainty(*given[name])
    snapshot = Snapshot(NOW, jobs=[job(written) for written in case.get("jobs", ())], **given)
    assert [f"{alarm.name} {alarm.about}".strip() for alarm in alarms(snapshot)] == case["expect"]


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES) >= 20
