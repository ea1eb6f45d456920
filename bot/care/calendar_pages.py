"""The pages of the calendar as replies: the next three, this month, everything, one item, the records."""

import re

from bot.care.care_names import numbered, record_name, visit_name
from bot.care.child_calendar import ChildCalendar, Item
from bot.care.record_values import DoseEntry, Record, VisitEntry
from bot.families.child import Child, age_say
from bot.flow import Visit, button
from bot.messages import Button, Quote, Reply, Say, Value
from knowledge.checkup_words import checkup_reason, visit_page
from knowledge.dose_history import NotCounted
from knowledge.faults import RecordFault
from knowledge.forecast_words import paragraph
from knowledge.load_calendars import Calendars

MOST_RECORDS_SHOWN = 12
MOST_BUTTON_ITEMS = 8
MOST_SOURCES_NAMED = 3

Line = Say | Quote
Rows = tuple[tuple[Button, ...], ...]

_CITED = re.compile(r"\s?\[([A-Za-z0-9_, -]+)\]")


def next_page(visit: Visit, child: Child, calendar: ChildCalendar, calendars: Calendars, *before: Line) -> Reply:
    """The next three things."""
    lines: list[Line] = [*before, _title(visit, child, "calendar.title_next")]
    if child.born_approximate:
        lines.append(Say("calendar.approximate", look="note"))
    if not calendar.done:
        lines.append(Say("calendar.nothing_yet", look="note"))
    shown: list[Line] = [item_line(visit, item, calendars) for item in calendar.next]
    if calendar.signs_place is not None:
        shown.insert(calendar.signs_place, Say("calendar.signs", look="bullet"))
    lines += shown
    if not shown:
        lines.append(Say("calendar.all_done"))
    return Reply(tuple(lines), (*_item_rows(visit, child, calendar.next, calendars, 1), *_foot(child, "next")))


def month_page(visit: Visit, child: Child, calendar: ChildCalendar, calendars: Calendars) -> Reply:
    """What belongs to this month."""
    items = calendar.this_month
    lines: list[Line] = [_title(visit, child, "calendar.title_month")]
    shown: list[Line] = [item_line(visit, item, calendars) for item in items]
    if calendar.signs_due:
        shown.append(Say("calendar.signs", look="bullet"))
    lines += shown or [Say("calendar.month_empty")]
    rows = _item_rows(visit, child, items[:MOST_BUTTON_ITEMS], calendars, 2)
    return Reply(tuple(lines), (*rows, *_foot(child, "month")))


def all_page(visit: Visit, child: Child, calendar: ChildCalendar, calendars: Calendars) -> Reply:
    """Everything to come and everything on record."""
    lines: list[Line] = [_title(visit, child, "calendar.title_all")]
    lines += [item_line(visit, item, calendars) for item in calendar.items] or [Say("calendar.all_done")]
    if calendar.done:
        lines.append(Say("calendar.done_title", look="title"))
        lines += [item_line(visit, item, calendars) for item in calendar.done]
    schedule = calendars.schedule
    for note in calendar.notes:
        told = paragraph((note,), visit.language, schedule.sentences, schedule.products)
        lines.append(Quote(_CITED.sub("", told), "note"))
    lines.append(Quote(schedule.title_zh if visit.language == "zh" else schedule.title_en, "note"))
    lines.append(Say("calendar.clinic_decides", look="note"))
    rows = _item_rows(visit, child, calendar.items[:MOST_BUTTON_ITEMS], calendars, 2)
    return Reply(tuple(lines), (*rows, *_foot(child, "all")))


def card_page(visit: Visit, child: Child, item: Item, calendars: Calendars, *, may_record: bool) -> Reply:
    """One dose or check-up: where it stands, why, and what can be noted."""
    state = Say("calendar.state", {"state": state_say(visit, item, calendars)})
    lines: list[Line] = [Quote(item_name(visit, item, calendars), "title"), state]
    lines += why_lines(visit, item, calendars)
    if item.kind == "visit":
        visits = {(one.code, one.n): one for one in calendars.checkups.visits}
        page = visit_page(visits[item.code, item.number], calendars.checkups, visit.language)
        lines += [Quote(line, "bullet") for line in page.splitlines()[1:-1]]
    lines.append(Say("calendar.clinic_decides" if item.kind == "dose" else "calendar.clinic_visit", look="note"))
    where = f"{child.id}:{item.code}:{item.number}"
    rows: list[tuple[Button, ...]] = []
    if may_record and item.forecast.status != "done":
        rows = [
            (button("button.done_today", f"calendar:today:{where}"), button("button.done_on", f"calendar:on:{where}")),
            (
                button("button.booked", f"calendar:booked:{where}"),
                button("button.unsure_done", f"calendar:unsure:{where}"),
            ),
            (
                button("button.declined", f"calendar:declined:{where}"),
                button("button.not_for_child", f"calendar:not_for_child:{where}"),
            ),
        ]
    return Reply(tuple(lines), (*rows, (button("button.back", f"calendar:next:{child.id}"),)))


