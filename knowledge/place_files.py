"""Service points in files: the shipped tables, and the operator's own register, into which checked tables are taken."""

import csv
from pathlib import Path

from knowledge.csv_table import read_table
from knowledge.data_folder import DATA
from knowledge.faults import Problem
from knowledge.places import COLUMNS, Place, read_places, row_of


def load_places(own_places: Path | None = None, data: Path = DATA) -> tuple[Place, ...]:
    """The service points alone, sample rows among them; rows that are wrong are left out."""
    return read_place_files(own_places, data)[0]


def read_place_files(own: Path | None, data: Path = DATA) -> tuple[tuple[Place, ...], list[Problem]]:
    """The service points of a data folder and of the operator's own register, and what is wrong with them."""
    places: list[Place] = []
    problems: list[Problem] = []
    files = [(path, path.relative_to(data).as_posix()) for path in sorted((data / "places").glob("*.csv"))]
    if own is not None and own.is_file():
        files.append((own, own.name))
    for path, name in files:
        found, faults = read_places(read_table(path), name)
        places.extend(found)
        problems.extend(faults)
    return tuple(places), problems


def import_places(table: Path, register: Path) -> tuple[int, list[Problem]]:
    """Take the rows of a CSV table into the operator's register: all of them, or none when one is wrong.

    A place that stands in both (same name and address) is kept as it was checked last. Returns how many rows the
    register holds now, and what is wrong with the table.
    """
    return take_in_places(read_table(table), table.name, register)


def take_in_places(rows: list[dict[str, str]], name: str, register: Path) -> tuple[int, list[Problem]]:
    """The same for rows that are read already; `name` is how messages call their table."""
    found, problems = read_places(rows, name)
    if problems:
        return 0, problems
    before, _ = read_places(read_table(register), register.name) if register.is_file() else ((), [])
    by_address = {(place.name, place.address): place for place in before}
    for place in found:
        known = by_address.get((place.name, place.address))
        if known is None or known.verified_on <= place.verified_on:
            by_address[place.name, place.address] = place
    register.parent.mkdir(parents=True, exist_ok=True)
    scratch = register.with_suffix(".writing")
    with scratch.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(row_of(place) for place in by_address.values())
    scratch.replace(register)
    return len(by_address), []
