"""A child's measurements: write down, read. What the standard cannot be asked about is refused, and nothing changes."""

from dataclasses import replace
from datetime import date

from bot.care.care_rows import MeasurementRow
from bot.care.sealed_entries import Entry, child_to_record, entries, undo_entry, write_entry
from bot.errors import Refusal
from bot.families.child import Child
from bot.flow import Visit
from knowledge.faults import InputFault
from knowledge.growth_reading import Child as Measured
from knowledge.growth_reading import Measurement, check_measurement


def measured_child(child: Child) -> Measured:
    """The child as the growth standard knows it.

    Raises: Refusal: the family has not said whether it is a girl or a boy.
    """
    if child.sex is None:
        raise Refusal("growth.sex_needed", nickname=child.nickname)
    return Measured(child.sex, child.born_on, child.gestation_weeks)


def measurements_of(visit: Visit, child_id: str) -> list[tuple[str, Measurement]]:
    """The measurements on record with their ids, the earliest day first.

    Raises: Refusal: see `sealed_entries.calendar_child`.
    """
    found = [(entry.id, measurement_of(entry)) for entry in entries(visit, MeasurementRow, child_id)]
    return sorted(found, key=lambda one: one[1].on)


def check_measured(child: Child, measurement: Measurement, today: date) -> None:
    """Refuse what cannot have been measured.

    Raises: Refusal: the day lies before birth or in the future, or the child is past the standard's 5 years.
    """
    if measurement.on > today:
        raise Refusal("growth.future")
    if measurement.on < child.born_on:
        raise Refusal("growth.before_birth")
    try:
        check_measurement(measured_child(child), measurement)
    except InputFault as fault:
        raise Refusal("growth.too_old" if fault.key == "too_old" else "growth.unclear") from fault


def record_measurement(visit: Visit, child_id: str, measurement: Measurement) -> str:
    """Write a measurement down; a second one of the same day completes and corrects the first. Returns its id.

    Raises: Refusal: the visitor may not record, or see `check_measured`.
    """
    child = child_to_record(visit, child_id)
    check_measured(child, measurement, visit.today)
    for entry_id, before in measurements_of(visit, child_id):
        if before.on == measurement.on:
            measurement = completed(measurement, before)
            undo_entry(visit, MeasurementRow, entry_id)
    plain = {
        "on": measurement.on.isoformat(),
        "weight_kg": measurement.weight_kg,
        "length_cm": measurement.length_cm,
        "head_cm": measurement.head_cm,
        "position": measurement.position,
    }
    return write_entry(visit, MeasurementRow, child.id, plain, "measured")


def completed(measurement: Measurement, before: Measurement) -> Measurement:
    """A measurement with what only an earlier one of the same day holds."""
    if measurement.length_cm is None:
        measurement = replace(measurement, length_cm=before.length_cm, position=before.position)
    return replace(
        measurement,
        weight_kg=before.weight_kg if measurement.weight_kg is None else measurement.weight_kg,
        head_cm=before.head_cm if measurement.head_cm is None else measurement.head_cm,
    )


def measurement_of(entry: Entry) -> Measurement:
    """A measurement as a value."""
    plain = entry.plain
    return Measurement(
        date.fromisoformat(plain["on"]), plain["weight_kg"], plain["length_cm"], plain["head_cm"], plain["position"]
    )
