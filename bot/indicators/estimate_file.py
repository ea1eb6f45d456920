"""The operator's file of resident children by district: the denominator that nobody here can count.

CSV with the columns district, children, source; a district stands once. Nothing is shipped: a figure needs its source.
"""

from collections.abc import Iterable, Mapping

from bot.errors import Misconfigured
from bot.indicators.counted_rows import Estimate
from knowledge.districts import DISTRICTS, district_named

COLUMNS = ("district", "children", "source")
MADE_UP = "演示用，编造的 / made up for the demonstration"


def read_estimates(rows: Iterable[Mapping[str, str]], file: str) -> tuple[Estimate, ...]:
    """The estimates of a table.

    Raises: Misconfigured: a row is not as it should be; says which and what to write.
    """
    found: dict[str, Estimate] = {}
    for line, row in enumerate(rows, start=2):
        cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
        district, number = district_named(cells["district"]), cells["children"]
        fault = ""
        if district is None:
            fault = f"{cells['district']!r} is no district of Shanghai; write it like 浦东新区"
        elif not (number.isascii() and number.isdecimal()):
            fault = f"children must be a whole number, not {number!r}"
        elif not cells["source"]:
            fault = "source is empty; say whose figure this is, and of which year"
        elif district in found:
            fault = f"{district} stands there twice; keep one row"
        if district is None or fault:
            message = f"{file}, line {line}: {fault}"
            raise Misconfigured(message)
        found[district] = Estimate(district, int(number), cells["source"])
    return tuple(found.values())


def made_up_estimates() -> tuple[Estimate, ...]:
    """Numbers for a made-up town, which nobody counted; their source says so."""
    return tuple(Estimate(zh, 2_000 + 700 * (place * 5 % 16), MADE_UP) for place, (zh, _) in enumerate(DISTRICTS))
