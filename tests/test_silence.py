"""What a stop silences and what it does not: per child in every lane, per chat until something is asked for again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.conversation.sending_rules import sending_rules
from bot.database import Database
from bot.events.booking_desk import hand_over
from bot.events.booking_messages import compose_booking
from bot.events.bookings import hold
from bot.events.entries import Desk, Granted, Wish
from bot.events.event_questions import compose_questions
from bot.events.event_rows import BookingRow
from bot.events.events import cancel_event
from bot.events.seats import Party
from bot.events.visit_composer import visit_composer
from bot.events.visit_request import Request
from bot.events.visit_rows import HomeVisitRow
from bot.families.consent import CONSENT_VERSION
from bot.families.family_rows import CaregiverRow, ChildRow, ConsentRow, FamilyRow
from bot.families.membership import members_of
from bot.flow import Visit
from bot.outreach.composing import Due, Withhold
from bot.outreach.contact import remember_contact
from bot.outreach.family_budget import Limits
from bot.outreach.muting import choose_topic, resume, stop_child, stop_everything
from bot.outreach.sender import Sender
from bot.outreach.sending_pace import Pace
from bot.sealing import place_of
from tests.conftest import KEYS, FixedClock
from tests.event_builders import NOW, an_event
from tests.outreach_stage import RecordingTransport, drain, states
from tests.test_nudges_sent import ZONE

CHAT, FATHER = "c" * 32, "d" * 32
FAMILY = "f" * 16
GONE, OTHER = "a" * 16, "b" * 16
"""The child whose messages are stopped, and the other one."""


@pytest.fixture
def home(any_database: Database, clock: FixedClock) -> Database:
    """A mother of two who agreed to events."""
    with any_database.transaction() as session:
        session.add(FamilyRow(id=FAMILY, created_at=NOW))
        session.flush()
        session.add(CaregiverRow(id=FAMILY, family_id=FAMILY, chat_key=CHAT, role="guardian", joined_at=NOW))
        session.add(ConsentRow(family_id=FAMILY, purpose="events", version=CONSENT_VERSION, given_at=NOW))
        for child, name in ((GONE, "小宝"), (OTHER, "大宝")):
            sealed = {
                column: KEYS.seal(text, place_of("child", child, column))
                for column, text in (("nickname", name), ("born_on", "2026-04-01"))
            }
            session.add(ChildRow(id=child, family_id=FAMILY, added_at=NOW, **sealed))
        remember_contact(session, KEYS, CHAT, "test", "address", "zh", NOW)
    return any_database


def entry(database: Database, clock: FixedClock, code: str, *children: str) -> str:
    """An entry for these children at an event of today. Returns the event's id."""
    event = an_event(
        database,
        code=code,
        title_zh=code,
        starts_at=clock.now() + timedelta(hours=5),
        ends_at=clock.now() + timedelta(hours=6),
    )
    with database.transaction() as session:
        wish = Wish(event, FAMILY, Party(max(1, len(children)), 1), CHAT, children)
        assert isinstance(hold(Desk(session, KEYS, clock.now()), wish, confirmed=True), Granted)
    return event


def called_off(database: Database, clock: FixedClock, *events: str) -> list[str]:
    """What the sender says when these are cancelled."""
    with database.transaction() as session:
        for event in events:
            cancel_event(Desk(session, KEYS, clock.now()), event)
    transport = RecordingTransport()
    rules = sending_rules(KEYS, ZONE, Limits())
    rules = replace(rules, composers={**rules.composers, "booking": compose_booking})
    drain(Sender(database, KEYS, clock, {"test": transport}, rules, None, Pace(poll_s=0.01)))
    return [text for _, text in transport.sent]


def test_a_stopped_child_is_not_spoken_of_and_the_other_ones_cancelled_event_is_told_at_once(
    home: Database, clock: FixedClock
) -> None:
    events = [entry(home, clock, "小宝的课", GONE), entry(home, clock, "大宝的课", OTHER)]
    clock.passes(minutes=10)
    with home.transaction() as session:
        stop_child(session, None, GONE, clock.now())
    said = called_off(home, clock, *events)
    assert len(said) == 1
    assert "大宝的课" in said[0]
    assert states(home)["withheld", "child_stopped"] == 1


def test_an_entry_for_both_is_told_without_a_childs_name(home: Database, clock: FixedClock) -> None:
    event = entry(home, clock, "一起的课", GONE, OTHER)
    with home.transaction() as session:
        stop_child(session, None, GONE, clock.now())
    said = called_off(home, clock, event)
    assert len(said) == 1
    assert "小宝" not in said[0]
    assert "大宝" not in said[0]


def test_an_entry_that_names_no_child_is_silent_when_every_child_is(home: Database, clock: FixedClock) -> None:
    event = entry(home, clock, "没写名字的课")
    with home.transaction() as session:
        stop_child(session, None, GONE, clock.now())
        stop_child(session, CHAT, OTHER, clock.now())
    assert called_off(home, clock, event) == []


