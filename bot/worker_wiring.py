"""Put the clockwork together: every job of the house, one line each. Needs neither encoder nor index."""

import asyncio
import logging
import signal
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.clock import Clock, SystemClock
from bot.jobs import Counts, Job
from bot.memory import give_back_memory, hold_little
from bot.settings import Settings
from bot.wiring import read_data_keys, read_secret
from bot.worker import Worker

if TYPE_CHECKING:
    from sqlmodel import Session

    from bot.database import Database
    from bot.indicators.counting import Beside
    from bot.outreach.alarms import LateTicket
    from bot.outreach.announcing import Announcing
    from bot.sealing import Keyring

log = logging.getLogger(__name__)

NUDGES_AT = timedelta(hours=18)
"""UTC: two in the morning in Shanghai, when few people write."""

NUDGES_LIMIT = timedelta(hours=2)

INDICATORS_AT = timedelta(hours=20)
"""UTC: four in the morning in Shanghai, after the nudges and the seats."""


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


def seat_jobs(working: Working) -> list[Job]:
    """What time does to events, and the nightly count of their seats."""
    from bot.events.entries import Desk
    from bot.events.event_questions import ask_after_events
    from bot.events.event_sweep import let_go_of_old_entries, recount_events, sweep_events

    def sweep(now: datetime) -> dict[str, int]:
        return vars(sweep_events(working.database, working.keys, now))

    def recount(now: datetime) -> dict[str, int]:
        with working.database.transaction() as session:
            let_go = let_go_of_old_entries(session, now)
        return {"put_right": len(recount_events(working.database, now)), "let_go": let_go}

    def ask_afterwards(now: datetime) -> dict[str, int]:
        with working.database.transaction() as session:
            return {"ordered": ask_after_events(Desk(session, working.keys, now))}

    night = timedelta(hours=19)  # three in the morning in Shanghai
    return [
        Job("events", timedelta(seconds=5), sweep),
        Job("seat_count", timedelta(days=1), recount, offset=night),
        Job("after_events", timedelta(minutes=15), ask_afterwards),
    ]


def visit_jobs(working: Working) -> list[Job]:
    """What time does to home visits: a proposal that nobody answers gives its slot back."""
    from bot.events.visit_desk import VisitDesk, lapse_proposals

    def lapse(now: datetime) -> dict[str, int]:
        with working.database.transaction() as session:
            desk = VisitDesk(session, working.keys, now, working.clock.zone, "system")
            return {"lapsed": lapse_proposals(desk)}

    return [Job("visit_proposals", timedelta(minutes=10), lapse)]


def announcing(settings: Settings, working: Working) -> "Announcing":
    """What takes announcements further."""
    from bot.events.bookings import attended
    from bot.outreach.announcing import Announcing

    clock = working.clock
    alone = settings.announcement_alone_to
    return Announcing(working.database, working.keys, attended, alone, clock.day_of, clock.now)


def staff_chats(settings: Settings, working: Working) -> list[str]:
    """The hidden addresses of the staff's chats; from now on they can be reached.

    Raises: Misconfigured: the setting is not written as it should be.
    """
    from bot.conversation.session import chat_key
    from bot.messages import Inbound
    from bot.outreach.staff_chats import keep_staff_chats, read_staff_chats

    secret = read_secret(settings)
    named = read_staff_chats(settings.staff_chats)
    chats = {chat_key(Inbound(channel, address, "", "text"), secret): (channel, address) for channel, address in named}
    with working.database.transaction() as session:
        keep_staff_chats(session, working.keys, chats, working.clock.now())
    return list(chats)


def all_jobs(settings: Settings, working: Working) -> list[Job]:
    """Every job of the house. A new one is one line here."""
    chats = staff_chats(settings, working)
    return [
        *housekeeping(working),
        *seat_jobs(working),
        *visit_jobs(working),
        Job("announcements", timedelta(seconds=2), announcing(settings, working).tend),
        Job("alarms", timedelta(minutes=5), lambda now: _tell_staff(settings, working, chats, now)),
        Job("nudges", timedelta(days=1), lambda now: _plan_nudges(settings, working, now), NUDGES_LIMIT, NUDGES_AT),
        Job("indicators", timedelta(days=1), lambda now: count_figures(settings, working, now), offset=INDICATORS_AT),
    ]


def count_figures(settings: Settings, working: Working, now: datetime) -> Counts:
    """Count the indicators of the quarter that runs, and of the one before once it is over."""
    from bot.indicators.nightly_count import count_indicators

    return count_indicators(working.database, working.keys, now, beside_the_database(settings))


def beside_the_database(settings: Settings) -> "Beside":
    """What is counted besides the database: service points, and the operator's estimates of children.

    Raises: Misconfigured: the file of estimates is not as it should be.
    """
    from bot.indicators.counting import Beside
    from bot.indicators.estimate_file import read_estimates
    from knowledge.csv_table import read_table
    from knowledge.place_files import load_places

    places, file = load_places(settings.places_file), settings.estimates_file
    estimates = read_estimates(read_table(file), file.name) if file.is_file() else ()
    return Beside(ZoneInfo(settings.timezone), places, estimates)


def _plan_nudges(settings: Settings, working: Working, now: datetime) -> Counts:
    from bot.care.plan_nudges import setup_for, sweep

    return asdict(sweep(working.database, working.keys, setup_for(ZoneInfo(settings.timezone)), now))


def tickets_past_their_clock(
    settings: Settings, working: Working, session: "Session", now: datetime
) -> "list[LateTicket]":
    """Questions to people that wait longer than they may, in the counsellors' hours.

    Raises: Misconfigured: the hours are not written as they should be.
    """
    from bot.tickets.counsellor_days import hours_in, read_counsellor_hours
    from bot.tickets.ticket_desk import late_tickets

    return late_tickets(session, hours_in(working.clock.zone, read_counsellor_hours(settings.counsellor_hours)), now)


def _tell_staff(settings: Settings, working: Working, chats: Sequence[str], now: datetime) -> Counts:
    from bot.indicators.answer_watch import watched
    from bot.outreach.watching import tell_staff

    today = working.clock.day_of(now)
    with working.database.transaction() as session:
        late = tickets_past_their_clock(settings, working, session, now)
        return tell_staff(session, working.keys, chats, now, today, lambda held, at: watched(held, at, today, late))


def run_worker(settings: Settings) -> None:
    """Run every job until SIGINT or SIGTERM."""
    hold_little()
    working = open_working(settings)
    give_back_memory()
    asyncio.run(_run(working, all_jobs(settings, working)))


async def _run(working: Working, jobs: Sequence[Job]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    log.info("running %s", ", ".join(job.name for job in jobs))
    await Worker(working.database, working.clock, jobs).run(stop)
