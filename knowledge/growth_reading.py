"""Where a child's measurements lie in the WHO standard, as values. Pure. Never a diagnosis: a place, and what to do.

Each measurement is read at the age that growth goes by (`ChildAge.used`) and, for a child born early, at the real age
beside it. A place outside P3-P97 means "show it to the child-health doctor", and nothing else is concluded from it.
"""

import math
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from knowledge.child_age import ChildAge, child_age
from knowledge.faults import InputFault
from knowledge.growth_standard import (
    LAST_DAY,
    STANDING_FROM_DAY,
    GrowthStandard,
    Sex,
    as_the_standard_measures,
    percentile,
    z_of_percentile,
)

Position = Literal["lying", "standing"]
Quantity = Literal["weight", "length", "head"]
Measure = Literal["weight_for_age", "length_for_age", "head_for_age", "weight_for_length"]
MEASURES: tuple[Measure, ...] = ("weight_for_age", "length_for_age", "head_for_age", "weight_for_length")

Place = Literal["below_p3", "within", "above_p97"]
"""Most healthy children lie between P3 and P97. Source: WST423, WHOGROW06 (growth.curve, to be verified)."""

LINES = (3, 15, 50, 85, 97)
"""The main lines of the chart, the ones that WHO draws."""

BELIEVED: dict[Measure, tuple[float, float]] = {
    "weight_for_age": (-6, 5),
    "length_for_age": (-6, 6),
    "head_for_age": (-5, 5),
    "weight_for_length": (-5, 5),
}
"""Outside these z-scores WHO's igrowup takes a value for a mistake. Source: WHOGROW06, igrowup's flags (to be verified)."""


@dataclass(frozen=True)
class Measurement:
    """What was measured on a day; None for what was not. `position`: how the length was taken, None for unknown."""

    on: date
    weight_kg: float | None = None
    length_cm: float | None = None
    head_cm: float | None = None
    position: Position | None = None

    def value(self, quantity: Quantity) -> float | None:
        """The number of this quantity."""
        return {"weight": self.weight_kg, "length": self.length_cm, "head": self.head_cm}[quantity]

    def with_value(self, quantity: Quantity, value: float) -> "Measurement":
        """The same measurement with another number for this quantity."""
        if quantity == "weight":
            return replace(self, weight_kg=value)
        return replace(self, length_cm=value) if quantity == "length" else replace(self, head_cm=value)


@dataclass(frozen=True)
class Child:
    """What the rules need to know of a child."""

    sex: Sex
    born_on: date
    gestation_weeks: int | None = None

    def age(self, on: date) -> ChildAge:
        """The age on a day. Raises: InputFault: see `child_age`."""
        return child_age(self.born_on, on, self.gestation_weeks)


@dataclass(frozen=True)
class Reading:
    """One place in the standard. `value` as measured, in kg or cm.

    `z`: at the age that growth goes by; None before 40 weeks of gestation, when the standard has no place yet.
    `z_chronological`: at the real age. `believable`: WHO would take the value for real.
    """

    measure: Measure
    value: float
    z: float | None
    z_chronological: float | None

    @property
    def percentile(self) -> float | None:
        """Of 100 healthy children, how many lie below; None where there is no place."""
        return None if self.z is None else percentile(self.z)

    @property
    def place(self) -> Place | None:
        """Below, within or above the lines P3 and P97; None where there is no place."""
        if self.z is None:
            return None
        if self.z < z_of_percentile(LINES[0]):
            return "below_p3"
        return "above_p97" if self.z > z_of_percentile(LINES[-1]) else "within"

    @property
    def believable(self) -> bool:
        """Whether the value lies where WHO takes it for real."""
        least, most = BELIEVED[self.measure]
        return self.z is None or least <= self.z <= most


def check_measurement(child: Child, measurement: Measurement) -> ChildAge:
    """The child's age when measured, if the standard can be asked at all.

    Raises: InputFault: nothing was measured, a number is not positive, or the day lies before birth or after 5 years.
    """
    age = child.age(measurement.on)
    if age.chronological.days > LAST_DAY:
        message = f"measured at {age.chronological.months} months: the WHO standard for young children ends at 5 years"
        raise InputFault("too_old", f"{message}; ask the child-health clinic for the school-age charts")
    values = [(name, measurement.value(name)) for name in _QUANTITIES]
    if all(value is None for _, value in values):
        raise InputFault("nothing_measured", "nothing was measured; give a weight (kg), a length (cm) or a head (cm)")
    for name, value in values:
        if value is not None and not (math.isfinite(value) and value > 0):
            raise InputFault("not_positive", f"{name} {value} cannot be; give a number above 0")
    return age


def read_measurement(standard: GrowthStandard, child: Child, measurement: Measurement) -> tuple[Reading, ...]:
    """Every place that can be read from a measurement, in the order of `MEASURES`.

    Raises: InputFault: see `check_measurement`.
    """
    age = check_measurement(child, measurement)
    at_used = _scores(standard, child.sex, measurement, age.used.days)
    at_real = _scores(standard, child.sex, measurement, age.chronological.days)
    shown = {
        "weight_for_age": measurement.weight_kg,
        "length_for_age": measurement.length_cm,
        "head_for_age": measurement.head_cm,
        "weight_for_length": measurement.weight_kg,
    }
    return tuple(
        Reading(measure, shown[measure] or 0, at_used.get(measure), at_real.get(measure))
        for measure in MEASURES
        if measure in at_real or measure in at_used
    )


def _scores(standard: GrowthStandard, sex: Sex, measurement: Measurement, age_days: int) -> dict[Measure, float]:
    if age_days < 0:
        return {}
    weight, head = measurement.weight_kg, measurement.head_cm
    length = None
    if measurement.length_cm is not None:
        length = as_the_standard_measures(measurement.length_cm, age_days, measurement.position)
    scores: dict[Measure, float] = {}
    by_weight = standard.by_age("weight_for_age", sex, age_days)
    if weight is not None and by_weight is not None:
        scores["weight_for_age"] = by_weight.z_score(weight, weight=True)
    by_length = standard.by_age("length_for_age", sex, age_days)
    if length is not None and length > 0 and by_length is not None:
        scores["length_for_age"] = by_length.z_score(length, weight=False)
    by_head = standard.by_age("head_for_age", sex, age_days)
    if head is not None and by_head is not None:
        scores["head_for_age"] = by_head.z_score(head, weight=False)
    if weight is not None and length is not None:
        for_length = standard.by_length(sex, length, standing=age_days >= STANDING_FROM_DAY)
        if for_length is not None:
            scores["weight_for_length"] = for_length.z_score(weight, weight=True)
    return scores


_QUANTITIES: tuple[Quantity, ...] = ("weight", "length", "head")
