"""The growth standard agrees with another implementation, and with the numbers that WHO prints.

The reference is pygrowup2 (BSD-3-Clause). It is asked with lengths as the standard measures them, because it turns to
standing height at day 730 where WHO's tables turn at day 731; and from day 1, because it takes an age of 0 for none.
"""

import random
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygrowup import Observation

from knowledge.csv_table import read_table
from knowledge.data_folder import DATA
from knowledge.faults import GuideFault
from knowledge.growth_reading import Child, Measurement, read_measurement
from knowledge.growth_standard import LAST_DAY, GrowthStandard, as_the_standard_measures, percentile, z_of_percentile
from knowledge.growth_tables import read_growth_table
from knowledge.load_growth import load_growth_standard

POINTS = 10_000
BORN = date(2020, 1, 1)
SEX_NAMES = {"f": Observation.FEMALE, "m": Observation.MALE}


@pytest.fixture(scope="module")
def standard() -> GrowthStandard:
    return load_growth_standard()


def test_ten_thousand_random_children_lie_where_the_reference_puts_them(standard: GrowthStandard) -> None:
    chance = random.Random(2006)
    compared, beyond_three = 0, 0
    while compared < POINTS:
        sex = chance.choice(("f", "m"))
        day = chance.randint(1, LAST_DAY)
        weight = round(standard.by_age("weight_for_age", sex, day).m * chance.uniform(0.5, 1.8), 2)
        length = round(standard.by_age("length_for_age", sex, day).m * chance.uniform(0.85, 1.15), 1)
        head = round(standard.by_age("head_for_age", sex, day).m * chance.uniform(0.85, 1.15), 1)
        if weight < 1:
            continue
        measured = Measurement(BORN + timedelta(days=day), weight, length, head)
        ours = {r.measure: r.z for r in read_measurement(standard, Child(sex, BORN), measured)}
        other = Observation(sex=SEX_NAMES[sex], age_in_days=day)
        theirs = {
            "weight_for_age": other.wfa(Decimal(str(weight))),
            "length_for_age": other.lhfa(Decimal(str(length)), auto_adjust=False),
            "head_for_age": other.hcfa(Decimal(str(head))),
        }
        if day < 731 and 45 <= length <= 110:
            theirs["weight_for_length"] = other.wfl(Decimal(str(weight)), str(length))
        if day >= 731 and 65 <= length <= 120:
            theirs["weight_for_length"] = other.wfh(Decimal(str(weight)), str(length))
        assert set(ours) == set(theirs)
        for measure, z in theirs.items():
            assert abs(ours[measure] - float(z)) <= 0.01, (measure, sex, day, weight, length, head)
            beyond_three += measure.startswith("weight") and abs(z) > 3
        compared += 1
    assert beyond_three > 1000, "the restricted form must be among what was compared"


@pytest.mark.parametrize(
    ("file", "package", "last"),
    [
        ("weight_for_age", "wfa", LAST_DAY),
        ("length_for_age", "lfa", LAST_DAY),
        ("head_for_age", "hcfa", LAST_DAY),
        ("weight_for_length", "wfl", 110),
        ("weight_for_height", "wfh", 120),
    ],
)
def test_every_row_of_the_shipped_tables_equals_the_package(file: str, package: str, last: int) -> None:
    data = import_module(f"pygrowup.tables.by_day.{package}").DATA
    rows = read_table(DATA / "growth" / f"{file}.csv")
    for row in rows:
        at = Decimal(row.get("day") or row["cm"])
        for sex, name in (("f", "female"), ("m", "male")):
            assert {part: Decimal(row[f"{sex}_{part}"]) for part in "lms"} == data[name][at], (file, at, sex)
    assert len(rows) == len([at for at in data["male"] if at <= last])


