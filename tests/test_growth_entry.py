"""Measurements are read as families type them; bare numbers and stories are not guessed."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from knowledge.growth_entry import GrowthEntry, GrowthUnclear, read_growth_entry

TODAY, BORN = date(2026, 11, 24), date(2026, 1, 15)
CASES = yaml.safe_load((Path(__file__).parent / "cases" / "growth_entry.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["says"] for case in CASES])
def test_typed_measurements_are_understood(case: dict) -> None:
    read = read_growth_entry(case["says"], BORN, TODAY)
    if case.get("none"):
        assert read is None
    elif case.get("unclear"):
        assert read == GrowthUnclear()
    else:
        wanted = (case.get("kg"), case.get("cm"), case.get("head"), case.get("position"), case.get("day"))
        assert isinstance(read, GrowthEntry)
        assert (read.weight_kg, read.length_cm, read.head_cm, read.position, read.on) == wanted


@given(st.integers(20, 300), st.integers(400, 1200), st.integers(300, 550))
def test_tenths_read_back_in_both_languages(weight: int, length: int, head: int) -> None:
    numbers = (weight / 10, length / 10, head / 10)
    for form in ("{}kg {}cm 头围{}", "体重{} 身长{} 头围{}", "weight {} kg, height {} cm, head {} cm"):
        assert read_growth_entry(form.format(*numbers), BORN, TODAY) == GrowthEntry(*numbers)


@given(st.text(max_size=60))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    read_growth_entry(text, BORN, TODAY)
