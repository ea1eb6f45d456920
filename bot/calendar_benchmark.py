"""How fast calendars are forecast: 100,000 children on one core, the same children in every run.

The children are made up: all ages to six, most on time, some late, some with doses missing, early, or by combination.
"""

import json
import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from bot.forecast_rows import immunization_row
from knowledge.checkup_forecast import CheckupRecord, forecast_checkups
from knowledge.immunization_forecast import forecast_immunizations
from knowledge.load_calendars import Calendars, load_calendars
from knowledge.vaccine_record import GivenDose, VaccineRecord

CHILDREN = 100_000
WORDED = 10_000
ON = date(2026, 11, 24)

_ON_TIME = (
    ("HepB", 0), ("BCG", 0), ("HepB", 31), ("IPV", 61), ("DTaP", 62), ("IPV", 93), ("DTaP", 124), ("bOPV", 125),
    ("DTaP", 186), ("HepB", 187), ("MPSV-A", 188), ("MMR", 246), ("JE-L", 246), ("MPSV-A", 281), ("VAR", 370),
    ("DTaP", 552), ("MMR", 553), ("HepA-I", 554), ("JE-L", 735), ("HepA-I", 736), ("MPSV-AC", 1100), ("bOPV", 1465),
    ("VAR", 1466),
)  # fmt: skip
"""Day of life on which a child on time gets what, a day or two after the first allowed one."""


def calendar_figures(children: int = CHILDREN) -> dict[str, Any]:
    """Seconds for the forecasts of so many children, and what one child takes."""
    calendars = load_calendars()
    records = made_up_records(children)
    doses_s = _seconds(records, lambda record: forecast_immunizations(record, calendars.schedule, ON))
    visits_s = _seconds(records, lambda record: _visits(record, calendars))
    worded = records[: min(WORDED, children)]
    rows = [_as_row(record) for record in worded]
    started = time.perf_counter()
    for row in rows:
        json.dumps(immunization_row(row, calendars.schedule, ON), ensure_ascii=False)
    worded_ms = (time.perf_counter() - started) / len(rows) * 1000
    return {
        f"{children} children, immunization forecast s": round(doses_s, 2),
        f"{children} children, check-up forecast s": round(visits_s, 2),
        "one child, immunization forecast ms": round(doses_s / children * 1000, 3),
        "one child, forecast in words as JSON ms": round(worded_ms, 3),
    }


def made_up_records(children: int) -> list[VaccineRecord]:
    """Records that differ in age, delay, gaps and products; the same ones in every run."""
    dice = random.Random(20261124)  # noqa: S311 - not a secret, a repeatable mixture
    records = []
    for _ in range(children):
        born_on = ON - timedelta(days=dice.randrange(6 * 365))
        records.append(VaccineRecord(born_on, made_up_doses(dice, born_on, ON)))
    return records


def made_up_doses(dice: random.Random, born_on: date, until_on: date) -> tuple[GivenDose, ...]:
    """What one child was given until a day."""
    delay, skips, combination = dice.choice((0, 0, 0, 20, 90)), dice.random() * 0.2, dice.random() < 0.2
    given: set[GivenDose] = set()
    for code, day in _ON_TIME:
        on = born_on + timedelta(days=day + (dice.randrange(delay) if delay and day else 0) - (dice.random() < 0.02))
        if not born_on <= on <= until_on or dice.random() < skips:
            continue
        given.add(GivenDose(on, "PENTA" if combination and code in {"DTaP", "IPV", "bOPV"} else code))
    return tuple(given)


def _visits(record: VaccineRecord, calendars: Calendars) -> None:
    forecast_checkups(CheckupRecord(record.born_on), calendars.checkups, ON)


def _seconds(records: list[VaccineRecord], forecast: Callable[[VaccineRecord], object]) -> float:
    started = time.perf_counter()
    for record in records:
        forecast(record)
    return time.perf_counter() - started


def _as_row(record: VaccineRecord) -> dict[str, Any]:
    given: dict[str, list[str]] = {}
    for dose in record.given:
        given.setdefault(dose.code, []).append(dose.on.isoformat())
    return {"born": record.born_on.isoformat(), "given": given}
