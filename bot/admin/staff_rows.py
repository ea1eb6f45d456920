"""The tables of the people who work here. Passwords and session tokens are kept as hashes only; times are UTC instants."""

import secrets
from datetime import datetime

from sqlmodel import Field, SQLModel

from bot.sealing import sealed_field


class StaffRow(SQLModel, table=True):
    """Someone who may sign in.

    `must_change`: the password was given by the product or an administrator. `totp` is the sealed second factor, None
    where there is none; `totp_step` the last time step that was used, so that a code works once. `qualification` goes
    under what a reviewer signs. `disabled_at`: may not sign in any more since then.
    """

    __tablename__ = "staff"

    id: str = Field(primary_key=True, max_length=16)
    login: str = Field(unique=True, max_length=64)
    name: str = Field(max_length=80)
    role: str = Field(max_length=16)
    qualification: str = Field(default="", max_length=120)
    password_hash: str = Field(max_length=200)
    must_change: bool = True
    totp: str | None = sealed_field(default=None)
    totp_step: int = 0
    language: str = Field(default="zh", max_length=2)
    created_at: datetime
    disabled_at: datetime | None = None


class StaffSessionRow(SQLModel, table=True):
    """A signed-in browser. `token_hash` is of the cookie; `form_key` is what every form of it must carry.

    `ended_at`: signed out, or ended by an administrator or a change of password. `agent`: the browser's own name, for the
    list in which a person finds the computer that was left signed in.
    """

    __tablename__ = "staff_session"

    token_hash: str = Field(primary_key=True, max_length=64)
    staff_id: str = Field(foreign_key="staff.id", ondelete="CASCADE", index=True, max_length=16)
    form_key: str = Field(max_length=64)
    agent: str = Field(default="", max_length=120)
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


class StaffInvitationRow(SQLModel, table=True):
    """A link by which one person becomes staff, once. Only the hash of its code is kept."""

    __tablename__ = "staff_invitation"

    code_hash: str = Field(primary_key=True, max_length=64)
    name: str = Field(max_length=80)
    role: str = Field(max_length=16)
    created_by: str = Field(max_length=64)
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


def new_staff_id() -> str:
    """Sixteen hex digits that nobody can guess."""
    return secrets.token_hex(8)
