"""The tables of tickets. Every word that was written is sealed; states, clocks and who works on it are plain.

A ticket belongs to a chat, known by its hidden address only. Times are UTC instants.
"""

from datetime import datetime

from sqlmodel import Field, SQLModel

from bot.sealing import sealed_field


class TicketRow(SQLModel, table=True):
    """One question to a person.

    `consent`: the version of the words by which the parent agreed to share it. `waits_since`: since when words of the
    parent have no answer, None where all are answered. `claimed_by`: a login, None for nobody. `first_reply_at`: when the
    first answer was written. `version` grows with every move, so that two counsellors do not answer over each other.
    """

    __tablename__ = "ticket"

    id: str = Field(primary_key=True, max_length=16)
    chat_key: str = Field(index=True, max_length=32)
    language: str = Field(max_length=2)
    state: str = Field(index=True, max_length=10)
    urgency: str = Field(max_length=10)
    consent: int
    asked_at: datetime = Field(index=True)
    waits_since: datetime | None = None
    claimed_by: str | None = Field(default=None, max_length=64)
    claimed_at: datetime | None = None
    first_reply_at: datetime | None = None
    closed_at: datetime | None = Field(default=None, index=True)
    closed_because: str | None = Field(default=None, max_length=10)
    version: int = 1
    changed_at: datetime


class TicketMessageRow(SQLModel, table=True):
    """One piece of a ticket, in the order of `number`.

    `kind`: what the parent shared (question, words, shown, age, back), an answer (reply), or a note between counsellors
    (note). `author`: the name of the one who answered, empty for a parent.
    """

    __tablename__ = "ticket_message"

    id: str = Field(primary_key=True, max_length=16)
    ticket_id: str = Field(foreign_key="ticket.id", ondelete="CASCADE", index=True, max_length=16)
    number: int
    at: datetime
    kind: str = Field(max_length=10)
    author: str = Field(default="", max_length=80)
    text: str = sealed_field()
