"""Everything that can be said about one measurement of a child: first the doubts, then places and direction. Pure."""

from dataclasses import dataclass

from knowledge.child_age import ChildAge
from knowledge.faults import InputFault
from knowledge.growth_doubts import Doubt, doubts_about
from knowledge.growth_reading import Child, Measurement, Reading, check_measurement, read_measurement
from knowledge.growth_standard import GrowthStandard
from knowledge.growth_trend import Crossing, crossings


@dataclass(frozen=True)
class Assessment:
    """A measurement, read. While `doubts` stand open nobody is told the readings; they are there for machines."""

    child: Child
    measurement: Measurement
    earlier: tuple[Measurement, ...]
    age: ChildAge
    readings: tuple[Reading, ...]
    doubts: tuple[Doubt, ...]
    crossed: tuple[Crossing, ...]


def assess(
    standard: GrowthStandard,
    child: Child,
    measurement: Measurement,
    earlier: tuple[Measurement, ...] = (),
    *,
    confirmed: bool = False,
) -> Assessment:
    """Read a measurement against the standard and against earlier ones.

    `confirmed`: the family looked again and the numbers are right. What WHO would not take for real stays in doubt.

    Raises: InputFault: the measurement or an earlier one cannot be read at all.
    """
    age = check_measurement(child, measurement)
    for one in earlier:
        check_measurement(child, one)
        if one.on >= measurement.on:
            message = f"an earlier measurement is dated {one.on}, not before {measurement.on}; check the dates"
            raise InputFault("not_earlier", message)
    doubts = doubts_about(standard, child, measurement, earlier)
    return Assessment(
        child=child,
        measurement=measurement,
        earlier=tuple(sorted(earlier, key=lambda one: one.on)),
        age=age,
        readings=read_measurement(standard, child, measurement),
        doubts=tuple(doubt for doubt in doubts if doubt.surely) if confirmed else doubts,
        crossed=crossings(standard, child, measurement, earlier),
    )
