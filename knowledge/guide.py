"""The guide as values: entries with passages by age band, every statement with its sources.

Pure: built by `knowledge.load`, read by everyone. An answer shown to a parent is this text, verbatim.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from knowledge.topics import LANGUAGES, OLDEST_MONTH, Language, Topic

Skill = Literal["care", "caress", "play", "listen", "communicate", "let-go", "wait"]
SKILLS: tuple[Skill, ...] = ("care", "caress", "play", "listen", "communicate", "let-go", "wait")


@dataclass(frozen=True)
class Source:
    """A published document that statements rest on.

    `text_seen` says what we read ourselves: the issuer's page, a reprint of it, or nothing (general knowledge).
    `url` is the issuer's own address, None where we know none.
    """

    id: str
    title_zh: str
    title_en: str
    publisher: str
    year: int
    text_seen: Literal["official", "reprint", "none"]
    url: str | None = None

    def title(self, language: Language) -> str:
        """The title in the reader's language; Chinese where the document has no English name."""
        return self.title_zh if language == "zh" or not self.title_en else self.title_en


@dataclass(frozen=True)
class Cited:
    """A paragraph or bullet with the ids of the sources it rests on; `line` is where it stands in its file."""

    text: str
    source_ids: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class AgeBand:
    """Ages in completed months from `from_month` up to, not including, `to_month`.

    The last band of the guide (to 36) includes the month of the third birthday, so that no child falls out on it.
    """

    from_month: int
    to_month: int

    def holds(self, age_months: int) -> bool:
        """Whether advice for this band is meant for a child of `age_months` completed months."""
        if self.to_month == OLDEST_MONTH and age_months == OLDEST_MONTH:
            return True
        return self.from_month <= age_months < self.to_month

    def distance(self, age_months: int) -> int:
        """Months between the age and the band; 0 inside it."""
        if self.holds(age_months):
            return 0
        if age_months < self.from_month:
            return self.from_month - age_months
        return age_months - self.to_month + 1


@dataclass(frozen=True)
class BandPassage:
    """What the guide says for one age band, in one language: one or more paragraphs."""

    band: AgeBand
    paragraphs: tuple[Cited, ...]

    @property
    def text(self) -> str:
        """The paragraphs as the parent reads them."""
        return "\n".join(p.text for p in self.paragraphs)


@dataclass(frozen=True)
class Side:
    """An entry in one language. Lists are empty only where the form allows it (`differs`)."""

    title: str
    short_answer: Cited
    passages: tuple[BandPassage, ...]
    do: tuple[Cited, ...]
    dont: tuple[Cited, ...]
    see_doctor: tuple[Cited, ...]
    call_120: tuple[Cited, ...]
    differs: tuple[Cited, ...]

    def passage_for(self, age_months: int | None) -> BandPassage | None:
        """The passage for that age, the nearest band's where none holds it; None when the age is not known."""
        if age_months is None:
            return None
        return min(self.passages, key=lambda p: (p.band.distance(age_months), p.band.from_month))

    def statements(self) -> tuple[Cited, ...]:
        """Every cited statement of this side, in reading order."""
        passages = tuple(paragraph for p in self.passages for paragraph in p.paragraphs)
        return (self.short_answer, *passages, *self.do, *self.dont, *self.see_doctor, *self.call_120, *self.differs)


@dataclass(frozen=True)
class SourceUse:
    """Which part of a source an entry rests on."""

    source_id: str
    section: str


@dataclass(frozen=True)
class Signature:
    """The clinician who signed the entry."""

    name: str
    qualification: str
    signed_on: date


@dataclass(frozen=True)
class Entry:
    """What the guide says about one topic. `signed_by` is None while no clinician has signed it."""

    topic: Topic
    skill: Skill
    zh: Side
    en: Side
    sources: tuple[SourceUse, ...]
    related: tuple[str, ...]
    to_verify: tuple[str, ...]
    written_on: date
    review_by: date
    signed_by: Signature | None
    file: str

    def side(self, language: Language) -> Side:
        """The entry in the reader's language."""
        return self.zh if language == "zh" else self.en

    @property
    def sides(self) -> tuple[tuple[Language, Side], ...]:
        """Both sides with their language, Chinese first."""
        return tuple((language, self.side(language)) for language in LANGUAGES)


@dataclass(frozen=True)
class Guide:
    """An edition of the guide: what can be answered, and what we know is asked but not yet written.

    `wordings` also holds topics without an entry; `edition` is a fingerprint of everything that is served.
    """

    topics: dict[str, Topic]
    sources: dict[str, Source]
    entries: dict[str, Entry]
    wordings: dict[Language, dict[str, tuple[str, ...]]]
    edition: str
    unsigned_hidden: bool = False
