"""After an event: those who came are asked three things, once, and nobody else."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from bot.conversation.conversation import Conversation
from bot.conversation.render import render
from bot.database import Database
from bot.events.admission_rows import EventAnswerRow
from bot.events.door import admit
from bot.events.event_questions import ask_after_events, compose_questions, what_was_said
from bot.events.event_rows import BookingRow
from bot.events.pass_code import picture, shown
from bot.families.family_rows import CaregiverRow, FamilyRow, new_id
from bot.messages import Reply
from bot.outreach.composing import Due, Withhold
from bot.outreach.outreach_rows import OutgoingRow
from bot.questions.asking import Asking
from tests.conftest import KEYS, FixedClock
from tests.fair import KEEPER, START, Fair
from tests.talk import Parent


@pytest.fixture
def fair(any_database: Database) -> Fair:
    return Fair(any_database)


def test_those_who_came_are_asked_once_and_nobody_else(fair: Fair) -> None:
    _, came = fair.books()
    fair.books()
    fair.does(admit, fair.event, came, KEEPER)
    assert fair.does(ask_after_events, at=START + timedelta(hours=2)) == 0, "not before two hours after the end"
    assert fair.does(ask_after_events, at=START + timedelta(hours=3)) == 1
    assert fair.does(ask_after_events, at=START + timedelta(hours=4)) == 0
    with fair.database.transaction() as session:
        (row,) = [row for row in session.exec(select(OutgoingRow)) if row.kind == "after_event"]
        part = compose_questions(session, due(row), START)
    said = render(Reply(part.lines, part.buttons), "zh")
    assert "加油站A" in said.plain_text
    assert [button.label for button in said.buttons[0]] == ["很好", "一般", "不太行"]


def due(row: OutgoingRow) -> Due:
    return Due(
        row.id,
        row.chat_key,
        row.family_id,
        row.kind,
        row.subject,
        row.topic,
        row.lane,
        {},
        row.due_at,
        row.expires_at,
        "zh",
    )


def test_three_taps_and_no_more(database: Database, quick_asking: Asking, clock: FixedClock) -> None:
    fair = Fair(database)
    conversation = Conversation(database, quick_asking, clock, b"secret", KEYS)
    mother = Parent(conversation, "mother").says("/children").presses("同意：用月龄").says("/mydata")
    with database.transaction() as session:
        chat = session.exec(select(CaregiverRow.chat_key)).one()
    booking, code = fair.books(chat=chat)
    mother._sends("button", f"pass:{booking}")
    assert shown(code) in mother.heard
    assert mother.replies[0].attachment.content == picture(code)
    Parent(conversation, "stranger", "en")._sends("button", f"pass:{booking}")
    stranger = Parent(conversation, "stranger", "en")._sends("button", f"after:useful:yes:{booking}")
    assert "was not found" in stranger.heard
    mother._sends("button", f"after:useful:yes:{booking}")
    assert "按钮" in mother.heard or "过期" in mother.heard, "nobody was let in yet"
    fair.does(admit, fair.event, code, KEEPER)
    mother._sends("button", f"after:useful:yes:{booking}").presses("一般").presses("不太行")
    assert "谢谢" in mother.heard
    with database.transaction() as session:
        assert {row.question: row.answer for row in session.exec(select(EventAnswerRow))} == {
            "useful": "yes",
            "clear": "some",
            "again": "no",
        }
        assert all(said.counts is None for said in what_was_said(session, fair.event)), "one family is no figure"
        row = OutgoingRow(
            id="x",
            key="x",
            chat_key=chat,
            kind="after_event",
            subject=f"booking:{booking}",
            topic="events",
            lane="reminder",
            due_at=START,
            expires_at=START,
            on_doubt="skip",
            state="queued",
            created_at=START,
            changed_at=START,
        )
        assert compose_questions(session, due(row), START) == Withhold("done")
        answered(session, fair.event, 10)
        assert what_was_said(session, fair.event)[0].counts == {"yes": 11, "some": 0, "no": 0}


def answered(session: Session, event_id: str, count: int) -> None:
    for _ in range(count):
        family, booking = new_id(), new_id()
        session.add(FamilyRow(id=family, created_at=START))
        session.flush()
        session.add(
            BookingRow(
                id=booking,
                event_id=event_id,
                family_id=family,
                state="cancelled",
                children=1,
                adults=1,
                seats=1,
                created_at=START,
                changed_at=START,
            )
        )
        session.flush()
        session.add(EventAnswerRow(booking_id=booking, question="useful", answer="yes", at=START))
    session.flush()
