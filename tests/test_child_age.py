"""A child's age on a day: completed months, month ends forward, the corrected age of a child born early."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from knowledge.child_age import add_months, child_age
from knowledge.faults import InputFault

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "child_age.yaml").read_text(encoding="utf-8"))
DAYS = st.dates(date(2020, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_the_age_on_a_day_is_right(case: dict) -> None:
    age = child_age(case["born"], case["day"], case.get("weeks"))
    assert (age.chronological.months, age.chronological.odd_days) == (case["months"], case["odd_days"])
    corrected = None if age.corrected is None else (age.corrected.months, age.corrected.odd_days)
    assert corrected == ((case["corrected"], case["corrected_odd"]) if "corrected" in case else None)
    assert age.before_term is case.get("before_term", False)


@given(DAYS, st.integers(0, 2500))
def test_completed_months_are_the_most_that_fit(born: date, days: int) -> None:
    on = born + timedelta(days=days)
    age = child_age(born, on).chronological
    assert add_months(born, age.months) <= on < add_months(born, age.months + 1)
    assert add_months(born, age.months) + timedelta(days=age.odd_days) == on


@given(DAYS, st.integers(0, 729), st.integers(22, 36))
def test_the_corrected_age_is_younger_by_the_weeks_that_were_missed(born: date, days: int, weeks: int) -> None:
    age = child_age(born, born + timedelta(days=days), weeks)
    assert age.corrected is not None
    assert age.chronological.days - age.corrected.days == (40 - weeks) * 7


@pytest.mark.parametrize(
    ("born", "on", "weeks", "key"),
    [
        (date(2026, 11, 25), date(2026, 11, 24), None, "born_later"),
        (date(2026, 1, 1), date(2026, 11, 24), 12, "gestation"),
        (date(2026, 1, 1), date(2026, 11, 24), 50, "gestation"),
    ],
)
def test_an_impossible_child_is_refused(born: date, on: date, weeks: int | None, key: str) -> None:
    with pytest.raises(InputFault) as caught:
        child_age(born, on, weeks)
    assert caught.value.key == key
