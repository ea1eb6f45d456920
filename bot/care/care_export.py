"""A copy of what is kept in this room about a child: for reading in the chat, and as data to take along."""

from typing import Any

from bot.care.care_rows import ENTRY_TABLES
from bot.care.sealed_entries import all_entries
from bot.families.child import Child
from bot.families.children import children_shared
from bot.flow import Visit
from bot.messages import Say, Value


def records_copy(visit: Visit, child: Child) -> dict[str, list[dict[str, Any]]]:
    """Every record of a child as plain data for JSON, by table. Days are ISO dates, instants ISO in UTC."""
    return {
        str(table.__tablename__): [
            {
                **entry.plain,
                "written_at": entry.at.isoformat(),
                "by_me": entry.by == visit.chat_key,
                "taken_back_at": entry.undone_at.isoformat() if entry.undone_at else None,
            }
            for entry in all_entries(visit, table, child.id)
        ]
        for table in ENTRY_TABLES
    }


def records_lines(visit: Visit) -> list[Say]:
    """How much is kept about each child, to be read."""
    lines = []
    for child in children_shared(visit):
        counts = {str(table.__tablename__): len(all_entries(visit, table, child.id)) for table in ENTRY_TABLES}
        if any(counts.values()):
            values: dict[str, Value] = {
                "nickname": child.nickname,
                "doses": counts["dose"],
                "visits": counts["checkup_visit"],
                "measurements": counts["measurement"],
                "screenings": counts["screening"],
            }
            lines.append(Say("mydata.records", values, "bullet"))
    return lines
