"""The calendars' data: every field is used or refused; a record that cannot be true is refused with one sentence."""

import copy
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge.calendar_days import Span, read_span
from knowledge.checkup_file import CHECKUP_SENTENCES, read_checkups
from knowledge.checkup_forecast import CheckupRecord, forecast_checkups
from knowledge.checkup_words import visit_page
from knowledge.data_folder import DATA, read_yaml
from knowledge.faults import GuideFault, RecordFault
from knowledge.immunization_forecast import forecast_immunizations
from knowledge.load_calendars import load_calendars
from knowledge.schedule_file import FILES, read_schedule
from knowledge.sentence_file import SENTENCE_FILE, SENTENCES, read_sentences
from knowledge.vaccine_record import GivenDose, VaccineRecord

CALENDARS = load_calendars()
SCHEDULE, CHECKUPS = CALENDARS.schedule, CALENDARS.checkups
RAW = {name: read_yaml(DATA / "immunization" / name, DATA) for name in FILES}
RAW_CHECKUPS = read_yaml(DATA / "checkups" / "checkups.yaml", DATA)
BORN, ON = date(2026, 3, 15), date(2026, 11, 24)


def mappings(raw: Any, path: tuple = ()) -> Iterator[tuple]:
    """Where the mappings of a file are, but for lists of names (choices, flags) whose keys are data themselves."""
    if isinstance(raw, dict):
        if path[-1:] not in {("choices",), ("flags",)}:
            yield path
        for key, value in raw.items():
            yield from mappings(value, (*path, key))
    elif isinstance(raw, list):
        for place, value in enumerate(raw):
            yield from mappings(value, (*path, place))


def at(raw: Any, path: tuple) -> Any:
    for step in path:
        raw = raw[step]
    return raw


@pytest.mark.parametrize("file", FILES)
def test_an_unknown_field_is_refused_wherever_it_stands(file: str) -> None:
    for path in mappings(RAW[file]):
        changed = copy.deepcopy(RAW)
        at(changed[file], path)["surprise"] = 1
        with pytest.raises(GuideFault, match="unknown field surprise") as caught:
            read_schedule(changed, SCHEDULE.sentences)
        assert caught.value.problems[0].file == file


def test_an_unknown_field_of_the_checkups_is_refused_wherever_it_stands() -> None:
    for path in mappings(RAW_CHECKUPS):
        changed = copy.deepcopy(RAW_CHECKUPS)
        at(changed, path)["surprise"] = 1
        with pytest.raises(GuideFault, match="unknown field surprise"):
            read_checkups(changed, CHECKUPS.sentences)


@pytest.mark.parametrize("file", FILES)
def test_every_field_is_used(file: str) -> None:
    """Taking any single field away is refused or changes the schedule: none is read and then forgotten."""
    for path in mappings(RAW[file]):
        for name in at(RAW[file], path):
            changed = copy.deepcopy(RAW)
            del at(changed[file], path)[name]
            try:
                assert read_schedule(changed, SCHEDULE.sentences) != SCHEDULE, (path, name)
            except GuideFault:
                continue


@pytest.mark.parametrize(
    ("file", "path", "value", "says"),
    [
        ("cn-2026.yaml", ("series", 0, "doses", 1, "min_age"), "one month", "is no length of time"),
        ("cn-2026.yaml", ("series", 0, "doses", 1, "n"), 3, "n must be 2"),
        ("cn-2026.yaml", ("series", 0, "doses", 1, "min_age"), "2m", "min_age <= recommended_age"),
        ("cn-2026.yaml", ("series", 1, "doses", 0, "complete_before"), "0d", "lie after min_age"),
        ("cn-2026.yaml", ("series", 0, "live"), "yes", "one of no, injected, oral, by_dose"),
        ("cn-2026.yaml", ("series", 1, "code"), "HepB", "stands twice"),
        ("cn-2026.yaml", ("series", 2, "doses", 0, "product"), "OPV", "no vaccine has the code OPV"),
        ("cn-2026.yaml", ("in_force_from",), "soon", "write a day"),
        ("shanghai.yaml", ("choices", "JE"), "MMR", "MMR is no choice for JE"),
        ("shanghai.yaml", ("notes", 0, "sentence"), "nothing", "no sentence nothing"),
        ("self-paid.yaml", ("series", 0, "counts_for", 0, "series"), "DPT", "counts for DPT, which no file lists"),
        ("special-groups.yaml", ("schedules", 0, "when_all"), ["tired"], "no flag is called tired"),
    ],
)
def test_a_senseless_value_is_refused_with_its_place(file: str, path: tuple, value: object, says: str) -> None:
    changed = copy.deepcopy(RAW)
    at(changed[file], path[:-1])[path[-1]] = value
    with pytest.raises(GuideFault) as caught:
        read_schedule(changed, SCHEDULE.sentences)
    assert says in str(caught.value)


