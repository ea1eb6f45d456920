"""Put the clockwork together: every job of the house, one line each. Needs neither encoder nor index."""

import asyncio
import logging
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.clock import Clock, SystemClock
from bot.jobs import Job
from bot.settings import Settings
from bot.wiring import read_data_keys
from bot.worker import Worker

if TYPE_CHECKING:
    from bot.database import Database
    from bot.sealing import Keyring

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Working:
    """What jobs work with."""

    database: "Database"
    clock: Clock
    keys: "Keyring"


def open_working(settings: Settings) -> Working:
    """The database with its keys, its tables up to date.

    Raises: Misconfigured: the database cannot be reached, or its keys are not there.
    """
    from bot.database import Database

    database = Database(settings.effective_database_url)
    database.upgrade()
    return Working(database, SystemClock(settings.timezone), read_data_keys(settings, database))


def housekeeping(working: Working) -> list[Job]:
    """What every serving process does: let go of what is no longer needed."""
    from bot.conversation.purging import let_go_of_old

    def purge(_now: object) -> dict[str, int]:
        let_go_of_old(working.database, working.clock.now())
        return {}

    return [Job("purge", timedelta(hours=6), purge)]


def all_jobs(working: Working) -> list[Job]:
    """Every job of the house. A new one is one line here."""
    return [
        *housekeeping(working),
    ]


def run_worker(settings: Settings) -> None:
    """Run every job until SIGINT or SIGTERM."""
    working = open_working(settings)
    asyncio.run(_run(working, all_jobs(working)))


async def _run(working: Working, jobs: Sequence[Job]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    log.info("running %s", ", ".join(job.name for job in jobs))
    await Worker(working.database, working.clock, jobs).run(stop)
