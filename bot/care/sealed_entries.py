"""Records of a child: write, read, take back. Sealed on the way in, opened on the way out, by right only.

Nothing is written or shown without the guardian's consent to the purpose "calendar"; a copy of one's own data
(`all_entries`) is there as long as the data is.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from bot.care.care_rows import ENTRY_TABLES, EntryRow, FeedRow
from bot.errors import Refusal
from bot.families.change_log import What, note_change
from bot.families.child import Child
from bot.families.children import the_child
from bot.families.consent import given
from bot.families.family_rows import ChildRow, new_id
from bot.families.roles import Right
from bot.flow import Visit
from bot.sealing import Keyring, place_of

MOST_ENTRIES = 400
"""Of one kind for one child; a family reaches a tenth of it in six years."""


@dataclass(frozen=True)
class Entry:
    """One record as it was written. `by`: a chat's hidden address, None once that person was erased."""

    id: str
    plain: dict[str, Any]
    at: datetime
    by: str | None
    undone_at: datetime | None = None


def calendar_child(visit: Visit, child_id: str, right: Right) -> Child:
    """The child, for someone with this right, if the guardian agreed to the calendar.

    Raises: Refusal: the child is not there, not shared, the role has no such right, or nobody agreed.
    """
    child = the_child(visit, child_id, right)
    if "calendar" not in given(visit, child.family_id):
        raise Refusal("calendar.consent_needed")
    return child


def child_to_record(visit: Visit, child_id: str) -> Child:
    """The child, for someone who is about to record; two who record at once do so one after the other.

    Raises: Refusal: as above.
    """
    if visit.session.get_bind().dialect.name == "postgresql":
        visit.session.get(ChildRow, child_id, with_for_update=True)
    return calendar_child(visit, child_id, "record")


def write_entry(visit: Visit, table: type[EntryRow], child_id: str, plain: dict[str, Any], what: What) -> str:
    """Write a record down. Returns its id.

    Raises: Refusal: see `calendar_child`; there are too many.
    """
    child = calendar_child(visit, child_id, "record")
    if len(entries(visit, table, child_id)) >= MOST_ENTRIES:
        raise Refusal("record.too_many")
    entry_id = new_id()
    sealed = sealed_entry(visit.keys, table, entry_id, plain)
    row = table(id=entry_id, child_id=child.id, entry=sealed, created_at=visit.now, created_by=visit.chat_key)
    visit.session.add(row)
    visit.session.flush()
    note_change(visit, child.family_id, what, child.id)
    return entry_id


def sealed_entry(keys: Keyring, table: type[EntryRow], entry_id: str, plain: dict[str, Any]) -> str:
    """A record as it lies in its table."""
    return keys.seal(json.dumps(plain, ensure_ascii=False), _place(table, entry_id))


def entries(visit: Visit, table: type[EntryRow], child_id: str) -> list[Entry]:
    """The records of one kind that hold, in the order they were written.

    Raises: Refusal: see `calendar_child`.
    """
    calendar_child(visit, child_id, "see")
    return [entry for entry in _opened(visit, table, child_id) if entry.undone_at is None]


def all_entries(visit: Visit, table: type[EntryRow], child_id: str) -> list[Entry]:
    """Every record of one kind, those taken back too, for a copy of one's data.

    Raises: Refusal: the child is not shared with the visitor.
    """
    the_child(visit, child_id, "see")
    return _opened(visit, table, child_id)


def entries_on_file(
    session: Session, keys: Keyring, table: type[EntryRow], child_ids: Sequence[str]
) -> dict[str, list[Entry]]:
    """Every record of one kind for many children, those taken back too, in the order of writing.

    For the clockwork, which acts for the family and shows nothing to anybody else; the caller has looked at consent.
    """
    found: dict[str, list[Entry]] = {}
    columns = [
        col(getattr(table, name)) for name in ("child_id", "id", "entry", "created_at", "created_by", "undone_at")
    ]
    statement = select_columns(*columns).where(col(table.child_id).in_(child_ids))
    for child_id, entry_id, sealed, at, by, undone_at in session.execute(
        statement.order_by(col(table.created_at), col(table.id))
    ):
        plain = json.loads(keys.open(sealed, _place(table, entry_id)))
        found.setdefault(child_id, []).append(Entry(entry_id, plain, at, by, undone_at))
    return found


def undo_entry(visit: Visit, table: type[EntryRow], entry_id: str) -> Child:
    """Take a record back. Returns the child; taking back twice changes nothing.

    Raises: Refusal: see `calendar_child`; there is no such record.
    """
    row = visit.session.get(table, entry_id)
    if row is None:
        raise Refusal("family.not_yours")
    child = calendar_child(visit, row.child_id, "record")
    if row.undone_at is None:
        row.undone_at = visit.now
        visit.session.add(row)
        visit.session.flush()
        note_change(visit, child.family_id, "record_undone", child.id)
    return child


def forget_hand(visit: Visit) -> None:
    """Take the visitor's hidden address out of every record, and their calendar addresses away, when they are erased."""
    mine = visit.chat_key
    visit.session.execute(delete(FeedRow).where(col(FeedRow.chat_key) == mine))
    for table in ENTRY_TABLES:
        visit.session.execute(update(table).where(col(table.created_by) == mine).values(created_by=None))


def _opened(visit: Visit, table: type[EntryRow], child_id: str) -> list[Entry]:
    statement = select(table).where(col(table.child_id) == child_id).order_by(col(table.created_at), col(table.id))
    return [_entry(row, visit.keys) for row in visit.session.exec(statement).all()]


def _entry(row: EntryRow, keys: Keyring) -> Entry:
    plain = json.loads(keys.open(row.entry, _place(type(row), row.id)))
    return Entry(row.id, plain, row.created_at, row.created_by, row.undone_at)


def _place(table: type[EntryRow], entry_id: str) -> str:
    return place_of(str(table.__tablename__), entry_id, "entry")