def test_sentences_are_complete_in_both_languages_and_fill_in_what_their_rule_gives() -> None:
    raw = read_yaml(DATA / "immunization" / SENTENCE_FILE, DATA)
    assert set(read_sentences(raw, SENTENCES)) == set(SENTENCES)
    for change, says in (
        (lambda r: r.pop("late"), "the sentence late is missing"),
        (lambda r: r.update(extra={}), "no rule uses the sentence extra"),
        (lambda r: r["age"].update(en="May be given."), "age fills in age, earliest"),
        (lambda r: r["age"].pop("zh"), "the field zh is missing"),
    ):
        changed = copy.deepcopy(raw)
        change(changed)
        with pytest.raises(GuideFault, match=says):
            read_sentences(changed, SENTENCES)
    assert set(CHECKUPS.sentences) == set(CHECKUP_SENTENCES)


def test_a_source_that_nobody_lists_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for name in ("immunization", "checkups"):
        shutil.copytree(DATA / name, data / name)
    sources = (DATA / "sources.yaml").read_text(encoding="utf-8")
    (data / "sources.yaml").write_text(sources.replace("  SHVAR18:", "  SHVAR99:"), encoding="utf-8")
    with pytest.raises(GuideFault, match="cites SHVAR18 in immunization \\(VAR\\)"):
        load_calendars(data)


@pytest.mark.parametrize("text", ["", "8", "8 m", "m", "-1d", "1h", None, 3, "8m7d8m"])
def test_a_malformed_span_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="is no length of time"):
        read_span(text)


def test_spans_are_read_and_said() -> None:
    assert [read_span(text) for text in ("24h", "6w", "8m+7d", "13y6m")] == [
        Span(0, 1),
        Span(0, 42),
        Span(8, 7),
        Span(162, 0),
    ]
    assert read_span("4y").age_words("zh") == "4岁"
    assert read_span("3y").words("zh") == "3年"
    assert read_span("8m+7d").words("en") == "8 months and 7 days"
    assert read_span("1m").words("en") == "1 month"
    assert read_span("24h").age_words("en") == "24 hours"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"born_on": date(2026, 12, 1)}, "lies after"),
        ({"born_on": date(2018, 11, 24)}, "children up to 6 years"),
        ({"gestation_weeks": 12}, "completed weeks from 22 to 44"),
        ({"given": (GivenDose(date(2026, 3, 14), "HepB"),)}, "lies before the birth"),
        ({"given": (GivenDose(date(2026, 11, 25), "HepB"),)}, "record it once it is done"),
        ({"given": (GivenDose(BORN, "HepB"), GivenDose(BORN, "HepB"))}, "stands 2 times; keep it once"),
        ({"given": (GivenDose(BORN, "HEPB"),)}, "unknown vaccine HEPB; known: BCG"),
        ({"flags": frozenset({"tired"})}, "unknown flag tired"),
        ({"opt_in": frozenset({"XYZ"})}, "unknown self-paid vaccine XYZ"),
        ({"variants": {"MMR": "MR"}}, "unknown variant MMR"),
        ({"variants": {"JE": "MMR"}}, "unknown product for JE: MMR"),
        ({"immunoglobulin_on": (date(2027, 1, 1),)}, "lies after"),
    ],
)
def test_a_record_that_cannot_be_true_is_refused_in_both_languages(change: dict, says: str) -> None:
    record = VaccineRecord(**{"born_on": BORN, **change})
    with pytest.raises(RecordFault) as caught:
        forecast_immunizations(record, SCHEDULE, ON)
    assert says in caught.value.en
    assert caught.value.zh.endswith("。")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"done": {"m99": (BORN,)}}, "unknown check-up m99"),
        ({"done": {"m3": (ON, ON)}}, "stands 2 times"),
        ({"done": {"m3": (date(2026, 3, 1),)}}, "lies before the birth"),
        ({"clinic_dates": {"m6": date(2026, 1, 1)}}, "lies before the birth"),
        ({"discharged_on": date(2027, 1, 1)}, "lies after"),
        ({"gestation_weeks": 60}, "completed weeks"),
    ],
)
def test_a_check_up_record_that_cannot_be_true_is_refused(change: dict, says: str) -> None:
    with pytest.raises(RecordFault) as caught:
        forecast_checkups(CheckupRecord(**{"born_on": BORN, **change}), CHECKUPS, ON)
    assert says in caught.value.en


