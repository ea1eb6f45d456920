"""Was I told, when, and why not: `/messages` and the copy of one's own data."""

import json
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.outreach.ledger import fates_of_subject, ledger_of_subject
from bot.outreach.outbox import enqueue, withdraw
from bot.outreach.outreach_rows import ContactRow
from bot.outreach.transport import Doubtful, Sent
from bot.questions.asking import Asking
from tests.conftest import KEYS, FixedClock
from tests.outreach_stage import RecordingTransport, drain, order_for, sender_on
from tests.talk import Parent


@pytest.fixture
def talking(any_database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(any_database, quick_asking, clock, b"secret", KEYS)


def test_a_family_sees_what_was_sent_and_what_was_not_and_why(
    talking: Conversation, any_database: Database, clock: FixedClock
) -> None:
    mother = Parent(talking, "mother").says("/messages")
    assert "还没有给您主动发过消息" in mother.heard
    mother.says("/children").presses("同意：日子和提醒")
    with any_database.transaction() as session:
        key = session.exec(select(ContactRow.chat_key)).one()
        told = {"topic": "cards", "chat_key": key, "lane": "urgent"}
        for subject in ("card:sent", "card:doubt", "card:withdrawn", "card:future"):
            due_at = clock.now() + timedelta(days=5 * (subject == "card:future"))
            order = order_for(0, clock.now(), subject=subject, key=subject, due_at=due_at,
                              expires_at=clock.now() + timedelta(days=9), **told)  # fmt: skip
            assert enqueue(session, KEYS, order, clock.now())
        withdraw(session, "card:withdrawn", "done", clock.now())
    transport = RecordingTransport()
    answers = iter([Sent("1"), Doubtful("timeout")])
    transport.answer = lambda _address: next(answers)
    drain(sender_on(any_database, clock, transport))
    mother.says("/messages")
    for words in ("每周一张小卡片：发了", "每周一张小卡片：没有发（已经做了）", "发的时候断线了，不知道到没到"):
        assert words in mother.heard
    assert mother.heard.count("小卡片") == 3, "what is to come is not told beforehand"
    mother.says("/export")
    copied = json.loads(mother.replies[0].attachment.content)["messages"]
    assert sorted(line["state"] for line in copied) == ["sent", "unknown", "withheld"]
    with any_database.transaction() as session:
        assert [line.reason for line in ledger_of_subject(session, "card:withdrawn")] == ["done"]
        assert fates_of_subject(session, "card:withdrawn") == {("withheld", "done"): 1}
    mother.says("/forget").presses("删掉").says("/messages")
    assert "还没有给您主动发过消息" in mother.heard
