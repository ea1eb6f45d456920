"""Made-up families as rows: for measuring how fast nudges are planned, and for a simulated year."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TypeAlias

from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from bot.calendar_benchmark import made_up_records
from bot.care.care_rows import DoseRow
from bot.care.sealed_entries import sealed_entry
from bot.database import Database
from bot.families.consent import CONSENT_VERSION
from bot.families.family_rows import CaregiverRow, ChildRow, ConsentRow, FamilyRow
from bot.sealing import Keyring, place_of
from knowledge.vaccine_record import GivenDose

AT_ONCE = 2000
ChildOnPaper: TypeAlias = tuple[str, date, Iterable[GivenDose]]
"""Id, birth, and what was given."""


class FamilyTables:
    """Rows of families, gathered and then written many at once."""

    def __init__(self, keys: Keyring) -> None:
        self._keys = keys
        self._rows: defaultdict[type[SQLModel], list[dict[str, object]]] = defaultdict(list)
        for table in (FamilyRow, CaregiverRow, ChildRow, ConsentRow, DoseRow):  # what others point at comes first
            self._rows[table] = []

    def add(self, family_id: str, chats: Sequence[str], children: Iterable[ChildOnPaper], at: datetime) -> None:
        """A family that agreed to the calendar when it joined; everybody in it is a guardian."""
        self._rows[FamilyRow].append({"id": family_id, "created_at": at})
        for place, chat in enumerate(chats):
            member = {"id": f"{family_id}{place}", "family_id": family_id, "chat_key": chat, "role": "guardian"}
            self._rows[CaregiverRow].append({**member, "joined_at": at})
        consent = {"family_id": family_id, "purpose": "calendar", "version": CONSENT_VERSION, "given_at": at}
        self._rows[ConsentRow].append(consent)
        for child_id, born_on, given in children:
            sealed = {
                name: self._keys.seal(text, place_of("child", child_id, name))
                for name, text in (("nickname", "豆豆"), ("born_on", born_on.isoformat()))
            }
            self._rows[ChildRow].append({"id": child_id, "family_id": family_id, "added_at": at, **sealed})
            for place, dose in enumerate(given):
                entry_id = f"{child_id}{place:02x}"
                plain = {"code": dose.code, "how": "given", "on": dose.on.isoformat()}
                entry = sealed_entry(self._keys, DoseRow, entry_id, plain)
                row = {"id": entry_id, "child_id": child_id, "entry": entry, "created_at": at}
                self._rows[DoseRow].append(row)

    def write(self, session: Session) -> None:
        """Into the database, in the caller's transaction."""
        for table, rows in self._rows.items():
            if rows:
                session.execute(insert(table), rows)


def write_families(database: Database, keys: Keyring, children: int, now: datetime) -> None:
    """So many families with the records of the calendar's benchmark; all joined three months before `now`."""
    joined_at = now - timedelta(days=90)
    records = made_up_records(children)
    for start in range(0, children, AT_ONCE):
        tables = FamilyTables(keys)
        for number, record in enumerate(records[start : start + AT_ONCE], start):
            child = (f"c{number:011x}", record.born_on, record.given)
            tables.add(f"f{number:011x}", (f"{number:032x}",), (child,), joined_at)
        with database.transaction() as session:
            tables.write(session)
