"""Which recorded doses count, and as which dose of which series. Pure.

Doses are taken in the order of their days, whatever the order of the record. A dose before its first allowed day is
not counted and the series goes on without it; nothing starts over (NIP21 and NIP26, general principles). A dose after
the last day of its age still counts: it was given, and only the clinic can say otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from knowledge.calendar_days import Span
from knowledge.dose_dates import Before, Bound, earliest_bound, next_season
from knowledge.dose_rule import DoseRule, Plan
from knowledge.schedule import Schedule, Series
from knowledge.vaccine_record import GivenDose, VaccineRecord


@dataclass(frozen=True, slots=True)
class CountedDose:
    """A dose that counts: its number, its day, the product, and the bound it had to keep."""

    n: int
    on: date
    code: str
    rule: DoseRule
    bound: Bound


@dataclass(frozen=True, slots=True)
class NotCounted:
    """A dose that does not count for `series`.

    `early`: before `earliest_on`. `product`: this product cannot stand for the dose. `extra`: the series was complete.
    """

    series: str
    on: date
    code: str
    why: Literal["early", "product", "extra"]
    earliest_on: date | None = None


@dataclass(frozen=True, slots=True)
class History:
    """A series as it was given so far; `plan` is the one that its first dose chose."""

    series: Series
    plan: Plan
    counted: tuple[CountedDose, ...]
    not_counted: tuple[NotCounted, ...]

    @property
    def dates(self) -> tuple[date, ...]:
        """The days of the doses that count."""
        return tuple(dose.on for dose in self.counted)


def injected_live_code(series: Series, code: str, schedule: Schedule) -> str | None:
    """The code when it is an injected live vaccine, otherwise None."""
    product = schedule.products.get(code, series.product)
    return code if product.live == "injected" else None


def live_doses(record: VaccineRecord, schedule: Schedule) -> tuple[tuple[date, str], ...]:
    """Every injected live dose on record, counted or not, in the order of days."""
    return tuple(
        (dose.on, dose.code) for dose in sorted(record.given) if schedule.products[dose.code].live == "injected"
    )


def plans_for(series: Series, record: VaccineRecord, schedule: Schedule) -> tuple[Plan, ...]:
    """The plans of a series for this child; some children have a schedule of their own."""
    for other in schedule.other_schedules:
        if other.code == series.code and other.when_all <= record.flags:
            return (Plan(None, other.doses),)
    return series.plans


def plan_at(plans: tuple[Plan, ...], born_on: date, first_on: date) -> Plan:
    """The plan of a child whose first dose falls on a day; past every plan's age, the last one."""
    for plan in plans:
        if plan.before_age is None or first_on < plan.before_age.after(born_on):
            return plan
    return plans[-1]


def judge(
    series: Series,
    record: VaccineRecord,
    schedule: Schedule,
    dates_of: Mapping[str, Sequence[date]],
    live: tuple[tuple[date, str], ...],
    on: date,
) -> History:
    """The history of one series. `dates_of`: days of the series before it; `on` chooses a plan for none given."""
    plans = plans_for(series, record, schedule)
    plan = plan_at(plans, record.born_on, on)
    counted: list[CountedDose] = []
    not_counted: list[NotCounted] = []
    of_series = sorted(dose for dose in record.given if dose.code in series.own or dose.code in series.counts)
    if not of_series:
        return History(series, plan, (), ())
    for dose in of_series:
        if not counted:
            plan = plan_at(plans, record.born_on, dose.on)
        n = len(counted) + 1
        rule = _rule_for(series, plan, dose, n, record, schedule)
        if rule is None:
            in_series = series.rule(plan, n) is not None
            not_counted.append(NotCounted(series.code, dose.on, dose.code, "product" if in_series else "extra"))
            continue
        before = Before(
            counted[-1].on if counted else None,
            counted[0].on if counted else None,
            dates_of,
            [(day, code) for day, code in live if day < dose.on],
        )
        bound = _bound_of_given(series, rule, dose, n, counted, before, record, schedule, plan)
        if dose.on < bound.day:
            not_counted.append(NotCounted(series.code, dose.on, dose.code, "early", bound.day))
        else:
            counted.append(CountedDose(n, dose.on, dose.code, rule, bound))
    return History(series, plan, tuple(counted), tuple(not_counted))


def _rule_for(
    series: Series, plan: Plan, dose: GivenDose, n: int, record: VaccineRecord, schedule: Schedule
) -> DoseRule | None:
    """The rule that judges a given dose as dose `n`, None where it cannot be that dose."""
    own_rule = series.rule(plan, n)
    if series.ask_clinic:
        return DoseRule(n, Span(0, 0), Span(0, 0), series.sources)
    if own_rule is None:
        return None
    if dose.code in series.own:
        earlier = schedule.earlier_editions.get(series.code)
        if earlier is not None and dose.on < earlier.given_before and n <= len(earlier.doses):
            return earlier.doses[n - 1]
        return own_rule
    counting = series.counts[dose.code]
    if n not in counting.rules:
        return None
    if counting.before_age is not None and dose.on >= counting.before_age.after(record.born_on):
        return None
    return counting.rules[n] or own_rule


def _bound_of_given(
    series: Series,
    rule: DoseRule,
    dose: GivenDose,
    n: int,
    counted: list[CountedDose],
    before: Before,
    record: VaccineRecord,
    schedule: Schedule,
    plan: Plan,
) -> Bound:
    early = rule.earlier_when_all
    live_code = injected_live_code(series, dose.code, schedule)
    min_age, interval = rule.absolute_min_age, None
    if early is not None:
        products = {_product_of(one.code, one.rule, series) for one in counted} | {_product_of(dose.code, rule, series)}
        if products <= early.products and dose.on < rule.min_age.after(record.born_on):
            min_age, interval = early.min_age, early.interval
    bound = earliest_bound(rule, record, schedule, live_code, before, dose.on, min_age=min_age, interval=interval)
    if series.each_season_from is not None and n > len(plan.doses) and before.previous is not None:
        season = next_season(series.each_season_from, before.previous)
        if season > bound.day:
            return Bound(season, "season", Span(0, 0), before.previous)
    return bound


def _product_of(code: str, rule: DoseRule, series: Series) -> str:
    """What a dose was: a record that names only the series means the product that the schedule gives then."""
    return rule.product if code == series.code and rule.product else code


def product_given(dose: CountedDose, series: Series) -> str:
    """The product of a counted dose."""
    return _product_of(dose.code, dose.rule, series)
