"""The immunization schedule as values: what is given when, what stands for what, who is different. Pure.

Read by `schedule_file` from `data/immunization/`; the forecast computes with nothing but these values.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from knowledge.calendar_days import Span
from knowledge.dose_rule import Counting, DoseRule, Plan
from knowledge.topics import Language

Liveness = Literal["no", "injected", "oral", "by_dose"]
"""Whether a vaccine holds live germs and how it is given; `by_dose`: the product of each dose decides."""


@dataclass(frozen=True, slots=True)
class Product:
    """What can stand in a vaccination record under `code`."""

    code: str
    name_zh: str
    name_en: str
    live: Liveness

    def name(self, language: Language) -> str:
        """The name in the reader's language."""
        return self.name_zh if language == "zh" else self.name_en


@dataclass(frozen=True, slots=True)
class BornFrom:
    """A series for children born on `day` or later; `before` says what holds for those born earlier."""

    day: date
    before: Literal["hold", "not_applicable"]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """How many doses of a series should have been of certain products."""

    products: frozenset[str]
    doses: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """The doses of one vaccine. `plans` holds one plan, or several that differ by age at the first dose.

    `option_group`: series that stand for each other ("JE"); None for most. `age_out`: from this age on never given.
    `own`: product codes that count by the series' own rules. `needs_test_from`: from this age on a test comes first.
    `each_season_from`: (month, day) where a season starts, for a vaccine that is repeated every season.
    `ask_clinic`: no day may be computed. `first_in_line`: goes first when not all can be given (source NIP21, G6).
    """

    product: Product
    plans: tuple[Plan, ...]
    sources: tuple[str, ...]
    self_paid: bool
    own: frozenset[str]
    counts: dict[str, Counting]
    option_group: str | None = None
    age_out: Span | None = None
    needs_test_from: Span | None = None
    born_from: BornFrom | None = None
    each_season_from: tuple[int, int] | None = None
    at_least: AtLeast | None = None
    ask_clinic: bool = False
    first_in_line: bool = False

    @property
    def code(self) -> str:
        """The code of its rows."""
        return self.product.code

    def rule(self, plan: Plan, n: int) -> DoseRule | None:
        """The rule of dose `n`, None where the series has no such dose; seasonal vaccines go on for ever."""
        if n <= len(plan.doses):
            return plan.doses[n - 1]
        return plan.doses[-1] if self.each_season_from is not None and plan.doses else None


@dataclass(frozen=True, slots=True)
class EarlierEdition:
    """How doses given before a day are judged, by dose number."""

    given_before: date
    doses: tuple[DoseRule, ...]


@dataclass(frozen=True, slots=True)
class LiveSpacing:
    """Injected live vaccines not given the same day are kept `min_days` apart."""

    min_days: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImmunoglobulinWait:
    """Injected live vaccines but `exempt` wait this long after an immunoglobulin or blood product.

    After a dose of `avoid_after` none should be given for `avoid_after_days`.
    """

    wait: Span
    exempt: frozenset[str]
    avoid_after: frozenset[str]
    avoid_after_days: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """A condition on record. `holds_live`: a doctor decides about live vaccines.

    `polio_product`: what every polio dose is given as, None for no change.
    """

    name: str
    holds_live: bool
    polio_product: str | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence beside a dose: of every child (`flag` None), or of children with a flag on record.

    `dose`: its number, or the first or last of the series.
    """

    code: str
    dose: int | Literal["first", "last"]
    sentence: str
    flag: str | None


@dataclass(frozen=True, slots=True)
class OtherSchedule:
    """The doses of a series for children with all of these flags."""

    code: str
    when_all: frozenset[str]
    doses: tuple[DoseRule, ...]


@dataclass(frozen=True, slots=True)
class Preterm:
    """Born before `before_weeks`; up to `hold_up_to_weeks` a doctor decides when `hold_code` is given."""

    before_weeks: int
    hold_code: str
    hold_up_to_weeks: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A reason in both languages; `sources` empty: those of the rule it speaks of."""

    zh: str
    en: str
    sources: tuple[str, ...]

    def text(self, language: Language) -> str:
        """The sentence in the reader's language, values still in braces."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Schedule:
    """Everything the forecast needs: one city's programme, with the self-paid vaccines beside it.

    `choices`: the city's product for each option group; `choices_to_verify`: those not confirmed for this year.
    """

    edition: str
    title_zh: str
    title_en: str
    region: str
    in_force_from: date
    series: dict[str, Series]
    products: dict[str, Product]
    choices: dict[str, str]
    choices_to_verify: frozenset[str]
    earlier_editions: dict[str, EarlierEdition]
    live_spacing: LiveSpacing
    immunoglobulin: ImmunoglobulinWait
    flags: dict[str, Flag]
    notes: tuple[Note, ...]
    other_schedules: tuple[OtherSchedule, ...]
    preterm: Preterm
    sentences: dict[str, Sentence]

    def title(self, language: Language) -> str:
        """Which schedule this is, for the head of a calendar."""
        title = self.title_zh if language == "zh" else self.title_en
        return f"{title} · {self.region} · {self.edition} · {self.in_force_from}"

    @property
    def self_paid_codes(self) -> tuple[str, ...]:
        """The codes that a family may choose beside the programme."""
        return tuple(code for code, series in self.series.items() if series.self_paid)

    def options(self, group: str) -> tuple[str, ...]:
        """The series that stand for each other in an option group."""
        return tuple(code for code, series in self.series.items() if series.option_group == group)

    def cited(self) -> dict[str, tuple[str, ...]]:
        """The source ids by the place that cites them."""
        places = {code: series.sources for code, series in self.series.items()}
        places |= {name: sentence.sources for name, sentence in self.sentences.items()}
        places |= {name: flag.sources for name, flag in self.flags.items()}
        rules = [rule for edition in self.earlier_editions.values() for rule in edition.doses]
        rules += [rule for other in self.other_schedules for rule in other.doses]
        places["doses of other editions and groups"] = tuple(dict.fromkeys(s for rule in rules for s in rule.sources))
        places["at_least"] = tuple(s for one in self.series.values() if one.at_least for s in one.at_least.sources)
        return places | {
            "live_spacing": self.live_spacing.sources,
            "immunoglobulin": self.immunoglobulin.sources,
            "preterm": self.preterm.sources,
        }
