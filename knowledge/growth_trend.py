"""Whether a child has left its own line since an earlier measurement. Pure.

The direction counts for more than one point: falling across two main lines of the chart, or a head that leaves its
line in either direction, is shown to the child-health doctor.
Source: WST423, PED10 (growth.curve, to be verified). Which lines count as main ones is the product's choice: those drawn.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from knowledge.growth_reading import LINES, Child, Measure, Measurement, read_measurement
from knowledge.growth_standard import GrowthStandard, z_of_percentile

LINES_THAT_COUNT = 2
SHORTEST_SPAN = timedelta(days=28)
"""Measurements closer together say more about scale and tape than about the child. A choice of the product."""


@dataclass(frozen=True)
class Crossing:
    """Since `since`, two or more main lines lie between the child's place then and now."""

    measure: Measure
    since: date
    direction: Literal["down", "up"]


def lines_between(z_then: float, z_now: float) -> int:
    """How many main lines lie between two places."""
    low, high = sorted((z_then, z_now))
    return sum(low < z_of_percentile(line) < high for line in LINES)


def crossings(
    standard: GrowthStandard, child: Child, now: Measurement, earlier: tuple[Measurement, ...]
) -> tuple[Crossing, ...]:
    """Every measure that left its line since an earlier measurement; the latest such measurement is named.

    Raises: InputFault: an earlier measurement cannot be read.
    """
    found: dict[Measure, Crossing] = {}
    places_now = {reading.measure: reading.z for reading in read_measurement(standard, child, now)}
    for before in sorted(earlier, key=lambda one: one.on):
        if now.on - before.on < SHORTEST_SPAN:
            continue
        for reading in read_measurement(standard, child, before):
            z_now = places_now.get(reading.measure)
            if reading.z is None or z_now is None or not reading.believable:
                continue
            if lines_between(reading.z, z_now) < LINES_THAT_COUNT:
                continue
            direction: Literal["down", "up"] = "down" if z_now < reading.z else "up"
            if direction == "down" or reading.measure == "head_for_age":
                found[reading.measure] = Crossing(reading.measure, before.on, direction)
    return tuple(found.values())
