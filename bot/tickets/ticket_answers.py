"""A person's answer on its way to the parent: ordered when it is written, worded when it is sent.

The order names the message alone; its text stays sealed in the ticket until the moment of sending. Who said "stop" after
asking gets no answer unasked and finds it under /ask; who asked after that wants it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.flow import button
from bot.messages import Button, Quote, Say
from bot.outreach.composing import Due, Part, Withhold
from bot.outreach.muting import choices_of
from bot.outreach.outbox import Order, enqueue
from bot.sealing import Keyring
from bot.tickets.parent_tickets import KIND, Message, label_of, opened_message, subject_of
from bot.tickets.ticket_rows import TicketMessageRow, TicketRow

ANSWER_USEFUL_FOR = timedelta(days=7)


def order_answer(session: Session, keys: Keyring, row: TicketRow, message_id: str, now: datetime) -> bool:
    """Put an answer into the outbox. False: it is there already."""
    subject = subject_of(row.id)
    order = Order(
        chat_key=row.chat_key,
        kind=KIND,
        subject=subject,
        key=f"{subject}:reply:{message_id}:{row.chat_key}",
        topic="tickets",
        lane="urgent",
        due_at=now,
        expires_at=now + ANSWER_USEFUL_FOR,
        content={"message": message_id},
        on_doubt="resend",  # an answer twice is better than none
    )
    return enqueue(session, keys, order, now)


def answer_composer(keys: Keyring) -> Callable[[Session, Due, datetime], Part | Withhold]:
    """The composer of the kind "ticket"."""

    def compose(session: Session, due: Due, _now: datetime) -> Part | Withhold:
        message = session.get(TicketMessageRow, due.content.get("message", ""))
        row = None if message is None else session.get(TicketRow, message.ticket_id)
        if message is None or row is None or row.chat_key != due.chat_key:
            return Withhold("erased")
        choices = choices_of(session, [(due.chat_key, None)])[due.chat_key, None]
        if choices.stopped_everything_since(row.asked_at):
            return Withhold("stopped")
        return Part(answer_lines(row, opened_message(message, keys)), answer_buttons(row))

    return compose


def answer_lines(row: TicketRow, answer: Message) -> tuple[Say | Quote, ...]:
    """An answer as the parent reads it."""
    return (
        Say("ticket.answer_from", {"name": answer.author, "label": label_of(row.id)}, "title"),
        Quote(answer.text),
        Say("ticket.answer_note", look="note"),
    )


def answer_buttons(row: TicketRow) -> tuple[tuple[Button, ...], ...]:
    """What the parent can do with an answer."""
    helped = button("button.ticket_helped", f"ask:helped:{row.id}")
    return ((helped, button("button.ticket_back", f"ask:back:{row.id}")),)
