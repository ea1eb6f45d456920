"""Worked cases of the immunization and the check-up calendar, read from tables that a nurse can check."""

import json
import random
import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.forecast_rows import checkup_row, contract, immunization_row
from knowledge.data_folder import DATA
from knowledge.load import read_sources
from knowledge.load_calendars import load_calendars


def cases(name: str) -> list[dict]:
    return yaml.safe_load((Path(__file__).parent / "cases" / f"{name}.yaml").read_text(encoding="utf-8"))


IMMUNIZATION, CHECKUPS = cases("immunization"), cases("checkups")
CALENDARS = load_calendars()
TODAY = date(2026, 11, 24)
NOT_INPUTS = {"says", "expect", "source", "day"}
DOSE_FIELDS = ["code", "dose", "status", "earliest", "recommended", "overdue_from", "latest", "via", "reason"]


def row_of(case: dict) -> dict:
    inputs = {name: value for name, value in case.items() if name not in NOT_INPUTS}
    return json.loads(json.dumps(inputs | {"on": case["day"]}, default=str))  # YAML would read "on" as true


def forecast(case: dict) -> dict:
    if case in CHECKUPS:
        return contract(checkup_row(row_of(case), CALENDARS.checkups, TODAY))
    return contract(immunization_row(row_of(case), CALENDARS.schedule, TODAY))


@pytest.mark.parametrize("case", IMMUNIZATION + CHECKUPS, ids=lambda case: case["says"])
def test_the_calendar_says_what_the_nurse_says(case: dict) -> None:
    doses = {f"{dose['code']} {dose['dose']}": dose for dose in forecast(case)["doses"]}
    for name, wanted in case["expect"].items():
        status, *rest = wanted.split()
        if status == "absent":
            assert name not in doses
            continue
        dose = doses[name]
        assert dose["status"] == status, (name, dose)
        for item in rest:
            field, _, value = item.rpartition("=")
            assert dose[field or "earliest"] == (None if value == "-" else value), (name, item, dose)


@pytest.mark.parametrize("case", IMMUNIZATION + CHECKUPS, ids=lambda case: case["says"])
def test_every_row_keeps_the_contract_and_gives_its_reason_with_a_source_in_both_languages(case: dict) -> None:
    known = set(read_sources(DATA))
    answer = forecast(case)
    assert list(answer) == ["doses", "next"]
    for dose in answer["doses"]:
        assert list(dose) == DOSE_FIELDS
        zh, en = dose["reason"].split("\n")
        assert re.search(r"[\u4e00-\u9fff]", zh)
        assert not re.search(r"[\u4e00-\u9fff{}]", en)
        for line in (zh, en):
            cited = re.findall(r"\[([^\]]+)\]", line)
            assert cited
            assert {source for ids in cited for source in ids.split(", ")} <= known
    missing = {"due", "late", "overdue", "upcoming", "hold"}
    assert all(dose in answer["doses"] and dose["status"] in missing for dose in answer["next"])
    days = [dose["earliest"] or "9999" for dose in answer["next"]]
    assert days == sorted(days)


@pytest.mark.parametrize("case", IMMUNIZATION, ids=lambda case: case["says"])
def test_the_order_of_the_record_does_not_matter(case: dict) -> None:
    row = row_of(case)
    given = [(code, day) for code, days in row.get("given", {}).items() for day in days]
    random.Random(1).shuffle(given)
    mixed: dict[str, list[str]] = {}
    for code, day in given:
        mixed.setdefault(code, []).append(day)
    changed = immunization_row({**row, "given": mixed}, CALENDARS.schedule, TODAY)
    assert changed == immunization_row(row, CALENDARS.schedule, TODAY)


@pytest.mark.parametrize(("table", "least"), [(IMMUNIZATION, 120), (CHECKUPS, 30)])
def test_there_are_enough_cases_and_each_has_its_source(table: list[dict], least: int) -> None:
    assert len(table) >= least
    assert len({case["says"] for case in table}) == len(table)
    known = set(read_sources(DATA)) | {"OWN"}
    for case in table:
        assert {part.split()[0] for part in case["source"].split("; ")} <= known, case["says"]


def test_what_is_next_comes_soonest_first_with_mmr_first_and_self_paid_last_on_one_day() -> None:
    case = {"says": "", "born": "2026-03-15", "day": "2026-11-15", "opt_in": ["EV71"]}
    codes = [dose["code"] for dose in forecast(case)["next"]]
    assert codes.index("MMR") < codes.index("JE-L")
    case = {"says": "", "born": "2026-03-15", "day": "2026-09-15", "opt_in": ["EV71"]}
    codes = [dose["code"] for dose in forecast(case)["next"]]
    assert codes.index("MPSV-A") < codes.index("EV71")
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("flag", sorted(CALENDARS.schedule.flags))
def test_no_message_names_a_condition(flag: str) -> None:
    answer = immunization_row({"born": "2026-03-15", "flags": [flag], "opt_in": ["RV5"]}, CALENDARS.schedule, TODAY)
    for dose in answer["doses"]:
        assert not re.search(r"HIV|艾滋|免疫缺陷|immunodefic|阳性|positive|2000", dose["reason"]), dose["reason"]


def _given(case: dict) -> list[tuple[str, date]]:
    return [(code, day) for code, days in case.get("given", {}).items() for day in days]


SITUATIONS = {
    "on time": lambda case: any(wanted.startswith("due") for wanted in case["expect"].values()),
    "late": lambda case: any(wanted.startswith(("late", "overdue")) for wanted in case["expect"].values()),
    "too early to count": lambda case: "不算" in case["says"],
    "mixed products": lambda case: len({code for code, _ in _given(case)} & {"IPV", "bOPV", "PENTA"}) > 1,
    "DTaP before 2025": lambda case: any(code == "DTaP" and day < date(2025, 1, 1) for code, day in _given(case)),
    "month ends": lambda case: case["born"].day == 31,
    "29 February": lambda case: (case["born"].month, case["born"].day) == (2, 29),
    "live vaccines apart": lambda case: "live" in case["source"],
    "last days of RV5": lambda case: "RV5" in case.get("opt_in", []) and re.search(r"第(84|85|224|225)天", case["says"]),
    "BCG from 3 months": lambda case: case["expect"].get("BCG 1", "").startswith("hold") and "3个月" in case["says"],
    "MPSV-A from 24 months": lambda case: (
        case["expect"].get("MPSV-A 1", case["expect"].get("MPSV-A 2", "")).startswith("not_applicable")
        and (case["day"] - case["born"]).days >= 730
    ),
}  # fmt: skip


@pytest.mark.parametrize("situation", SITUATIONS)
def test_each_situation_that_a_nurse_asks_about_is_in_the_table_with_its_source(situation: str) -> None:
    rows = [case for case in IMMUNIZATION if SITUATIONS[situation](case)]
    assert rows
    assert all(case["source"] for case in rows)
