"""Which service point is nearest: by a position, by what a family types. Pure.

A position is a value in, never kept; what comes out names how far away a place is and nothing of where the family is.
"""

import re
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from knowledge.districts import DISTRICTS
from knowledge.places import PLACE_KINDS, Place, PlaceKind

EARTH_RADIUS_M = 6_371_000
"""Mean radius; a sphere is wrong by at most half a percent."""

MOST_FOUND = 5

_KIND_WORDS: dict[PlaceKind, re.Pattern[str]] = {
    "station": re.compile(r"科学育儿指导站|育儿指导站|指导站|\b(?:guidance )?stations?\b", re.IGNORECASE),
    "base": re.compile(
        r"儿童早期发展基地|早期发展基地|发展基地|\b(?:early development )?(?:base|centre for early development)s?\b",
        re.IGNORECASE,
    ),
    "nursery": re.compile(
        r"社区托育点?|宝宝屋|托育(?:机构|点|园|所)?|托儿所|托班|\b(?:nurser(?:y|ies)|day ?care|childcare)\b",
        re.IGNORECASE,
    ),
    "clinic": re.compile(
        r"社区卫生服务中心|社区医院|卫生服务中心|卫生院|儿保(?:门诊|科)?|接种门诊|\b(?:community )?(?:health cent(?:re|er)|clinic)s?\b",
        re.IGNORECASE,
    ),
}
_STREET_ENDS = re.compile(r"(?:新村)?(?:街道|镇|乡)$")
_CITY = re.compile(r"上海市?|\bshanghai\b", re.IGNORECASE)
_FILLER = re.compile(
    r"附近|最近|旁边|周边|哪里?有?|在哪(?:里|儿)?|怎么走|有没有|地址|电话|找|查|去|的|请问|我(?:家|们)?|住|在|想|个|家|"
    r"\b(?:where|is|are|the|a|an|nearest|near|nearby|me|in|find|there|any|district|street|town)\b|[\s,.，。?？!！]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Position:
    """A point on the earth in degrees (WGS-84)."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class Found:
    """A place and how far it is; `metres` None where the position of either is not known."""

    place: Place
    metres: float | None = None


@dataclass(frozen=True)
class Wish:
    """What a family types about a place. None: not said. `name`: part of a place's own name or road."""

    kind: PlaceKind | None = None
    district: str | None = None
    street: str | None = None
    name: str | None = None

    @property
    def says_where(self) -> bool:
        """Whether it can be looked up."""
        return any((self.district, self.street, self.name))


def read_position(text: str) -> Position | None:
    """The position that "31.23,121.47" gives; None for anything that is no point on the earth."""
    match = re.fullmatch(r"\s*(-?\d{1,2}(?:\.\d{1,12})?)\s*,\s*(-?\d{1,3}(?:\.\d{1,12})?)\s*", text, re.ASCII)
    if match is None:
        return None
    latitude, longitude = float(match[1]), float(match[2])
    return Position(latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def metres_between(one: Position, other: Position) -> float:
    """The way between two points as the crow flies (haversine)."""
    lat_1, lat_2 = radians(one.latitude), radians(other.latitude)
    half_lat = sin((lat_2 - lat_1) / 2)
    half_lon = sin(radians(other.longitude - one.longitude) / 2)
    chord = half_lat**2 + cos(lat_1) * cos(lat_2) * half_lon**2
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(1.0, chord)))


def nearest(places: tuple[Place, ...], position: Position, kind: PlaceKind | None) -> list[Found]:
    """The places around a position, the nearest first; those whose own position nobody looked up are left out.

    `kind` None: the nearest of every kind, so that a family sees each once.
    """
    found = [
        Found(place, metres_between(position, Position(place.latitude, place.longitude)))
        for place in places
        if place.latitude is not None and place.longitude is not None and kind in {None, place.kind}
    ]
    found.sort(key=lambda one: (one.metres or 0.0, one.place.name))
    if kind is not None:
        return found[:MOST_FOUND]
    return [next(one for one in found if one.place.kind == each) for each in PLACE_KINDS if _has(found, each)]


def read_wish(text: str, places: tuple[Place, ...]) -> Wish:
    """What a text says about where and what, read against the places that are there."""
    kind = next((each for each, words in _KIND_WORDS.items() if words.search(text)), None)
    rest = _CITY.sub("", text if kind is None else _KIND_WORDS[kind].sub(" ", text))
    whole = [place for place in places if place.name in text]
    if whole:
        return Wish(kind, name=whole[0].name)
    district = next((zh for zh, en in DISTRICTS if _names_district(rest, zh, en)), None)
    if district is not None:
        rest = re.sub(f"{district}|{district.removesuffix('区').removesuffix('新')}区?", "", rest)
    street = next((place.street for place in _longest_street_first(places) if _names_street(rest, place.street)), None)
    if street is not None or district is not None:
        return Wish(kind, district, street)
    part = _FILLER.sub("", rest)
    known = len(part) >= 2 and any(part in place.name or part in place.address for place in places)
    return Wish(kind, name=part if known else None)


def matching(places: tuple[Place, ...], wish: Wish) -> list[Found]:
    """The places of a wish: those in the street first, then the rest of the district."""
    if wish.name is not None:
        name = wish.name
        here = [place for place in places if name in place.name or name in place.address]
    else:
        streets = {place.district for place in places if wish.street is not None and place.street == wish.street}
        districts = {wish.district} if wish.district is not None else streets
        here = [place for place in places if place.district in districts]
    here = [place for place in here if wish.kind in {None, place.kind}]
    here.sort(key=lambda place: (place.street != wish.street, PLACE_KINDS.index(place.kind), place.name))
    return [Found(place) for place in here[:MOST_FOUND]]


def position_of(places: tuple[Place, ...], wish: Wish) -> Position | None:
    """Where a named place or street lies: the middle of its places that have a position; None where none has one."""
    if wish.name is not None:
        here = [place for place in places if wish.name in place.name or wish.name in place.address]
    else:
        here = [place for place in places if wish.street is not None and place.street == wish.street]
    known = [(one.latitude, one.longitude) for one in here if one.latitude is not None and one.longitude is not None]
    if not known:
        return None
    return Position(sum(one[0] for one in known) / len(known), sum(one[1] for one in known) / len(known))


def place_of_host(places: tuple[Place, ...], host: str, district: str, at: str) -> Place | None:
    """The place of the register that a host is: by its name, else by its address; None where that is not certain.

    `at`: where the event takes place, as its organiser wrote it.
    """
    named = [place for place in places if place.name == host]
    if not named:
        here = [place for place in places if place.district == district]
        named = [one for one in here if host in one.name or one.name in host] or [
            one for one in here if one.address in at
        ]
    return named[0] if len(named) == 1 else None


def served_places(places: tuple[Place, ...], *, demo: bool) -> tuple[Place, ...]:
    """What families may see: made-up samples only in demonstrations."""
    return tuple(place for place in places if demo or not place.sample)


def _has(found: list[Found], kind: PlaceKind) -> bool:
    return any(one.place.kind == kind for one in found)


def _names_district(text: str, zh: str, en: str) -> bool:
    short = zh.removesuffix("新区") if zh.endswith("新区") else zh.removesuffix("区")
    return short in text or re.search(rf"\b{re.escape(en)}\b", text, re.IGNORECASE) is not None


def _names_street(text: str, street: str) -> bool:
    short = _STREET_ENDS.sub("", street)
    return len(short) >= 2 and short in text


def _longest_street_first(places: tuple[Place, ...]) -> list[Place]:
    return sorted((place for place in places if place.street), key=lambda place: -len(place.street))
