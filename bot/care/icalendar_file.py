"""A child's calendar as an iCalendar file (RFC 5545), to keep or to subscribe to.

Neutral wording: what and when, no status, no diagnosis; the nickname only where the family asked for it. What presses
and is not booked stands on the day the file is made.
"""

import hashlib
from datetime import datetime, timedelta

from bot.care.child_calendar import QUIET, ChildCalendar, Item
from bot.families.child import Child
from bot.ical import CalendarEntry, write_calendar
from knowledge.load_calendars import Calendars
from knowledge.topics import Language

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
    words = _WORDS[language]
    title = words["of"].format(nickname=child.nickname, what=words["name"]) if named else words["name"]
    entries = [
        _entry(child, item, calendar, calendars, language, named=named)
        for item in (() if calendar is None else calendar.items)
        if item.on is not None and item.noted not in QUIET and item.forecast.status != "hold" and calendar is not None
    ]
    return write_calendar("-//qihui//child calendar//ZH", title, entries, now)


def _entry(
    child: Child, item: Item, calendar: ChildCalendar, calendars: Calendars, language: Language, *, named: bool
) -> CalendarEntry:
    words = _WORDS[language]
    booked = item.booked
    day = item.on or calendar.on
    if not booked and day < calendar.on:
        day = calendar.on
    what = item_words(item, calendars, language)
    return CalendarEntry(
        uid=f"{_uid(child, item)}@qihui",
        summary=words["of"].format(nickname=child.nickname, what=what) if named else what,
        starts=day,
        ends=day + timedelta(days=1),
        description=words["booked" if booked else "open"],
        private=True,
    )


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
