"""Announcements with the sender itself: pauses while it works, and a message that nobody can receive."""

import asyncio
import time
from datetime import timedelta

import pytest

from bot.clock import SystemClock
from bot.conversation.render import render
from bot.database import Database
from bot.outreach import announcement_composer, announcing
from bot.outreach.announcement import SAME_ERRORS_UNTIL_PAUSE, Tally
from bot.outreach.announcement_recipients import tally
from bot.outreach.announcement_rows import AnnouncementRow
from bot.outreach.announcements import BY_A_RULE, pause, pause_poisoned, resume, the_announcement
from bot.outreach.departing import Rules
from bot.outreach.sender import Sender
from bot.outreach.sending_pace import Pace
from bot.outreach.transport import Refused
from tests.announce_town import Town
from tests.conftest import KEYS
from tests.outreach_stage import RecordingTransport


def sender_for(town: Town, transport: RecordingTransport, in_flight: int = 20) -> Sender:
    composers = {"announcement": announcement_composer.announcement_composer(KEYS, town.clock.day_of)}
    rules = Rules(composers, render, on_poison=pause_poisoned)
    return Sender(
        town.database, KEYS, town.clock, {"telegram": transport}, rules, pace=Pace(in_flight=in_flight, poll_s=0.02)
    )


def counted(town: Town, announcement_id: str) -> Tally:
    with town.database.transaction() as session:
        return tally(session, session.get_one(AnnouncementRow, announcement_id))


def test_twenty_pauses_while_the_sender_works(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcement_composer, "LOOK_AGAIN_AFTER", timedelta(milliseconds=100))
    monkeypatch.setattr(announcing, "ORDERS_AT_ONCE", 20)
    monkeypatch.setattr(announcing, "STEPS_AT_ONCE", 2)
    town = Town(any_database, SystemClock("Asia/Shanghai"))  # type: ignore[arg-type]
    town.families(150)
    announcement_id, transport = town.started(), RecordingTransport(takes_s=0.05)
    sender, job, late = sender_for(town, transport, in_flight=4), town.announcing(), []

    def move(what: str) -> None:
        now = town.clock.now()
        with town.database.transaction() as session:
            if what == "pause":
                pause(session, announcement_id, "Li", now)
            else:
                resume(session, announcement_id, now)

    async def run() -> None:
        stop = asyncio.Event()
        sending = asyncio.create_task(sender.run(stop))
        for _ in range(2):
            await asyncio.to_thread(job.tend, town.clock.now())
        for _ in range(20):
            await asyncio.to_thread(job.tend, town.clock.now())
            await asyncio.to_thread(move, "pause")
            paused_at, seen = time.perf_counter(), len(transport.sent)
            await asyncio.sleep(0.05)
            if len(transport.sent) > seen:  # what was in hand at that moment
                late.append(time.perf_counter() - paused_at)
            seen = len(transport.sent)
            await asyncio.sleep(0.05)
            assert len(transport.sent) - seen <= 4, "at most what was in flight"
            await asyncio.to_thread(move, "resume")
        for _ in range(400):
            await asyncio.to_thread(job.tend, town.clock.now())
            await asyncio.sleep(0.02)
            with town.database.transaction() as session:
                if the_announcement(session, announcement_id).state == "done":
                    break
        stop.set()
        await sending

    asyncio.run(run())
    assert max(late, default=0) <= 2
    assert counted(town, announcement_id) == Tally(150, sent=150)
    assert sorted(transport.times.values()) == [1] * 150


def test_a_message_that_nobody_can_receive_is_paused_after_twenty_errors(any_database: Database) -> None:
    town = Town(any_database, SystemClock("Asia/Shanghai"))  # type: ignore[arg-type]
    town.families(60)
    announcement_id = town.started()
    bad = RecordingTransport(lambda _address: Refused("can't parse entities"))
    for _ in range(2):
        town.announcing().tend(town.clock.now())
    asyncio.run(sender_for(town, bad).drain())
    with town.database.transaction() as session:
        one = the_announcement(session, announcement_id)
    assert (one.state, one.paused_by, one.why_paused) == ("paused", BY_A_RULE, "can't parse entities")
    result = counted(town, announcement_id)
    assert SAME_ERRORS_UNTIL_PAUSE <= result.failed <= SAME_ERRORS_UNTIL_PAUSE + 20, "and what was in flight"
    assert result.failed + result.open == 60, "the others are not lost"
    with town.database.transaction() as session:
        resume(session, announcement_id, town.clock.now())
    good = RecordingTransport()
    for _ in range(3):
        asyncio.run(sender_for(town, good).drain())
        town.announcing().tend(town.clock.now())
    result = counted(town, announcement_id)
    assert (result.sent, result.open, result.adds_up) == (60 - result.failed, 0, True)
    with town.database.transaction() as session:
        assert the_announcement(session, announcement_id).state == "done"
