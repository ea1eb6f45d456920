"""A birth date is read as parents type it; what is unclear is asked back, never guessed."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from knowledge.birth_date import Born, DayMissing, NoBirthDate, WhichDate, completed_months, read_birth_date
from knowledge.districts import DISTRICTS, district_named

TODAY = date(2026, 11, 24)
CASES = yaml.safe_load((Path(__file__).parent / "cases" / "birth_date.yaml").read_text(encoding="utf-8"))
PAST_DAYS = st.dates(TODAY - timedelta(days=6 * 365), TODAY)


@pytest.mark.parametrize("case", CASES, ids=[case["says"] for case in CASES])
def test_a_typed_birth_date_is_understood(case: dict) -> None:
    ((kind, expected),) = [(key, value) for key, value in case.items() if key != "says"]
    wanted = {
        "born": lambda: Born(expected),
        "approx": lambda: Born(expected, approximate=True),
        "which": lambda: WhichDate(tuple(expected)) if len(expected) > 1 else Born(expected[0]),
        "day": lambda: DayMissing(*expected),
        "refused": lambda: NoBirthDate(expected),
        "none": lambda: None,
    }[kind]()
    assert read_birth_date(str(case["says"]), TODAY) == wanted


@given(PAST_DAYS)
def test_every_usual_way_to_write_a_day_means_that_day(day: date) -> None:
    ways = (f"{day:%Y-%m-%d}", f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}号", f"{day:%Y%m%d}",
            f"{day:%d %B %Y}", f"{day:%B} {day.day}, {day.year}", f"宝宝是{day.year}.{day.month}.{day.day}生的")  # fmt: skip
    assert {read_birth_date(way, TODAY) for way in ways} == {Born(day)}


@given(PAST_DAYS)
def test_a_date_in_either_order_is_never_taken_for_another(day: date) -> None:
    for way in (f"{day.day}/{day.month}/{day.year}", f"{day.month}/{day.day}/{day.year}"):
        reading = read_birth_date(way, TODAY)
        days = reading.days if isinstance(reading, WhichDate) else (reading.born_on,)
        assert day in days


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_and_nothing_read_lies_in_the_future(text: str) -> None:
    reading = read_birth_date(text, TODAY)
    if isinstance(reading, Born):
        assert reading.born_on <= TODAY


@given(st.integers(1, 71), st.dates(date(2025, 1, 1), date(2029, 12, 31)))
def test_an_age_in_months_gives_a_day_on_which_the_child_is_that_old(months: int, today: date) -> None:
    reading = read_birth_date(f"{months}个月", today)
    assert reading.approximate
    assert completed_months(reading.born_on, today) == months


@given(PAST_DAYS, st.integers(0, 2000))
def test_months_are_completed_one_after_the_other(born_on: date, days: int) -> None:
    later = born_on + timedelta(days=days)
    assert 0 <= completed_months(born_on, later + timedelta(days=1)) - completed_months(born_on, later) <= 1


def test_the_month_of_a_child_born_on_the_31st_is_completed_as_the_calendars_count_it() -> None:
    assert completed_months(date(2026, 1, 31), date(2026, 2, 28)) == 0
    assert completed_months(date(2026, 1, 31), date(2026, 3, 1)) == 1
    assert completed_months(date(2024, 2, 29), date(2025, 3, 1)) == 12


def test_each_of_the_sixteen_districts_is_known_by_its_usual_names() -> None:
    assert len(DISTRICTS) == 16
    for zh, en in DISTRICTS:
        assert {district_named(zh), district_named(zh.removesuffix("区")), district_named(f"{en} district")} == {zh}
    assert district_named("浦东") == "浦东新区"
    assert district_named("朝阳区") is None
