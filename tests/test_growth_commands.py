"""`qihui growth` and `qihui milestones`: JSON alone, one sentence for what is wrong, exit codes, pictures."""

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app

runner = CliRunner()
BOY = ["growth", "--sex", "m", "--born", "2025-11-24", "--on", "2026-11-24"]


def test_growth_prints_json_alone_with_every_measure() -> None:
    done = runner.invoke(app, [*BOY, "--weight-kg", "9.6", "--length-cm", "75", "--head-cm", "46", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert {name: one["z"] for name, one in found["measures"].items()} == pytest.approx(
        {"weight_for_age": -0.044, "length_for_age": -0.311, "head_for_age": -0.05, "weight_for_length": 0.122}
    )
    assert found["age"]["used"] == "chronological"
    assert found["doubts"] == found["crossings"] == []
    assert "100个" in found["text"]


def test_growth_shows_both_ages_of_a_child_born_early() -> None:
    arguments = ["growth", "--sex", "f", "--born", "2026-05-01", "--on", "2026-11-24", "--gestation-weeks", "32"]
    found = json.loads(runner.invoke(app, [*arguments, "--weight-kg", "5.8", "--json"]).stdout)
    weight = found["measures"]["weight_for_age"]
    assert found["age"]["used"] == "corrected"
    assert found["age"]["corrected"]["months"] == 4
    assert weight["z"] > weight["z_chronological"]


def test_a_doubt_is_asked_and_no_picture_is_drawn_until_it_is_settled(tmp_path: Path) -> None:
    picture = tmp_path / "chart.png"
    done = runner.invoke(app, [*BOY, "--weight-kg", "85", "--json", "--png", str(picture)])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["doubts"][0]["slips"][0] == {"kind": "decimal_point", "value": 8.5}
    assert "no picture drawn" in done.stderr
    assert not picture.exists()
    done = runner.invoke(app, [*BOY, "--weight-kg", "15.5", "--confirmed", "--png", str(picture)])
    assert done.exit_code == 0, done.output
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_earlier_measurements_are_read_and_drawn(tmp_path: Path) -> None:
    picture = tmp_path / "chart.png"
    earlier = ["--earlier", "2026-06-01,weight-kg=8.4", "--earlier", "2026-03-01,weight-kg=6.4,length-cm=62,head-cm=41"]
    done = runner.invoke(app, [*BOY, "--weight-kg", "8.4", *earlier, "--json", "--png", str(picture), "--lang", "en"])
    assert done.exit_code == 0, done.output
    (crossing,) = json.loads(done.stdout)["crossings"]
    assert crossing == {"measure": "weight_for_age", "since": "2026-06-01", "direction": "down"}
    assert picture.exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([*BOY], "nothing was measured"),
        ([*BOY, "--weight-kg", "-3"], "weight -3.0 cannot be"),
        ([*BOY, "--weight-kg", "nan"], "weight nan cannot be"),
        ([*BOY[:4], "2025-13-01", "--weight-kg", "9"], "--born '2025-13-01' is no date"),
        ([*BOY[:4], "2027-01-01", "--on", "2026-11-24", "--weight-kg", "9"], "lies after"),
        ([*BOY[:4], "2019-01-01", "--on", "2026-11-24", "--weight-kg", "20"], "ends at 5 years"),
        ([*BOY, "--weight-kg", "9", "--gestation-weeks", "7"], "gestation of 7 weeks cannot be"),
        ([*BOY, "--weight-kg", "9", "--earlier", "2026-05-01,weight=7"], "weight is not one of"),
        ([*BOY, "--weight-kg", "9", "--earlier", "2026-05-01,weight-kg=x"], "is not like weight-kg=7.5"),
        ([*BOY, "--weight-kg", "9", "--earlier", "soon"], "--earlier 'soon' is no date"),
        ([*BOY, "--weight-kg", "9", "--earlier", "2026-12-01,weight-kg=9"], "check the dates"),
        ([*BOY, "--weight-kg", "9.6", "--png", "/no/such/folder/x.png"], "cannot be written"),
        (["milestones", "--born", "2020-01-01", "--on", "2026-11-24"], "these lists end before 48 months"),
        (["milestones", "--born", "2026-01-01", "--on", "2026-11-24", "--answer", "w8a=maybe"], "is not like w12a=yes"),
        (["milestones", "--born", "2026-01-01", "--on", "2026-11-24", "--answer", "w3a=yes"], "w3a is not asked"),
    ],
)
def test_a_wrong_input_gets_one_sentence_and_exit_code_1(arguments: list[str], complaint: str) -> None:
    done = runner.invoke(app, arguments)
    assert done.exit_code == 1, done.output
    assert done.stderr.startswith("qihui: ")
    assert complaint in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_wrong_usage_is_exit_code_2() -> None:
    assert runner.invoke(app, ["growth", "--sex", "x", "--born", "2025-11-24"]).exit_code == 2
    assert runner.invoke(app, ["milestones"]).exit_code == 2


def test_milestones_ask_and_then_say_what_follows() -> None:
    base = ["milestones", "--born", "2025-11-24", "--on", "2026-11-24"]
    asked = json.loads(runner.invoke(app, [*base, "--json"]).stdout)
    assert [one["id"] for one in asked["questions"]] == ["w12a", "w12b", "w12c", "w12d", "lost_skill"]
    assert asked["result"] is None
    assert asked["doing"][0]["sources"] == ["CDCMS22"]
    done = runner.invoke(app, [*base, "--answer", "w12a=yes", "--lang", "en"])
    assert done.exit_code == 0
    assert "no response to the own name" in done.stdout


def test_today_is_the_day_when_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.clock.SystemClock.today", lambda _: date(2026, 11, 24))
    done = runner.invoke(app, ["milestones", "--born", "2026-05-24", "--json"])
    assert json.loads(done.stdout)["age"]["months"] == 6
