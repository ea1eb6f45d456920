"""Doses typed off the vaccination book are read, and what is unclear is asked back, never guessed."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from knowledge.dose_lines import DoseLine, UnreadLine, read_dose_lines
from knowledge.faults import GuideFault
from knowledge.load_calendars import load_calendars
from knowledge.spoken_day import day_alone
from knowledge.vaccine_names import read_vaccine_names

TODAY, BORN = date(2026, 11, 24), date(2026, 1, 15)
CASES = yaml.safe_load((Path(__file__).parent / "cases" / "dose_lines.yaml").read_text(encoding="utf-8"))
CALENDARS = load_calendars()


@pytest.mark.parametrize("case", CASES, ids=[case["says"] for case in CASES])
def test_typed_doses_are_understood(case: dict) -> None:
    read = read_dose_lines(case["says"], CALENDARS.names, case.get("born", BORN), TODAY)
    assert [(one.code, one.on) for one in read if isinstance(one, DoseLine)] == [
        tuple(d) for d in case.get("doses", [])
    ]
    assert [one.why for one in read if isinstance(one, UnreadLine)] == case.get("unread", [])
    assert bool(case.get("none")) == (not read)


@given(st.sampled_from(sorted(CALENDARS.schedule.products)), st.dates(BORN, TODAY))
def test_every_code_and_every_name_with_a_day_reads_back(code: str, day: date) -> None:
    product = CALENDARS.schedule.products[code]
    for name in (code, product.name_zh, product.name_en):
        read = read_dose_lines(f"{name} {day.isoformat()}", CALENDARS.names, BORN, TODAY)
        assert read == (DoseLine(code, day),), name


@given(st.text(max_size=60))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    for one in read_dose_lines(text, CALENDARS.names, BORN, TODAY):
        assert isinstance(one, UnreadLine) or one.code in CALENDARS.schedule.products


@pytest.mark.parametrize(
    ("typed", "side", "day"),
    [
        ("12月3日", "future", date(2026, 12, 3)), ("1月5号", "future", date(2027, 1, 5)), ("明天", "future", date(2026, 11, 25)),
        ("3 Dec", "future", date(2026, 12, 3)), ("2026-12-03", "future", date(2026, 12, 3)), ("前天", "past", date(2026, 11, 22)),
        ("是11月20号打的", "past", date(2026, 11, 20)), ("宝宝11月20号发烧", "past", None), ("随便", "past", None),
    ],
)  # fmt: skip
def test_a_day_alone_is_read_on_its_side_of_today(typed: str, side: str, day: date | None) -> None:
    bounds = (BORN, TODAY) if side == "past" else (TODAY, date(2032, 1, 1))
    found = day_alone(typed, *bounds, side, BORN)
    assert (found.day if found else None) == day


def test_a_name_for_two_vaccines_is_refused_when_the_file_is_read() -> None:
    products = CALENDARS.schedule.products
    with pytest.raises(GuideFault, match="stands for"):
        read_vaccine_names({"names": {"HepB": ["x"], "BCG": ["x"]}}, "f", products)
    with pytest.raises(GuideFault, match="no vaccine of the calendar"):
        read_vaccine_names({"names": {"XYZ": ["x"]}}, "f", products)
