"""A counsellor's side in a test without pages: the desk in one call, and the real sender to the parents' chats."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import time
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from bot.audit_log import Audited
from bot.conversation.sending_rules import sending_rules
from bot.database import Database
from bot.outreach.family_budget import Limits
from bot.outreach.sender import Sender
from bot.outreach.sending_pace import Pace
from bot.outreach.transport import Outcome, Sent
from bot.outreach.watching import compose_alarm
from bot.rendered import RenderedReply
from bot.tickets.counsellor_days import hours_in
from bot.tickets.parent_tickets import messages_of
from bot.tickets.ticket_answers import answer_composer
from bot.tickets.ticket_desk import TicketDesk, answer, claim
from bot.tickets.ticket_rows import TicketRow
from tests.conftest import KEYS, FixedClock

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOURS = hours_in(SHANGHAI, (time(9), time(17)))


class Letterbox:
    """Keeps what reaches each chat."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, RenderedReply]] = []

    async def send(self, address: str, reply: RenderedReply) -> Outcome:
        self.letters.append((address, reply))
        return Sent("1")

    async def close(self) -> None:
        """Nothing to close."""


def tickets(database: Database) -> list[TicketRow]:
    with database.transaction() as session:
        return list(session.exec(select(TicketRow)).all())


def words(database: Database, ticket_id: str) -> list[tuple[str, str]]:
    with database.transaction() as session:
        return [(one.kind, one.text) for one in messages_of(session, KEYS, ticket_id)]


def at_desk(database: Database, clock: FixedClock, what: Callable[[TicketDesk], None], login: str = "li") -> None:
    with database.transaction() as session:
        what(desk_of(session, clock, login))


def desk_of(session: Session, clock: FixedClock, login: str = "li", *, may_take_over: bool = False) -> TicketDesk:
    return TicketDesk(session, KEYS, Audited(login, clock.now()), login.title(), HOURS, may_take_over)


def answers(database: Database, clock: FixedClock, ticket: TicketRow, text: str) -> None:
    """Li claims it where nobody has, and answers."""
    with database.transaction() as session:
        row = session.get_one(TicketRow, ticket.id)
        desk = desk_of(session, clock)
        if row.state == "waiting":
            claim(desk, row.id, str(row.version))
        answer(desk, row.id, str(row.version), text)


def post(database: Database, clock: FixedClock) -> list[tuple[str, RenderedReply]]:
    """Everything that is due leaves by the real sender under the real rules."""
    rules = sending_rules(KEYS, SHANGHAI, Limits())
    rules = replace(rules, composers={**rules.composers, "ticket": answer_composer(KEYS), "staff": compose_alarm})
    box = Letterbox()

    async def drain() -> None:
        await Sender(database, KEYS, clock, {"test": box}, rules, {}, Pace()).drain()

    with ThreadPoolExecutor(1) as beside:  # a browser test has a loop of its own in this thread
        beside.submit(asyncio.run, drain()).result()
    return box.letters