@pytest.mark.parametrize(
    ("name", "sex", "day", "lms"),
    [  # read in WHO's own files, weianthro.txt, lenanthro.txt, hcanthro.txt
        ("weight_for_age", "m", 0, (0.3487, 3.3464, 0.14602)),
        ("weight_for_age", "m", 365, (0.0645, 9.646, 0.10925)),
        ("weight_for_age", "f", 365, (-0.2022, 8.9462, 0.12267)),
        ("length_for_age", "m", 365, (1, 75.7391, 0.03137)),
        ("length_for_age", "f", 365, (1, 74.0049, 0.03479)),
        ("length_for_age", "m", 730, (1, 87.8018, 0.03479)),
        ("length_for_age", "m", 731, (1, 87.1303, 0.03508)),
        ("head_for_age", "m", 365, (1, 46.0637, 0.02789)),
        ("head_for_age", "f", 365, (1, 44.894, 0.03027)),
    ],
)
def test_the_numbers_are_those_that_who_publishes(
    standard: GrowthStandard, name: str, sex: str, day: int, lms: tuple[float, float, float]
) -> None:
    found = standard.by_age(name, sex, day)
    assert (found.l, found.m, found.s) == lms


@pytest.mark.parametrize("sex", ["f", "m"])
@pytest.mark.parametrize("name", ["weight_for_age", "length_for_age", "head_for_age"])
def test_a_value_at_a_z_score_has_that_z_score(standard: GrowthStandard, name: str, sex: str) -> None:
    for day in range(0, LAST_DAY + 1, 83):
        lms = standard.by_age(name, sex, day)
        for z in (-3, -1.88, 0, 0.5, 2.99):
            assert lms.z_score(lms.value_at(z), weight=name == "weight_for_age") == pytest.approx(z, abs=1e-9)


def test_beyond_three_the_steps_are_equal(standard: GrowthStandard) -> None:
    lms = standard.by_age("weight_for_age", "m", 365)
    step = lms.value_at(3) - lms.value_at(2)
    assert lms.z_score(lms.value_at(3) + 2 * step, weight=True) == pytest.approx(5)
    step = lms.value_at(-2) - lms.value_at(-3)
    assert lms.z_score(lms.value_at(-3) - step, weight=True) == pytest.approx(-4)


@pytest.mark.parametrize(
    ("day", "position", "read_as"),
    [
        (730, "lying", 87.0),
        (730, "standing", 87.7),
        (730, None, 87.0),
        (731, "standing", 87.0),
        (731, "lying", 86.3),
        (731, None, 87.0),
    ],
)
def test_lying_and_standing_differ_by_seven_millimetres(day: int, position: str | None, read_as: float) -> None:
    assert as_the_standard_measures(87.0, day, position) == pytest.approx(read_as)


def test_a_length_between_two_rows_is_read_between_them(standard: GrowthStandard) -> None:
    low, high = (standard.by_length("f", cm, standing=False) for cm in (70.0, 70.1))
    between = standard.by_length("f", 70.05, standing=False)
    assert between.m == pytest.approx((low.m + high.m) / 2)
    assert standard.by_length("f", 44.9, standing=False) is None
    assert standard.by_length("f", 120.1, standing=True) is None
    assert standard.by_age("weight_for_age", "f", LAST_DAY + 1) is None


@given(st.floats(0.1, 99.9))
def test_percentile_and_z_score_say_the_same(share: float) -> None:
    assert percentile(z_of_percentile(share)) == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda rows: rows[:-1], "1826 rows instead of 1827"),
        (lambda rows: rows[:9] + rows[10:], "weight.csv:11: expected 9, found 10"),
        (lambda rows: [rows[0] | {"m_m": "x"}, *rows[1:]], "weight.csv:2: not a row of numbers"),
        (lambda rows: [rows[0] | {"f_m": "0"}, *rows[1:]], "weight.csv:2: a median or spread"),
    ],
)
def test_a_damaged_table_is_refused_with_its_line(damage, says: str) -> None:
    rows = damage(read_table(DATA / "growth" / "weight_for_age.csv"))
    with pytest.raises(GuideFault) as caught:
        read_growth_table("weight_for_age", rows, "weight.csv")
    assert says in str(caught.value)
    assert "scripts/growth_tables.py" in str(caught.value)
