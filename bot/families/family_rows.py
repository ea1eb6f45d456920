"""The tables of families. Fields about a child are sealed; a chat is known by its hidden address only.

The rows know nothing of rights: read and write them through `membership`, `children`, `consent`, `invitation`.
Whatever belongs to a family or a child goes when it goes (ON DELETE CASCADE), also in tables of the rooms above.
Times are UTC instants.
"""

import secrets
from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from bot.sealing import sealed_field

ID_BYTES = 8


def new_id() -> str:
    """A fresh id that nobody can guess: 16 hex digits."""
    return secrets.token_hex(ID_BYTES)


class FamilyRow(SQLModel, table=True):
    """A circle of people who share children."""

    __tablename__ = "family"

    id: str = Field(primary_key=True, max_length=16)
    created_at: datetime


class CaregiverRow(SQLModel, table=True):
    """One chat in one family. `kin` is what the children call this person, None until told."""

    __tablename__ = "caregiver"
    __table_args__ = (UniqueConstraint("family_id", "chat_key", name="uq_caregiver_family_chat"),)

    id: str = Field(primary_key=True, max_length=16)
    family_id: str = Field(foreign_key="family.id", ondelete="CASCADE", index=True, max_length=16)
    chat_key: str = Field(index=True, max_length=32)
    role: str = Field(max_length=10)
    kin: str | None = Field(default=None, max_length=12)
    joined_at: datetime


class ChildRow(SQLModel, table=True):
    """One child; every field about the child is sealed."""

    __tablename__ = "child"

    id: str = Field(primary_key=True, max_length=16)
    family_id: str = Field(foreign_key="family.id", ondelete="CASCADE", index=True, max_length=16)
    nickname: str = sealed_field()
    born_on: str = sealed_field()
    gestation_weeks: str | None = sealed_field(default=None)
    sex: str | None = sealed_field(default=None)
    district: str | None = sealed_field(default=None)
    street: str | None = sealed_field(default=None)
    added_at: datetime


class ConsentRow(SQLModel, table=True):
    """One purpose agreed to, under one version of the text. `given_by`: None once that person was erased."""

    __tablename__ = "consent"

    id: int | None = Field(default=None, primary_key=True)
    family_id: str = Field(foreign_key="family.id", ondelete="CASCADE", index=True, max_length=16)
    purpose: str = Field(max_length=16)
    version: str = Field(max_length=16)
    given_at: datetime
    given_by: str | None = Field(default=None, index=True, max_length=32)
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = Field(default=None, index=True, max_length=32)


class InvitationRow(SQLModel, table=True):
    """A code that lets one person in, once. Only its keyed hash is kept."""

    __tablename__ = "invitation"

    code_hash: str = Field(primary_key=True, max_length=64)
    family_id: str = Field(foreign_key="family.id", ondelete="CASCADE", index=True, max_length=16)
    role: str = Field(max_length=10)
    made_by: str = Field(index=True, max_length=32)
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class FamilyChangeRow(SQLModel, table=True):
    """Who did what, without values. `child_id` has no foreign key: it stays readable as "a child that was erased"."""

    __tablename__ = "family_change"

    id: int | None = Field(default=None, primary_key=True)
    family_id: str = Field(foreign_key="family.id", ondelete="CASCADE", index=True, max_length=16)
    child_id: str | None = Field(default=None, max_length=16)
    at: datetime
    by: str | None = Field(default=None, index=True, max_length=32)
    what: str = Field(max_length=24)
