"""From counted rows to one guarded figure. Pure: every figure about people goes through `k_rule` here."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from statistics import median
from typing import Any, TypeVar

from bot.indicators.figures import Cell, Denominator, Figure, Kind
from bot.indicators.k_rule import K, Tally, guarded

Row = TypeVar("Row")
Size = Callable[[Any], int]

By = Mapping[str, Callable[[Any], str]]
"""The breakdowns of a figure: "district", "role" or "kind", and what a row belongs to there."""


def tally(rows: Iterable[Row], who: Callable[[Row], Hashable], part: Size | None, size: Size) -> Tally:
    """Rows counted by size, with the distinct people behind the whole, the part and the rest."""
    whole = counted = 0
    people: tuple[set[Hashable], set[Hashable], set[Hashable]] = (set(), set(), set())
    for row in rows:
        of, inside = size(row), 0 if part is None else part(row)
        if not of:
            continue
        one = who(row)
        whole, counted = whole + of, counted + inside
        people[0].add(one)
        if inside:
            people[1].add(one)
        if inside < of:
            people[2].add(one)
    if part is None:
        return Tally(whole, len(people[0]))
    return Tally(whole, len(people[0]), counted, len(people[1]), len(people[2]))


def share(
    section: str,
    name: str,
    denominator: Denominator,
    rows: Iterable[Row],
    who: Callable[[Row], Hashable],
    part: Callable[[Row], int],
    *,
    by: By | None = None,
    size: Callable[[Row], int] = lambda _row: 1,
) -> Figure:
    """How many of the rows: `part` of `size` in each, one of one unless said otherwise."""
    return _figure(section, name, "share", denominator, list(rows), who, part, size, by or {})


def count(
    section: str,
    name: str,
    denominator: Denominator,
    rows: Iterable[Row],
    who: Callable[[Row], Hashable],
    *,
    by: By | None = None,
    size: Callable[[Row], int] = lambda _row: 1,
) -> Figure:
    """How many there are."""
    return _figure(section, name, "count", denominator, list(rows), who, None, size, by or {})


def middle(section: str, name: str, denominator: Denominator, values: Iterable[tuple[Hashable, float]]) -> Figure:
    """The median of values, each with who stands behind it; empty where fewer than ten do."""
    listed = list(values)
    enough = len({who for who, _ in listed}) >= K
    return Figure(
        section,
        name,
        "median",
        denominator,
        whole=len(listed) if enough else None,
        value=round(median(value for _, value in listed), 1) if enough else None,
    )


def plain(section: str, name: str, denominator: Denominator, part: int, whole: int | None = None) -> Figure:
    """A number of things: events, addresses, districts. Nobody stands behind it."""
    return Figure(section, name, "plain", denominator, whole=whole, part=part)


def not_counted(section: str, name: str) -> Figure:
    """What nothing here can know; the words of the figure say why."""
    return Figure(section, name, "not_counted", "none")


def _figure(
    section: str,
    name: str,
    kind: Kind,
    denominator: Denominator,
    rows: list[Any],
    who: Callable[[Any], Hashable],
    part: Size | None,
    size: Size,
    by: By,
) -> Figure:
    total = tally(rows, who, part, size)
    shown_total, _ = guarded(total, {})
    cells: dict[str, Any] = {}
    for breakdown, of in by.items():
        grouped: dict[str, list[Any]] = {}
        for row in rows:
            grouped.setdefault(of(row), []).append(row)
        parts = {one: tally(of_one, who, part, size) for one, of_one in grouped.items()}
        _, shown = guarded(total, parts)
        cells[f"by_{breakdown}"] = tuple(Cell(one, shown[one].whole, shown[one].part) for one in sorted(shown))
    return Figure(section, name, kind, denominator, whole=shown_total.whole, part=shown_total.part, **cells)
