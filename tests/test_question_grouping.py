"""What parents asked and did not find is grouped by a job; the page reads what was kept, and nothing of who is gone."""

from datetime import timedelta

import numpy as np
from sqlmodel import select

from bot.admin.question_grouping import AT_ONCE, group_questions, kept_grouping
from bot.database import Database
from bot.questions.question_log import QuestionRow, deal_with, erase_questions
from index.encoder import Vectors
from tests.conftest import FixedClock

MEANINGS = "牙便睡"


def read(texts: list[str]) -> Vectors:
    """A question means what its first known sign says."""
    assert len(texts) <= AT_ONCE
    rows = np.eye(len(MEANINGS), dtype=np.float32)
    return np.stack([rows[next(place for place, sign in enumerate(MEANINGS) if sign in text)] for text in texts])


def asks(database: Database, clock: FixedClock, text: str, chat: str = "a", **more: object) -> None:
    known = {"decision": "no_answer", "confidence": 0.2, "topics": "[]", "urgency": "none", "edition": "e"}
    with database.transaction() as session:
        row = known | {"chat_key": chat, "asked_at": clock.now(), "channel": "web", "language": "zh", "text": text}
        session.add(QuestionRow(**(row | more)))


def groups_of(database: Database, clock: FixedClock, why: str = "") -> list[tuple[list[str], int]]:
    with database.reading() as session:
        kept = kept_grouping(session, why, 40, clock.day_of)
    return [([one.text for one in group.questions], group.count) for group in kept.groups]


def groups(database: Database, clock: FixedClock) -> dict[str, int]:
    return group_questions(database, read, clock.day_of, clock.now())


def test_the_page_knows_nothing_before_the_job_and_says_so(any_database: Database, clock: FixedClock) -> None:
    asks(any_database, clock, "牙怎么刷")
    with any_database.reading() as session:
        kept = kept_grouping(session, "", 40, clock.day_of)
    assert (kept.made_at, kept.groups, set(kept.counts.values())) == (None, (), {0})


def test_groups_are_kept_with_counts_wordings_and_trend(any_database: Database, clock: FixedClock) -> None:
    for text in ("牙怎么刷", "牙怎么刷", "刷牙早晚各几次", "大便绿了"):
        asks(any_database, clock, text)
    clock.passes(days=8)
    asks(any_database, clock, "牙膏用哪种", decision="answer", helpful=False)
    asks(any_database, clock, "睡不着", decision="answer", confidence=0.9)
    assert groups(any_database, clock) == {"questions": 5, "groups": 2}
    assert groups_of(any_database, clock) == [(["牙怎么刷", "牙膏用哪种", "刷牙早晚各几次"], 4), (["大便绿了"], 1)]
    assert groups_of(any_database, clock, "disliked") == [(["牙怎么刷", "牙膏用哪种", "刷牙早晚各几次"], 1)]
    with any_database.reading() as session:
        kept = kept_grouping(session, "", 1, clock.day_of)
    assert kept.made_at == clock.now()
    assert kept.counts == {"no_answer": 4, "choices": 0, "unsure": 0, "disliked": 1}
    assert kept.groups[0].trend == (0, 0, 3, 1)


def test_grouping_again_replaces_what_was_kept(any_database: Database, clock: FixedClock) -> None:
    asks(any_database, clock, "牙怎么刷")
    groups(any_database, clock)
    clock.passes(weeks=5)
    asks(any_database, clock, "大便绿了")
    groups(any_database, clock)
    assert groups_of(any_database, clock) == [(["大便绿了"], 1)]


def test_what_is_dealt_with_while_meanings_are_read_does_not_come_back(
    any_database: Database, clock: FixedClock
) -> None:
    for text in ("牙怎么刷", "大便绿了"):
        asks(any_database, clock, text)

    def slowly(texts: list[str]) -> Vectors:
        with any_database.transaction() as session:
            deal_with(session, [session.exec(select(QuestionRow.id).where(QuestionRow.text == "牙怎么刷")).one()], 1)
        return read(texts)

    group_questions(any_database, slowly, clock.day_of, clock.now())
    assert groups_of(any_database, clock) == [(["大便绿了"], 1)]


def test_a_question_that_was_erased_is_not_shown(any_database: Database, clock: FixedClock) -> None:
    asks(any_database, clock, "牙怎么刷", "stays")
    asks(any_database, clock, "牙膏豆豆用哪种", "goes")
    asks(any_database, clock, "大便绿了", "goes")
    groups(any_database, clock)
    with any_database.transaction() as session:
        erase_questions(session, "goes")
    assert [texts for texts, _ in groups_of(any_database, clock)] == [["牙怎么刷"]]


def test_thousands_are_read_a_few_at_a_time(any_database: Database, clock: FixedClock) -> None:
    with any_database.transaction() as session:
        session.add_all(
            QuestionRow(
                chat_key="a", asked_at=clock.now() - timedelta(hours=number % 400), channel="web", language="zh",
                text=f"{MEANINGS[number % 3]}的问题{number}", decision="choices", urgency="none", topics="[]",
                confidence=0.5, edition="e",
            )
            for number in range(1000)
        )  # fmt: skip
    assert groups(any_database, clock) == {"questions": 1000, "groups": 3}
    assert [count for _, count in groups_of(any_database, clock, "choices")] == [334, 333, 333]
