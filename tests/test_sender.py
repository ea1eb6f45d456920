"""What the sender does with each message: bundles, holds, withholds, retries, doubts, and who is not there any more."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.database import Database
from bot.errors import Misconfigured
from bot.messages import Attachment, Quote
from bot.outreach.composing import Part, Wait, Withhold
from bot.outreach.contact import contact_of, mark_reachable
from bot.outreach.departing import MOST_PARTS, Hold
from bot.outreach.outbox import pause, resume, withdraw
from bot.outreach.outgoing import MOST_ATTEMPTS
from bot.outreach.sending_pace import Pace
from bot.outreach.transport import Blocked, Doubtful, RetryLater, Sent
from tests.conftest import KEYS, FixedClock
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


def test_what_is_due_is_sent_once_and_what_is_not_waits(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 3, clock.now())
    later = order_for(2, clock.now(), due_at=clock.now() + timedelta(hours=1))
    put(any_database, [order_for(0, clock.now()), order_for(1, clock.now()), later], clock.now())
    transport = RecordingTransport()
    drain(sender_on(any_database, clock, transport))
    drain(sender_on(any_database, clock, transport))
    assert transport.sent == [("address-0", "card:0"), ("address-1", "card:1")]
    clock.passes(hours=1)
    drain(sender_on(any_database, clock, transport))
    assert [address for address, _ in transport.sent][2:] == ["address-2"]
    assert {(row.state, row.message_ref, row.attempts, row.content) for row in rows(any_database)} == {
        ("sent", "1", 1, None)
    }


def test_everything_due_for_one_chat_leaves_as_one_message(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 1, clock.now())
    orders = [
        order_for(0, clock.now(), subject=f"card:{name}", due_at=clock.now() - timedelta(minutes=5 - place))
        for place, name in enumerate("abcd")
    ]
    urgent = order_for(0, clock.now(), subject="booking:now", kind="booking", lane="urgent")
    bulk = order_for(0, clock.now(), subject="announcement:1", kind="announcement", lane="bulk")
    put(any_database, [*orders, bulk, urgent], clock.now())
    transport = RecordingTransport()
    drain(sender_on(any_database, clock, transport))
    assert [text for _, text in transport.sent] == ["booking:now", "card:a\ncard:b\ncard:c\ncard:d\nannouncement:1"]


def test_a_bundle_has_at_most_six_parts_and_one_file(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 2, clock.now())
    many = [order_for(0, clock.now(), subject=f"card:{number}") for number in range(MOST_PARTS + 2)]
    files = [order_for(1, clock.now(), subject=f"nudge:{number}", kind="nudge") for number in range(2)]
    put(any_database, [*many, *files], clock.now())
    transport = RecordingTransport()

    def with_file(_session: object, due: object, _now: object) -> Part:
        return Part((Quote("file"),), attachment=Attachment("a.ics", "text/calendar", b"x"))

    drain(sender_on(any_database, clock, transport, composers={"card": say_subject, "nudge": with_file}))
    of_first = [text.count("card:") for address, text in transport.sent if address == "address-0"]
    assert of_first == [MOST_PARTS, 2]
    assert transport.times["address-1"] == 2


def test_the_truth_of_the_moment_decides(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 3, clock.now())
    put(any_database, [order_for(number, clock.now(), content={"text": "打针"}) for number in range(3)], clock.now())
    done = {chat(1): "done"}

    def compose(session: object, due: object, now: object) -> Part | Withhold:
        return Withhold(done[due.chat_key]) if due.chat_key in done else say_subject(session, due, now)

    transport = RecordingTransport()
    muted = lambda _session, due: "muted" if due.chat_key == chat(2) else None  # noqa: E731
    drain(sender_on(any_database, clock, transport, composers={"card": compose}, muted=muted))
    assert transport.sent == [("address-0", "打针")]
    assert set(states(any_database)) == {("sent", None), ("withheld", "done"), ("withheld", "muted")}


def test_a_held_message_waits_with_the_reason_and_urgent_ones_do_not(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 1, clock.now())
    first = order_for(0, clock.now(), subject="card:1")
    second = order_for(0, clock.now(), subject="card:2", due_at=clock.now() + timedelta(hours=1))
    third = order_for(
        0, clock.now(), subject="card:3", due_at=second.due_at, expires_at=second.due_at + timedelta(hours=2)
    )
    urgent = order_for(0, clock.now(), subject="booking:1", kind="booking", lane="urgent", due_at=second.due_at)
    put(any_database, [first, second, third, urgent], clock.now())
    transport = RecordingTransport()

    def one_a_day(now: object, lane: object, recent: list, spread_key: str) -> Hold | None:
        free_at = max(recent, default=now - timedelta(days=1)) + timedelta(days=1)
        return Hold(free_at, "daily_budget") if free_at > now else None

    drain(sender_on(any_database, clock, transport, gate=one_a_day))
    clock.passes(hours=1)
    drain(sender_on(any_database, clock, transport, gate=one_a_day))
    assert [text for _, text in transport.sent] == ["card:1", "booking:1"]
    held = {row.subject: row for row in rows(any_database) if row.state == "queued"}
    assert {row.reason for row in held.values()} == {"daily_budget"}
    assert held["card:2"].next_try_at == first.due_at + timedelta(days=1)
    assert held["card:3"].next_try_at == third.expires_at
    clock.passes(hours=23)
    drain(sender_on(any_database, clock, transport, gate=one_a_day))
    assert [text for _, text in transport.sent][2:] == ["card:2"]
    assert ("expired", "daily_budget") in states(any_database)


def test_a_chat_that_blocked_us_is_left_alone_until_it_is_back(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 1, clock.now())
    put(any_database, [order_for(0, clock.now(), subject="card:1")], clock.now())
    transport = RecordingTransport(lambda _address: Blocked("bot was blocked by the user"))
    drain(sender_on(any_database, clock, transport))
    put(any_database, [order_for(0, clock.now(), subject="card:2")], clock.now())
    drain(sender_on(any_database, clock, transport))
    assert len(transport.sent) == 1
    assert {state for state, _ in states(any_database)} == {"unreachable"}
    with any_database.transaction() as session:
        assert contact_of(session, KEYS, chat(0)).unreachable_since == clock.now()
        mark_reachable(session, chat(0), clock.now())
    put(any_database, [order_for(0, clock.now(), subject="card:3")], clock.now())
    transport.answer = lambda _address: Sent("7")
    drain(sender_on(any_database, clock, transport))
    assert [text for _, text in transport.sent] == ["card:1", "card:3"]


def test_who_has_no_address_is_not_lost_silently(any_database: Database, clock: FixedClock) -> None:
    put(any_database, [order_for(5, clock.now())], clock.now())
    drain(sender_on(any_database, clock, RecordingTransport()))
    assert states(any_database) == {("unreachable", "no_address"): 1}


def test_a_group_that_moved_is_found_at_its_new_address(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 1, clock.now())
    put(any_database, [order_for(0, clock.now(), subject="card:1")], clock.now())
    transport = RecordingTransport(lambda _address: Sent("1", "-100200"))
    drain(sender_on(any_database, clock, transport))
    put(any_database, [order_for(0, clock.now(), subject="card:2")], clock.now())
    drain(sender_on(any_database, clock, transport))
    assert [address for address, _ in transport.sent] == ["address-0", "-100200"]


def test_retries_wait_longer_and_longer_and_end(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 1, clock.now())
    put(any_database, [order_for(0, clock.now())], clock.now())
    transport = RecordingTransport(lambda _address: RetryLater(0.0, "502"))
    waits = []
    for _ in range(MOST_ATTEMPTS):
        drain(sender_on(any_database, clock, transport))
        [row] = rows(any_database)
        if row.state == "failed":
            break
        assert (row.state, row.reason) == ("awaiting_retry", "502")
        waits.append((row.next_try_at - clock.now()).total_seconds())
        clock.at = row.next_try_at
    assert waits == [5, 10, 20, 40, 80, 160, 320]
    assert (row.state, row.attempts, len(transport.sent)) == ("failed", MOST_ATTEMPTS, MOST_ATTEMPTS)


def test_a_halt_closes_the_channel_until_it_is_over(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 10, clock.now())
    put(any_database, [order_for(number, clock.now()) for number in range(10)], clock.now())
    transport = RecordingTransport(lambda _address: RetryLater(35.0, "429", halts=True))
    sender = sender_on(any_database, clock, transport, Pace(in_flight=1, poll_s=0.01))
    drain(sender)
    assert len(transport.sent) == 1
    clock.passes(seconds=34)
    drain(sender)
    assert len(transport.sent) == 1
    transport.answer = lambda _address: Sent("1")
    clock.passes(seconds=2)
    drain(sender)
    assert len(transport.sent) == 11
    assert states(any_database) == {("sent", None): 10}


@pytest.mark.parametrize(("on_doubt", "sends"), [("skip", 1), ("resend", 2)])
def test_a_doubt_is_recorded_and_closed_by_policy_within_a_minute(
    any_database: Database, clock: FixedClock, on_doubt: str, sends: int
) -> None:
    people(any_database, 1, clock.now())
    put(any_database, [order_for(0, clock.now(), lane="urgent", on_doubt=on_doubt)], clock.now())
    transport = RecordingTransport(lambda _address: Doubtful("timeout"))
    drain(sender_on(any_database, clock, transport))
    [row] = rows(any_database)
    assert (row.state, row.reason, row.doubts) == ("unknown", "timeout", 1)
    assert row.lease_until is not None
    transport.answer = lambda _address: Sent("1")
    clock.passes(seconds=59)
    drain(sender_on(any_database, clock, transport))
    [row] = rows(any_database)
    assert row.state == ("unknown" if on_doubt == "skip" else "sent")
    assert (row.lease_until, row.doubts, row.content) == (None, 1, None)
    clock.passes(days=2)
    drain(sender_on(any_database, clock, transport))
    assert len(transport.sent) == sends


def test_a_withdrawn_or_paused_subject_does_not_leave(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 2, clock.now())
    put(any_database, [order_for(0, clock.now()), order_for(1, clock.now())], clock.now())
    with any_database.transaction() as session:
        withdraw(session, "card:0", "moved", clock.now())
        pause(session, "card:1", clock.now())
    transport = RecordingTransport()
    drain(sender_on(any_database, clock, transport))
    assert transport.sent == []
    with any_database.transaction() as session:
        resume(session, "card:1", clock.now())
    drain(sender_on(any_database, clock, transport))
    assert transport.sent == [("address-1", "card:1")]


def test_a_token_that_is_refused_stops_the_sender_and_loses_nothing(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 3, clock.now())
    put(any_database, [order_for(number, clock.now()) for number in range(3)], clock.now())

    def refuse(_address: str) -> Sent:
        raise Misconfigured("the token is not valid")

    with pytest.raises(Misconfigured, match="token"):
        drain(sender_on(any_database, clock, RecordingTransport(refuse)))
    assert {state for state, _ in states(any_database)} == {"awaiting_retry"}


def test_a_stopped_sender_finishes_what_is_on_its_way(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 40, clock.now())
    put(any_database, [order_for(number, clock.now()) for number in range(40)], clock.now())
    transport = RecordingTransport(takes_s=0.1)
    sender = sender_on(any_database, clock, transport, replace(Pace(), in_flight=10, poll_s=0.02))

    async def run() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(sender.run(stop))
        while len(transport.sent) < 10:
            await asyncio.sleep(0.005)
        stop.set()
        await asyncio.wait_for(running, 10)

    asyncio.run(run())
    counted = states(any_database)
    assert counted["sent", None] == len(transport.sent)
    assert counted["sent", None] + counted["queued", None] == 40


def test_a_composer_may_let_a_message_wait(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 1, clock.now())
    put(any_database, [order_for(0, clock.now())], clock.now())
    answers = iter([Wait(clock.now() + timedelta(seconds=30), "paused")])

    def compose(session: object, due: object, now: object) -> object:
        return next(answers, None) or say_subject(session, due, now)

    transport = RecordingTransport()
    drain(sender_on(any_database, clock, transport, composers={"card": compose}))
    assert states(any_database) == {("queued", "paused"): 1}
    clock.passes(seconds=30)
    drain(sender_on(any_database, clock, transport, composers={"card": compose}))
    assert states(any_database) == {("sent", None): 1}
