"""What `qihui bench --only nudges` measures: the faults of a made-up year, and how fast nudges are planned."""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.care.plan_nudges import NudgeSetup, Replanned, setup_for, sweep
from bot.database import Database
from bot.nudge_families import write_families
from bot.nudge_year import ZONES, simulate_year
from bot.sealing import Keyring

CHILDREN = 10_000
PLANNED_CHILDREN = 100_000


def nudge_figures(children: int = CHILDREN, planned_children: int = PLANNED_CHILDREN) -> dict[str, Any]:
    """The year, and the processor time that planning takes through the database, on one core."""
    started_s = time.process_time()
    year = simulate_year(children)
    year_s = time.process_time() - started_s
    figures: dict[str, Any] = {f"a year of {year.children} children, core s": round(year_s, 1)}
    figures |= {"messages": year.messages, "due doses": year.due_doses}
    figures |= {f"year: {name}": count for name, count in year.faults.items()}
    return figures | planning_figures(planned_children)


def planning_figures(children: int) -> dict[str, Any]:
    """Processor seconds to plan so many children in an SQLite file: the first sweep, and one on the day after."""
    setup, keys = setup_for(ZoneInfo(ZONES[0])), Keyring([b"k" * 32])
    now = datetime(2026, 11, 24, 2, tzinfo=UTC)
    with tempfile.TemporaryDirectory(prefix="qihui-nudges-") as folder:
        database = Database(f"sqlite:///{Path(folder)}/nudges.sqlite3")
        database.upgrade()
        write_families(database, keys, children, now)
        first, first_s = _timed(database, keys, setup, now)
        again, again_s = _timed(database, keys, setup, now + timedelta(days=1))
        database.engine.dispose()
    return {
        f"planning {children} children, first sweep, core s": round(first_s, 1),
        f"planning {children} children, the day after, core s": round(again_s, 1),
        "nudges ordered by the first sweep": first.ordered,
        "nudges ordered on the day after": again.ordered,
        "one child, planning, core ms": round(first_s / max(1, children) * 1000, 3),
    }


def _timed(database: Database, keys: Keyring, setup: NudgeSetup, now: datetime) -> tuple[Replanned, float]:
    """A sweep, and the processor seconds it took: one core's, whatever else the machine does."""
    started_s = time.process_time()
    swept = sweep(database, keys, setup, now)
    return swept, time.process_time() - started_s
