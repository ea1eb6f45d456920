"""Faults, by name. Where the guard can be taken off, the fault is shown first, then that it is gone."""

import asyncio
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

import bot.outreach.sender as sender_file
from bot.clock import SystemClock
from bot.database import Database
from bot.delivery_trial import (
    QUICK,
    Trial,
    arrivals_of,
    fill,
    finish,
    is_open,
    kill_at_random,
    start,
    wait_for_arrivals,
)
from bot.outreach.claiming import claim, depart
from bot.outreach.composing import Part, Withhold
from bot.outreach.outgoing import Timing
from bot.outreach.outreach_rows import ContactRow, OutgoingRow
from bot.outreach.sending_pace import Pace
from bot.outreach.settling import News, look_after_leases, settle
from bot.outreach.transport import Sent
from tests.conftest import KEYS as KEYS_OF_STAGE
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

FULL = bool(os.environ.get("QIHUI_FULL_FAULTS"))
OUTGOING = OutgoingRow.__table__


def url_of(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def jump_once_after(
    sends: int, transport: RecordingTransport, clock: FixedClock, jump: timedelta
) -> Callable[[str], Sent]:
    left = [jump]

    def answer(_address: str) -> Sent:
        if len(transport.sent) >= sends and left:
            clock.at += left.pop()
        return Sent("1")

    return answer


def holds_a_lock(database: Database) -> bool:
    """Whether a process that was stopped has the database, or rows of it, in its hands."""
    with database.engine.connect() as connection:
        try:
            if database.is_sqlite:
                connection.exec_driver_sql("PRAGMA busy_timeout=100")
            connection.execute(select(OUTGOING.c.id).with_for_update(nowait=True))
            connection.execute(select(ContactRow.__table__.c.chat_key).with_for_update(nowait=True))
        except OperationalError:
            return True
        finally:
            connection.invalidate()
    return False


def stop_between_transactions(database: Database, process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGSTOP)
    while holds_a_lock(database):
        process.send_signal(signal.SIGCONT)
        time.sleep(0.01)
        process.send_signal(signal.SIGSTOP)


def a_trial(database: Database, folder: Path, **changes: object) -> Trial:
    return replace(Trial(url_of(database), str(folder / "arrivals")), **changes)


def test_kill_9_at_random_loses_nothing_silently(any_database: Database, tmp_path: Path) -> None:
    sends, kills = (4000, 10) if FULL else (160, 2)
    verdict = kill_at_random(any_database, a_trial(any_database, tmp_path), sends, kills)
    assert verdict.kills == kills
    assert verdict.lost == 0
    assert verdict.doubled == 0
    assert verdict.doubtful_of_one_kill <= 20
    assert verdict.doubtful <= 20 * kills
    assert sum(row.doubts for row in rows(any_database)) == verdict.doubtful


def test_with_a_read_mark_a_kill_loses_messages_silently(database: Database, tmp_path: Path) -> None:
    """The guard off."""
    trial = a_trial(database, tmp_path, marks_when="read", answers_after_s=0.2)
    verdict = kill_at_random(database, trial, sends=120, kills=3)
    assert verdict.lost > 0
    assert verdict.doubtful == 0


def test_sigstop_longer_than_the_lease_the_fence_blocks_the_late_write(any_database: Database, tmp_path: Path) -> None:
    fill(any_database, 10, SystemClock("UTC").now(), lane="urgent", on_doubt="resend")
    trial = a_trial(any_database, tmp_path, answers_after_s=0.4)
    path = Path(trial.arrivals)
    sleeper = start(trial)
    wait_for_arrivals(path, 10)
    stop_between_transactions(any_database, sleeper)
    on_its_way = {row.id for row in rows(any_database) if row.state == "sending"}
    assert on_its_way
    time.sleep((QUICK.lease + QUICK.close_after).total_seconds() + 0.3)
    finish(any_database, trial)
    taken_over = {row.id: row.message_ref for row in rows(any_database)}
    sleeper.send_signal(signal.SIGCONT)
    time.sleep(0.5)
    sleeper.send_signal(signal.SIGTERM)
    sleeper.wait()
    after = {row.id: row for row in rows(any_database)}
    assert {row.state for row in after.values()} == {"sent"}
    assert {row.id: row.message_ref for row in after.values()} == taken_over
    assert str(sleeper.pid) not in {after[one].message_ref for one in on_its_way}
    assert {one for one, row in after.items() if row.doubts} == on_its_way
    twice = [number for number, times in arrivals_of(path).items() if times > 1]
    assert len(twice) == len(on_its_way), "urgent news may arrive twice, and each such message is marked"


def test_without_the_fence_the_late_write_would_win(any_database: Database, clock: FixedClock) -> None:
    """The guard off: the same news under the number that holds now is taken."""
    timing = Timing()
    people(any_database, 1, clock.now())
    put(any_database, [order_for(0, clock.now(), lane="urgent", on_doubt="resend")], clock.now())
    with any_database.transaction() as session:
        [first] = claim(session, KEYS_OF_STAGE, clock.now(), 1, timing)
        depart(session, first.rows, clock.now(), timing)
        clock.passes(seconds=31)
        assert look_after_leases(session, clock.now(), timing) == 1
        clock.passes(seconds=21)
        look_after_leases(session, clock.now(), timing)
        [second] = claim(session, KEYS_OF_STAGE, clock.now(), 1, timing)
        late = News(first.rows[0], "arrived", ref="late")
        assert settle(session, [late], clock.now(), timing) == 1
        assert session.scalar(select(OUTGOING.c.state)) == "sending"
        unfenced = News(replace(first.rows[0], fence=second.rows[0].fence), "arrived", ref="late")
        assert settle(session, [unfenced], clock.now(), timing) == 0
        assert session.scalar(select(OUTGOING.c.message_ref)) == "late"


def test_two_sender_processes_claim_no_row_twice(any_database: Database, tmp_path: Path) -> None:
    due = 10_000 if FULL else 400
    fill(any_database, due, SystemClock("UTC").now())
    trial = a_trial(any_database, tmp_path, answers_after_s=0.004)
    finish(any_database, trial, senders=2)
    arrived = arrivals_of(Path(trial.arrivals))
    assert len(arrived) == due
    assert set(arrived.values()) == {1}
    refs = Counter(row.message_ref for row in rows(any_database))
    assert {row.attempts for row in rows(any_database)} == {1}
    assert sum(refs.values()) == due


def test_many_senders_at_once_claim_no_row_and_no_chat_twice(any_database: Database, clock: FixedClock) -> None:
    count = 120
    people(any_database, count, clock.now())
    for lane in ("reminder", "urgent"):
        orders = [order_for(n, clock.now(), lane=lane, subject=f"{lane}:{n}", key=f"{lane}:{n}") for n in range(count)]
        put(any_database, orders, clock.now())
    naive, guarded = Counter[str](), Counter[str]()
    ready, chats = threading.Barrier(8), Counter[str]()

    def take_naively() -> None:
        ready.wait()
        with any_database.transaction() as session:
            ids = session.scalars(select(OUTGOING.c.id).where(OUTGOING.c.state == "queued").limit(40)).all()
        time.sleep(0.02)
        naive.update(ids)

    def take() -> None:
        ready.wait()
        for _ in range(20):
            with any_database.transaction() as session:
                taken = claim(session, KEYS_OF_STAGE, clock.now(), 7, Timing())
            guarded.update(row.id for bundle in taken for row in bundle.rows)
            chats.update(bundle.contact.chat_key for bundle in taken)

    for work in (take_naively, take):
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert max(naive.values()) > 1, "the guard off: who reads first and marks later has the same rows as others"
    assert max(guarded.values()) == 1
    assert max(chats.values()) == 1, "one recipient, one sender at a time"
    assert len(chats) == count


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=1)])
def test_a_clock_that_jumps_doubles_nothing(
    any_database: Database, clock: FixedClock, jump: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender_file, "LOOK_AFTER_EVERY_S", 0.0)
    people(any_database, 60, clock.now())
    orders = [order_for(n, clock.now(), lane="urgent", on_doubt="resend") for n in range(60)]
    put(any_database, orders, clock.now())
    transport = RecordingTransport(takes_s=0.01)

    transport.answer = jump_once_after(30, transport, clock, jump)
    drain(sender_on(any_database, clock, transport, Pace(in_flight=10, poll_s=0.01)))
    clock.passes(hours=2)
    drain(sender_on(any_database, clock, transport))
    assert len(transport.sent) == 60
    assert max(transport.times.values()) == 1
    assert states(any_database) == {("sent", None): 60}


