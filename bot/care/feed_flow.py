"""The calendar in other calendars, as a conversation: a file to keep, and a private address that can be stopped."""

from bot.care.calendar_pages import fault_reply
from bot.care.calendar_reading import calendar_for
from bot.care.feeds import open_feed, open_feeds, stop_feeds
from bot.care.icalendar_file import calendar_file
from bot.care.sealed_entries import calendar_child
from bot.flow import Flow, Step, Turn, Visit, button
from bot.ical import MEDIA_TYPE
from bot.messages import Attachment, Button, Quote, Reply, Say
from knowledge.faults import RecordFault
from knowledge.load_calendars import load_calendars

NAME = "feed"
FILE_NAME = "qihui-calendar.ics"
NEARBY = frozenset({"web", "terminal"})
"""Channels whose people may sit at the machine itself: an address of this machine alone can be of use to them."""


def feed_flow() -> Flow:
    """The flow as a value; it has no open steps, every button stands for itself."""
    return Flow(NAME, press=_press)


def _press(visit: Visit, step: Step | None, argument: str) -> Turn:
    verb, _, child_id = argument.partition(":")
    match verb:
        case "page":
            return _page(visit, child_id)
        case "file":
            return _file(visit, child_id)
        case "open" | "named":
            if not _link_works(visit):
                return _page(visit, child_id)
            token = open_feed(visit, child_id, named=verb == "named")
            address = Quote(f"{visit.public_url}/calendar/{token}.ics")
            reach = (Say("feed.here_only", look="note"),) if visit.here_only else ()
            return _page(visit, child_id, Say("feed.opened"), address, *reach, Say("feed.care", look="note"))
        case "stop":
            stopped = stop_feeds(visit, child_id)
            return _page(visit, child_id, Say("feed.stopped" if stopped else "feed.none"))
        case _:
            return Turn(Reply((Say("button_gone"),)), step)


def _page(visit: Visit, child_id: str, *before: Say | Quote) -> Turn:
    child = calendar_child(visit, child_id, "see")
    count = open_feeds(visit, child.id)
    works = _link_works(visit)
    explained = Say("feed.explained" if works else "feed.file_only")
    lines = before or (Say("feed.title", look="title"), explained)
    rows: list[tuple[Button, ...]] = [(button("button.ics", f"feed:file:{child.id}"),)]
    if works:
        rows.append(
            (button("button.feed", f"feed:open:{child.id}"), button("button.feed_named", f"feed:named:{child.id}"))
        )
    if count:
        lines = (*lines, Say("feed.count", {"count": count}, "note"))
        rows.append((button("button.feed_stop", f"feed:stop:{child.id}"),))
    rows.append((button("button.back", f"calendar:next:{child.id}"),))
    return Turn(Reply(lines, tuple(rows)), None, child_id=child.id)


def _file(visit: Visit, child_id: str) -> Turn:
    child = calendar_child(visit, child_id, "see")
    try:
        calendar = calendar_for(visit, child)
    except RecordFault as fault:
        return Turn(fault_reply(visit, child, fault))
    content = calendar_file(child, calendar, load_calendars(), visit.language, visit.now, named=False)
    row = (button("button.feed_more", f"feed:page:{child.id}"), button("button.back", f"calendar:next:{child.id}"))
    return Turn(Reply((Say("feed.file"),), (row,), attachment=Attachment(FILE_NAME, MEDIA_TYPE, content)))


def _link_works(visit: Visit) -> bool:
    """Whether a private address can be opened from where the visitor is."""
    return bool(visit.public_url) and (not visit.here_only or visit.channel in NEARBY)
