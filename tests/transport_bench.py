"""Transports under test: how to make one, whom it reaches, and what a reader saw."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.database import Database
from bot.messages import Attachment
from bot.outreach.telegram_transport import TelegramTransport
from bot.outreach.transport import Outcome, Transport
from bot.outreach.web_inbox import waiting_messages
from bot.outreach.web_transport import WebInbox
from bot.rendered import Line, RenderedButton, RenderedReply
from tests.conftest import KEYS, FixedClock
from tests.telegram_server.server import TOKEN, TestServer

BROWSER = "0123456789abcdef" * 2


PICTURE = Attachment("chart.png", "image/png", b"\x89PNG....")


FILE = Attachment("calendar.ics", "text/calendar", b"BEGIN:VCALENDAR")


class Turns:
    """Turns that never wait, and remember."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.halts: list[float] = []

    async def turn(self, address: str) -> None:
        self.taken.append(address)

    async def halt(self, after_s: float) -> None:
        self.halts.append(after_s)


@dataclass
class Bench:
    """A transport under test: how to make one, whom it reaches, whom it does not, what a reader saw."""

    make: Callable[[], Transport]
    address: str
    nobody: str
    seen: Callable[[], list[str]]
    turns: Turns = field(default_factory=Turns)

    def send(self, *replies: RenderedReply, to: str | None = None) -> list[Outcome]:
        async def run() -> list[Outcome]:
            transport = self.make()
            try:
                return [await transport.send(self.address if to is None else to, reply) for reply in replies]
            finally:
                await transport.close()

        return asyncio.run(run())


def telegram_bench(server: TestServer) -> Bench:
    mother = server.user()
    turns = Turns()
    return Bench(
        make=lambda: TelegramTransport(TOKEN, server.url, turns),
        address=str(mother.id),
        nobody="5",
        seen=lambda: [" ".join([m.text, *(b["text"] for row in m.buttons for b in row)]) for m in server.world.sent],
        turns=turns,
    )


class Ticking(FixedClock):
    """A clock by which nothing happens at the same instant."""

    def now(self) -> datetime:
        self.passes(milliseconds=1)
        return self.at


def web_bench(database: Database, clock: Ticking) -> Bench:
    def seen() -> list[str]:
        with database.transaction() as session:
            waiting = waiting_messages(session, KEYS, key_of(BROWSER))
        return [" ".join([m.reply.plain_text, *(b.label for row in m.reply.buttons for b in row)]) for m in waiting]

    return Bench(lambda: WebInbox(database, KEYS, clock, key_of), BROWSER, "no browser", seen)


def key_of(address: str) -> str:
    return f"key of {address}"[:32]


def reply(*lines: str, label: str = "", attachment: Attachment | None = None) -> RenderedReply:
    buttons = ((RenderedButton(label, "n:done"),),) if label else ()
    return RenderedReply("zh", tuple(Line(line, "plain") for line in lines), buttons, False, attachment=attachment)
