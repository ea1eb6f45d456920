"""iCalendar files (RFC 5545), written and read. The only importer of the package `icalendar`.

What an entry says is the business of the rooms: a child's calendar (`care/icalendar_file`), events
(`events/event_file`). The same entry keeps its `uid` in every file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

MEDIA_TYPE = "text/calendar"
REFRESH = "PT12H"


class NotACalendar(ValueError):
    """The bytes are no iCalendar file; the message says what is wrong."""


@dataclass(frozen=True)
class CalendarEntry:
    """One entry. A day alone as `date`, an instant as aware `datetime`; `ends` is not part of it any more.

    `private`, `busy`: how calendars show it. `repeats`: the RRULE as text, empty for none. `more`: further properties
    by name, such as X-QIHUI-CAPACITY. `cancelled`: it does not take place. `sequence`: grows with each change, so that a
    calendar takes the newer file for the same entry; None where entries do not change.
    """

    uid: str
    summary: str
    starts: date
    ends: date
    description: str = ""
    location: str = ""
    url: str = ""
    private: bool = False
    busy: bool = False
    cancelled: bool = False
    sequence: int | None = None
    repeats: str = ""
    more: Mapping[str, str] = field(default_factory=dict)


def write_calendar(prodid: str, name: str, entries: Iterable[CalendarEntry], now: datetime) -> bytes:
    """The file. `name`: what calendars call it."""
    from icalendar import Calendar

    file = Calendar()
    file.add("prodid", prodid)
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    file.add("x-wr-calname", name)
    file.add("x-published-ttl", REFRESH)
    for entry in entries:
        file.add_component(_component(entry, now))
    return bytes(file.to_ical())


def read_calendar(content: bytes) -> list[CalendarEntry]:
    """The entries of a file, in its order.

    Raises: NotACalendar: it cannot be read, or an entry has no uid, name or time.
    """
    from icalendar import Calendar

    try:
        file = Calendar.from_ical(content)
    except (ValueError, IndexError, KeyError) as error:
        message = f"this is no iCalendar file: {error}"
        raise NotACalendar(message) from error
    return [_entry(number, component) for number, component in enumerate(file.walk("VEVENT"), start=1)]


def _component(entry: CalendarEntry, now: datetime) -> Any:
    from icalendar import Event
    from icalendar.prop import vRecur

    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", now)
    event.add("dtstart", entry.starts)
    event.add("dtend", entry.ends)
    event.add("summary", entry.summary)
    for name, value in (("description", entry.description), ("location", entry.location), ("url", entry.url)):
        if value:
            event.add(name, value)
    event.add("transp", "OPAQUE" if entry.busy else "TRANSPARENT")
    if entry.private:
        event.add("class", "PRIVATE")
    if entry.sequence is not None:
        event.add("sequence", entry.sequence)
        event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    elif entry.cancelled:
        event.add("status", "CANCELLED")
    if entry.repeats:
        event.add("rrule", vRecur.from_ical(entry.repeats))
    for name, value in entry.more.items():
        event.add(name, value)
    return event


def _entry(number: int, component: Any) -> CalendarEntry:
    for name in ("uid", "summary", "dtstart", "dtend"):
        if name not in component:
            message = f"VEVENT {number}: {name.upper()} is missing; write it"
            raise NotACalendar(message)
    starts, ends = component["dtstart"].dt, component["dtend"].dt
    rule = component.get("rrule")
    extra = {name.upper(): str(value) for name, value in component.items() if name.upper().startswith("X-")}
    return CalendarEntry(
        uid=str(component["uid"]),
        summary=str(component["summary"]),
        starts=starts,
        ends=ends,
        description=str(component.get("description", "")),
        location=str(component.get("location", "")),
        url=str(component.get("url", "")),
        cancelled=str(component.get("status", "")).upper() == "CANCELLED",
        sequence=int(component["sequence"]) if "sequence" in component else None,
        repeats="" if rule is None else rule.to_ical().decode(),
        more=extra,
    )