def test_without_the_open_doubt_a_jump_would_double(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard off: doubts that are closed at once are sent again while the first request is on its way."""
    monkeypatch.setattr(sender_file, "LOOK_AFTER_EVERY_S", 0.0)
    people(database, 60, clock.now())
    put(database, [order_for(n, clock.now(), lane="urgent", on_doubt="resend") for n in range(60)], clock.now())
    transport = RecordingTransport(takes_s=0.05)

    transport.answer = jump_once_after(30, transport, clock, timedelta(days=1))
    careless = Pace(in_flight=10, poll_s=0.005, timing=Timing(close_after=timedelta(seconds=0)))
    first, second = (sender_on(database, clock, transport, careless) for _ in range(2))

    async def both() -> None:
        await asyncio.gather(first.drain(), second.drain())

    asyncio.run(both())
    assert max(transport.times.values()) > 1


@pytest.mark.parametrize("down", [timedelta(hours=24), timedelta(hours=48), timedelta(days=7)])
def test_after_a_time_down_only_what_is_still_true_leaves(
    any_database: Database, clock: FixedClock, down: timedelta
) -> None:
    people(any_database, 20, clock.now())
    starts = clock.now() + timedelta(hours=20)
    events = [order_for(n, clock.now(), kind="booking", subject=f"booking:{n}", expires_at=starts) for n in range(20)]
    doses = [
        order_for(n, clock.now() + timedelta(days=step), kind="nudge", subject=f"child-of:{n}", key=f"dose:{n}:{step}",
                  expires_at=clock.now() + timedelta(days=30))
        for n in range(20) for step in (0, 1, 2, 5)
    ]  # fmt: skip
    put(any_database, [*events, *doses], clock.now())
    came_back_at = clock.now() + down

    def newest_only(session: object, due: object, now: datetime) -> Part | Withhold:
        later = select(OUTGOING.c.id).where(
            OUTGOING.c.chat_key == due.chat_key, OUTGOING.c.kind == "nudge", OUTGOING.c.due_at > due.due_at,
            OUTGOING.c.due_at <= now,
        )  # fmt: skip
        return Withhold("newer_one") if session.execute(later).first() else say_subject(session, due, now)

    clock.at = came_back_at
    transport = RecordingTransport()
    composers = {"booking": say_subject, "nudge": newest_only}
    drain(sender_on(any_database, clock, transport, composers=composers))
    drain(sender_on(any_database, clock, transport, composers=composers))
    assert Counter(text for _, text in transport.sent) == {f"child-of:{n}": 1 for n in range(20)}
    counted = states(any_database)
    assert counted["expired", None] == 20
    past = sum(1 for step in (0, 1, 2, 5) if timedelta(days=step) <= down)
    assert counted["withheld", "newer_one"] == 20 * (past - 1)


def test_a_crash_between_commit_and_push_loses_nothing(any_database: Database, clock: FixedClock) -> None:
    """Nothing pushes: the row itself is the message, and whoever looks next finds it."""
    people(any_database, 5, clock.now())
    transport = RecordingTransport()
    sender = sender_on(any_database, clock, transport, Pace(poll_s=0.05))

    async def run() -> float:
        stop = asyncio.Event()
        running = asyncio.create_task(sender.run(stop))
        await asyncio.sleep(0.1)
        await asyncio.to_thread(put, any_database, [order_for(n, clock.now()) for n in range(5)], clock.now())
        began = time.monotonic()
        while len(transport.sent) < 5:
            await asyncio.sleep(0.01)
        stop.set()
        await running
        return time.monotonic() - began

    assert asyncio.run(run()) < 5
    assert states(any_database) == {("sent", None): 5}


def test_an_opt_out_during_a_broadcast_is_obeyed(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 100, clock.now())
    batch = {"kind": "announcement", "topic": "announcements", "lane": "bulk", "subject": "announcement:1"}
    put(any_database, [order_for(n, clock.now(), **batch) for n in range(100)], clock.now())
    opted_out: set[str] = set()
    sent_to: list[str] = []

    def half_leave(address: str) -> Sent:
        sent_to.append(address)
        if len(sent_to) == 30:
            opted_out.update(chat(n) for n in range(100) if n % 2)
            reached_before.update(address for address, _ in transport.sent)
        return Sent("1")

    reached_before: set[str] = set()
    transport = RecordingTransport(half_leave)
    muted = lambda _session, due: "muted" if due.chat_key in opted_out else None  # noqa: E731
    drain(sender_on(any_database, clock, transport, Pace(in_flight=10, poll_s=0.01), muted=muted))
    after = [address for address, _ in transport.sent if address not in reached_before]
    assert all(int(address.removeprefix("address-")) % 2 == 0 for address in after)
    counted = states(any_database)
    assert counted["sent", None] + counted["withheld", "muted"] == 100
    assert counted["withheld", "muted"] >= 30
    assert max(transport.times.values()) == 1


def test_what_is_renewed_is_not_taken_away(any_database: Database, tmp_path: Path) -> None:
    """A slow answer, longer than the lease, is no doubt while its sender lives."""
    fill(any_database, 3, SystemClock("UTC").now(), on_doubt="resend")
    trial = a_trial(any_database, tmp_path, answers_after_s=QUICK.lease.total_seconds() * 2)
    finish(any_database, trial, senders=2)
    assert {(row.state, row.doubts, row.attempts) for row in rows(any_database)} == {("sent", 0, 1)}
    assert not any(is_open(row) for row in rows(any_database))
