"""No figure about fewer than ten. Pure.

A cell is shown when ten or more stand behind it, behind what is counted of it, and behind the rest: "97 of 100" says
something about three. Where a total stands beside its parts, what is left out must not follow by subtraction: never
one part alone is left out, and those left out together are ten or more in every way.
"""

from collections.abc import Mapping
from dataclasses import dataclass

K = 10
"""Policy rule D5: a cell of fewer than ten households gives no number."""


@dataclass(frozen=True)
class Tally:
    """What was counted: `part` of `whole`, and how many distinct people or families stand behind part, rest and whole.

    A mere count has `part` None and its number in `whole`.
    """

    whole: int
    whole_people: int
    part: int | None = None
    part_people: int = 0
    rest_people: int = 0


@dataclass(frozen=True)
class Shown:
    """What may be shown of a tally; None: fewer than ten stand behind it, or it would give another cell away."""

    whole: int | None
    part: int | None


def guarded(total: Tally, parts: Mapping[str, Tally]) -> tuple[Shown, dict[str, Shown]]:
    """A total and the parts that add up to it, as they may stand side by side."""
    whole_total, part_total = _whole_open(total), _part_open(total)
    wholes = {name for name, one in parts.items() if _whole_open(one)}
    if whole_total:
        wholes = _close_what_gives_away(parts, wholes)
    halves = {name for name in wholes if _part_open(parts[name])}
    if part_total:
        halves = _close_what_gives_away(parts, halves)
    shown = {
        name: Shown(one.whole if name in wholes else None, one.part if name in halves else None)
        for name, one in parts.items()
    }
    return Shown(total.whole if whole_total else None, total.part if part_total else None), shown


def alone(tally: Tally) -> Shown:
    """A tally that stands by itself."""
    return guarded(tally, {})[0]


def _whole_open(tally: Tally) -> bool:
    return tally.whole_people >= K


def _part_open(tally: Tally) -> bool:
    return tally.part is not None and min(tally.whole_people, tally.part_people, tally.rest_people) >= K


def _close_what_gives_away(parts: Mapping[str, Tally], shown: set[str]) -> set[str]:
    """The open cells that may stay beside an open total; the smallest are closed until the closed ones are a crowd."""
    left = set(shown)
    while left and _gives_away([parts[name] for name in parts if name not in left]):
        left.remove(min(left, key=lambda name: (parts[name].whole_people, name)))
    return left


def _gives_away(closed: list[Tally]) -> bool:
    if not closed:
        return False
    behind = [sum(one.whole_people for one in closed)]
    if any(one.part is not None for one in closed):
        behind += [sum(one.part_people for one in closed), sum(one.rest_people for one in closed)]
    return len(closed) == 1 or min(behind) < K
