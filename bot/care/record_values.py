"""What is on record about a child's doses and check-ups, as values, and how the forecasts read it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from bot.families.child import Child
from knowledge.checkup_forecast import CheckupRecord
from knowledge.schedule import Schedule
from knowledge.vaccine_record import GivenDose, VaccineRecord

How = Literal["given", "booked", "declined", "unsure", "not_for_child"]
"""given: on a day. booked: the clinic's own day. declined: the family does not want it now. unsure: nobody remembers;
the book tells. not_for_child: a doctor said so, or it does not apply."""

Record: TypeAlias = "DoseEntry | VisitEntry"

STANCES: tuple[How, ...] = ("declined", "unsure", "not_for_child")


@dataclass(frozen=True)
class DoseEntry:
    """What is on record about a dose. `dose`: the number in its series, None where the engine counts (given).

    `code`: a vaccine or product of the calendar. `on`: the day given or booked, None for the rest.
    """

    code: str
    how: How
    on: date | None
    dose: int | None
    id: str = ""


@dataclass(frozen=True)
class VisitEntry:
    """What is on record about a check-up: done, booked by the clinic, or one of the stances."""

    code: str
    how: How
    on: date | None
    number: int | None
    id: str = ""


def vaccine_record(child: Child, doses: Sequence[DoseEntry], schedule: Schedule) -> VaccineRecord:
    """The child as the immunization forecast knows it. A self-paid vaccine that was begun is followed on."""
    every = (GivenDose(one.on, one.code) for one in doses if one.how == "given" and one.on is not None)
    given = tuple(dict.fromkeys(every))
    paid = set(schedule.self_paid_codes)
    return VaccineRecord(
        born_on=child.born_on,
        given=given,
        gestation_weeks=child.gestation_weeks,
        opt_in=frozenset(dose.code for dose in given if dose.code in paid),
    )


def checkup_record(child: Child, visits: Sequence[VisitEntry]) -> CheckupRecord:
    """The child as the check-up forecast knows it; the clinic's date entered last holds."""
    done: dict[str, tuple[date, ...]] = {}
    booked: dict[str, date] = {}
    for one in visits:
        if one.how == "given" and one.on is not None:
            done[one.code] = (*done.get(one.code, ()), one.on)
        if one.how == "booked" and one.on is not None:
            booked[one.code] = one.on
    return CheckupRecord(child.born_on, done, child.gestation_weeks, booked)


def same_dose(one: str, other: str, schedule: Schedule) -> bool:
    """Whether two codes on one day are one dose written twice: the same, or both counting for one series."""
    counting = [series.own | set(series.counts) for series in schedule.series.values()]
    return one == other or any({one, other} <= codes for codes in counting)


def twice(dose: GivenDose, known: Iterable[tuple[str, date | None]], schedule: Schedule) -> str | None:
    """The code under which a dose stands on record already for its day, None where it is new."""
    return next((code for code, on in known if on == dose.on and same_dose(code, dose.code, schedule)), None)
