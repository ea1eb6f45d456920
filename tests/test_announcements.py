"""Announcements on both databases: who is meant, nobody lost, nobody twice, and every one counted at the end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.database import Database
from bot.errors import Refusal
from bot.families.family_rows import ConsentRow, FamilyRow
from bot.outreach import announcing
from bot.outreach.announcement import Announcement, Tally
from bot.outreach.announcement_rows import RecipientRow
from bot.outreach.announcements import (
    BY_A_RULE,
    create,
    every_announcement,
    pause,
    pause_poisoned,
    paused_by_itself,
    resume,
    rewrite,
    send_test,
    start,
    the_announcement,
)
from bot.outreach.audience_rule import AudienceRule
from bot.outreach.contact import forget_contact
from bot.outreach.outreach_rows import OutgoingRow
from tests.announce_town import Hand, Town, counted, finish, state
from tests.announce_words import TEXTS, hidden
from tests.conftest import KEYS, FixedClock


@pytest.fixture
def town(any_database: Database, clock: FixedClock) -> Town:
    return Town(any_database, clock)


def test_everyone_hears_it_once_in_their_language_and_the_sum_is_the_audience(town: Town) -> None:
    chats = town.families(7)
    english = town.family("english", language="en")[0]
    announcement_id, hand = town.started(), Hand(town)
    finish(town, announcement_id, hand)
    assert sorted(hand.sent) == sorted([*((chat, TEXTS["zh"]) for chat in chats), (english, TEXTS["en"])])
    assert counted(town, announcement_id) == Tally(8, sent=8)
    assert state(town, announcement_id) == "done"
    town.announcing().tend(town.clock.now())
    assert hand.sends() == 0, "nothing comes after the end"


def test_twenty_pauses_lose_and_double_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "ORDERS_AT_ONCE", 7)
    monkeypatch.setattr(announcing, "STEPS_AT_ONCE", 2)
    monkeypatch.setattr(announcing, "WINDOW", 20)
    monkeypatch.setattr("bot.outreach.audience.CHATS_AT_ONCE", 30)
    monkeypatch.setattr("bot.outreach.audience.COUNTED_AT_ONCE", 30)
    chats = town.families(120)
    announcement_id, hand = town.started(), Hand(town)
    while state(town, announcement_id) == "scheduled":
        town.announcing().tend(town.clock.now())
    for cycle in range(20):
        town.announcing().tend(town.clock.now())
        hand.sends(5)
        before = len(hand.sent)
        with town.database.transaction() as session:
            pause(session, announcement_id, "Li", town.clock.now())
        if cycle % 3 == 0:
            wake_one(town)
        town.announcing().tend(town.clock.now())
        hand.sends()
        assert len(hand.sent) == before, "nothing leaves while it is paused"
        town.clock.passes(seconds=31)
        hand.sends()
        assert len(hand.sent) == before
        with town.database.transaction() as session:
            resume(session, announcement_id, town.clock.now())
        town.clock.passes(seconds=40)
    finish(town, announcement_id, hand)
    assert sorted(chat for chat, _ in hand.sent) == sorted(chats)
    assert counted(town, announcement_id) == Tally(120, sent=120)


def wake_one(town: Town) -> None:
    """A message that was in the sender's hands at the moment of the pause, and comes back after it."""
    with town.database.transaction() as session:
        row = session.exec(select(OutgoingRow).where(OutgoingRow.state == "queued")).first()
        if row is not None:
            row.next_try_at = town.clock.now()
            session.add(row)


def test_four_workers_at_once_freeze_and_order_everyone_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "ORDERS_AT_ONCE", 5)
    monkeypatch.setattr("bot.outreach.audience.CHATS_AT_ONCE", 7)
    monkeypatch.setattr("bot.outreach.audience.COUNTED_AT_ONCE", 7)
    chats = town.families(60)
    announcement_id = town.started()
    others = [Town(Database(town.database.url), town.clock) for _ in range(4)]
    for _ in range(2):
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda one: one.announcing().tend(one.clock.now()), others))
    for one in others:
        one.database.engine.dispose()
    with town.database.transaction() as session:
        frozen = session.exec(select(RecipientRow).order_by(RecipientRow.number)).all()
        ordered = session.exec(select(OutgoingRow.chat_key).where(OutgoingRow.topic == "announcements")).all()
    assert [row.number for row in frozen] == list(range(1, 61))
    assert sorted(row.chat_key for row in frozen) == sorted(ordered) == sorted(chats)
    assert counted(town, announcement_id) == Tally(60, open=60)


def test_the_outbox_holds_only_a_window_of_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "ORDERS_AT_ONCE", 10)
    monkeypatch.setattr(announcing, "WINDOW", 20)
    town.families(60)
    announcement_id = town.started()
    for _ in range(5):
        town.announcing().tend(town.clock.now())
    with town.database.transaction() as session:
        waiting = session.exec(select(OutgoingRow).where(OutgoingRow.topic == "announcements")).all()
    assert len(waiting) == 20
    assert counted(town, announcement_id) == Tally(60, open=60)


