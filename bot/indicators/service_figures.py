"""Figures about what is offered: places, events, seats, and what the plan asks that nobody here can count. Pure."""

from collections import Counter
from collections.abc import Sequence
from operator import attrgetter

from bot.indicators.counted_rows import BookingSeen, EventSeen, PlaceSeen, SaidUseful, Town
from bot.indicators.figure_making import not_counted, plain, share
from bot.indicators.figures import Figure

DISTRICTS_OF_THE_CITY = 16
BASES_PLANNED = 18
"""A8: at least 18 in the city, one in each district (SHPLAN20, 二(二)1)."""

EVENTS_PLANNED = 2 + DISTRICTS_OF_THE_CITY
"""A3: two of the city and one of each district in a year (SHPLAN20, 二(二)4)."""

EVENTS_OF_A_STATION = 6
"""A2: what a station offers in a year (SHPLAN20, 二(二)4)."""

FAIRS = frozenset({"refuel", "carnival"})
"""B6: 育儿加油站 and 亲子嘉年华."""


def service_figures(town: Town) -> list[Figure]:
    """Sections A1, A2 (stations), A3, A6, A7, A8, A9, B2, B4, B6, B13, B18 and attendance."""
    stations, nurseries = _of(town.places, "station"), _of(town.places, "nursery")
    bases = _of(town.places, "base")
    by_host = Counter(one.host for one in town.events if one.kind == "station")
    seats, fairs = town.bookings, [one for one in town.bookings if one.kind in FAIRS]
    useful = [one for one in town.useful if one.kind in FAIRS]
    return [
        plain("A1", "stations", "none", len(stations)),
        plain("A1", "streets", "none", len({(one.district, one.street) for one in stations if one.street})),
        plain("A1", "districts", "districts", _districts(stations), DISTRICTS_OF_THE_CITY),
        plain("A1", "fresh", "places", sum(one.fresh for one in stations), len(stations) or None),
        not_counted("A1", "went"),
        plain("A2", "hosts", "events", sum(n >= EVENTS_OF_A_STATION for n in by_host.values()), len(by_host)),
        plain("A3", "events", "official", len(town.events), EVENTS_PLANNED),
        plain("A3", "districts", "districts", _districts(town.events), DISTRICTS_OF_THE_CITY),
        _came("A3", "came", seats, ""),
        plain("A6", "districts", "districts", _districts(nurseries), DISTRICTS_OF_THE_CITY),
        not_counted("A6", "public_benefit"),
        not_counted("A7", "kindergartens"),
        plain("A8", "bases", "official", len(bases), BASES_PLANNED),
        plain("A8", "districts", "districts", _districts(bases), DISTRICTS_OF_THE_CITY),
        not_counted("A8", "seen_by_doctor"),
        not_counted("A9", "spaces"),
        not_counted("B4", "packs"),
        _came("B6", "came", fairs, "kind"),
        share("B6", "useful", "answers", useful, _family, lambda one: one.yes),
        not_counted("B18", "authority"),
        _came("attendance", "came", seats, "district"),
        _came("attendance", "came_by_kind", seats, "kind"),
    ]


def _came(section: str, name: str, seats: Sequence[BookingSeen], by: str) -> Figure:
    breakdown = {by: attrgetter(by)} if by else {}
    return share(section, name, "bookings", seats, _family, lambda one: one.came, by=breakdown)


def _of(places: Sequence[PlaceSeen], kind: str) -> list[PlaceSeen]:
    return [one for one in places if one.kind == kind]


def _districts(rows: Sequence[PlaceSeen | EventSeen]) -> int:
    return len({one.district for one in rows})


def _family(one: BookingSeen | SaidUseful) -> str:
    return one.family
