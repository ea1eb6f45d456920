"""The check-up calendar as values: visits and newborn screens with their windows. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from knowledge.calendar_days import Span
from knowledge.schedule import Sentence
from knowledge.topics import Language

Anchor = Literal["birth", "discharge_or_birth"]


@dataclass(frozen=True, slots=True)
class Window:
    """When a visit fits: from `start` after its anchor to the day `end` (`end_included`) or the day before it.

    `last`: the last day on which a screen can still be made up for; None for visits, which one may always go to.
    """

    start: Span
    end: Span
    end_included: bool
    anchor: Anchor
    last: Span | None

    def first_day(self, anchor_on: date) -> date:
        """The day from which on the visit fits."""
        return self.start.after(anchor_on)

    def last_day(self, anchor_on: date) -> date:
        """The last day of the usual time."""
        return self.end.after(anchor_on) - timedelta(0 if self.end_included else 1)


@dataclass(frozen=True, slots=True)
class Told:
    """A list in both languages."""

    zh: tuple[str, ...]
    en: tuple[str, ...]

    def items(self, language: Language) -> tuple[str, ...]:
        """The list in the reader's language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class CheckupVisit:
    """One visit or newborn screen. `n`: its number where a code stands for several (4, 5 and 6 years).

    `official`: what the standard says about its time. `what`: what happens. `ask`: what to ask.
    """

    code: str
    n: int
    kind: Literal["visit", "screening"]
    name_zh: str
    name_en: str
    official: Told
    window: Window
    what: Told
    ask: Told
    sources: tuple[str, ...]

    def name(self, language: Language) -> str:
        """The name in the reader's language."""
        return self.name_zh if language == "zh" else self.name_en


@dataclass(frozen=True, slots=True)
class CheckupCalendar:
    """All screens and visits in the order of age. `bring`: what to take to every visit.

    `preterm_before_weeks`: born earlier, development is read by corrected age until `corrected_until`.
    `to_verify`: names of the sentences that say what nobody confirmed.
    """

    visits: tuple[CheckupVisit, ...]
    bring: Told
    bring_sources: tuple[str, ...]
    preterm_before_weeks: int
    corrected_until: Span
    preterm_sources: tuple[str, ...]
    title_zh: str
    title_en: str
    to_verify: tuple[str, ...]
    sentences: dict[str, Sentence]

    def title(self, language: Language) -> str:
        """Which calendar this is."""
        return self.title_zh if language == "zh" else self.title_en

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code once."""
        return tuple(dict.fromkeys(visit.code for visit in self.visits))

    def cited(self) -> dict[str, tuple[str, ...]]:
        """The source ids by the place that cites them."""
        places = {visit.code: visit.sources for visit in self.visits}
        places |= {name: sentence.sources for name, sentence in self.sentences.items()}
        return places | {"bring": self.bring_sources, "preterm": self.preterm_sources}
