"""A report as values, as it is kept and shown: every figure with its denominator, empty where it may not be told. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, get_args

Kind = Literal["share", "count", "median", "plain", "not_counted"]
"""share: part of whole. count: whole alone. median: `value` over whole. plain: things, not people; never emptied.
not_counted: nothing here can be known honestly; the words of the figure say why."""

Denominator = Literal[
    "registered", "all_families", "active", "estimated", "carers", "infants", "wanting", "asked", "pushed", "bookings",
    "answers", "doses", "districts", "official", "events", "places", "tickets", "none",
]  # fmt: skip
DENOMINATORS: tuple[Denominator, ...] = get_args(Denominator)
"""Of what: registered families that agreed to be counted, those of them that are active, and so on; see
docs/indicators.md."""

INDICATORS = (
    "A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "A12", "B1", "B2", "B3", "B4", "B5", "B6", "B13", "B18",
)  # fmt: skip
"""Numbers of the plan's targets and services, in the order of a report."""

GENERAL = ("families", "questions", "people", "doses", "attendance")
"""Sections of a report besides the plan's."""


@dataclass(frozen=True)
class Cell:
    """One part of a figure: a district by its Chinese name, a role, a domain; "" is unknown. None: not shown."""

    name: str
    whole: int | None
    part: int | None = None


@dataclass(frozen=True)
class Figure:
    """One figure. `section`: of INDICATORS or GENERAL; `name`: what is counted, the key of its words.

    `whole`, `part`, `value` None: not shown, or not of this kind. `by_*`: the same by part, empty where not asked.
    """

    section: str
    name: str
    kind: Kind
    denominator: Denominator
    whole: int | None = None
    part: int | None = None
    value: float | None = None
    by_district: tuple[Cell, ...] = ()
    by_role: tuple[Cell, ...] = ()
    by_kind: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class TopicLine:
    """One topic asked: questions in the quarter and in the one before, None for that where too few asked."""

    topic_id: str
    asked: int
    before: int | None


@dataclass(frozen=True)
class Week:
    """A week of questions, from Monday `on`: each number None where fewer than ten chats stand behind it."""

    on: date
    answer: int | None
    choices: int | None
    refused: int | None
    urgent: int | None


@dataclass(frozen=True)
class Report:
    """All figures of one quarter. `until`: the last day counted; `final`: the quarter was over when it was counted.

    `estimate`: where the number of resident children comes from, empty where nobody entered one.
    """

    quarter: str
    since: date
    until: date
    final: bool
    demo: bool
    figures: tuple[Figure, ...]
    topics: tuple[TopicLine, ...] = ()
    weeks: tuple[Week, ...] = ()
    estimate: str = ""

    def figure(self, section: str, name: str) -> Figure:
        """One figure by its names."""
        return next(one for one in self.figures if (one.section, one.name) == (section, name))

    def to_plain(self) -> dict[str, Any]:
        """As JSON can hold it."""
        plain = asdict(self)
        plain |= {"since": self.since.isoformat(), "until": self.until.isoformat()}
        plain["weeks"] = [asdict(week) | {"on": week.on.isoformat()} for week in self.weeks]
        return plain


def report_of(plain: Mapping[str, Any]) -> Report:
    """A report as it was kept."""
    cells = ("by_district", "by_role", "by_kind")
    figures = tuple(
        Figure(**{**one, **{name: tuple(Cell(**cell) for cell in one[name]) for name in cells}})
        for one in plain["figures"]
    )
    return Report(
        **{
            **plain,
            "since": date.fromisoformat(plain["since"]),
            "until": date.fromisoformat(plain["until"]),
            "figures": figures,
            "topics": tuple(TopicLine(**one) for one in plain["topics"]),
            "weeks": tuple(Week(**{**one, "on": date.fromisoformat(one["on"])}) for one in plain["weeks"]),
        }
    )


def quarter_of(day: date) -> str:
    """The quarter of a day, like 2026Q4."""
    return f"{day.year}Q{(day.month + 2) // 3}"


def bounds_of(quarter: str) -> tuple[date, date]:
    """The first day of a quarter, and the first day of the next."""
    year, number = int(quarter[:4]), int(quarter[5])
    after = date(year + 1, 1, 1) if number == 4 else date(year, 3 * number + 1, 1)
    return date(year, 3 * number - 2, 1), after
