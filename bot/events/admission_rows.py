"""The tables of the door: the code of a booking, who was let in, and what families said afterwards.

All go with their booking and its family (ON DELETE CASCADE). No name lies here. Times are UTC instants.
"""

from datetime import datetime

from sqlmodel import Field, SQLModel


class PassRow(SQLModel, table=True):
    """The code that lets a booking in, as its QR picture and the family say it."""

    __tablename__ = "booking_pass"

    booking_id: str = Field(primary_key=True, foreign_key="booking.id", ondelete="CASCADE", max_length=16)
    code: str = Field(unique=True, max_length=8)


class AdmissionRow(SQLModel, table=True):
    """One party let in. `key`: the same for the same party however often it is told (a booking, or a line of a list).

    `booking_id`: None for a walk-in. `by`: the name of the staff member; `door`: which entrance or telephone.
    """

    __tablename__ = "admission"

    key: str = Field(primary_key=True, max_length=60)
    event_id: str = Field(foreign_key="event.id", ondelete="CASCADE", index=True, max_length=16)
    booking_id: str | None = Field(
        default=None, foreign_key="booking.id", ondelete="CASCADE", unique=True, max_length=16
    )
    children: int
    adults: int
    at: datetime
    by: str = Field(max_length=40)
    door: str = Field(max_length=40)


class EventAnswerRow(SQLModel, table=True):
    """What a family that came answered to one of the three questions."""

    __tablename__ = "event_answer"

    booking_id: str = Field(primary_key=True, foreign_key="booking.id", ondelete="CASCADE", max_length=16)
    question: str = Field(primary_key=True, max_length=10)
    answer: str = Field(max_length=10)
    at: datetime
