"""A child's age is read out of a parent's sentence, and a length of time is not taken for one."""

import itertools
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from knowledge.age import read_age

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "age.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["says"] for case in CASES])
def test_the_age_in_a_sentence_is_understood(case: dict) -> None:
    mention = read_age(case["says"])
    assert mention.age_months == case["months"]
    assert mention.gestation_weeks == case.get("gestation")


@given(st.integers(1, 35))
def test_months_are_understood_in_digits_in_both_languages(months: int) -> None:
    assert read_age(f"宝宝{months}个月了").age_months == months
    assert read_age(f"she is {months} months old").age_months == months


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading_of_an_age(text: str) -> None:
    mention = read_age(text)
    assert mention.age_months is None or mention.age_months >= 0


@pytest.mark.parametrize("form", ["{}岁", "{}个月大", "{}天的宝宝", "一岁零{}天", "{}周早产"])
def test_no_run_of_chinese_digits_stops_the_reading(form: str) -> None:
    for length in (1, 2, 3):
        for digits in itertools.product("零〇一两九十", repeat=length):
            age = read_age(form.format("".join(digits))).age_months
            assert age is None or age >= 0
