"""What `qihui bench --only nudges` measures: the faults of a made-up year, and how fast nudges are planned."""

import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.bench_database import NOT_INSTALLED, bench_postgres
from bot.care.plan_nudges import setup_for, sweep
from bot.database import Database
from bot.nudge_families import write_families
from bot.nudge_year import ZONES, simulate_year
from bot.sealing import Keyring

CHILDREN = 10_000
PLANNED_CHILDREN = 100_000


def nudge_figures(children: int = CHILDREN, planned_children: int = PLANNED_CHILDREN) -> dict[str, Any]:
    """The year, and the processor time that planning takes through the database, on one core."""
    started_s = _core_s()
    year = simulate_year(children)
    year_s = _core_s() - started_s
    figures: dict[str, Any] = {f"a year of {year.children} children, core s": round(year_s, 1)}
    figures |= {"messages": year.messages, "due doses": year.due_doses}
    figures |= {f"year: {name}": count for name, count in year.faults.items()}
    return figures | planning_figures(planned_children)


def _core_s() -> float:
    """Processor time of this process and of those it has waited for: each zone's year runs in one of its own."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def planning_figures(children: int) -> dict[str, Any]:
    """Planning so many children on SQLite, and on PostgreSQL where it is installed: the first sweep, and the day after's.

    "core s" is this process's processor time, whatever else the machine does; the PostgreSQL server works beside it, so
    there the minutes that passed say more.
    """
    with tempfile.TemporaryDirectory(prefix="qihui-nudges-") as folder:
        figures = _planned("SQLite", f"sqlite:///{Path(folder)}/nudges.sqlite3", children)
    with bench_postgres() as url:
        return figures | (_planned("PostgreSQL", url, children) if url is not None else {"PostgreSQL": NOT_INSTALLED})


def _planned(name: str, url: str, children: int) -> dict[str, Any]:
    setup, keys, database = setup_for(ZoneInfo(ZONES[0])), Keyring([b"k" * 32]), Database(url)
    now = datetime(2026, 11, 24, 2, tzinfo=UTC)
    database.upgrade()
    write_families(database, keys, children, now)
    figures: dict[str, Any] = {}
    for which, at in (("first sweep", now), ("the day after", now + timedelta(days=1))):
        core_s, passed_s = time.process_time(), time.perf_counter()
        swept = sweep(database, keys, setup, at)
        core_s, passed_s = time.process_time() - core_s, time.perf_counter() - passed_s
        what = f"{name}: planning {children} children, {which}"
        figures |= {f"{what}, core s": round(core_s, 1), f"{what}, passed s": round(passed_s, 1)}
        figures |= {f"{what}, ms a child": round(core_s / max(1, children) * 1000, 3)}
        figures |= {f"{what}, nudges ordered": swept.ordered}
    database.engine.dispose()
    return figures
