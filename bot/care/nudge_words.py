"""What a nudge says: lines with the reason, and buttons that answer it. Short, kind, and never "missed".

The words follow the day they are read on: what was planned for the morning and left the next day does not say "today".
"""

from datetime import date

from bot.care.calendar_pages import item_line, item_name
from bot.care.child_calendar import Item
from bot.care.clinic_days import holiday_name
from bot.care.nudge_plan import Nudge
from bot.families.child import Child, age_say
from bot.flow import Visit, button
from bot.messages import Button, Quote, Reply, Say, Value
from bot.outreach.composing import Part
from knowledge.child_age import add_months, age_between
from knowledge.load_calendars import Calendars
from knowledge.packs import Card

MOST_NAMED = 6
"""More items than these are counted, not listed."""

MOST_ITEM_BUTTONS = 4
WHERE_TOPIC, VISIT_TOPIC, OPTIONAL_TOPIC = "vaccine.where-record", "checkup.newborn-visit", "vaccine.optional"

Rows = tuple[tuple[Button, ...], ...]
Lines = tuple[Say | Quote, ...]


def nudge_part(visit: Visit, child: Child, nudge: Nudge, calendars: Calendars) -> Part:
    """The nudge for one child as part of a message."""
    match nudge.about:
        case "backlog":
            return Part(_listed(visit, child, nudge, calendars, "nudge.backlog"), _backlog_rows(child, nudge))
        case "again":
            return Part(
                _listed(visit, child, nudge, calendars, "nudge.again"), _item_rows(visit, child, nudge, calendars)
            )
        case "handbook":
            lines = (_say("nudge.handbook", child), Say("nudge.because_month", look="note"))
            return Part(lines, _handbook_rows(child, nudge))
        case "newborn_visit":
            key = "nudge.newborn_ask" if nudge.offset <= 3 else "nudge.newborn_came"
            lines = (_say(key, child), Say("nudge.because_newborn", look="note"))
            return Part(lines, _newborn_rows(child, nudge))
        case "offer":
            lines = (
                _say("nudge.offer", child, day=_closes(nudge.items[0])),
                Say("nudge.because_offer", look="note"),
            )
            return Part(lines, _offer_rows(child, nudge))
        case _:
            return Part(_dated(visit, child, nudge, calendars), _item_rows(visit, child, nudge, calendars))


def card_part(visit: Visit, child: Child, nudge: Nudge, card: Card) -> Part:
    """The card of the week."""
    lines = (
        Quote(card.text(visit.language)),
        _say("nudge.because_week", child, "note", week=nudge.card),
    )
    more = Button(Say("button.card_more"), f"t:{card.topic_id}")
    return Part(lines, ((more, button("button.no_cards", "nudge:off:cards")),))


def stopped_reply(child: Child, *, for_all: bool, may_erase: bool) -> Reply:
    """Everything about a child has stopped. Nothing is asked, nobody is cheered up."""
    lines = (
        _say("nudge.stopped_all" if for_all else "nudge.stopped_mine", child),
        Say("nudge.stopped_kept", look="note"),
    )
    rows: list[tuple[Button, ...]] = [(button("button.nudges_again", f"nudge:resume:{child.id}"),)]
    if may_erase:
        rows.append((button("button.erase_one", f"child:erase:{child.id}", nickname=child.nickname),))
    return Reply(lines, tuple(rows))


def _dated(visit: Visit, child: Child, nudge: Nudge, calendars: Calendars) -> Lines:
    """A dose, a check-up, a booked day, the end of a short time: what, when, why, and whether the clinic is open."""
    day, today = nudge.version, visit.today
    names = tuple(Say("calendar.name", {"name": _name(visit, item, calendars)}) for item in nudge.items[:MOST_NAMED])
    when = "before" if day > today else "today" if day == today else "after"
    kind = nudge.about if nudge.about in {"closing", "booked", "visit"} else "dose"
    key = "nudge.closing" if kind == "closing" else f"nudge.{kind}_{when}"
    lines: list[Say | Quote] = [_say(key, child, names=names, day=day)]
    lines.append(_because(child, nudge))
    named = day if when == "before" and kind != "closing" else today
    holiday = holiday_name(named, visit.language)
    if holiday is not None and when != "after":
        values: dict[str, Value] = {"holiday": holiday, "day": named}
        lines.append(Say("nudge.holiday_today" if named == today else "nudge.holiday_day", values, "note"))
    if nudge.last:
        lines.append(Say("nudge.last", look="note"))
    return tuple(lines)


def _because(child: Child, nudge: Nudge) -> Say:
    """The reason, in one short sentence."""
    if nudge.about == "booked":
        return Say("nudge.because_booked", look="note")
    if nudge.about == "closing":
        return Say("nudge.because_closing", look="note")
    days = {item.on for item in nudge.items}
    on = days.pop() if len(days) == 1 else nudge.version
    age = age_between(child.born_on, on) if on is not None else None
    whole_months = on is not None and age is not None and age.months > 0 and add_months(child.born_on, age.months) == on
    if on is not None and (whole_months or nudge.about == "visit"):
        return _say("nudge.because_age", child, "note", day=on, age=age_say(child.born_on, on))
    if any(item.number > 1 for item in nudge.items):
        return Say("nudge.because_interval", look="note")
    return Say("nudge.because_calendar", look="note")


