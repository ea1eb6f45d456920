"""One dose of a series as a value: its ages and intervals, what lets it come early, and what counts as it. Pure."""

from dataclasses import dataclass

from knowledge.calendar_days import Span


@dataclass(frozen=True, slots=True)
class Early:
    """A dose may come before its usual minimum age when every dose of the series is one of `products`."""

    products: frozenset[str]
    min_age: Span
    interval: Span


@dataclass(frozen=True, slots=True)
class AfterSeries:
    """A minimum interval after a dose of another series."""

    code: str
    dose: int
    interval: Span


@dataclass(frozen=True, slots=True)
class EarlyStart:
    """From `from_age` on, fewer than `fewer_than` doses of another series let this one start before its minimum age.

    `interval` counts from the last dose of that series, where there is one.
    """

    from_age: Span
    fewer_than: int
    code: str
    interval: Span


@dataclass(frozen=True, slots=True)
class DoseRule:
    """One dose of a series. Ages count from birth; None means that the schedule sets no such limit.

    `absolute_min_age`: a dose given from this age on counts, though it is planned for `min_age`.
    `complete_before`: official; its first day is the first overdue day. `max_age`: the last day that is allowed.
    `max_interval` is advice, not a limit. `to_verify`: names of what was not confirmed.
    """

    n: int
    recommended_age: Span
    min_age: Span
    sources: tuple[str, ...]
    absolute_min_age: Span | None = None
    interval: Span | None = None
    interval_from_first: Span | None = None
    max_interval: Span | None = None
    complete_before: Span | None = None
    max_age: Span | None = None
    product: str | None = None
    earlier_when_all: Early | None = None
    after_series: AfterSeries | None = None
    early_start: EarlyStart | None = None
    to_verify: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """The doses of a child whose first dose comes before the age `before_age` (None: at any age)."""

    before_age: Span | None
    doses: tuple[DoseRule, ...]


@dataclass(frozen=True, slots=True)
class Counting:
    """That a product's doses count for another series: which of its doses, and by whose rule.

    `rules`: the rule for each dose number, None where the series' own rule judges. `before_age`: only when given
    before this age. `rest_not_needed`: once used, missing doses of the series are not needed.
    `takes_the_place`: a family that chose the product is not asked for the doses it will bring.
    """

    product: str
    rules: dict[int, DoseRule | None]
    before_age: Span | None
    rest_not_needed: bool
    takes_the_place: bool
