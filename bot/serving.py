"""Run the channels of one process until it is told to stop. Imports aiogram only when Telegram is on."""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import uvicorn

from bot.errors import Misconfigured
from bot.head_fitting import HeadFitting
from bot.memory import give_back_memory, hold_little
from bot.outreach.turns_to_send import Pacer
from bot.settings import Settings
from bot.wiring import Talking, open_conversation, read_secret
from bot.worker import Worker
from bot.worker_wiring import Working, all_jobs, housekeeping

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from bot.admin.page_call import House

log = logging.getLogger(__name__)


def run(settings: Settings, *, web: bool, telegram: bool, everything: bool = False) -> None:
    """Open everything, then serve. Returns after SIGINT or SIGTERM, when what is in hand has been answered.

    `everything`: this process also sends and runs every job of the house; without it, it only keeps house.
    """
    hold_little()
    talking = open_conversation(settings)
    working = Working(talking.database, talking.clock, talking.keys)
    jobs = all_jobs(settings, working) if everything else housekeeping(working)
    house = None
    if web:
        from bot.impact_process import ImpactProcess
        from bot.staff_wiring import open_house, staff_jobs

        impact = ImpactProcess(settings.data, settings.effective_database_url)
        house = open_house(talking, settings.announcement_alone_to, impact)
        jobs = [*jobs, *staff_jobs(house)]
    worker = Worker(working.database, working.clock, jobs)
    try:
        asyncio.run(_run(settings, talking, worker, house, telegram=telegram, everything=everything))
    except* Misconfigured as group:
        raise Misconfigured("; ".join(str(error) for error in group.exceptions)) from group


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: this process stops all its channels together."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to `_run`."""
        yield


async def _run(
    settings: Settings, talking: Talking, worker: Worker, house: "House | None", *, telegram: bool, everything: bool
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as tasks:
        if house is not None:
            tasks.create_task(_run_web(settings, talking, house, stop))
        pacer: Pacer | None = None
        if telegram and settings.telegram_token is not None:
            from bot.channels.aiogram_channel import TelegramChannel
            from bot.channels.aiogram_rate import LiveRate
            from bot.outreach_wiring import chat_key_by, open_pacer

            token = settings.telegram_token.get_secret_value()
            hide = chat_key_by(read_secret(settings), "telegram")
            pacer = open_pacer(settings, talking.database, token)
            rate = LiveRate(pacer, hide)
            channel = TelegramChannel(talking.conversation, token, settings.telegram_api, rate=rate)
            tasks.create_task(channel.run(stop))
        tasks.create_task(worker.run(stop))
        if everything:
            from bot.sender_wiring import open_sending

            working = Working(talking.database, talking.clock, talking.keys)
            tasks.create_task(open_sending(settings, working, pacer).run(stop))
        tasks.create_task(_keep_up(talking, stop))
        if house is not None:
            command = (sys.executable, "-m", "bot", "index", "build", "--published")
            tasks.create_task(HeadFitting(talking.living, talking.database, talking.clock, command).run(stop))


def open_web_app(settings: Settings, talking: Talking, house: "House") -> "Starlette":
    """Families' web chat with the staff pages under /admin; makes the first administrator where there is none."""
    from starlette.applications import Starlette
    from starlette.responses import RedirectResponse
    from starlette.routing import Mount, Route

    from bot.admin.staff_app import create_staff_app
    from bot.channels.web_chat import create_app
    from bot.staff_wiring import welcome_first_administrator

    welcome_first_administrator(talking)
    https = settings.effective_public_url.startswith("https://")
    return Starlette(
        routes=[
            Route("/admin", lambda _request: RedirectResponse("/admin/")),
            Mount("/admin", create_staff_app(house, https=https)),
            Mount("/", create_app(talking.conversation, talking.database, talking.knowing.manifest)),
        ]
    )


async def _run_web(settings: Settings, talking: Talking, house: "House", stop: asyncio.Event) -> None:
    web_app = open_web_app(settings, talking, house)
    give_back_memory()
    config = uvicorn.Config(web_app, host=settings.host, port=settings.port, log_level="warning", access_log=False)
    server = _Server(config)
    log.info("web chat on http://%s:%s/", settings.host, settings.port)
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    server.should_exit = True
    stopping.cancel()
    try:
        await serving
    except SystemExit as error:  # uvicorn's way of saying that it could not listen
        message = f"cannot listen on {settings.host}:{settings.port}; is it in use? set QIHUI_PORT to a free one"
        raise Misconfigured(message) from error


async def _keep_up(talking: Talking, stop: asyncio.Event) -> None:
    """Look each second whether staff published something."""
    from bot.curation.living_guide import POLL_EVERY_S

    while not stop.is_set():
        try:
            if await asyncio.to_thread(talking.keep_up):
                log.info("serving edition %s", talking.conversation.edition)
        except Exception:
            log.exception("the guide could not be looked at; the edition before is served")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), POLL_EVERY_S)
