"""The WHO growth standard as numbers: where a measurement lies among healthy children. Pure.

A z-score says how many standard deviations a value lies from the median of children of the same sex and age. Weights
are not spread evenly, so WHO computes them with three numbers a day (L skewness, M median, S spread) and, beyond 3 SD,
counts on in equal steps of the distance between 2 and 3 SD.

Source: WHOGROW06, methods and development, chapter 7 (computation of centiles and z-scores).
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

Sex = Literal["f", "m"]
SEXES: tuple[Sex, ...] = ("f", "m")

TableName = Literal["weight_for_age", "length_for_age", "head_for_age", "weight_for_length", "weight_for_height"]
TABLE_NAMES: tuple[TableName, ...] = (
    "weight_for_age",
    "length_for_age",
    "head_for_age",
    "weight_for_length",
    "weight_for_height",
)

LAST_DAY = 1826
"""The last day of the tables by age: five years."""

STANDING_FROM_DAY = 731
"""From this day the standard holds standing heights, before it lying lengths."""

LYING_MORE_CM = 0.7
"""A child lying is this much longer than standing. Source: WHOGROW06; WST423 says the same."""


@dataclass(frozen=True)
class Lms:
    """The distribution for one sex at one age or length: skewness `l`, median `m`, coefficient of variation `s`."""

    l: float  # noqa: E741 - the letter of the method
    m: float
    s: float

    def value_at(self, z: float) -> float:
        """The measurement at a z-score within 3 SD (beyond, `z_score` counts otherwise)."""
        if self.l == 0:
            return self.m * math.exp(self.s * z)
        return float(self.m * (1 + self.l * self.s * z) ** (1 / self.l))

    def z_score(self, value: float, *, weight: bool) -> float:
        """The z-score of a positive measurement; `weight`: use WHO's restricted form beyond 3 SD."""
        share = value / self.m
        z = math.log(share) / self.s if self.l == 0 else (share**self.l - 1) / (self.l * self.s)
        if not weight or abs(z) <= 3:
            return z
        side = math.copysign(1, z)
        three, two = self.value_at(3 * side), self.value_at(2 * side)
        return side * (3 + (value - three) / (three - two))


@dataclass(frozen=True)
class Table:
    """One sex's rows of a table, evenly spaced: days from 0, or tenths of a centimetre from `first`."""

    first: int
    rows: tuple[Lms, ...]

    @property
    def last(self) -> int:
        """The last place that has a row."""
        return self.first + len(self.rows) - 1

    def at(self, place: float) -> Lms | None:
        """The distribution at a place, linear between two rows (as WHO's igrowup does); None outside the table."""
        if not self.first <= place <= self.last:
            return None
        below = math.floor(place)
        share = place - below
        low = self.rows[below - self.first]
        if share == 0:
            return low
        high = self.rows[below - self.first + 1]
        return Lms(low.l + share * (high.l - low.l), low.m + share * (high.m - low.m), low.s + share * (high.s - low.s))


@dataclass(frozen=True)
class GrowthStandard:
    """WHO's tables of both sexes."""

    tables: dict[tuple[TableName, Sex], Table]

    def by_age(self, name: TableName, sex: Sex, age_days: int) -> Lms | None:
        """The distribution at an age; None before birth and after five years."""
        return self.tables[name, sex].at(age_days)

    def by_length(self, sex: Sex, length_cm: float, *, standing: bool) -> Lms | None:
        """The distribution of weights at a length (45-110 cm lying, 65-120 cm standing); None outside."""
        name: TableName = "weight_for_height" if standing else "weight_for_length"
        return self.tables[name, sex].at(round(length_cm * 10, 6))


def as_the_standard_measures(length_cm: float, age_days: int, position: Literal["lying", "standing"] | None) -> float:
    """The length as the standard of this age has it: lying before 731 days, standing from then on.

    `position`: how the child was measured, None for "as is usual at this age".
    """
    if position == "standing" and age_days < STANDING_FROM_DAY:
        return length_cm + LYING_MORE_CM
    if position == "lying" and age_days >= STANDING_FROM_DAY:
        return length_cm - LYING_MORE_CM
    return length_cm


def percentile(z: float) -> float:
    """Of 100 healthy children, how many lie below this z-score."""
    return 50 * (1 + math.erf(z / math.sqrt(2)))


def z_of_percentile(share: float) -> float:
    """The z-score below which `share` of 100 healthy children lie (0 < share < 100)."""
    return NormalDist().inv_cdf(share / 100)
