"""How old a child is on a day: days, completed months and, for a child born early, the corrected age. Pure.

Days are calendar days of the families' zone. A month is completed on the day of the same number; where that month has
no such day, on the 1st of the next (born 31 August, 6 months on 1 March). The corrected age counts from the day when
40 weeks of gestation would have been reached.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from knowledge.faults import InputFault

TERM_WEEKS = 40
PRETERM_BELOW_WEEKS = 37
CORRECTED_BELOW_MONTHS = 24
"""Growth and development go by the corrected age until 24 months of real age. Source: CNPRETERM (to be verified)."""

FEWEST_WEEKS, MOST_WEEKS = 22, 44


@dataclass(frozen=True)
class Age:
    """`days` since the day counted from, negative before it.

    `months`: completed; `odd_days`: since the last completed month. Both are 0 before the day counted from.
    """

    days: int
    months: int
    odd_days: int


@dataclass(frozen=True)
class ChildAge:
    """The age on a day. `corrected` is None for a child born at term, or too old for it to matter any more."""

    chronological: Age
    corrected: Age | None
    weeks_early: int

    @property
    def used(self) -> Age:
        """The age that growth and development go by."""
        return self.corrected or self.chronological

    @property
    def before_term(self) -> bool:
        """Whether 40 weeks are not reached yet, so that no curve for babies born at term applies."""
        return self.used.days < 0


def add_months(day: date, months: int) -> date:
    """The same day of the month, `months` later; the 1st of the month after where there is none."""
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    try:
        return date(year, month + 1, day.day)
    except ValueError:
        year, month = divmod(total + 1, 12)
        return date(year, month + 1, 1)


def age_between(start: date, on: date) -> Age:
    """The age of someone counted from `start`."""
    months = (on.year - start.year) * 12 + on.month - start.month
    while months > 0 and add_months(start, months) > on:
        months -= 1
    days = (on - start).days
    if days < 0:
        return Age(days, 0, 0)
    return Age(days, months, (on - add_months(start, months)).days)


def child_age(born_on: date, on: date, gestation_weeks: int | None = None) -> ChildAge:
    """The age on a day. `gestation_weeks`: completed weeks at birth, None for a child born at term.

    Raises: InputFault: the birth lies after `on`, or the weeks cannot be.
    """
    if born_on > on:
        raise InputFault("born_later", f"born {born_on} lies after {on}; check the year of both dates")
    if gestation_weeks is not None and not FEWEST_WEEKS <= gestation_weeks <= MOST_WEEKS:
        message = (
            f"gestation of {gestation_weeks} weeks cannot be; give the completed weeks, {FEWEST_WEEKS} to {MOST_WEEKS}"
        )
        raise InputFault("gestation", message)
    chronological = age_between(born_on, on)
    early = gestation_weeks is not None and gestation_weeks < PRETERM_BELOW_WEEKS
    weeks_early = TERM_WEEKS - gestation_weeks if early and gestation_weeks is not None else 0
    if not weeks_early or chronological.months >= CORRECTED_BELOW_MONTHS:
        return ChildAge(chronological, None, weeks_early)
    return ChildAge(chronological, age_between(born_on + timedelta(weeks=weeks_early), on), weeks_early)