def test_who_opts_out_during_the_run_hears_nothing(town: Town) -> None:
    chats = town.families(8)
    announcement_id, hand = town.started(), Hand(town)
    town.announcing().tend(town.clock.now())
    town.announcing().tend(town.clock.now())
    town.mutes(chats[0])
    town.stops("family 1")
    with town.database.transaction() as session:
        row = session.exec(select(ConsentRow).where(ConsentRow.family_id == hidden("family 2")[:16])).one()
        row.withdrawn_at = town.clock.now()
        session.add(row)
        forget_contact(session, chats[3])
        session.delete(session.get_one(FamilyRow, hidden("family 4")[:16]))
    finish(town, announcement_id, hand)
    assert sorted(chat for chat, _ in hand.sent) == sorted(chats[5:])
    result = counted(town, announcement_id)
    assert result == Tally(8, sent=3, skipped={"muted": 1, "stopped": 1, "no_consent": 1, "erased": 2})
    assert state(town, announcement_id) == "done"


def test_it_waits_for_its_hour(town: Town) -> None:
    town.families(2)
    now = town.clock.now()
    with town.database.transaction() as session:
        one = create(session, "announcements", TEXTS, AudienceRule(), "Li", now)
        send_test(session, KEYS, one.id, [hidden("staff")], now)
        start(session, one.id, "Li", 2, 50, now, now + timedelta(hours=5))
    hand = Hand(town)
    town.announcing().tend(now)
    assert (state(town, one.id), hand.sends()) == ("scheduled", 1), "the test send alone"
    town.clock.passes(hours=5)
    finish(town, one.id, hand)
    assert len(hand.sent) == 2


def test_what_fails_alike_is_paused_and_staff_can_see_why(town: Town) -> None:
    chats = town.families(50)
    announcement_id, why = town.started(), "failed alike"
    hand = Hand(town, fails=dict.fromkeys(chats, "failed"))
    for _ in range(2):
        town.announcing().tend(town.clock.now())
    town.clock.passes(seconds=1)

    def sends_until(count: int) -> None:
        """The test send to staff goes out in between, whichever comes first."""
        failed = select(OutgoingRow).where(OutgoingRow.state == "failed")
        for _ in range(count + 1):
            with town.database.transaction() as session:
                if len(session.exec(failed).all()) >= count:
                    return
            hand.sends(1)

    sends_until(19)

    def poisoned(subject: str = f"announcement:{announcement_id}") -> bool:
        with town.database.transaction() as session:
            return pause_poisoned(session, subject, why, town.clock.now())

    assert poisoned(), "it is ours, but has failed nineteen times"
    assert state(town, announcement_id) == "running"
    sends_until(20)
    assert poisoned()
    with town.database.transaction() as session:
        assert paused_by_itself(session) == [announcement_id]
        one: Announcement = the_announcement(session, announcement_id)
    assert (one.state, one.paused_by, one.why_paused) == ("paused", BY_A_RULE, why)
    assert not poisoned("child:0123456789abcdef")
    assert not poisoned(f"announcement-test:{announcement_id}")
    town.clock.passes(seconds=40)
    with town.database.transaction() as session:
        resume(session, announcement_id, town.clock.now())
    town.clock.passes(seconds=1)
    sends_until(21)
    assert poisoned(), "one error after it was mended is no reason yet"
    assert state(town, announcement_id) == "running"
    hand.fails.clear()
    finish(town, announcement_id, hand)
    assert counted(town, announcement_id) == Tally(50, sent=29, failed=21)


def test_a_test_send_reaches_staff_alone_in_both_languages(town: Town) -> None:
    town.families(2)
    with town.database.transaction() as session:
        one = create(session, "announcements", TEXTS, AudienceRule(), "Li", town.clock.now())
        with pytest.raises(Refusal, match="no_staff_chats"):
            send_test(session, KEYS, one.id, [], town.clock.now())
    with town.database.transaction() as session:
        send_test(session, KEYS, one.id, [hidden("staff")], town.clock.now())
        rows = session.exec(select(OutgoingRow)).all()
    assert [(row.chat_key, row.lane, row.topic) for row in rows] == [(hidden("staff"), "urgent", "staff")]
    town.clock.passes(minutes=1)
    with town.database.transaction() as session:
        rewrite(session, one.id, town.clock.now(), {"zh": "改了。", "en": "Changed."})
        send_test(session, KEYS, one.id, [hidden("staff")], town.clock.now())
        assert len(session.exec(select(OutgoingRow)).all()) == 2, "what was changed is sent again"
        assert [known.state for known in every_announcement(session)] == ["testing"]


def test_what_is_not_there_is_said(town: Town) -> None:
    with town.database.transaction() as session:
        for move in (the_announcement, lambda session, one: resume(session, one, town.clock.now())):
            with pytest.raises(Refusal, match="none_such"):
                move(session, "nothing")
        with pytest.raises(Refusal, match="who"):
            create(session, "announcements", TEXTS, AudienceRule(), " ", town.clock.now())
