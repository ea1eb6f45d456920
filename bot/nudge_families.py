"""Made-up families in a database, for measuring how fast nudges are planned: one child and one caregiver each."""

from datetime import datetime, timedelta

from sqlalchemy import insert
from sqlmodel import SQLModel

from bot.calendar_benchmark import made_up_records
from bot.care.care_rows import DoseRow
from bot.care.sealed_entries import sealed_entry
from bot.database import Database
from bot.families.consent import CONSENT_VERSION
from bot.families.family_rows import CaregiverRow, ChildRow, ConsentRow, FamilyRow
from bot.sealing import Keyring, place_of

AT_ONCE = 2000


def write_families(database: Database, keys: Keyring, children: int, now: datetime) -> None:
    """So many families with the records of the calendar's benchmark; all joined three months before `now`."""
    joined_at = now - timedelta(days=90)
    records = made_up_records(children)
    for start in range(0, children, AT_ONCE):
        tables: dict[type[SQLModel], list[dict[str, object]]] = {
            table: [] for table in (FamilyRow, CaregiverRow, ChildRow, ConsentRow, DoseRow)
        }
        for number, record in enumerate(records[start : start + AT_ONCE], start):
            family_id, child_id = f"f{number:015x}", f"c{number:015x}"
            tables[FamilyRow].append({"id": family_id, "created_at": joined_at})
            member = {"id": f"m{number:015x}", "family_id": family_id, "chat_key": f"{number:032x}", "role": "guardian"}
            tables[CaregiverRow].append({**member, "joined_at": joined_at})
            sealed = {
                name: keys.seal(text, place_of("child", child_id, name))
                for name, text in (("nickname", "豆豆"), ("born_on", record.born_on.isoformat()))
            }
            tables[ChildRow].append({"id": child_id, "family_id": family_id, "added_at": joined_at, **sealed})
            consent = {"family_id": family_id, "purpose": "calendar", "version": CONSENT_VERSION}
            tables[ConsentRow].append({**consent, "given_at": joined_at})
            for place, dose in enumerate(record.given):
                entry_id = f"{number:013x}{place:03x}"
                plain = {"code": dose.code, "how": "given", "on": dose.on.isoformat()}
                entry = sealed_entry(keys, DoseRow, entry_id, plain)
                tables[DoseRow].append({"id": entry_id, "child_id": child_id, "entry": entry, "created_at": joined_at})
        with database.transaction() as session:
            for table, rows in tables.items():
                session.execute(insert(table), rows)
