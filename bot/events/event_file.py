"""Events as an iCalendar file: one for a family to keep, all of them for an organiser, who can import them again.

What iCalendar has no place for stands in X-QIHUI- properties, one for each column of the table (`event_table`).
"""

from collections.abc import Sequence
from datetime import datetime

from bot.events.event_pages import title_of
from bot.events.event_rows import EventRow
from bot.events.event_table import COLUMNS, row_of_event
from bot.ical import MEDIA_TYPE, CalendarEntry, read_calendar, write_calendar
from knowledge.topics import Language

__all__ = ["MEDIA_TYPE", "event_file", "rows_of_file"]

_PRODID = "-//qihui//events//ZH"
_NAMES: dict[Language, str] = {"zh": "亲子活动", "en": "Family events"}
_PREFIX = "X-QIHUI-"
_SPOKEN_FOR = frozenset({"code", "title_zh", "starts", "ends", "place", "map_url", "status", "repeat"})
"""Columns that iCalendar has properties of its own for."""


def event_file(events: Sequence[EventRow], language: Language, now: datetime, *, full: bool = False) -> bytes:
    """The file. `full`: with everything that an import needs."""
    return write_calendar(_PRODID, _NAMES[language], [_entry(row, language, full=full) for row in events], now)


def rows_of_file(content: bytes) -> list[dict[str, str]]:
    """The entries of a file as rows of the table, for `event_table.read_events`.

    Raises: NotACalendar: it cannot be read.
    """
    return [_row(entry) for entry in read_calendar(content)]


def _entry(row: EventRow, language: Language, *, full: bool) -> CalendarEntry:
    plain = row_of_event(row)
    title = row.title_zh if full else title_of(row, language)
    said = [f"{row.host} · {row.place}", row.bring, row.contact]
    more = {f"{_PREFIX}{name.upper().replace('_', '-')}": plain[name] for name in COLUMNS if name not in _SPOKEN_FOR}
    return CalendarEntry(
        uid=row.code if full else f"{row.id}@qihui",
        summary=title,
        starts=row.starts_at,
        ends=row.ends_at,
        description="\n".join(part for part in said if part),
        location=row.place,
        url=row.map_url,
        busy=True,
        cancelled=row.status == "cancelled",
        sequence=2 * (row.version - 1) + (row.status == "cancelled"),
        more={name: value for name, value in more.items() if value} | {f"{_PREFIX}STATUS": row.status} if full else {},
    )


def _row(entry: CalendarEntry) -> dict[str, str]:
    extra = {
        name.removeprefix(_PREFIX).lower().replace("-", "_"): value
        for name, value in entry.more.items()
        if name.startswith(_PREFIX)
    }
    return {
        "status": "published",
        **extra,
        **({"status": "cancelled"} if entry.cancelled else {}),
        "code": entry.uid,
        "title_zh": entry.summary,
        "starts": entry.starts.isoformat(),
        "ends": entry.ends.isoformat(),
        "place": entry.location,
        "map_url": entry.url,
        "repeat": entry.repeats,
    }
