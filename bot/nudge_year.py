"""A year of nudges for made-up families, through the product's own tables, plan and sender; faults are counted.

Two zones, one of them with summer time: each is a town with a database of its own, as each installation serves one zone.
Families join at every age, answer, ignore, put off, decline, book, mute and stop; the sender is down now and then, once
for a week. The same year in every run.
"""

import random
import tempfile
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.database import Database
from bot.made_up_families import made_up_families
from bot.nudge_town import TICK, NudgeTown
from bot.nudge_watch import Year

ZONES = ("Asia/Shanghai", "Europe/Berlin")
SEED = 6


def simulate_year(children: int) -> Year:
    """The year of so many children, each zone's half in a process and an SQLite file of its own."""
    half = children // 2
    with ProcessPoolExecutor(len(ZONES), get_context("spawn")) as processes:
        towns = list(processes.map(_in_a_file, ZONES, (children - half, half)))
    return sum(towns, Year())


def simulate_town(database: Database, zone: str, children: int, tick: timedelta = TICK) -> Year:
    """One town's year in an empty database."""
    dice = random.Random(f"{SEED} {zone}")  # noqa: S311 - a repeatable mixture
    families = list(made_up_families(children, ZoneInfo(zone), dice))
    return NudgeTown(database, ZoneInfo(zone), families, dice, tick).run()


def _in_a_file(zone: str, children: int) -> Year:
    with tempfile.TemporaryDirectory(prefix="qihui-year-") as folder:
        database = Database(f"sqlite:///{Path(folder)}/year.sqlite3")
        database.upgrade()
        year = simulate_town(database, zone, children)
        database.engine.dispose()
    return year