def _listed(visit: Visit, child: Child, nudge: Nudge, calendars: Calendars, key: str) -> Lines:
    lines: list[Say | Quote] = [_say(key, child)]
    lines += [item_line(visit, item, calendars) for item in nudge.items[:MOST_NAMED]]
    if len(nudge.items) > MOST_NAMED:
        lines.append(Say("nudge.and_more", {"count": len(nudge.items) - MOST_NAMED}, "note"))
    if nudge.about == "backlog":
        lines.append(Say("nudge.no_record", look="note"))
        lines.append(_say("nudge.because_joined" if nudge.offset == 1 else "nudge.because_open", child, "note"))
    else:
        lines.append(Say("nudge.because_asked", look="note"))
    if nudge.last:
        lines.append(Say("nudge.last", look="note"))
    return tuple(lines)


def _item_rows(visit: Visit, child: Child, nudge: Nudge, calendars: Calendars) -> Rows:
    """One item is answered at once; of several each opens, and what was all done on one trip is one tap."""
    began = all(_open(item) for item in nudge.items)
    whole = f"{child.id}:{nudge.about}:{nudge.version:%Y%m%d}"
    rows: list[tuple[Button, ...]] = []
    if len(nudge.items) == 1:
        where = f"{child.id}:{nudge.items[0].code}:{nudge.items[0].number}"
        if began:
            rows.append(
                (
                    button("button.done_today", f"calendar:today:{where}"),
                    button("button.done_on", f"calendar:on:{where}"),
                )
            )
        declined = button("button.declined", f"calendar:declined:{where}")
        if nudge.about == "booked":
            rows.append((button("button.other_day", f"calendar:booked:{where}"), declined))
        else:
            later = button("button.later", f"nudge:later:{whole}")
            rows.append((button("button.booked", f"calendar:booked:{where}"), later))
            rows.append((declined, button("button.why", f"calendar:card:{where}")))
        return (*rows, _foot(child))
    named = [
        Button(
            Quote(_name(visit, item, calendars)),
            f"calendar:card:{child.id}:{item.code}:{item.number}",
        )
        for item in nudge.items[:MOST_ITEM_BUTTONS]
    ]
    rows += [tuple(named[at : at + 2]) for at in range(0, len(named), 2)]
    more = button("button.calendar", f"calendar:next:{child.id}")
    if began:
        rows.append((button("button.all_done_today", f"nudge:all_today:{whole}"), more))
    last = [] if nudge.about == "booked" else [button("button.later", f"nudge:later:{whole}")]
    rows.append(tuple(last if began else [*last, more]))
    return (*(row for row in rows if row), _foot(child))


def _backlog_rows(child: Child, nudge: Nudge) -> Rows:
    whole = f"{child.id}:{nudge.about}:{nudge.version:%Y%m%d}"
    return (
        (
            button("button.record_lines", f"calendar:record:{child.id}"),
            button("button.calendar", f"calendar:next:{child.id}"),
        ),
        (button("button.later", f"nudge:later:{whole}"), button("button.want_cards", "nudge:on:cards")),
        _foot(child),
    )


def _handbook_rows(child: Child, nudge: Nudge) -> Rows:
    whole = f"{child.id}:{nudge.about}:{nudge.version:%Y%m%d}"
    return (
        (button("button.have_it", f"nudge:have:{child.id}"), button("button.where", f"t:{WHERE_TOPIC}")),
        (button("button.later", f"nudge:later:{whole}"),),
        _foot(child),
    )


def _newborn_rows(child: Child, nudge: Nudge) -> Rows:
    where = f"{child.id}:{nudge.items[0].code}:{nudge.items[0].number}"
    whole = f"{child.id}:{nudge.about}:{nudge.version:%Y%m%d}"
    return (
        (button("button.came_today", f"calendar:today:{where}"), button("button.came_on", f"calendar:on:{where}")),
        (button("button.booked", f"calendar:booked:{where}"), button("button.nobody_came", f"t:{VISIT_TOPIC}")),
        (button("button.later", f"nudge:later:{whole}"),),
        _foot(child),
    )


def _offer_rows(child: Child, nudge: Nudge) -> Rows:
    item = nudge.items[0]
    return (
        (
            button("button.card_more", f"t:{OPTIONAL_TOPIC}"),
            button("button.record_lines", f"calendar:record:{child.id}"),
        ),
        (button("button.declined", f"calendar:declined:{child.id}:{item.code}:{item.number}"),),
        _foot(child),
    )


def _foot(child: Child) -> tuple[Button, ...]:
    """What is below every nudge: this is not my child, and one tap that stops everything."""
    return (
        button("button.not_my_child", f"nudge:not_mine:{child.id}"),
        button("button.stop_nudges", f"nudge:stop:{child.id}"),
    )


def _open(item: Item) -> bool:
    return item.forecast.status not in {"upcoming", "hold"}


def _closes(item: Item) -> date:
    return item.forecast.latest_on or item.on or date.max


def _name(visit: Visit, item: Item, calendars: Calendars) -> str:
    return item_name(visit, item, calendars)


def _say(key: str, child: Child, look: str = "plain", **values: Value) -> Say:
    return Say(key, {"nickname": child.nickname, **values}, look)  # type: ignore[arg-type]
