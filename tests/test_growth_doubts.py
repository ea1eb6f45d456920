"""Numbers that are likely slips are asked back about; a small, tall or early child is not."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from knowledge.faults import InputFault
from knowledge.growth_assessment import assess
from knowledge.growth_reading import Child, Measurement
from knowledge.growth_standard import LAST_DAY
from knowledge.load_growth import load_growth_standard

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "growth_doubts.yaml").read_text(encoding="utf-8"))
BOY = Child("m", date(2025, 11, 24))
ON = date(2026, 11, 24)


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_a_slip_is_asked_about_and_a_child_is_not(case: dict) -> None:
    child = Child("m", case.get("born", BOY.born_on), case.get("weeks"))
    measured = Measurement(case["day"], case.get("weight"), case.get("length"), case.get("head"))
    earlier = (Measurement(date(2026, 10, 1), length_cm=case["before"]["length"]),) if "before" in case else ()
    found = assess(load_growth_standard(), child, measured, earlier)
    assert {doubt.quantity: doubt.kind for doubt in found.doubts} == case["doubts"]
    if "meant" in case:
        first = found.doubts[0].slips[0]
        assert (first.value, first.kind) == (pytest.approx(case["meant"]), case["kind"])
    after = assess(load_growth_standard(), child, measured, earlier, confirmed=True)
    assert bool(after.doubts) is case.get("surely", False)


@given(st.floats(0.001, 100_000), st.floats(0.001, 100_000), st.integers(0, LAST_DAY), st.sampled_from("fm"))
def test_no_number_breaks_the_reading(weight: float, length: float, day: int, sex: str) -> None:
    child = Child(sex, date(2020, 1, 1))
    on = date.fromordinal(child.born_on.toordinal() + day)
    found = assess(load_growth_standard(), child, Measurement(on, weight, length))
    wild = [reading for reading in found.readings if not reading.believable]
    assert not wild or found.doubts, "what WHO would not take for real is never read without asking"


@pytest.mark.parametrize(
    ("measured", "key"),
    [
        (Measurement(ON), "nothing_measured"),
        (Measurement(ON, weight_kg=0), "not_positive"),
        (Measurement(ON, length_cm=-75), "not_positive"),
        (Measurement(ON, head_cm=float("nan")), "not_positive"),
        (Measurement(ON, weight_kg=float("inf")), "not_positive"),
        (Measurement(date(2025, 11, 23), weight_kg=3), "born_later"),
        (Measurement(date(2030, 12, 1), weight_kg=18), "too_old"),
    ],
)
def test_what_cannot_be_is_refused_with_its_kind(measured: Measurement, key: str) -> None:
    with pytest.raises(InputFault) as caught:
        assess(load_growth_standard(), BOY, measured)
    assert caught.value.key == key


def test_an_earlier_measurement_lies_before() -> None:
    with pytest.raises(InputFault) as caught:
        assess(load_growth_standard(), BOY, Measurement(ON, 9.6), (Measurement(ON, 9.5),))
    assert caught.value.key == "not_earlier"
