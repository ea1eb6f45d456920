"""Stations, bases, nurseries and clinics near a family: rows that someone looked up, with the day and the source.

Pure: reads rows of text, from a file of the data folder or from a table that an operator imports. A row without a
source or a date of checking is refused: families walk to these addresses.
"""

from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Literal

from knowledge.faults import Problem

PlaceKind = Literal["station", "base", "nursery", "clinic"]
PLACE_KINDS: tuple[PlaceKind, ...] = ("station", "base", "nursery", "clinic")
"""科学育儿指导站, 早期发展基地, 托育机构 and 社区卫生服务中心."""

FRESH_DAYS = 90
"""A row checked longer ago than this is shown with the advice to ask 12345 first."""

_SHANGHAI_LATITUDES, _SHANGHAI_LONGITUDES = (30.6, 31.9), (120.8, 122.3)


@dataclass(frozen=True)
class Place:
    """One address. `sample` rows are made up for demonstrations and never served outside them.

    `latitude` and `longitude` in degrees (WGS-84), None where nobody looked them up.
    """

    kind: PlaceKind
    name: str
    district: str
    street: str
    address: str
    phone: str
    hours: str
    latitude: float | None
    longitude: float | None
    verified_on: date
    source: str
    sample: bool = False

    def is_fresh(self, today: date) -> bool:
        """Whether it was checked recently enough to be shown without a caution."""
        return today - self.verified_on <= timedelta(days=FRESH_DAYS)


COLUMNS = tuple(field.name for field in fields(Place))
_NEEDED = ("kind", "name", "district", "address", "verified_on", "source")


def row_of(place: Place) -> dict[str, str]:
    """The place as a row of a table, as `read_places` reads it."""
    row = {name: getattr(place, name) for name in COLUMNS}
    return {name: "" if value is None else str(value) for name, value in row.items()}


def near_first(places: tuple[Place, ...], district: str, street: str = "") -> list[Place]:
    """The places of a district, those in the same street first, then by kind and name."""
    here = [place for place in places if place.district == district]
    return sorted(here, key=lambda place: (place.street != street, PLACE_KINDS.index(place.kind), place.name))


def read_places(rows: list[dict[str, str]], file: str, first_line: int = 2) -> tuple[tuple[Place, ...], list[Problem]]:
    """The rows that are right, and what is wrong with the others; `first_line` is the line of the first row."""
    places: list[Place] = []
    problems: list[Problem] = []
    seen: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows, start=first_line):
        faults = _faults(row)
        key = (row.get("name") or "", row.get("address") or "")
        if key in seen:
            faults.append(f"the same name and address stand in line {seen[key]}")
        seen.setdefault(key, number)
        problems.extend(Problem(file, number, fault) for fault in faults)
        if not faults:
            places.append(_place(row))
    return tuple(places), problems


def _faults(row: dict[str, str]) -> list[str]:
    unknown = sorted(set(row) - set(COLUMNS))
    faults = [f"unknown column {name}; the columns are {', '.join(COLUMNS)}" for name in unknown]
    faults += [f"{name} is empty" for name in _NEEDED if not (row.get(name) or "").strip()]
    if faults:
        return faults
    if row["kind"] not in PLACE_KINDS:
        faults.append(f"kind {row['kind']!r} is not one of {', '.join(PLACE_KINDS)}")
    try:
        date.fromisoformat(row["verified_on"])
    except ValueError:
        faults.append(f"verified_on {row['verified_on']!r} is no date; write it like 2026-11-24")
    if (row.get("sample") or "").strip().lower() not in {"", "true", "false"}:
        faults.append("sample is true, false or empty")
    for name, (least, most) in (("latitude", _SHANGHAI_LATITUDES), ("longitude", _SHANGHAI_LONGITUDES)):
        text = (row.get(name) or "").strip()
        try:
            inside = not text or least <= float(text) <= most
        except ValueError:
            inside = False
        if not inside:
            faults.append(f"{name} {text!r} is not in Shanghai ({least} to {most})")
    return faults


def _place(row: dict[str, str]) -> Place:
    def text(name: str) -> str:
        return (row.get(name) or "").strip()

    def degrees(name: str) -> float | None:
        return float(text(name)) if text(name) else None

    kind = next(kind for kind in PLACE_KINDS if kind == text("kind"))
    return Place(
        kind=kind,
        name=text("name"),
        district=text("district"),
        street=text("street"),
        address=text("address"),
        phone=text("phone"),
        hours=text("hours"),
        latitude=degrees("latitude"),
        longitude=degrees("longitude"),
        verified_on=date.fromisoformat(text("verified_on")),
        source=text("source"),
        sample=text("sample").lower() == "true",
    )
