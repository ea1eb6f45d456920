"""A delivery is answered once, and an answer is not lost in a crash. On SQLite and on PostgreSQL."""

import threading

import pytest
from sqlmodel import select

from bot.conversation.conversation import Conversation
from bot.conversation.deliveries import KEPT_FOR, DeliveryRow
from bot.database import Database
from bot.messages import Inbound
from bot.questions.asking import Asking
from bot.questions.question_log import QuestionRow
from tests.conftest import KEYS, FixedClock


def talker(database: Database, asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(database, asking, clock, b"secret", KEYS)


def said(update_id: str, text: str = "宝宝发烧怎么办", **more) -> Inbound:
    return Inbound("telegram", "42", update_id, "text", text, **more)


def test_the_same_update_twice_is_answered_once(
    any_database: Database, quick_asking: Asking, clock: FixedClock
) -> None:
    conversation = talker(any_database, quick_asking, clock)
    assert conversation.handle(said("7"))
    conversation.delivered(said("7"))
    assert conversation.handle(said("7")) == []
    with any_database.transaction() as session:
        assert len(session.exec(select(QuestionRow)).all()) == 1


def test_an_update_that_is_still_in_hand_is_not_answered_beside_it(
    any_database: Database, quick_asking: Asking, clock: FixedClock
) -> None:
    conversation = talker(any_database, quick_asking, clock)
    assert conversation.handle(said("7"))
    assert conversation.handle(said("7")) == []


def test_an_answer_that_a_crash_kept_back_is_sent_on_the_next_delivery(
    any_database: Database, quick_asking: Asking, clock: FixedClock
) -> None:
    before = talker(any_database, quick_asking, clock).handle(said("7"))
    after_restart = talker(any_database, quick_asking, clock)
    assert after_restart.handle(said("7")) == before
    after_restart.delivered(said("7"))
    assert after_restart.handle(said("7")) == []
    with any_database.transaction() as session:
        assert len(session.exec(select(QuestionRow)).all()) == 1, "asked once, noted once"


def test_a_crash_before_the_answer_was_found_answers_on_the_next_delivery(
    any_database: Database, quick_asking: Asking, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = talker(any_database, quick_asking, clock)
    monkeypatch.setattr(broken, "_answer", lambda *_: (_ for _ in ()).throw(RuntimeError("broken")))
    with pytest.raises(RuntimeError):
        broken.handle(said("8"))
    assert talker(any_database, quick_asking, clock).handle(said("8"))


def test_a_browser_that_lost_the_answer_gets_the_same_words_again(
    any_database: Database, quick_asking: Asking, clock: FixedClock
) -> None:
    conversation = talker(any_database, quick_asking, clock)
    first = conversation.handle(said("9"))
    assert conversation.handle(said("9", asked_again=True)) == first
    conversation.delivered(said("9"))
    assert conversation.handle(said("9", asked_again=True)) == []


def test_ten_deliveries_of_one_update_at_once_are_answered_once(
    any_database: Database, quick_asking: Asking, clock: FixedClock
) -> None:
    conversation = talker(any_database, quick_asking, clock)
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(len(conversation.handle(said("11"))))) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(answers) == [0] * 9 + [1]


def test_the_words_of_an_answer_do_not_stay_once_they_were_sent(
    any_database: Database, quick_asking: Asking, clock: FixedClock
) -> None:
    conversation = talker(any_database, quick_asking, clock)
    conversation.handle(said("12"))
    conversation.delivered(said("12"))
    with any_database.transaction() as session:
        assert [row.replies for row in session.exec(select(DeliveryRow)).all()] == [None]


def test_old_deliveries_are_let_go(any_database: Database, quick_asking: Asking, clock: FixedClock) -> None:
    conversation = talker(any_database, quick_asking, clock)
    conversation.handle(said("13"))
    clock.at += KEPT_FOR
    clock.passes(minutes=1)
    conversation.purge()
    with any_database.transaction() as session:
        assert session.exec(select(DeliveryRow)).all() == []


def test_another_chat_cannot_fetch_an_answer_by_its_number(
    any_database: Database, quick_asking: Asking, clock: FixedClock
) -> None:
    conversation = talker(any_database, quick_asking, clock)
    conversation.handle(said("14"))
    stranger = Inbound("telegram", "43", "14", "text", "", asked_again=True)
    assert conversation.handle(stranger) == []
