"""Who of the staff changed what, with before and after, in the transaction of the change itself.

Values are JSON texts of what staff see; nothing of a family is written here but a masked id.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

MOST_CHARACTERS = 20_000
"""Of one value; an entry with its wordings fits."""

Values = Mapping[str, object]


class AuditRow(SQLModel, table=True):
    """One change. `who` is the login at that time; `before`, `after` are JSON objects, empty where there was nothing."""

    __tablename__ = "audit"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(index=True)
    who: str = Field(index=True, max_length=64)
    action: str = Field(index=True, max_length=40)
    subject: str = Field(index=True, max_length=100)
    before: str = ""
    after: str = ""
    reason: str = Field(default="", max_length=500)


@dataclass(frozen=True)
class Audited:
    """Who acts and when: what every change by staff is given. `who` is a login, or "qihui" for the product itself."""

    who: str
    now: datetime


def note_change_by(
    session: Session,
    by: Audited,
    action: str,
    subject: str,
    before: Values | None = None,
    after: Values | None = None,
    reason: str = "",
) -> None:
    """Write a change down; only the fields that differ are kept of `before` and `after`."""
    before, after = dict(before or {}), dict(after or {})
    same = {name for name in before if name in after and before[name] == after[name]}
    session.add(
        AuditRow(
            at=by.now,
            who=by.who,
            action=action,
            subject=subject,
            before=_as_text(before, same),
            after=_as_text(after, same),
            reason=reason[:500],
        )
    )


def _as_text(values: Values, without: set[str]) -> str:
    kept = {name: _cut(value) for name, value in values.items() if name not in without}
    return json.dumps(kept, ensure_ascii=False, default=str) if kept else ""


def _cut(value: object) -> object:
    return f"{value[:MOST_CHARACTERS]}…" if isinstance(value, str) and len(value) > MOST_CHARACTERS else value


def changes_noted(
    session: Session,
    *,
    who: str = "",
    action: str = "",
    subject: str = "",
    before_id: int | None = None,
    most: int = 50,
) -> list[AuditRow]:
    """The newest changes first; empty texts choose nothing, `action` chooses by its beginning."""
    statement = select(AuditRow)
    if who:
        statement = statement.where(col(AuditRow.who) == who)
    if action:
        statement = statement.where(col(AuditRow.action).startswith(action, autoescape=True))
    if subject:
        statement = statement.where(col(AuditRow.subject) == subject)
    if before_id is not None:
        statement = statement.where(col(AuditRow.id) < before_id)
    return list(session.exec(statement.order_by(col(AuditRow.id).desc()).limit(most)).all())
