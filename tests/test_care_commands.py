"""`qihui immunization` and `qihui checkups` keep their contract: what they print, where, and with which exit code."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.calendar_benchmark import calendar_figures, made_up_records
from bot.cli import app

runner = CliRunner()
FIELDS = {"code", "dose", "status", "earliest", "recommended", "overdue_from", "latest", "via", "reason"}


def run(*arguments: str) -> tuple[int, str, str]:
    done = runner.invoke(app, list(arguments))
    return done.exit_code, done.stdout, done.stderr


def test_one_child_as_json_alone() -> None:
    code, out, err = run(
        *("immunization", "forecast", "--born", "2026-03-15", "--on", "2026-11-24", "--gestation-weeks", "36"),
        *("--given", "HepB:2026-03-15", "--given", "BCG:2026-03-15", "--json"),
    )
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert list(answer) == ["doses", "next"]
    assert all(set(dose) == FIELDS for dose in (*answer["doses"], *answer["next"]))
    assert [d["status"] for d in answer["doses"] if d["code"] == "HepB"] == ["done", "late", "upcoming"]


def test_several_doses_may_follow_one_given() -> None:
    one = run("immunization", "forecast", "--born", "2026-03-15", "--on", "2026-11-24", "--json", "--given", "HepB:2026-03-15", "--given", "HepB:2026-04-15")  # fmt: skip
    other = run("immunization", "forecast", "--born", "2026-03-15", "--on", "2026-11-24", "--json", "--given", "HepB:2026-03-15", "HepB:2026-04-15")  # fmt: skip
    assert one == other
    assert one[0] == 0


def test_a_reader_gets_both_languages_or_the_one_asked_for_and_the_notes() -> None:
    arguments = ("immunization", "forecast", "--born", "2022-03-15", "--on", "2026-11-24")
    _, both, _ = run(*arguments)
    assert "七会主要陪伴0到3岁" in both
    assert "This guide is for 0 to 3" in both
    _, english, _ = run(*arguments, "--lang", "en")
    assert "七会主要陪伴" not in english
    code, chinese, _ = run(
        *arguments, "--lang", "zh", "--flag", "immunodeficiency", "--variant", "JE:JE-I", "--opt-in", "FLU"
    )
    assert code == 0
    assert "JE-I 1" in chinese
    assert "FLU 1" in chinese


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--born", "2026-13-01"), "born: '2026-13-01' is no day; write it like 2026-03-01"),
        (("--born", "2027-01-01", "--on", "2026-11-24"), "lies after 2026-11-24"),
        (("--born", "2026-03-15", "--on", "2026-11-24", "--given", "XX:2026-04-01"), "unknown vaccine XX"),
        (("--born", "2026-03-15", "--on", "2026-11-24", "--given", "HepB"), "must be written like HepB:2026-03-01"),
        (("--born", "2026-03-15", "--given", "HepB:2026-03-15", "HepB:2026-03-15"), "keep it once"),
        (("--born", "2010-03-15", "--on", "2026-11-24"), "children up to 6 years"),
    ],
)
def test_what_cannot_be_true_is_refused_with_one_sentence(arguments: tuple[str, ...], says: str) -> None:
    code, out, err = run("immunization", "forecast", "--json", *arguments)
    assert (code, out) == (1, "")
    assert err.startswith("qihui: ")
    assert says in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", [(), ("--born", "2026-01-01", "--batch", "x"), ("--batch", "x"), ("--gestation-weeks", "x")])  # fmt: skip
def test_wrong_usage_has_exit_code_2(arguments: tuple[str, ...]) -> None:
    for command in ("immunization", "checkups"):
        assert run(command, "forecast", *arguments)[0] == 2


def written(folder: Path, *rows: object) -> tuple[Path, Path]:
    source = folder / "in.jsonl"
    source.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows), encoding="utf-8")
    return source, folder / "out.jsonl"


def test_a_file_of_children_keeps_order_and_ids(tmp_path: Path) -> None:
    source, target = written(
        tmp_path,
        {"id": "a", "born": "2026-03-15", "on": "2026-11-24", "given": {"MMR": ["2026-11-20"]}},
        "",
        {"id": 2, "born": "2026-09-01", "on": "2026-11-24", "given": {}, "opt_in": ["RV5"], "flags": []},
        {"id": "c", "born": "2026-03-15", "on": "2026-11-24", "variants": {"JE": "JE-I"}, "gestation_weeks": None, "lang": "en"},
    )  # fmt: skip
    code, out, err = run("immunization", "forecast", "--batch", str(source), "--out", str(target))
    assert (code, out) == (0, "")
    assert "3 forecast, 0 refused" in err
    answers = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [answer["id"] for answer in answers] == ["a", 2, "c"]
    assert all(list(answer) == ["id", "doses", "next"] for answer in answers)
    assert {d["code"] for d in answers[1]["doses"]} >= {"RV5"}
    assert {d["code"] for d in answers[2]["doses"]} >= {"JE-I"}
    assert "\n" not in answers[2]["doses"][0]["reason"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"on": "2026-11-24"}, "born is missing"),
        ({"born": "2026-03-15", "given": {"MMR": ["soon"]}}, "given, MMR: 'soon' is no day"),
        ({"born": "2026-03-15", "given": ["MMR"]}, "given must be an object"),
        ({"born": "2026-03-15", "given": {"MMR": 5}}, "write a list of days"),
        ({"born": "2026-03-15", "flag": ["x"]}, "did you mean 'flags'"),
        ({"born": "2026-03-15", "flags": "x"}, "flags must be a list"),
        ({"born": "2026-03-15", "flags": ["immunoglobulin:soon"]}, "flags, immunoglobulin: 'soon'"),
        ({"born": "2026-03-15", "gestation_weeks": "36"}, "whole number"),
        ({"born": "2026-03-15", "lang": "fr"}, "lang is zh or en"),
        ({"born": "2026-03-15", "opt_in": ["XX"]}, "unknown self-paid vaccine XX"),
    ],
)
def test_a_child_that_cannot_be_judged_is_refused_alone(tmp_path: Path, row: dict, says: str) -> None:
    source, target = written(tmp_path, {"id": "good", "born": "2026-03-15"}, {"id": "bad", **row})
    code, _, err = run("immunization", "forecast", "--batch", str(source), "--out", str(target))
    assert code == 1
    assert "1 forecast, 1 refused" in err
    good, bad = (json.loads(line) for line in target.read_text(encoding="utf-8").splitlines())
    assert good["doses"]
    assert set(bad) == {"id", "error"}
    assert says in bad["error"]


@pytest.mark.parametrize(("line", "says"), [("{", "in.jsonl:2: not JSON"), ("[]", "in.jsonl:2: write an object")])
def test_a_file_that_is_no_list_of_children_is_refused_whole(tmp_path: Path, line: str, says: str) -> None:
    source, target = written(tmp_path, {"id": "good", "born": "2026-03-15"}, line)
    code, _, err = run("immunization", "forecast", "--batch", str(source), "--out", str(target))
    assert code == 1
    assert says in err
    assert not target.exists()
    assert "cannot be read" in run("checkups", "forecast", "--batch", str(tmp_path / "no"), "--out", str(target))[2]


def test_checkups_have_the_same_shape(tmp_path: Path) -> None:
    code, out, _ = run("checkups", "forecast", "--born", "2026-05-24", "--on", "2026-11-24", "--json", "--given", "d28:2026-06-22", "--clinic-date", "m6:2026-12-05", "--discharged", "2026-05-27")  # fmt: skip
    assert code == 0
    answer = json.loads(out)
    assert all(set(dose) == FIELDS for dose in answer["doses"])
    assert [(d["code"], d["status"], d["earliest"]) for d in answer["next"]] == [("m6", "upcoming", "2026-12-05")]
    source, target = written(
        tmp_path, {"id": 1, "born": "2026-05-24", "on": "2026-11-24", "given": {"m3": ["2026-08-25"]}}
    )
    assert run("checkups", "forecast", "--batch", str(source), "--out", str(target))[0] == 0
    (line,) = target.read_text(encoding="utf-8").splitlines()
    assert {d["code"]: d["status"] for d in json.loads(line)["doses"]}["m3"] == "done"


def test_a_visit_is_described_in_the_language_asked_for() -> None:
    assert "带什么" in run("checkups", "visit", "m6")[1]
    assert "What happens" in run("checkups", "visit", "y4_y5_y6", "--lang", "en")[1]
    code, _, err = run("checkups", "visit", "m7")
    assert code == 1
    assert "unknown check-up m7" in err


def test_the_calendar_figures_are_measured_on_the_same_children_each_time() -> None:
    assert made_up_records(50) == made_up_records(50)
    figures = calendar_figures(children=200)
    assert all(value > 0 for value in figures.values())
    assert figures["one child, immunization forecast ms"] < 100
