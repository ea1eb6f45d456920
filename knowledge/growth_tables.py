"""The growth tables' form: rows of text into a checked standard. Pure; `knowledge.load_growth` opens the files."""

from knowledge.faults import GuideFault, Problem
from knowledge.growth_standard import LAST_DAY, SEXES, Lms, Sex, Table, TableName

_TENTHS: dict[str, tuple[int, int]] = {"weight_for_length": (450, 1100), "weight_for_height": (650, 1200)}


def read_growth_table(name: TableName, rows: list[dict[str, str]], file: str) -> dict[tuple[TableName, Sex], Table]:
    """Both sexes' table from the rows of a CSV file.

    Raises: GuideFault: a row is missing or doubled, a number is unreadable or cannot be; with the line.
    """
    by_age = name not in _TENTHS
    first, last = (0, LAST_DAY) if by_age else _TENTHS[name]
    found: dict[Sex, list[Lms]] = {sex: [] for sex in SEXES}
    for place, row in zip(range(first, last + 1), rows, strict=False):
        line = place - first + 2
        try:
            at = int(row["day"]) if by_age else round(float(row["cm"]) * 10)
            both = {sex: Lms(*(float(row[f"{sex}_{part}"]) for part in "lms")) for sex in SEXES}
        except (KeyError, ValueError) as error:
            raise GuideFault([Problem(file, line, f"not a row of numbers ({error}); {_AGAIN}")]) from error
        if at != place:
            raise GuideFault([Problem(file, line, f"expected {place}, found {at}: rows are missing; {_AGAIN}")])
        if any(one.m <= 0 or one.s <= 0 for one in both.values()):
            raise GuideFault([Problem(file, line, f"a median or spread that is not positive; {_AGAIN}")])
        for sex in SEXES:
            found[sex].append(both[sex])
    if len(rows) != last - first + 1:
        raise GuideFault([Problem(file, 0, f"{len(rows)} rows instead of {last - first + 1}; {_AGAIN}")])
    return {(name, sex): Table(first, tuple(found[sex])) for sex in SEXES}


_AGAIN = "restore the file from the repository, or write it anew with scripts/growth_tables.py"
