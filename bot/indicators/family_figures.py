"""Figures about families: how many there are, whom the guide reached, visits, handbook, doses, pushes. Pure."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from bot.indicators.counted_rows import Carer, DosesDue, Estimate, Household, Infant, Town
from bot.indicators.figure_making import count, middle, not_counted, share
from bot.indicators.figures import Cell, Figure
from bot.indicators.k_rule import Tally, guarded
from knowledge.districts import DISTRICTS

VISITS_A_YEAR = 6
"""What a guidance station offers each family that wants it (SHPLAN20, 二(二)4)."""

_DISTRICT: dict[str, Callable[[Any], str]] = {"district": attrgetter("district")}
_ROLE: dict[str, Callable[[Any], str]] = {"role": attrgetter("group")}


def family_figures(town: Town) -> list[Figure]:
    """Sections families, A2 (families), A4, A5, A12, B2, B3, B5, doses and the consent of B13."""
    homes, carers = town.households, town.carers
    return [
        count("families", "registered", "registered", homes, _home, by=_DISTRICT),
        share("families", "active", "registered", homes, _home, lambda one: one.active, by=_DISTRICT),
        count("families", "carers", "carers", carers, _family, by=_ROLE),
        share("A2", "six_events", "registered", homes, _home, lambda one: one.came >= VISITS_A_YEAR),
        share("A2", "any_event", "registered", homes, _home, lambda one: one.came > 0, by=_DISTRICT),
        *_visits(town.infants),
        share("A5", "reached", "registered", homes, _home, lambda one: one.reached, by=_DISTRICT),
        share("A5", "reached_active", "active", _active(homes), _home, lambda one: one.reached),
        share("A5", "reached_carers", "carers", carers, _family, lambda one: one.reached, by=_ROLE),
        reached_children(homes, town.estimates),
        share("A12", "handbook", "registered", homes, _home, lambda one: one.handbook, by=_DISTRICT),
        not_counted("A12", "opened"),
        not_counted("B2", "tasks"),
        share("B2", "grandparents", "carers", carers, _family, lambda one: one.group == "grandparents"),
        share("B3", "asked", "carers", _grandparents(carers), _family, lambda one: one.asked),
        not_counted("B3", "course"),
        share("B5", "pushed", "registered", homes, _home, lambda one: one.pushed, by=_DISTRICT),
        share("B5", "stopped", "pushed", _pushed(homes), _home, lambda one: one.stopped),
        not_counted("B5", "opened"),
        _consent(town),
        *_doses(town.doses),
    ]


def reached_children(homes: tuple[Household, ...], estimates: tuple[Estimate, ...]) -> Figure:
    """Children of reached families beside the resident children that somebody estimated; whole None without estimate.

    The estimate is public: only the children reached are guarded.
    """
    of = {one.district: one.children for one in estimates}
    reached = [one for one in homes if one.reached and one.children]
    names = [name for name, _ in DISTRICTS]
    parts = {
        name: _children([one for one in reached if one.district == name]) for name in {one.district for one in reached}
    }
    total, shown = guarded(_children(reached), parts)
    cells = tuple(Cell(name, of[name], shown[name].whole if name in shown else None) for name in names if name in of)
    whole = sum(of.values()) if set(of) >= set(names) else None
    return Figure("A5", "reached_children", "share", "estimated", whole=whole, part=total.whole, by_district=cells)


def _children(homes: list[Household]) -> Tally:
    return Tally(sum(one.children for one in homes), len(homes))


def _visits(infants: tuple[Infant, ...]) -> list[Figure]:
    wanting = [one for one in infants if one.wanted]
    waits = [(one.family, one.waited_days) for one in infants if one.waited_days is not None]
    return [
        share("A4", "wanted", "infants", infants, _family, lambda one: one.wanted),
        share("A4", "visited", "wanting", wanting, _family, lambda one: one.waited_days is not None, by=_DISTRICT),
        middle("A4", "waited_days", "wanting", waits),
        not_counted("A4", "discharge"),
    ]


def _doses(doses: tuple[DosesDue, ...]) -> list[Figure]:
    on_time = share(
        "doses", "on_time", "doses", doses, _family, lambda one: one.on_time, by=_DISTRICT, size=lambda one: one.due
    )
    return [on_time, share("doses", "all_on_time", "doses", doses, _family, lambda one: one.on_time == one.due)]


def _consent(town: Town) -> Figure:
    agreed = Tally(town.families, town.families, len(town.households), len(town.households), _others(town))
    shown, _ = guarded(agreed, {})
    return Figure("B13", "consent", "share", "all_families", whole=shown.whole, part=shown.part)


def _others(town: Town) -> int:
    return town.families - len(town.households)


def _home(one: Household) -> str:
    return one.id


def _family(one: Carer | Infant | DosesDue) -> str:
    return one.family


def _active(homes: tuple[Household, ...]) -> list[Household]:
    return [one for one in homes if one.active]


def _pushed(homes: tuple[Household, ...]) -> list[Household]:
    return [one for one in homes if one.pushed]


def _grandparents(carers: tuple[Carer, ...]) -> list[Carer]:
    return [one for one in carers if one.group == "grandparents"]