def records_page(
    visit: Visit,
    child: Child,
    doses: list[DoseEntry],
    visits: list[VisitEntry],
    calendars: Calendars,
    *before: Line,
    may_record: bool,
) -> Reply:
    """What is on record, the latest day first, each with one tap to take it back."""
    lines: list[Line] = [*before, _title(visit, child, "calendar.title_records")]
    rows: list[tuple[Button, ...]] = []
    every: list[Record] = [*doses, *visits]
    recorded = sorted(every, key=lambda one: one.on or visit.today, reverse=True)
    for one in recorded:
        name = record_name(one, calendars, visit.language)
        lines.append(Say("calendar.record_line", {"name": name, "what": how_say(one)}, "bullet"))
        if may_record and len(rows) < MOST_RECORDS_SHOWN:
            table = "d" if isinstance(one, DoseEntry) else "v"
            rows.append((button("button.undo_one", f"calendar:undo:{table}:{one.id}", name=name, what=how_say(one)),))
    if not recorded:
        lines.append(Say("calendar.no_records"))
    else:
        rows.append(
            (button("button.csv", f"records:csv:{child.id}"), button("button.json", f"records:json:{child.id}"))
        )
    if may_record:
        rows.append(
            (
                button("button.record_lines", f"calendar:record:{child.id}"),
                button("button.import", f"records:how:{child.id}"),
            )
        )
    return Reply(tuple(lines), (*rows, (button("button.back", f"calendar:next:{child.id}"),)))


def item_line(visit: Visit, item: Item, calendars: Calendars) -> Say:
    """An item on one line: its name, and where it stands in words."""
    return Say(
        "calendar.line",
        {"name": item_name(visit, item, calendars), "state": state_say(visit, item, calendars)},
        "bullet",
    )


def item_name(visit: Visit, item: Item, calendars: Calendars) -> str:
    """What an item is called: a vaccine with the number of its dose, or a check-up."""
    if item.kind == "visit":
        return visit_name(item.code, item.number, calendars, visit.language)
    return numbered(calendars.schedule.products[item.code].name(visit.language), item.number, visit.language)


def state_say(visit: Visit, item: Item, calendars: Calendars) -> Say:
    """Where an item stands, in words."""
    row = item.forecast
    values: dict[str, Value] = {"day": item.on} if item.on is not None else {}
    if row.status == "done" and row.given_on is not None:
        product = calendars.schedule.products.get(row.via or "")
        if product is None:
            return Say("state.done", {"day": row.given_on})
        return Say("state.done_via", {"day": row.given_on, "via": product.name(visit.language)})
    if item.noted == "booked" and item.on is not None:
        return Say("state.booked" if item.on >= visit.today else "state.booked_passed", values)
    if item.noted is not None and item.noted != "booked":
        return Say(f"state.{item.noted}")
    if item.kind == "visit" and item.booked and row.status != "overdue":
        return Say("state.booked", values)
    if row.status == "hold" or item.on is None:
        return Say("state.hold")
    if row.status == "overdue" and item.kind == "dose" and row.overdue_from_on is not None:
        return Say("state.dose_overdue", {"day": row.overdue_from_on})
    return Say(f"state.{item.kind}_{row.status}", values)


def how_say(entry: Record) -> Say:
    """What was noted, in words."""
    if entry.on is not None:
        return Say("state.booked" if entry.how == "booked" else "state.done", {"day": entry.on})
    return Say(f"state.{entry.how}")


def why_lines(visit: Visit, item: Item, calendars: Calendars) -> list[Line]:
    """Why the day is this day, and what that rests on."""
    if item.kind == "visit":
        told = checkup_reason(item.forecast.reasons, calendars.checkups, visit.language)
    else:
        schedule = calendars.schedule
        told = paragraph(item.forecast.reasons, visit.language, schedule.sentences, schedule.products)
    ids = [one.strip() for cited in _CITED.findall(told) for one in cited.split(",")]
    titles = list(
        dict.fromkeys(calendars.sources[one].title(visit.language) for one in ids if one in calendars.sources)
    )
    lines: list[Line] = [Say("calendar.why", {"why": _CITED.sub("", told)})]
    if titles:
        shown = ("；" if visit.language == "zh" else "; ").join(titles[:MOST_SOURCES_NAMED])
        lines.append(Say("answer.sources", {"titles": shown}, "source"))
    return lines


def not_counted_say(visit: Visit, one: NotCounted, calendars: Calendars) -> Say:
    """That a dose on record does not count, and what to do."""
    name = calendars.schedule.products[one.code].name(visit.language)
    values: dict[str, Value] = {"name": name, "day": one.on}
    if one.why == "early" and one.earliest_on is not None:
        return Say("dose.too_early", {**values, "earliest": one.earliest_on}, "note")
    return Say("dose.not_counted", values, "note")


def fault_reply(visit: Visit, child: Child, fault: RecordFault) -> Reply:
    """What is on record, or was typed, cannot be true: what it is, and where to mend it."""
    told = Quote(fault.zh if visit.language == "zh" else f"{fault.en[:1].upper()}{fault.en[1:]}.")
    row = (button("button.records", f"calendar:records:{child.id}"), button("button.back", f"calendar:next:{child.id}"))
    return Reply((told,), (row,))


def _title(visit: Visit, child: Child, key: str) -> Say:
    return Say(key, {"nickname": child.nickname, "age": age_say(child.born_on, visit.today)}, "title")


def _item_rows(visit: Visit, child: Child, items: tuple[Item, ...], calendars: Calendars, wide: int) -> Rows:
    buttons = [
        Button(Quote(item_name(visit, item, calendars)), f"calendar:card:{child.id}:{item.code}:{item.number}")
        for item in items
    ]
    return tuple(tuple(buttons[at : at + wide]) for at in range(0, len(buttons), wide))


def _foot(child: Child, shown: str) -> Rows:
    views = [
        button(f"button.view_{view}", f"calendar:{view}:{child.id}")
        for view in ("next", "month", "all")
        if view != shown
    ]
    record = button("button.record_lines", f"calendar:record:{child.id}")
    growth = button("button.growth", f"growth:open:{child.id}")
    signs = button("button.milestones", f"milestones:open:{child.id}")
    taken_along = button("button.feed_more", f"feed:page:{child.id}")
    return (
        tuple(views),
        (record, button("button.records", f"calendar:records:{child.id}")),
        (growth, signs, taken_along),
    )
