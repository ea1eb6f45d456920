"""A message waits for its turn, and the truth is read after the wait; a turn that is not used at once is lost."""

import asyncio
import time

from bot.database import Database
from bot.outreach.composing import Part, Withhold
from bot.outreach.outbox import withdraw
from bot.outreach.sending_pace import Pace
from bot.outreach.transport import Sent
from tests.conftest import FixedClock
from tests.outreach_stage import (
    RecordingTransport,
    chat,
    drain,
    order_for,
    people,
    put,
    rows,
    say_subject,
    sender_on,
    states,
)


class SlowTurns:
    """Lets one message leave at a time, in order, each after a moment."""

    def __init__(self, takes_s: float) -> None:
        self.takes_s, self.halted_for_s, self.lock, self.taken = takes_s, [], None, 0

    async def turn(self, contact: object, lane: str) -> None:
        self.lock = self.lock or asyncio.Lock()
        async with self.lock:
            await asyncio.sleep(self.takes_s)
            self.taken += 1

    async def halt(self, after_s: float) -> None:
        self.halted_for_s.append(after_s)


def test_a_message_waits_for_its_turn_and_the_truth_is_read_after_it(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 6, clock.now())
    put(any_database, [order_for(number, clock.now()) for number in range(6)], clock.now())
    transport = RecordingTransport()

    def withdraw_the_last(address: str) -> Sent:
        with any_database.transaction() as session:
            withdraw(session, "card:5", "cancelled", clock.now())
        cancelled.add(chat(5))
        return Sent("1")

    cancelled: set[str] = set()
    transport.answer = withdraw_the_last

    def compose(session: object, due: object, now: object) -> Part | Withhold:
        return Withhold("cancelled") if due.chat_key in cancelled else say_subject(session, due, now)

    turns = {"test": SlowTurns(0.02)}
    drain(sender_on(any_database, clock, transport, turns=turns, composers={"card": compose}))
    assert sorted(transport.times) == [f"address-{number}" for number in range(5)]
    assert states(any_database)["withheld", "cancelled"] == 1


def test_who_does_not_get_a_turn_gives_the_place_to_another(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 1, clock.now())
    put(any_database, [order_for(0, clock.now())], clock.now())
    pace = Pace(poll_s=0.01, longest_turn_s=0.02)
    drain(sender_on(any_database, clock, RecordingTransport(), pace, turns={"test": SlowTurns(5)}))
    assert states(any_database) == {("queued", "no_turn"): 1}
    assert [row.attempts for row in rows(any_database)] == [0]


def test_a_turn_that_was_not_used_at_once_is_lost(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 1, clock.now())
    put(any_database, [order_for(0, clock.now())], clock.now())
    slow = iter([0.2])

    def compose(session: object, due: object, now: object) -> Part | Withhold:
        time.sleep(next(slow, 0.0))
        return say_subject(session, due, now)

    transport, turns = RecordingTransport(), SlowTurns(0.001)
    drain(sender_on(any_database, clock, transport, turns={"test": turns}, composers={"card": compose}))
    assert len(transport.sent) == 1
    assert turns.taken >= 2