def test_the_scope_is_told_kindly_from_three_years_on() -> None:
    def notes(born_on: date) -> list[str]:
        return [note.name for note in forecast_immunizations(VaccineRecord(born_on), SCHEDULE, ON).notes]

    assert notes(date(2023, 11, 25)) == []
    assert notes(date(2023, 11, 24)) == ["over_three_note"]
    assert notes(date(2019, 11, 24)) == ["over_six_note"]
    recorded = VaccineRecord(BORN, (GivenDose(ON, "EV71"),), gestation_weeks=33)
    assert [n.name for n in forecast_immunizations(recorded, SCHEDULE, ON).notes] == ["preterm_note", "unlisted_note"]


def test_a_dose_that_does_not_count_is_named_with_its_reason() -> None:
    record = VaccineRecord(BORN, (GivenDose(date(2026, 5, 14), "DTaP"),))
    forecast = forecast_immunizations(record, SCHEDULE, ON)
    (missed,) = forecast.not_counted
    assert (missed.series, missed.why, missed.earliest_on) == ("DTaP", "early", date(2026, 5, 15))
    row = next(row for row in forecast.rows if (row.code, row.dose) == ("DTaP", 1))
    assert row.reasons[0].name == "not_counted_early"


def test_what_rests_on_hearsay_says_so() -> None:
    record = VaccineRecord(
        date(2026, 1, 1), (GivenDose(date(2026, 5, 10), "HepB"), GivenDose(date(2026, 6, 10), "HepB"))
    )
    row = next(r for r in forecast_immunizations(record, SCHEDULE, ON).rows if (r.code, r.dose) == ("HepB", 3))
    assert [reason.name for reason in row.reasons][:2] == ["interval_from_first", "to_verify"]


@pytest.mark.parametrize("visit", CHECKUPS.visits, ids=lambda visit: f"{visit.code}-{visit.n}")
def test_every_visit_says_what_happens_what_to_bring_and_what_to_ask(visit: Any) -> None:
    assert all(part in visit_page(visit, CHECKUPS, "zh") for part in ("时间：", "做什么：", "带什么：", "可以问："))
    assert all(part in visit_page(visit, CHECKUPS, "en") for part in ("When:", "What happens:", "Bring:", "Ask:"))


def test_the_promised_items_are_in_the_visits() -> None:
    told = {f"{visit.code}": "；".join(visit.what.zh) for visit in CHECKUPS.visits}
    eye = [code for code, what in told.items() if "眼睛" in what]
    assert set(eye) >= {"home_visit", "d28", "m3", "m6", "m8", "m12", "m18", "m24", "m30", "m36"}
    assert [code for code, what in told.items() if "听" in what and code.startswith("m")] == ["m6", "m12", "m24", "m36"]
    assert [code for code, what in told.items() if "血" in what and code.startswith("m")] == ["m6", "m8", "m18", "m30"]
    assert all("预警征象" in told[f"m{month}"] for month in (3, 6, 8, 12, 18, 24, 30, 36))
    assert all("牙" in told[f"m{month}"] for month in (12, 18, 24, 30, 36))
