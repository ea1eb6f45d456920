"""Numbers that are more likely a slip than a child: ask back before reading them. Pure.

A slip is asked about, never mended in silence: 斤 for kg, pounds, grams, metres, inches, a lost decimal point, weight
and length in each other's place, a child who shrank. What WHO would not take for real is not read at all.
"""

from dataclasses import dataclass, replace
from typing import Literal

from knowledge.growth_reading import (
    BELIEVED,
    Child,
    Measure,
    Measurement,
    Quantity,
    Reading,
    check_measurement,
    read_measurement,
)
from knowledge.growth_standard import GrowthStandard

SlipKind = Literal["jin", "pounds", "grams", "metres", "millimetres", "inches", "decimal_point"]
DoubtKind = Literal["slip", "unlikely", "swapped", "together", "shrunk"]

UNUSUAL_Z = 3.0
"""Beyond this a slip in the unit is asked about if it would explain the number well."""

EXPLAINED_Z = 2.0
"""A slip explains an unusual number if the number meant lies within this."""

MEASURING_ERROR_CM = 1.0
"""A length or head this much smaller than before is asked about; below it may be the tape. A choice of the product."""

BEFORE_TERM: dict[Quantity, tuple[float, float]] = {"weight": (0.3, 6.0), "length": (25.0, 60.0), "head": (18.0, 42.0)}
"""Before 40 weeks of gestation the standard has no place: values outside these are asked about. The product's choice."""

_SLIPS: dict[Quantity, tuple[tuple[SlipKind, float], ...]] = {
    "weight": (("jin", 0.5), ("pounds", 0.45359237), ("grams", 0.001), ("decimal_point", 0.1), ("decimal_point", 10)),
    "length": (("metres", 100), ("inches", 2.54), ("millimetres", 0.1), ("decimal_point", 10)),
    "head": (("metres", 100), ("inches", 2.54), ("millimetres", 0.1), ("decimal_point", 10)),
}
_UNIT_SLIPS: tuple[SlipKind, ...] = ("jin", "pounds", "inches")
_OF_QUANTITY: dict[Quantity, Measure] = {
    "weight": "weight_for_age",
    "length": "length_for_age",
    "head": "head_for_age",
}


@dataclass(frozen=True)
class Slip:
    """What may have been meant: `value` in kg or cm."""

    kind: SlipKind
    value: float


@dataclass(frozen=True)
class Doubt:
    """A number to ask back about. `given` in kg or cm as entered; `slips`: what may have been meant, likeliest first.

    `swapped`: weight and length stand in each other's place. `together`: weight and length do not fit one another.
    `shrunk`: `before` was larger. `surely`: WHO would take it for a mistake; it is not read even if confirmed.
    """

    quantity: Quantity
    kind: DoubtKind
    given: float
    slips: tuple[Slip, ...] = ()
    before: float | None = None
    surely: bool = False


def doubts_about(
    standard: GrowthStandard, child: Child, measurement: Measurement, earlier: tuple[Measurement, ...] = ()
) -> tuple[Doubt, ...]:
    """What to ask back before the measurement is read; empty when the numbers are believable.

    Raises: InputFault: the measurement cannot be read at all (see `check_measurement`).
    """
    age = check_measurement(child, measurement)
    if _swapped(standard, child, measurement):
        return (Doubt("weight", "swapped", measurement.weight_kg or 0, surely=True),)
    doubts = []
    for quantity in _OF_QUANTITY:
        value = measurement.value(quantity)
        if value is None:
            continue
        if age.before_term:
            least, most = BEFORE_TERM[quantity]
            doubt = None if least <= value <= most else _unlikely_before_term(quantity, value)
        else:
            doubt = _doubt(standard, child, measurement, quantity, value)
        doubt = doubt or _shrunk(measurement, quantity, value, earlier)
        if doubt is not None:
            doubts.append(doubt)
    if not doubts and not age.before_term:
        doubts += _together(standard, child, measurement)
    return tuple(doubts)


def _doubt(
    standard: GrowthStandard, child: Child, measurement: Measurement, quantity: Quantity, value: float
) -> Doubt | None:
    def z_of(meant: float) -> float | None:
        readings = read_measurement(standard, child, measurement.with_value(quantity, meant))
        reading = _reading(readings, _OF_QUANTITY[quantity])
        return None if reading is None else reading.z

    z = z_of(value)
    if z is None or abs(z) <= UNUSUAL_Z:
        return None
    least, most = BELIEVED[_OF_QUANTITY[quantity]]
    surely = not least <= z <= most
    within = UNUSUAL_Z if surely else EXPLAINED_Z
    slips = []
    for kind, factor in _SLIPS[quantity]:
        meant = value * factor
        meant_z = z_of(meant)
        if (surely or kind in _UNIT_SLIPS) and meant_z is not None and abs(meant_z) <= within:
            slips.append(Slip(kind, round(meant, 2)))
    if slips:
        return Doubt(quantity, "slip", value, tuple(slips), surely=surely)
    return Doubt(quantity, "unlikely", value, surely=True) if surely else None


def _together(standard: GrowthStandard, child: Child, measurement: Measurement) -> list[Doubt]:
    """Weight and length, each believable alone, that no child has together."""
    weight = measurement.weight_kg
    pair = _reading(read_measurement(standard, child, measurement), "weight_for_length")
    if weight is None or pair is None or pair.believable:
        return []
    slips = []
    for kind, factor in _SLIPS["weight"]:
        if kind not in _UNIT_SLIPS:
            continue
        meant = read_measurement(standard, child, measurement.with_value("weight", weight * factor))
        places = [_reading(meant, measure) for measure in ("weight_for_age", "weight_for_length")]
        if all(place is not None and place.z is not None and abs(place.z) <= UNUSUAL_Z for place in places):
            slips.append(Slip(kind, round(weight * factor, 2)))
    return [Doubt("weight", "slip" if slips else "together", weight, tuple(slips), surely=True)]


def _unlikely_before_term(quantity: Quantity, value: float) -> Doubt:
    least, most = BEFORE_TERM[quantity]
    meant = [
        Slip(kind, round(value * factor, 2)) for kind, factor in _SLIPS[quantity] if least <= value * factor <= most
    ]
    return Doubt(quantity, "slip" if meant else "unlikely", value, tuple(meant), surely=True)


def _swapped(standard: GrowthStandard, child: Child, measurement: Measurement) -> bool:
    weight, length = measurement.weight_kg, measurement.length_cm
    if weight is None or length is None or weight <= length:
        return False
    turned = read_measurement(standard, child, replace(measurement, weight_kg=length, length_cm=weight))
    places = [_reading(turned, measure) for measure in ("weight_for_age", "length_for_age")]
    return all(reading is not None and reading.z is not None and abs(reading.z) <= UNUSUAL_Z for reading in places)


def _shrunk(
    measurement: Measurement, quantity: Quantity, value: float, earlier: tuple[Measurement, ...]
) -> Doubt | None:
    if quantity == "weight":
        return None
    before = [known for one in earlier if one.on < measurement.on and (known := one.value(quantity)) is not None]
    if not before or value >= max(before) - MEASURING_ERROR_CM:
        return None
    return Doubt(quantity, "shrunk", value, before=max(before))


def _reading(readings: tuple[Reading, ...], measure: Measure) -> Reading | None:
    return next((reading for reading in readings if reading.measure == measure), None)
