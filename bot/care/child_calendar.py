"""A child's calendar as a value: what comes, in which order, and what the family has said about it. Pure.

The forecasts decide about days; here doses and check-ups stand side by side, with what the family noted beside them.
A dose that the family declined, or that is not for this child, is listed and never pressed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.care.record_values import DoseEntry, How, VisitEntry, checkup_record, vaccine_record
from bot.families.child import Child
from knowledge.checkup_calendar import CheckupCalendar
from knowledge.checkup_forecast import forecast_checkups
from knowledge.dose_history import NotCounted
from knowledge.forecast import MISSING, Forecast, Reason
from knowledge.immunization_forecast import forecast_immunizations
from knowledge.schedule import Schedule

Kind = Literal["dose", "visit"]

PRESSING = frozenset({"due", "late", "overdue"})
QUIET: frozenset[How] = frozenset({"declined", "not_for_child"})
"""What the family does not want to be reminded of."""

MOST_NEXT = 3


@dataclass(frozen=True)
class Item:
    """One dose or check-up to come. `on`: the day to name, None where there is none.

    `noted`: what the family said about it. `first`: the first missing one of its series; later ones wait for it.
    """

    kind: Kind
    forecast: Forecast
    on: date | None
    noted: How | None = None
    first: bool = True

    @property
    def code(self) -> str:
        """The code of the series or visit."""
        return self.forecast.code

    @property
    def number(self) -> int:
        """Which dose or visit of its code."""
        return self.forecast.dose

    @property
    def booked(self) -> bool:
        """Whether the family has a day for it: noted with a dose, or the clinic's own date of a check-up."""
        return self.noted == "booked" or (self.kind == "visit" and self.forecast.overdue_from_on is not None)

    @property
    def pressing(self) -> bool:
        """Whether it is time for it, or past it."""
        return self.noted not in QUIET and (self.forecast.status in PRESSING or self.forecast.status == "hold")


@dataclass(frozen=True)
class ChildCalendar:
    """Everything of one child on one day. `items`: what is to come, soonest first. `done`: what is on record.

    `signs_due`: the warning signs of the child's age wait to be gone through. `notes`: what holds for all of its doses.
    """

    on: date
    items: tuple[Item, ...]
    done: tuple[Item, ...]
    not_counted: tuple[NotCounted, ...]
    signs_due: bool = False
    notes: tuple[Reason, ...] = ()

    @property
    def next(self) -> tuple[Item, ...]:
        """The next three, doses whose time it is first; two where the warning signs take a place."""
        return self._ranked[: MOST_NEXT if self.signs_place is None else MOST_NEXT - 1]

    @property
    def signs_place(self) -> int | None:
        """Where among the next three the warning signs stand: after what presses. None where they have no place."""
        pressing = sum(item.pressing for item in self._ranked[:MOST_NEXT])
        return pressing if self.signs_due and pressing < MOST_NEXT else None

    @property
    def _ranked(self) -> tuple[Item, ...]:
        wanted = [item for item in self.items if item.first and item.noted not in QUIET]
        return tuple(sorted(wanted, key=_urgency))

    @property
    def this_month(self) -> tuple[Item, ...]:
        """What falls into this calendar month, and what is waiting from before."""
        return tuple(
            item
            for item in self.items
            if item.noted not in QUIET
            and (
                item.pressing
                or (item.on is not None and (item.on.year, item.on.month) == (self.on.year, self.on.month))
            )
        )

    def item(self, code: str, number: int) -> Item | None:
        """One of the items to come, or on record."""
        return next((one for one in (*self.items, *self.done) if (one.code, one.number) == (code, number)), None)


def calendar_of(
    child: Child,
    doses: Sequence[DoseEntry],
    visits: Sequence[VisitEntry],
    schedule: Schedule,
    checkup_calendar: CheckupCalendar,
    today: date,
    *,
    signs_due: bool = False,
) -> ChildCalendar:
    """The calendar of a child.

    Raises: RecordFault: what is on record cannot be true (the birth date was changed since).
    """
    vaccines = forecast_immunizations(vaccine_record(child, doses, schedule), schedule, today)
    checkups = forecast_checkups(checkup_record(child, visits), checkup_calendar, today)
    noted = {(one.code, one.dose): one for one in doses if one.how != "given"}
    stances = {(one.code, one.number): one for one in visits if one.how not in {"given", "booked"}}
    first = {(row.code, row.dose) for row in (*vaccines.next, *checkups.next)}
    items: list[Item] = []
    done: list[Item] = []
    for row in vaccines.rows:
        said = noted.get((row.code, row.dose))
        day = said.on if said is not None and said.how == "booked" else row.recommended_on or row.earliest_on
        item = Item("dose", row, day, said.how if said else None, (row.code, row.dose) in first)
        (items if row.status in MISSING else done).append(item)
    for row in checkups.rows:
        stance = stances.get((row.code, row.dose))
        # every visit but the next waits for its age; a screen stands alone
        is_first = (row.code, row.dose) in first
        item = Item("visit", row, row.recommended_on, stance.how if stance else None, is_first)
        (items if row.status in MISSING else done).append(item)
    soonest = sorted(items, key=lambda one: (one.on or date.max, one.kind))
    recorded = [item for item in done if item.forecast.status == "done"]
    return ChildCalendar(
        today,
        tuple(soonest),
        tuple(sorted(recorded, key=lambda one: one.forecast.given_on or date.min)),
        vaccines.not_counted,
        signs_due,
        vaccines.notes,
    )


def _urgency(item: Item) -> tuple[int, date]:
    since = item.forecast.recommended_on or item.on or date.max
    if item.pressing:
        last = 1 if item.forecast.status == "hold" else 0
        return (last if item.kind == "dose" else 2), since
    return 3, since
