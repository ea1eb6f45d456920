"""Every way in which an announcement ends, on both databases: counted, and the sum is the audience."""

from datetime import timedelta

import pytest
from sqlmodel import select

from bot.database import Database
from bot.errors import Refusal
from bot.outreach import announcing
from bot.outreach.announcement import Tally
from bot.outreach.announcement_rows import RecipientRow
from bot.outreach.announcements import (
    cancel,
)
from bot.outreach.contact import forget_contact
from bot.outreach.outreach_rows import OutgoingRow
from tests.announce_town import Hand, Town, counted, finish, state
from tests.conftest import FixedClock


@pytest.fixture
def town(any_database: Database, clock: FixedClock) -> Town:
    return Town(any_database, clock)


def test_what_was_sent_stays_counted_when_the_person_is_forgotten(town: Town) -> None:
    chats = town.families(3)
    announcement_id, hand = town.started(), Hand(town)
    town.announcing().tend(town.clock.now())
    town.announcing().tend(town.clock.now())
    hand.sends(3)
    first = hand.sent[0][0]
    with town.database.transaction() as session:
        forget_contact(session, first)
        left = session.exec(select(RecipientRow.chat_key)).all()
    assert first not in left
    assert None in left
    finish(town, announcement_id, hand)
    assert counted(town, announcement_id) == Tally(3, sent=3)
    assert len(hand.sent) == len(chats)


def test_every_kind_of_end_is_counted(town: Town) -> None:
    chats = town.families(6)
    hand = Hand(town, fails={chats[0]: "failed", chats[1]: "unreachable", chats[2]: "unknown", chats[3]: "expired"})
    announcement_id = town.started()
    finish(town, announcement_id, hand)
    result = counted(town, announcement_id)
    assert result == Tally(6, sent=2, failed=1, skipped={"unreachable": 1, "expired": 1}, unknown=1)
    assert result.adds_up


def test_a_doubt_that_is_not_closed_keeps_it_open(town: Town) -> None:
    chats = town.families(2)
    hand, announcement_id = Hand(town, fails={chats[0]: "unknown"}), town.started()
    town.announcing().tend(town.clock.now())
    town.announcing().tend(town.clock.now())
    hand.sends()
    with town.database.transaction() as session:
        row = session.exec(select(OutgoingRow).where(OutgoingRow.state == "unknown")).one()
        row.lease_until = town.clock.now() + timedelta(seconds=20)
        session.add(row)
    finish(town, announcement_id, hand, rounds=3)
    assert (state(town, announcement_id), counted(town, announcement_id)) == ("running", Tally(2, sent=1, open=1))
    with town.database.transaction() as session:
        row = session.exec(select(OutgoingRow).where(OutgoingRow.state == "unknown")).one()
        row.lease_until = None
        session.add(row)
    finish(town, announcement_id, hand, rounds=3)
    assert (state(town, announcement_id), counted(town, announcement_id)) == ("done", Tally(2, sent=1, unknown=1))


def test_cancelled_is_never_sent_and_still_adds_up(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "ORDERS_AT_ONCE", 4)
    monkeypatch.setattr(announcing, "STEPS_AT_ONCE", 2)
    town.families(12)
    announcement_id, hand = town.started(), Hand(town)
    town.announcing().tend(town.clock.now())
    town.announcing().tend(town.clock.now())
    hand.sends(4)
    sent = len(hand.sent)
    with town.database.transaction() as session:
        cancel(session, announcement_id, town.clock.now())
    town.clock.passes(seconds=60)
    for _ in range(4):
        town.announcing().tend(town.clock.now())
        hand.sends()
    assert len(hand.sent) == sent
    result = counted(town, announcement_id)
    assert result == Tally(12, sent=sent, skipped={"cancelled": 12 - sent})
    with town.database.transaction() as session, pytest.raises(Refusal, match="over"):
        cancel(session, announcement_id, town.clock.now())


def test_cancelled_before_it_ran_keeps_no_audience(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "STEPS_AT_ONCE", 1)
    town.families(3)
    announcement_id = town.started()
    town.announcing().tend(town.clock.now())
    with town.database.transaction() as session:
        assert session.exec(select(RecipientRow)).all()
        cancel(session, announcement_id, town.clock.now())
    town.announcing().tend(town.clock.now())
    with town.database.transaction() as session:
        assert not session.exec(select(RecipientRow)).all()
    assert counted(town, announcement_id) == Tally(0)


def test_what_is_held_back_too_long_expires(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "ORDERS_AT_ONCE", 2)
    monkeypatch.setattr(announcing, "STEPS_AT_ONCE", 2)
    town.families(6)
    announcement_id, hand = town.started(), Hand(town)
    town.announcing().tend(town.clock.now())
    town.announcing().tend(town.clock.now())
    town.clock.passes(hours=73)
    finish(town, announcement_id, hand)
    assert hand.sent == []
    assert counted(town, announcement_id) == Tally(6, skipped={"expired": 6})
    assert state(town, announcement_id) == "done"