def test_a_chat_that_stopped_everything_hears_no_urgent_news_until_it_asks_for_something(
    home: Database, clock: FixedClock
) -> None:
    before = entry(home, clock, "以前报的课", OTHER)
    clock.passes(minutes=10)
    with home.transaction() as session:
        stop_everything(session, CHAT, clock.now())
    clock.passes(minutes=10)
    after = entry(home, clock, "后来报的课", OTHER)
    said = called_off(home, clock, before, after)
    assert len(said) == 1
    assert "后来报的课" in said[0]
    assert states(home)["withheld", "stopped"] == 1


def test_what_was_asked_for_after_a_stop_stays_silent_about_a_stopped_child_and_a_muted_topic(
    home: Database, clock: FixedClock
) -> None:
    with home.transaction() as session:
        stop_everything(session, CHAT, clock.now())
        stop_child(session, None, GONE, clock.now())
    clock.passes(minutes=10)
    event = entry(home, clock, "小宝的课", GONE)
    assert called_off(home, clock, event) == []
    with home.transaction() as session:
        choose_topic(session, CHAT, "events", clock.now(), wanted=False)
    assert called_off(home, clock, entry(home, clock, "大宝的课", OTHER)) == []
    assert states(home)["withheld", "muted"] == 1


def test_after_a_stop_taken_back_everything_is_told_again(home: Database, clock: FixedClock) -> None:
    event = entry(home, clock, "大宝的课", OTHER)
    clock.passes(minutes=10)
    with home.transaction() as session:
        stop_everything(session, CHAT, clock.now())
    clock.passes(minutes=10)
    with home.transaction() as session:
        resume(session, CHAT, clock.now())
    assert len(called_off(home, clock, event)) == 1


def test_nobody_is_asked_how_an_event_was_that_a_stopped_child_was_at(home: Database, clock: FixedClock) -> None:
    entry(home, clock, "小宝的课", GONE)
    with home.transaction() as session:
        booking = session.exec(select(BookingRow)).one()
        booking.checked_in_at = clock.now()
        session.add(booking)
        stop_child(session, None, GONE, clock.now())
        due = Due(
            "1" * 16, CHAT, FAMILY, "after_event", f"booking:{booking.id}", "events", "reminder", {},
            clock.now(), clock.now() + timedelta(days=1), "zh",
        )  # fmt: skip
        assert compose_questions(session, due, clock.now()) == Withhold("child_stopped")


def with_a_father(database: Database) -> None:
    with database.transaction() as session:
        session.add(CaregiverRow(id="d" * 16, family_id=FAMILY, chat_key=FATHER, role="guardian", joined_at=NOW))


@pytest.mark.parametrize(("stopped_it", "hears"), [(True, None), (False, FATHER)])
def test_an_entry_is_handed_over_to_nobody_who_stopped_everything(
    home: Database, clock: FixedClock, *, stopped_it: bool, hears: str | None
) -> None:
    with_a_father(home)
    with home.transaction() as session:
        if stopped_it:
            stop_everything(session, FATHER, clock.now())
    clock.passes(minutes=10)
    entry(home, clock, "妈妈报的课", OTHER)
    with home.transaction() as session:
        visit = Visit(session, CHAT, "test", clock.now(), clock.today(), clock.day_of, KEYS, b"secret")
        mother, father = sorted(members_of(visit, FAMILY), key=lambda one: one.chat_key)
        hand_over(visit, mother, [father])
        assert session.exec(select(BookingRow)).one().chat_key == hears


def test_a_visit_that_another_asked_for_says_nothing_to_whom_stopped_everything(
    home: Database, clock: FixedClock
) -> None:
    with_a_father(home)
    with home.transaction() as session:
        for chat in (CHAT, FATHER):
            stop_everything(session, chat, clock.now())
    clock.passes(minutes=10)
    visit_id = "e" * 16
    wish, content = Request("静安区", None, (), (), "zh"), {"version": "1", "rule": "called_off"}
    with home.transaction() as session:
        row = HomeVisitRow(
            id=visit_id, family_id=FAMILY, child_id=OTHER, asked_by=CHAT, state="assigned", asked_at=clock.now(),
            changed_at=clock.now(), request=KEYS.seal(wish.as_text(), place_of("home_visit", visit_id, "request")),
        )  # fmt: skip
        session.add(row)
        session.flush()
        says = {}
        for chat in (CHAT, FATHER):
            due = Due(
                "1" * 16, chat, FAMILY, "visit", f"child:{OTHER}:visit:{visit_id}", "events", "reminder", content,
                clock.now(), clock.now() + timedelta(days=1), "zh",
            )  # fmt: skip
            says[chat] = visit_composer(KEYS, ZONE)(session, due, clock.now())
    assert not isinstance(says[CHAT], Withhold)
    assert says[FATHER] == Withhold("stopped")
