"""A child's calendar as an iCalendar file (RFC 5545), to keep or to subscribe to.

Neutral wording: what and when, no status, no diagnosis; the nickname only where the family asked for it. What presses
and is not booked stands on the day the file is made. The only importer of the package `icalendar`.
"""

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.care.child_calendar import QUIET, ChildCalendar, Item
from bot.families.child import Child
from knowledge.load_calendars import Calendars
from knowledge.topics import Language

if TYPE_CHECKING:
    from icalendar import Event

MEDIA_TYPE = "text/calendar"
REFRESH = "PT12H"

_WORDS: dict[Language, dict[str, str]] = {
    "zh": {
        "name": "宝宝日历", "of": "{nickname}：{what}", "dose": "{name}第{number}剂", "booked": "约好的日子。以接种门诊或社区医院为准。",
        "open": "这天起可以做，打电话或在网上约一下。以接种门诊或社区医院为准。",
    },
    "en": {
        "name": "Child calendar", "of": "{nickname}: {what}", "dose": "{name}, dose {number}", "booked": "Booked for this day. The clinic decides.",
        "open": "Possible from this day on; please book. The clinic decides.",
    },
}  # fmt: skip


def calendar_file(
    child: Child,
    calendar: ChildCalendar | None,
    calendars: Calendars,
    language: Language,
    now: datetime,
    *,
    named: bool,
) -> bytes:
    """The file. `calendar` None: what is on record cannot be true just now; the file has no events then."""
    from icalendar import Calendar

    words = _WORDS[language]
    file = Calendar()
    file.add("prodid", "-//qihui//child calendar//ZH")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    title = words["of"].format(nickname=child.nickname, what=words["name"]) if named else words["name"]
    file.add("x-wr-calname", title)
    file.add("x-published-ttl", REFRESH)
    for item in () if calendar is None else calendar.items:
        if item.on is not None and item.noted not in QUIET and item.forecast.status != "hold" and calendar is not None:
            file.add_component(_event(child, item, calendar, calendars, language, now, named=named))
    return bytes(file.to_ical())


def _event(
    child: Child,
    item: Item,
    calendar: ChildCalendar,
    calendars: Calendars,
    language: Language,
    now: datetime,
    *,
    named: bool,
) -> "Event":
    from icalendar import Event

    words = _WORDS[language]
    booked = item.booked
    day = item.on or calendar.on
    if not booked and day < calendar.on:
        day = calendar.on
    what = item_words(item, calendars, language)
    event = Event()
    event.add("uid", f"{_uid(child, item)}@qihui")
    event.add("dtstamp", now)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", words["of"].format(nickname=child.nickname, what=what) if named else what)
    event.add("description", words["booked" if booked else "open"])
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    return event


def item_words(item: Item, calendars: Calendars, language: Language) -> str:
    """What an item is called."""
    if item.kind == "visit":
        visits = calendars.checkups.visits
        return next(one.name(language) for one in visits if (one.code, one.n) == (item.code, item.number))
    name = calendars.schedule.products[item.code].name(language)
    return _WORDS[language]["dose"].format(name=name, number=item.number)


def _uid(child: Child, item: Item) -> str:
    """The same event keeps its id in every file, and the id says nothing."""
    return hashlib.sha256(f"{child.id} {item.code} {item.number}".encode()).hexdigest()[:24]
