"""Orders, contacts and the states of a message, on both databases."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.outreach.contact import contact_of, forget_contact, mark_unreachable, readdress, remember_contact
from bot.outreach.outbox import Order, enqueue, enqueue_many, pause, resume, withdraw
from bot.outreach.outgoing import STATES, TRANSITIONS, WAITING, Timing, after, wait_after
from bot.outreach.outreach_rows import ContactRow, OutgoingRow
from bot.questions.asking import Asking
from tests.conftest import KEYS, FixedClock
from tests.talk import Parent

CHAT = "0" * 32


def an_order(clock: FixedClock, number: int = 0, **changes: object) -> Order:
    order = Order(
        chat_key=CHAT,
        kind="card",
        subject="card:week-9",
        key=f"card:week-9:{number}",
        topic="cards",
        lane="reminder",
        due_at=clock.now(),
        expires_at=clock.now() + timedelta(days=1),
    )
    return replace(order, **changes)


def test_an_order_is_there_once_whatever_is_repeated(any_database: Database, clock: FixedClock) -> None:
    with any_database.transaction() as session:
        assert enqueue(session, KEYS, an_order(clock), clock.now())
        assert not enqueue(session, KEYS, an_order(clock, topic="other"), clock.now())
        orders = [an_order(clock, number) for number in range(1200)]
        assert enqueue_many(session, KEYS, [*orders, *orders[:5]], clock.now()) == 1199
    with any_database.transaction() as session:
        rows = session.exec(select(OutgoingRow)).all()
        assert len(rows) == 1200
        assert {(row.state, row.topic, row.next_try_at) for row in rows} == {("queued", "cards", clock.now())}


def test_an_order_and_its_cause_are_both_there_or_neither(any_database: Database, clock: FixedClock) -> None:
    with pytest.raises(RuntimeError), any_database.transaction() as session:
        enqueue(session, KEYS, an_order(clock), clock.now())
        raise RuntimeError
    with any_database.transaction() as session:
        assert session.exec(select(OutgoingRow)).all() == []


def test_what_is_withdrawn_is_withheld_with_the_reason(any_database: Database, clock: FixedClock) -> None:
    with any_database.transaction() as session:
        enqueue(session, KEYS, an_order(clock, 1, content={"what": "secret"}), clock.now())
        enqueue(session, KEYS, an_order(clock, 2, subject="card:other"), clock.now())
        assert withdraw(session, "card:week-9", "cancelled", clock.now()) == 1
        assert withdraw(session, "card:week-9", "cancelled", clock.now()) == 0
        rows = {row.subject: row for row in session.exec(select(OutgoingRow)).all()}
    assert (rows["card:week-9"].state, rows["card:week-9"].reason) == ("withheld", "cancelled")
    assert rows["card:week-9"].content is None
    assert rows["card:other"].state == "queued"


def test_what_is_paused_waits_until_it_is_resumed(any_database: Database, clock: FixedClock) -> None:
    with any_database.transaction() as session:
        enqueue_many(session, KEYS, [an_order(clock, number) for number in range(3)], clock.now())
        assert pause(session, "card:week-9", clock.now()) == 3
        assert {row.next_try_at for row in session.exec(select(OutgoingRow)).all()} == {None}
        assert resume(session, "card:week-9", clock.now()) == 3
        assert resume(session, "card:week-9", clock.now()) == 0
        session.expire_all()
        assert {row.next_try_at for row in session.exec(select(OutgoingRow)).all()} == {clock.now()}


def test_an_order_that_cannot_be_is_refused(clock: FixedClock) -> None:
    with pytest.raises(ValueError, match="expires before it is due"):
        an_order(clock, expires_at=clock.now())
    with pytest.raises(ValueError, match="need a zone"):
        an_order(clock, due_at=clock.now().replace(tzinfo=None))


def test_a_contact_is_sealed_lost_and_found_again(any_database: Database, clock: FixedClock) -> None:
    with any_database.transaction() as session:
        remember_contact(session, KEYS, CHAT, "telegram", "4711", "zh", clock.now())
        assert "4711" not in session.get(ContactRow, CHAT).address
        assert contact_of(session, KEYS, CHAT).address == "4711"
        clock.passes(minutes=5)
        mark_unreachable(session, CHAT, clock.now())
        clock.passes(minutes=5)
        mark_unreachable(session, CHAT, clock.now())
        assert contact_of(session, KEYS, CHAT).unreachable_since == clock.now() - timedelta(minutes=5)
        remember_contact(session, KEYS, CHAT, "telegram", "4711", "en", clock.now())
        found = contact_of(session, KEYS, CHAT)
        assert (found.unreachable_since, found.language) == (None, "en")
        readdress(session, KEYS, CHAT, "-100")
        assert contact_of(session, KEYS, CHAT).address == "-100"
        enqueue(session, KEYS, an_order(clock), clock.now())
        forget_contact(session, CHAT)
        assert contact_of(session, KEYS, CHAT) is None
        assert session.exec(select(OutgoingRow)).all() == []


def test_every_state_is_reached_and_nothing_leaves_an_end_but_a_doubt() -> None:
    assert {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values()) == set(STATES)
    assert {state for state, _ in TRANSITIONS} == {*WAITING, "sending", "unknown"}
    assert (Timing().lease + Timing().close_after).total_seconds() < 60
    with pytest.raises(ValueError, match="arrived cannot happen to a message that is sent"):
        after("sent", "arrived")


def test_waits_double_up_to_an_hour_and_obey_the_channel() -> None:
    waits = [wait_after(attempts).total_seconds() for attempts in range(1, 12)]
    assert waits[:4] == [5, 10, 20, 40]
    assert waits[-1] == 3600
    assert wait_after(1, 35.5).total_seconds() == 35.5


@pytest.fixture
def talking(any_database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(any_database, quick_asking, clock, b"secret", KEYS)


def test_only_who_agreed_to_messages_is_kept_to_be_reached(talking: Conversation, any_database: Database) -> None:
    stranger, mother = Parent(talking, "stranger"), Parent(talking, "mother")
    stranger.says("便秘怎么办").says("/children").presses("同意：用月龄")
    assert contacts(any_database) == []
    mother.says("/children").presses("同意：日子和提醒")
    [row] = contacts(any_database)
    with any_database.transaction() as session:
        assert contact_of(session, KEYS, row.chat_key).address == "mother"
    mother.says("/consent").presses("不同意了：日子和提醒" if "不同意了：日子和提醒" in mother.labels else "日子和提醒")
    assert contacts(any_database) == []


def test_when_a_family_is_erased_nobody_in_it_is_reached_any_more(
    talking: Conversation, any_database: Database, clock: FixedClock
) -> None:
    mother, aunt = Parent(talking, "mother"), Parent(talking, "aunt")
    mother.says("/children").presses("同意：日子和提醒").says("/invite").presses("一起照看")
    aunt.says(re.search(r"QH-\w{5}-\w{5}", mother.heard)[0])
    [first, second] = contacts(any_database)
    with any_database.transaction() as session:
        for row in (first, second):
            order = an_order(clock, chat_key=row.chat_key, key=row.chat_key)
            enqueue(session, KEYS, order, clock.now())
    mother.says("/forget").presses("删掉")
    assert contacts(any_database) == []
    with any_database.transaction() as session:
        assert session.exec(select(OutgoingRow)).all() == []


def contacts(database: Database) -> list[ContactRow]:
    with database.transaction() as session:
        return list(session.exec(select(ContactRow)).all())
