"""Put the sender together: rules of all rooms, transports and their pace. Needs neither encoder nor index."""

import asyncio
import logging
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.memory import give_back_memory, hold_little
from bot.outreach.sender import Sender
from bot.outreach.sending_pace import TURN_HOLDS_S, Pace, Turns
from bot.outreach.transport import Transport
from bot.outreach.turns_to_send import ContactTurns, Pacer
from bot.outreach_wiring import open_pacer, open_transports
from bot.settings import Settings
from bot.wiring import family_limits
from bot.worker_wiring import Working, open_working

if TYPE_CHECKING:
    from bot.outreach.departing import Rules

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sending:
    """A sender with the transports that it sends over."""

    sender: Sender
    transports: Mapping[str, Transport]

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`, then let go of the connections.

        Raises: Misconfigured: a transport cannot send at all.
        """
        try:
            await self.sender.run(stop)
        finally:
            for transport in self.transports.values():
                await transport.close()
            log.info("sender stopped: %s", ", ".join(f"{count} {what}" for what, count in self.sender.tally.items()))


def all_rules(settings: Settings, working: Working) -> "Rules":
    """What decides about everything that is sent. A new kind of message is one composer here."""
    from bot.conversation.sending_rules import sending_rules
    from bot.events.booking_messages import compose_booking
    from bot.events.event_questions import compose_questions
    from bot.events.visit_composer import visit_composer
    from bot.outreach.announcement_composer import announcement_composer
    from bot.outreach.announcements import pause_poisoned
    from bot.outreach.watching import compose_alarm
    from bot.tickets.ticket_answers import answer_composer

    rules = sending_rules(working.keys, ZoneInfo(settings.timezone), family_limits(settings))
    composers = {
        **rules.composers,
        "booking": compose_booking,
        "after_event": compose_questions,
        "visit": visit_composer(working.keys, ZoneInfo(settings.timezone)),
        "announcement": announcement_composer(working.keys, working.clock.day_of),
        "staff": compose_alarm,
        "ticket": answer_composer(working.keys),
    }
    return replace(rules, composers=composers, on_poison=pause_poisoned)


def open_sending(settings: Settings, working: Working, telegram_pacer: Pacer | None = None) -> Sending:
    """The sender of this process. Call it in the event loop that it runs in.

    `telegram_pacer`: that of the dialogue in the same process; None makes one.
    Raises: Misconfigured: settings contradict each other.
    """
    turns: dict[str, Turns] = {}
    if settings.telegram_token is not None:
        token = settings.telegram_token.get_secret_value()
        telegram_pacer = telegram_pacer or open_pacer(settings, working.database, token)
        turns["telegram"] = ContactTurns(telegram_pacer, TURN_HOLDS_S)
    transports = open_transports(settings, working.database, working.keys, telegram_pacer)
    rules = all_rules(settings, working)
    sender = Sender(working.database, working.keys, working.clock, transports, rules, turns, Pace())
    return Sending(sender, transports)


def run_sender(settings: Settings) -> None:
    """Send until SIGINT or SIGTERM.

    Raises: Misconfigured: see `open_working` and `Sending.run`.
    """
    hold_little()
    working = open_working(settings)
    give_back_memory()
    asyncio.run(_run(settings, working))


async def _run(settings: Settings, working: Working) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows' event loop has none: there Ctrl-C ends the process itself
            loop.add_signal_handler(number, stop.set)
    sending = open_sending(settings, working)
    log.info("sending over %s", ", ".join(sending.transports))
    await sending.run(stop)
