"""The rows of one series, dose by dose: what is done, what is missing, when and why. Pure.

A missing dose whose predecessor is missing too is reckoned as if that one were given today or on its first day,
whichever is later: so no row promises a day that cannot be kept, and forgetting a dose never brings a later one
forward. What decides, in this order: not for this child, or replaced; too late; a hold; the days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from knowledge.calendar_days import Span
from knowledge.dose_dates import Before, Bound, earliest_bound, latest_day, next_season
from knowledge.dose_history import History, injected_live_code, product_given
from knowledge.dose_holds import Holds, holds_of
from knowledge.dose_rule import DoseRule
from knowledge.forecast import LATE_AFTER_DAYS, Forecast, Reason, Status, Value, status_on
from knowledge.schedule import Schedule
from knowledge.vaccine_record import VaccineRecord

SAY_LAST_DAY_WITHIN_DAYS = 365
"""A last day further away than this only adds words."""


class SeriesForecast:
    """The rows of one series, dose by dose; holds what the dose before left behind."""

    def __init__(
        self,
        history: History,
        record: VaccineRecord,
        schedule: Schedule,
        dates_of: Mapping[str, Sequence[date]],
        live: tuple[tuple[date, str], ...],
        planned: dict[str, dict[int, str]],
        on: date,
    ) -> None:
        self._history, self._series = history, history.series
        self._record, self._schedule, self._live, self._on = record, schedule, live, on
        self._planned = planned.get(self._series.code, {})
        self._dates_of = dates_of
        self._holds: Holds = holds_of(history, record, schedule, on)
        counted = history.counted
        self._previous = counted[-1].on if counted else None
        self._first = counted[0].on if counted else None
        self._expected = False
        """Whether the dose before is still to come, so that its day is only expected."""
        self._blocked = False
        """Whether a dose before can no longer be given."""
        self._products = [product_given(dose, self._series) for dose in counted]

    def rows(self) -> list[Forecast]:
        """One row a dose."""
        counted = len(self._history.counted)
        rows = [self._done(n) for n in range(1, counted + 1)]
        if self._series.ask_clinic:
            return [*rows, self._asked(counted + 1)]
        last = len(self._history.plan.doses)
        if self._series.each_season_from is not None:
            last = max(last, counted + 1)
        for n in range(counted + 1, last + 1):
            rule = self._series.rule(self._history.plan, n)
            if rule is not None:
                rows.append(self._missing(n, rule))
        return rows

    # --- one row

    def _row(
        self,
        n: int,
        rule: DoseRule | None,
        status: Status,
        reasons: list[Reason],
        earliest_on: date | None = None,
        recommended_on: date | None = None,
        via: str | None = None,
        given_on: date | None = None,
    ) -> Forecast:
        complete_before = rule.complete_before if rule is not None else None
        return Forecast(
            code=self._series.code,
            dose=n,
            status=status,
            earliest_on=earliest_on,
            recommended_on=recommended_on,
            overdue_from_on=None if complete_before is None else complete_before.after(self._record.born_on),
            latest_on=None if rule is None else latest_day(self._series, rule, self._record.born_on),
            via=via,
            given_on=given_on,
            series=self._series.option_group or self._series.code,
            reasons=tuple(reasons),
        )

    def _done(self, n: int) -> Forecast:
        series, dose = self._series, self._history.counted[n - 1]
        rule = series.rule(self._history.plan, n) or dose.rule
        if dose.code in series.own:
            reasons = [self._why("done", given=dose.on, n=n)]
        else:
            reasons = [self._why("done_by_product", given=dose.on, product=dose.code)]
        latest = latest_day(series, rule, self._record.born_on)
        if latest is not None and dose.on > latest:
            reasons.append(self._why("done_after_limit", latest=latest))
        waiting = self._schedule.immunoglobulin
        if dose.code in waiting.avoid_after and any(
            0 <= (day - dose.on).days < waiting.avoid_after_days for day in self._record.immunoglobulin_on
        ):
            reasons.append(Reason("done_before_immunoglobulin", waiting.sources, {"days": waiting.avoid_after_days}))
        wanted = series.at_least
        if wanted is not None and n == len(self._history.plan.doses):
            used = sum(product in wanted.products for product in self._products)
            if used < wanted.doses:
                reasons.append(Reason("other_kind_needed", wanted.sources, {"count": wanted.doses}))
        reasons += self._notes_for(n)
        recommended_on = _recommended_on(dose.bound, dose.rule, self._record.born_on)
        via = None if dose.code == series.code else dose.code
        return self._row(n, rule, "done", reasons, dose.bound.day, recommended_on, via, dose.on)

    def _asked(self, n: int) -> Forecast:
        return self._row(n, None, "hold", [self._why("hold_ask"), self._why("self_paid")])

    def _missing(self, n: int, rule: DoseRule) -> Forecast:
        reasons = self._not_counted_reasons() if n == len(self._history.counted) + 1 else []
        gone = self._not_for_this_child(n)
        if gone is not None:
            return self._row(n, rule, "not_applicable", [*reasons, gone[0]], via=gone[1])
        bound = self._bound(n, rule)
        latest = latest_day(self._series, rule, self._record.born_on)
        if latest is not None and max(bound.day, self._on) > latest:
            self._blocked = True
            return self._row(n, rule, "not_applicable", [*reasons, self._too_late(rule, latest)])
        was_expected = self._expected
        self._previous = max(bound.day, self._on)
        self._first = self._first or self._previous
        self._expected = True
        overdue_from = None if rule.complete_before is None else rule.complete_before.after(self._record.born_on)
        product, instead = self._product(rule)
        hold = self._holds.for_dose(n, product, bound, len(self._history.counted) + 1)
        status: Status = "hold" if hold is not None else status_on(self._on, bound.day, overdue_from)
        reasons += self._bound_reasons(bound, expected=was_expected)
        reasons += [hold] if hold is not None else self._standing(status, rule, bound)
        if product is not None:
            reasons.append(Reason("product_instead" if instead else "product", rule.sources, {"product": product}))
        if n == len(self._history.counted) + 1 and self._is_unconfirmed_choice():
            reasons.append(self._why("choice_to_verify"))
        if latest is not None and hold is None and (latest - self._on).days <= SAY_LAST_DAY_WITHIN_DAYS:
            reasons.append(self._why("last_day", latest=latest))
        reasons += self._notes_for(n)
        if self._series.self_paid:
            reasons.append(self._why("self_paid"))
        recommended_on = _recommended_on(bound, rule, self._record.born_on)
        return self._row(n, rule, status, reasons, bound.day, recommended_on)

    # --- what decides

    def _not_for_this_child(self, n: int) -> tuple[Reason, str | None] | None:
        """Why the dose is not needed or not meant, with the product that stands for it; None when it is."""
        born_from = self._series.born_from
        if born_from is not None and born_from.before == "not_applicable" and self._record.born_on < born_from.day:
            return self._why("not_eligible", born_from=born_from.day), None
        for dose in self._history.counted:
            counting = self._series.counts.get(dose.code)
            if counting is not None and counting.rest_not_needed:
                return self._why("replaced", product=dose.code), dose.code
        if n in self._planned:
            return self._why("will_be_replaced", product=self._planned[n]), self._planned[n]
        return (self._why("series_not_started"), None) if self._blocked else None

    def _bound(self, n: int, rule: DoseRule) -> Bound:
        before = Before(self._previous, self._first, self._dates_of, self._live)
        live_code = injected_live_code(self._series, self._series.code, self._schedule)
        bound = earliest_bound(rule, self._record, self._schedule, live_code, before, self._on)
        earlier = self._schedule.earlier_editions.get(self._series.code)
        if earlier is not None and self._on < earlier.given_before and n <= len(earlier.doses):
            # a look back: a dose of those days is judged by the edition of those days
            then = earliest_bound(earlier.doses[n - 1], self._record, self._schedule, live_code, before, self._on)
            bound = (
                then if then.day < earlier.given_before else replace(bound, day=max(bound.day, earlier.given_before))
            )
        season = self._series.each_season_from
        if season is not None and n > len(self._history.plan.doses) and self._previous is not None:
            day = next_season(season, self._previous)
            if day > bound.day:
                return Bound(day, "season", Span(0, 0), self._previous)
        return bound

    def _too_late(self, rule: DoseRule, latest: date) -> Reason:
        if self._on <= latest:
            return self._why("cannot_fit", latest=latest)
        if rule.max_age is not None or self._series.age_out is None:
            return self._why("past_last_day", latest=latest)
        return self._why("aged_out", age=self._series.age_out, latest=latest)

    def _product(self, rule: DoseRule) -> tuple[str | None, bool]:
        """The product of a missing dose where the series has several, and whether it is not the usual one."""
        if rule.product is None:
            return None, False
        for name in sorted(self._record.flags):
            product = self._schedule.flags[name].polio_product
            if product is not None:
                return product, product != rule.product
        wanted, product = self._series.at_least, rule.product
        if wanted is not None and sum(one in wanted.products for one in self._products) < wanted.doses:
            product = next(one for one in sorted(wanted.products) if one in self._series.own)
        self._products.append(product)
        return product, product != rule.product

    def _is_unconfirmed_choice(self) -> bool:
        """Whether the product is only the city's, which nobody confirmed: neither the record nor the clinic names it."""
        group = self._series.option_group
        return (
            group in self._schedule.choices_to_verify
            and group not in self._record.variants
            and not self._history.counted
        )

    # --- in words

    def _why(self, name: str, **values: Value) -> Reason:
        return Reason(name, self._series.sources, values)

    def _bound_reasons(self, bound: Bound, *, expected: bool) -> list[Reason]:
        values: dict[str, Value] = {"earliest": bound.day}
        name: str = bound.because
        if bound.because == "interval" and expected:
            name = "interval_expected"
        if bound.because == "age" and bound.span == Span(0, 0):
            name = "from_birth"
        elif bound.because in {"age", "early_start"}:
            values["age"] = bound.span
        elif bound.because == "live_spacing":
            values["days"] = bound.span.days
        elif bound.because != "season":
            values["interval"] = bound.span
        if bound.because in {"live_spacing", "immunoglobulin"} and bound.since is not None:
            values["since"] = bound.since
        if bound.code is not None:
            values["other"] = bound.code
        reasons = [self._why(name, **values)]
        if not bound.verified:
            reasons.append(self._why("to_verify"))
        return reasons

    def _standing(self, status: Status, rule: DoseRule, bound: Bound) -> list[Reason]:
        """What the status asks of the family."""
        age = rule.complete_before
        if status == "overdue" and age is not None:
            return [self._why("overdue", age=age)]
        if status == "late":
            return [self._why("late", days=LATE_AFTER_DAYS)]
        reasons = [self._why("due")] if status == "due" else []
        if age is not None:
            passed = self._on >= age.after(self._record.born_on)
            reasons.append(self._why("behind" if passed else "due_before", age=age))
        if rule.max_interval is not None and bound.because == "interval":
            reasons.append(self._why("best_within", interval=rule.max_interval))
        return reasons

    def _not_counted_reasons(self) -> list[Reason]:
        reasons = []
        for one in self._history.not_counted:
            if one.why == "early" and one.earliest_on is not None:
                reasons.append(self._why("not_counted_early", given=one.on, earliest=one.earliest_on))
            elif one.why == "product":
                reasons.append(self._why("not_counted_product", given=one.on, product=one.code))
        return reasons

    def _notes_for(self, n: int) -> list[Reason]:
        last = len(self._history.plan.doses)
        return [
            Reason(note.sentence)
            for note in self._schedule.notes
            if note.code == self._series.code
            and (note.flag is None or note.flag in self._record.flags)
            and n == {"first": 1, "last": last}.get(str(note.dose), note.dose)
        ]


def _recommended_on(bound: Bound, rule: DoseRule, born_on: date) -> date:
    """The planned day: never before the first allowed one."""
    return bound.day if bound.at_once else max(bound.day, rule.recommended_age.after(born_on))
