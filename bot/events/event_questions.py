"""Three questions after an event, one tap each, to the families that came and to nobody else.

Asked once, through the outbox; answers can be changed while the questions are there and are counted from ten families on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, func, select

from bot.errors import Refusal
from bot.events.admission_rows import EventAnswerRow
from bot.events.booking_notices import TOPIC, subject_of
from bot.events.entries import Desk
from bot.events.entry_silence import silent_about
from bot.events.event_rows import BookingRow, EventRow
from bot.events.visit_messages import agreed_to_events
from bot.families.membership import memberships
from bot.flow import Flow, Step, Turn, Visit, button
from bot.messages import Button, Quote, Reply, Say
from bot.outreach.composing import Due, Part, Withhold
from bot.outreach.outbox import Order, enqueue_many

NAME = "after"
KIND = "after_event"

Asked = Literal["useful", "clear", "again"]
QUESTIONS: tuple[Asked, ...] = get_args(Asked)

Answered = Literal["yes", "some", "no"]
ANSWERS: tuple[Answered, ...] = get_args(Answered)

ASK_AFTER = timedelta(hours=2)
ASK_WITHIN = timedelta(days=3)

FEWEST = 10
"""Below this an answer could point at somebody."""


@dataclass(frozen=True)
class Said:
    """How often each answer was given to a question; None where fewer than ten families answered it."""

    question: Asked
    counts: dict[Answered, int] | None


def ask_after_events(desk: Desk) -> int:
    """Order the questions for every event that is over since a little while. Asking again orders nothing twice."""
    over = (col(EventRow.ends_at) <= desk.now - ASK_AFTER, col(EventRow.ends_at) > desk.now - ASK_WITHIN)
    events = desk.session.exec(select(EventRow).where(*over, col(EventRow.status) != "cancelled")).all()
    return sum(ask_those_who_came(desk, event) for event in events)


def ask_those_who_came(desk: Desk, event: EventRow) -> int:
    """Order the questions for the families that were let in. Returns how many were not ordered before."""
    came = (col(BookingRow.event_id) == event.id, col(BookingRow.checked_in_at).is_not(None))
    rows = desk.session.exec(select(BookingRow).where(*came, col(BookingRow.chat_key).is_not(None))).all()
    orders = [
        Order(
            chat_key=row.chat_key,
            kind=KIND,
            subject=subject_of(row.id),
            key=f"{subject_of(row.id)}:after:0:v1:{row.chat_key}",
            topic=TOPIC,
            lane="reminder",
            due_at=event.ends_at + ASK_AFTER,
            expires_at=event.ends_at + ASK_WITHIN,
            family_id=row.family_id,
        )
        for row in rows
        if row.chat_key is not None
    ]
    return enqueue_many(desk.session, desk.keys, orders, desk.now)


def compose_questions(session: Session, due: Due, _now: datetime) -> Part | Withhold:
    """The composer of the kind "after_event"."""
    row = session.get(BookingRow, due.subject.rpartition(":")[2])
    event = None if row is None else session.get(EventRow, row.event_id)
    if row is None or event is None:
        return Withhold("erased")
    if not agreed_to_events(session, row.family_id):
        return Withhold("no_consent")
    reason = silent_about(session, row, due.chat_key, None)
    if reason is not None:
        return Withhold(reason)
    if row.checked_in_at is None:
        return Withhold("moved")
    if session.exec(select(EventAnswerRow).where(col(EventAnswerRow.booking_id) == row.id)).first() is not None:
        return Withhold("done")
    return Part(_lines(event, due.language, QUESTIONS[0], first=True), (_row(row.id, QUESTIONS[0]),))


def after_flow() -> Flow:
    """The flow as a value; every button stands for itself."""
    return Flow(NAME, press=_press)


def what_was_said(session: Session, event_id: str) -> list[Said]:
    """The answers about an event, question by question."""
    counts: dict[str, dict[Answered, int]] = {question: dict.fromkeys(ANSWERS, 0) for question in QUESTIONS}
    statement = (
        select(EventAnswerRow.question, EventAnswerRow.answer, func.count())
        .join(BookingRow, col(BookingRow.id) == col(EventAnswerRow.booking_id))
        .where(col(BookingRow.event_id) == event_id)
        .group_by(col(EventAnswerRow.question), col(EventAnswerRow.answer))
    )
    for question, answer, count in session.exec(statement).all():
        for known in ANSWERS:
            if known == answer and question in counts:
                counts[question][known] = int(count)
    return [
        Said(question, counts[question] if sum(counts[question].values()) >= FEWEST else None) for question in QUESTIONS
    ]


def _press(visit: Visit, _step: Step | None, argument: str) -> Turn:
    question, answer, booking_id = (*argument.split(":"), "", "")[:3]
    row = visit.session.get(BookingRow, booking_id)
    if row is None or row.family_id not in {one.family_id for one in memberships(visit)}:
        raise Refusal("door.not_yours")
    if question not in QUESTIONS or answer not in ANSWERS or row.checked_in_at is None:
        raise Refusal("button_gone")
    _write(visit, row.id, question, answer)
    following = QUESTIONS.index(question) + 1
    if following == len(QUESTIONS):
        return Turn(Reply((Say("after.thanks"),)))
    asked = QUESTIONS[following]
    return Turn(Reply((Say(f"after.ask.{asked}"),), (_row(row.id, asked),)))


def _write(visit: Visit, booking_id: str, question: str, answer: str) -> None:
    insert: Callable[..., postgresql.Insert | sqlite.Insert]
    insert = postgresql.insert if visit.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {"booking_id": booking_id, "question": question, "answer": answer, "at": visit.now}
    statement = insert(EventAnswerRow.__table__).values(**values)  # type: ignore[attr-defined]
    again = {"answer": answer, "at": visit.now}
    visit.session.execute(statement.on_conflict_do_update(index_elements=["booking_id", "question"], set_=again))


def _lines(event: EventRow, language: str, asked: Asked, *, first: bool) -> tuple[Say | Quote, ...]:
    title = event.title_en if language == "en" and event.title_en else event.title_zh
    before: tuple[Say | Quote, ...] = (Say("after.title", {"title": title}, "title"),) if first else ()
    return (*before, Say(f"after.ask.{asked}"))


def _row(booking_id: str, asked: Asked) -> tuple[Button, ...]:
    return tuple(button(f"after.{answer}", f"{NAME}:{asked}:{answer}:{booking_id}") for answer in ANSWERS)
