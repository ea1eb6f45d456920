"""A stage for tests of delivery: chats with contacts, orders for them, and a transport that remembers."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, select

from bot.clock import Clock
from bot.conversation.render import render
from bot.database import Database
from bot.messages import Quote
from bot.outreach.composing import Due, Part, Withhold
from bot.outreach.contact import remember_contact
from bot.outreach.departing import Rules
from bot.outreach.outbox import Order, enqueue_many
from bot.outreach.outreach_rows import OutgoingRow
from bot.outreach.sender import Sender
from bot.outreach.sending_pace import Pace
from bot.outreach.transport import Outcome, Sent
from bot.rendered import RenderedReply
from tests.conftest import KEYS


class RecordingTransport:
    """Sends nowhere and remembers: what was sent to which address. `answer` decides what becomes of a send."""

    def __init__(self, answer: Callable[[str], Outcome] | None = None, takes_s: float = 0.0) -> None:
        self.sent: list[tuple[str, str]] = []
        self.answer = answer or (lambda _address: Sent("1"))
        self.takes_s = takes_s
        self.closed = False

    async def send(self, address: str, reply: RenderedReply) -> Outcome:
        self.sent.append((address, reply.plain_text))
        if self.takes_s:
            await asyncio.sleep(self.takes_s)
        return self.answer(address)

    async def close(self) -> None:
        self.closed = True

    @property
    def times(self) -> Counter[str]:
        return Counter(address for address, _ in self.sent)


def chat(number: int) -> str:
    return f"{number:032x}"


def people(database: Database, count: int, now: datetime, channel: str = "test", first: int = 0) -> None:
    with database.transaction() as session:
        for number in range(first, first + count):
            remember_contact(session, KEYS, chat(number), channel, f"address-{number}", "zh", now)


def order_for(number: int, now: datetime, **changes: object) -> Order:
    values: dict[str, object] = {
        "chat_key": chat(number),
        "kind": "card",
        "subject": f"card:{number}",
        "key": f"card:{number}:{changes.get('subject', '')}:{chat(number)}",
        "topic": "cards",
        "lane": "reminder",
        "due_at": now,
        "expires_at": now + timedelta(days=3),
    }
    return Order(**{**values, **changes})  # type: ignore[arg-type]


def put(database: Database, orders: Sequence[Order], now: datetime) -> None:
    with database.transaction() as session:
        enqueue_many(session, KEYS, orders, now)


def say_subject(_session: Session, due: Due, _now: datetime) -> Part | Withhold:
    return Part((Quote(due.content.get("text", due.subject)),))


def rules(**changes: object) -> Rules:
    composers = dict.fromkeys(("card", "nudge", "announcement", "booking"), say_subject)
    return Rules(**{"composers": composers, "render": render, **changes})  # type: ignore[arg-type]


def sender_on(
    database: Database,
    clock: Clock,
    transport: RecordingTransport,
    pace: Pace | None = None,
    turns: object = None,
    **changes: object,
) -> Sender:
    return Sender(database, KEYS, clock, {"test": transport}, rules(**changes), turns, pace or Pace(poll_s=0.05))  # type: ignore[arg-type]


def drain(sender: Sender) -> None:
    asyncio.run(sender.drain())


def rows(database: Database) -> list[OutgoingRow]:
    with database.transaction() as session:
        return list(session.exec(select(OutgoingRow)).all())


def states(database: Database) -> Counter[tuple[str, str | None]]:
    return Counter((row.state, row.reason) for row in rows(database))
