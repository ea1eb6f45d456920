"""Whether a chat wants to hear of an entry: nothing about a child whose messages are stopped, in whatever lane.

An entry is about the children that it names; where it names none, about all of its family. As long as one of them is
going on, the entry is spoken of, and its messages name the event, never a child.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from bot.events.event_rows import BookingChildRow, BookingRow
from bot.families.family_rows import ChildRow
from bot.outreach.muting import StopReason, choices_of

TOPIC = "events"


def silent_about(session: Session, row: BookingRow, chat_key: str, asked_at: datetime | None) -> StopReason | None:
    """Why this chat is to hear nothing of the entry; None where it may.

    `asked_at`: when it asked for what is to be said, None where it did not; a stop of everything before it does not hold.
    """
    named = session.exec(select(BookingChildRow.child_id).where(col(BookingChildRow.booking_id) == row.id)).all()
    children = named or session.exec(select(ChildRow.id).where(col(ChildRow.family_id) == row.family_id)).all()
    pairs = [(chat_key, None), *((chat_key, child_id) for child_id in children)]
    choices = choices_of(session, pairs)
    of_chat = choices[chat_key, None].stopped_because(None, TOPIC, asked_at)
    if of_chat is not None:
        return of_chat
    about = [choices[chat_key, child_id].stopped_because(child_id, TOPIC, asked_at) for child_id in children]
    return "child_stopped" if about and all(reason == "child_stopped" for reason in about) else None
