"""Topics for another age fall back in the ranking, most of all what the child has outgrown."""

import numpy as np
import pytest

from index.age_fit import AGE_MISFIT, age_misfit

NEWBORNS, TODDLERS = 0, 1
MONTHS = np.array([[0, 3], [18, 36]])


@pytest.mark.parametrize(
    ("age_months", "loses"),
    [
        (None, [0, 0]),
        (2, [0, AGE_MISFIT]),
        (5, [0, AGE_MISFIT]),
        (17, [2 * AGE_MISFIT, 0]),
        (30, [2 * AGE_MISFIT, 0]),
    ],
)
def test_what_a_topic_loses_by_age(age_months: int | None, loses: list[float]) -> None:
    assert age_misfit(MONTHS, age_months).tolist() == pytest.approx(loses)


def test_a_topic_just_outgrown_loses_less_than_one_long_outgrown() -> None:
    lost = [age_misfit(MONTHS, age)[NEWBORNS] for age in (6, 9, 12, 18)]
    assert lost == sorted(lost)
    assert lost[0] < lost[-1]
