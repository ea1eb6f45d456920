"""A child's doses and check-up visits as values: record them, read them, check them against the calendar.

What cannot be true (before birth, in the future, twice, an unknown code) is refused whole, and nothing is changed.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from bot.care.care_rows import DoseRow, VisitRow
from bot.care.record_values import DoseEntry, How, VisitEntry, twice
from bot.care.sealed_entries import Entry, child_to_record, entries, undo_entry, write_entry
from bot.errors import Refusal
from bot.families.child import Child
from bot.flow import Visit
from knowledge.checkup_calendar import CheckupCalendar
from knowledge.schedule import Schedule
from knowledge.vaccine_record import GivenDose, check_day_of_care


def doses_of(visit: Visit, child_id: str) -> list[DoseEntry]:
    """The doses on record, in the order of writing.

    Raises: Refusal: see `sealed_entries.calendar_child`.
    """
    return [dose_of(entry) for entry in entries(visit, DoseRow, child_id)]


def visits_of(visit: Visit, child_id: str) -> list[VisitEntry]:
    """The visits on record, in the order of writing.

    Raises: Refusal: as above.
    """
    return [visit_of(entry) for entry in entries(visit, VisitRow, child_id)]


def record_doses(visit: Visit, child_id: str, given: Sequence[GivenDose], schedule: Schedule) -> list[str]:
    """Write doses down as given; all of them or none. Returns their ids.

    Raises: Refusal: the visitor may not record, a code is unknown, or a dose stands on record already.
        RecordFault: a day lies before birth or in the future.
    """
    child = child_to_record(visit, child_id)
    known = {(one.code, one.on) for one in doses_of(visit, child_id) if one.how == "given"}
    for dose in given:
        check_dose(dose, child, schedule, visit.today)
        before = twice(dose, known, schedule)
        if before is not None:
            raise Refusal("dose.twice", name=schedule.products[before].name(visit.language), day=dose.on)
        known.add((dose.code, dose.on))
    return [
        write_entry(visit, DoseRow, child_id, {"code": dose.code, "how": "given", "on": dose.on.isoformat()}, "dose")
        for dose in given
    ]


def check_dose(dose: GivenDose, child: Child, schedule: Schedule, today: date) -> None:
    """Refuse a dose that cannot be true.

    Raises: Refusal: the code is unknown. RecordFault: the day lies before birth or in the future.
    """
    if dose.code not in schedule.products:
        raise Refusal("dose.unknown", code=dose.code[:20])
    product = schedule.products[dose.code]
    check_day_of_care(product.name_zh, product.name_en, dose.on, child.born_on, today)


def note_dose(visit: Visit, child_id: str, code: str, dose: int, how: How, on: date | None, schedule: Schedule) -> str:
    """Note that a coming dose is booked, declined, unsure or not for this child; replaces what was noted before.

    Raises: Refusal: the visitor may not record, or there is no such dose. RecordFault: the day lies before birth.
    """
    child = child_to_record(visit, child_id)
    if code not in schedule.series or not 1 <= dose <= 20:
        raise Refusal("button_gone")
    _check_coming(how, on, child, visit.today)
    for before in doses_of(visit, child_id):
        if before.how != "given" and (before.code, before.dose) == (code, dose):
            undo_entry(visit, DoseRow, before.id)
    plain = {"code": code, "how": how, "on": None if on is None else on.isoformat(), "dose": dose}
    return write_entry(visit, DoseRow, child_id, plain, "dose")


def record_visit(
    visit: Visit, child_id: str, code: str, number: int, how: How, on: date | None, calendar: CheckupCalendar
) -> str:
    """Write a check-up down: done on a day, the clinic's own day, or a stance. Returns its id.

    Raises: Refusal: the visitor may not record, there is no such visit, or it stands on record for that day already.
        RecordFault: the day lies before birth or, for a visit done, in the future.
    """
    child = child_to_record(visit, child_id)
    names = {(one.code, one.n): one for one in calendar.visits}
    if (code, number) not in names:
        raise Refusal("button_gone")
    one = names[code, number]
    if how == "given" and on is not None:
        check_day_of_care(one.name_zh, one.name_en, on, child.born_on, visit.today)
        if any(known.code == code and known.how == "given" and known.on == on for known in visits_of(visit, child_id)):
            raise Refusal("dose.twice", name=one.name(visit.language), day=on)
    else:
        _check_coming(how, on, child, visit.today)
        for before in visits_of(visit, child_id):
            if before.how != "given" and (before.code, before.number) == (code, number):
                undo_entry(visit, VisitRow, before.id)
    plain = {"code": code, "how": how, "on": None if on is None else on.isoformat(), "number": number}
    return write_entry(visit, VisitRow, child_id, plain, "visit")


def dose_of(entry: Entry) -> DoseEntry:
    """A dose as a value."""
    return DoseEntry(*_common(entry.plain), entry.plain.get("dose"), entry.id)


def visit_of(entry: Entry) -> VisitEntry:
    """A visit as a value."""
    return VisitEntry(*_common(entry.plain), entry.plain.get("number"), entry.id)


def _common(plain: dict[str, Any]) -> tuple[str, How, date | None]:
    on = plain.get("on")
    return str(plain["code"]), cast("How", plain["how"]), None if on is None else date.fromisoformat(on)


def _check_coming(how: How, on: date | None, child: Child, today: date) -> None:
    if how == "given" or (how == "booked") != (on is not None):
        raise Refusal("button_gone")
    if on is not None and on < max(today, child.born_on):
        raise Refusal("calendar.booked_past")
