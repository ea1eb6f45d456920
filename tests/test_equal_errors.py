"""What fails costs its own message only; what fails alike stops its batch, or its topic for an hour."""

from bot.database import Database
from bot.outreach.composing import Part, Withhold
from bot.outreach.outbox import pause
from bot.outreach.outgoing import MOST_EQUAL_ERRORS
from bot.outreach.sending_pace import Pace
from bot.outreach.transport import Refused, Sent
from tests.conftest import FixedClock
from tests.outreach_stage import (
    RecordingTransport,
    chat,
    drain,
    order_for,
    people,
    put,
    say_subject,
    sender_on,
    states,
)


def test_a_composer_that_breaks_costs_its_own_message_only(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 5, clock.now())
    put(any_database, [order_for(number, clock.now()) for number in range(5)], clock.now())

    def compose(session: object, due: object, now: object) -> Part | Withhold:
        if due.chat_key == chat(3):
            raise KeyError("no such phrase")
        return say_subject(session, due, now)

    transport = RecordingTransport()
    drain(sender_on(any_database, clock, transport, composers={"card": compose}))
    assert states(any_database) == {("sent", None): 4, ("failed", "composer:KeyError"): 1}
    assert max(transport.times.values()) == 1


def test_a_poison_message_stops_its_batch_after_twenty_equal_errors(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 200, clock.now())
    batch = {"kind": "announcement", "topic": "announcements", "lane": "bulk", "subject": "announcement:1"}
    put(any_database, [order_for(number, clock.now(), **batch) for number in range(150)], clock.now())
    put(any_database, [order_for(number, clock.now()) for number in range(150, 200)], clock.now())
    bad = RecordingTransport(lambda address: Refused("bad markup") if int(address[8:]) < 150 else Sent("1"))
    in_flight = 5
    drain(sender_on(any_database, clock, bad, Pace(in_flight=in_flight, poll_s=0.01)))
    counted = states(any_database)
    assert MOST_EQUAL_ERRORS <= counted["failed", "bad markup"] < MOST_EQUAL_ERRORS + in_flight
    assert counted["withheld", "stopped_equal_errors"] == 150 - counted["failed", "bad markup"]
    assert counted["sent", None] == 50


def test_equal_errors_over_many_subjects_stop_that_topic_for_an_hour(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 100, clock.now())
    put(any_database, [order_for(number, clock.now(), kind="nudge") for number in range(60)], clock.now())
    bad = RecordingTransport(lambda _address: Refused("button too long"))
    sender = sender_on(any_database, clock, bad, Pace(in_flight=4, poll_s=0.01))
    drain(sender)
    assert MOST_EQUAL_ERRORS <= len(bad.sent) < MOST_EQUAL_ERRORS + 4
    assert states(any_database)["queued", "stopped_equal_errors"] == 60 - len(bad.sent)
    bad.answer = lambda _address: Sent("1")
    clock.passes(hours=1, seconds=1)
    drain(sender)
    assert {state for state, _ in states(any_database)} == {"failed", "sent"}


def test_who_takes_care_of_a_poisoned_batch_keeps_its_rows(any_database: Database, clock: FixedClock) -> None:
    people(any_database, 40, clock.now())
    batch = {"kind": "announcement", "lane": "bulk", "subject": "announcement:1"}
    put(any_database, [order_for(number, clock.now(), **batch) for number in range(40)], clock.now())
    heard: list[tuple[str, str]] = []

    def pause_it(session: object, subject: str, reason: str, now: object) -> bool:
        heard.append((subject, reason))
        pause(session, subject, now)
        return True

    bad = RecordingTransport(lambda _address: Refused("bad markup"))
    drain(sender_on(any_database, clock, bad, Pace(in_flight=1, poll_s=0.01), on_poison=pause_it))
    assert heard == [("announcement:1", "bad markup")]
    assert states(any_database) == {("failed", "bad markup"): 20, ("queued", "paused"): 20}
