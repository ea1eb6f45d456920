"""The tables of home visits. What is about a family or a child is sealed; instants, states and the visitor are plain.

The rows know nothing of rights: families come through `home_visits`, staff through `visit_desk`. A visit goes with its
child and its family (ON DELETE CASCADE). On PostgreSQL two exclusion constraints keep visits apart (see the migration);
on SQLite the same rule is kept by `visit_slots` inside a BEGIN IMMEDIATE transaction. Times are UTC instants.
"""

from datetime import datetime

from sqlmodel import Field, SQLModel

from bot.sealing import sealed_field


class VisitorRow(SQLModel, table=True):
    """Someone of the staff who goes to families' homes. The lists are JSON."""

    __tablename__ = "visitor"

    id: str = Field(primary_key=True, max_length=16)
    name: str = Field(max_length=40)
    organisation: str = Field(max_length=80)
    card: str = Field(max_length=40)
    districts: str
    streets: str = "[]"
    tongues: str = '["zh"]'
    most_a_day: int = 4
    active: bool = True
    added_at: datetime


class HomeVisitRow(SQLModel, table=True):
    """One visit from the asking to the note afterwards.

    `asked_by`: a chat's hidden address, None once that person was erased. `request`: what was asked for; `address`: where
    to ring, erased soon after the visit; `code`: what the visitor says at the door; `note`: what staff wrote afterwards.
    `version` grows with every move, so that an answer to an older proposal is not taken for this one.
    """

    __tablename__ = "home_visit"

    id: str = Field(primary_key=True, max_length=16)
    family_id: str = Field(foreign_key="family.id", ondelete="CASCADE", index=True, max_length=16)
    child_id: str = Field(foreign_key="child.id", ondelete="CASCADE", index=True, max_length=16)
    asked_by: str | None = Field(default=None, index=True, max_length=32)
    state: str = Field(index=True, max_length=10)
    version: int = 1
    request: str = sealed_field()
    visitor_id: str | None = Field(default=None, foreign_key="visitor.id", index=True, max_length=16)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    busy_until: datetime | None = None
    address: str | None = sealed_field(default=None)
    code: str | None = sealed_field(default=None)
    note: str | None = sealed_field(default=None)
    asked_at: datetime
    changed_at: datetime


class HomeVisitMoveRow(SQLModel, table=True):
    """Who moved a visit on and when, without values. `by`: "family", "system", or the name of the staff member."""

    __tablename__ = "home_visit_move"

    id: int | None = Field(default=None, primary_key=True)
    visit_id: str = Field(foreign_key="home_visit.id", ondelete="CASCADE", index=True, max_length=16)
    at: datetime
    by: str = Field(max_length=40)
    move: str = Field(max_length=10)
    state: str = Field(max_length=10)
