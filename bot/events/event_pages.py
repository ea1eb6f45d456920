"""What families see of events and of their entries: lines and buttons, no wording."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.events.entries import Entry
from bot.events.event_rows import EventRow
from bot.events.event_search import Listed
from bot.events.map_link import map_search
from bot.events.place_pages import distance_say
from bot.events.seat_claims import room_of, terms_of
from bot.events.seats import Why, why_closed
from bot.families.child import Child
from bot.flow import button
from bot.messages import Button, Quote, Reply, Say
from knowledge.districts import slug_of
from knowledge.topics import Language

NAME = "event"


def title_of(row: EventRow, language: Language) -> str:
    """The event's name; in Chinese where nobody wrote an English one."""
    return row.title_en if language == "en" and row.title_en else row.title_zh


def when_say(at: datetime, zone: str) -> Say:
    """Day, weekday and time on the clock of the place."""
    local = at.astimezone(ZoneInfo(zone))
    return Say(
        "event.when", {"day": local.date(), "weekday": Say(f"weekday.{local.weekday()}"), "time": f"{local:%H:%M}"}
    )


def places_say(row: EventRow) -> Say:
    """How many seats nobody has, or that there is a list."""
    room = room_of(row)
    if room.waiting:
        return Say("event.list_of", {"count": room.waiting})
    return Say("event.free", {"count": room.free}) if room.free else Say("event.full")


def fits_say(children: Sequence[Child]) -> Say:
    """For whose age a list was made."""
    names = tuple(Say("child.name", {"nickname": one.nickname}) for one in children)
    return Say("events.fits", {"names": names}, "note")


def list_line(number: int, listed: Listed, language: Language) -> Say:
    """One event in a list, with its distance where that was asked for."""
    row = listed.row
    line = _line(number, row, language)
    if not listed.measured:
        return line
    far = Say("events.distance_unknown") if listed.metres is None else distance_say(listed.metres)
    return Say("event.line_far", {"line": line, "distance": far}, "bullet")


def _line(number: int, row: EventRow, language: Language) -> Say:
    return Say(
        "event.line",
        {
            "number": number,
            "title": title_of(row, language),
            "when": when_say(row.starts_at, row.zone),
            "host": row.host,
            "from": row.months_from,
            "to": row.months_to,
            "spoken": Say(f"event.spoken_{row.language}"),
            "places": places_say(row),
        },
        "bullet",
    )


def list_row(number: int, row: EventRow) -> tuple[Button, ...]:
    """The buttons of one event in a list: one tap to a seat, one to its details."""
    room = room_of(row)
    wait = room.waiting > 0 or room.free == 0
    act = button("button.event_wait", f"event:wait:{row.id}", number=number)
    book = button("button.event_book", f"event:book:{row.id}", number=number)
    return (act if wait else book, button("button.event_card", f"event:card:{row.id}", number=number))


def detail_lines(row: EventRow, language: Language, now: datetime) -> list[Say | Quote]:
    """Everything that a family needs to know before it goes."""
    lines: list[Say | Quote] = [Quote(title_of(row, language), "title")]
    why = closed_say(row, now)
    if why is not None:
        lines.append(why)
    ends = f"{row.ends_at.astimezone(ZoneInfo(row.zone)):%H:%M}"
    lines.append(Say("event.time", {"when": when_say(row.starts_at, row.zone), "ends": ends}))
    lines.append(
        Say("event.where", {"host": row.host, "place": row.place, "district": Say(f"district.{slug_of(row.district)}")})
    )
    lines.append(Say("event.ages", {"from": row.months_from, "to": row.months_to}))
    lines.append(Say(f"event.spoken_{row.language}"))
    lines.append(Say("event.cost", {"yuan": row.cost_yuan}) if row.cost_yuan else Say("event.free_of_charge"))
    if row.bring:
        lines.append(Say("event.bring", {"things": row.bring}))
    if row.contact:
        lines.append(Say("event.contact", {"contact": row.contact}))
    map_url = row.map_url or map_search(row.district, row.place)
    lines.append(Say("event.map", {"link": map_url}))
    if row.picture_url:
        lines.append(Quote(row.picture_url, "note"))
    return lines


def card(row: EventRow, language: Language, now: datetime, mine: Entry | None) -> Reply:
    """One event. `mine`: the family's entry, None where it has none."""
    lines = detail_lines(row, language, now)
    others = (button("button.all_events", "event:list:0"),)
    share = button("button.event_share", f"event:share:{row.id}")
    if mine is not None:
        open_mine = button("button.event_mine", f"event:entry:{mine.id}")
        return Reply((*lines, places_say(row)), ((open_mine,), (share,)))
    if why_closed(terms_of(row), now) is not None:
        return Reply(tuple(lines), (others,))
    room = room_of(row)
    wait = room.waiting > 0 or room.free == 0
    act = button("button.join_list", f"event:wait:{row.id}") if wait else button("button.book", f"event:book:{row.id}")
    return Reply((*lines, places_say(row)), ((act, share), others))


def closed_say(row: EventRow, now: datetime) -> Say | None:
    """Why nobody can book it at this moment; None where one can, or where seats alone are wanting."""
    why: Why | None = why_closed(terms_of(row), now)
    if why is None:
        return None
    if why == "not_open" and row.opens_at is not None:
        return Say("event.no_not_open", {"when": when_say(row.opens_at, row.zone)}, "alert")
    over = why == "started" and now >= row.ends_at
    return Say("event.over" if over else f"event.no_{why}", look="alert")


def who_say(children: Sequence[Child], entry: Entry) -> Say:
    """Who comes: the children by nickname, and how many adults."""
    names = tuple(Say("child.name", {"nickname": one.nickname}) for one in children)
    who = names or (Say("event.children_count", {"count": entry.party.children}),)
    return Say("event.who", {"names": who, "adults": entry.party.adults})


def hold_page(row: EventRow, entry: Entry, children: Sequence[Child], others: bool, language: Language) -> Reply:  # noqa: FBT001 - one caller
    """Seats are kept; who comes can still be changed. `others`: other children fit too."""
    lines: list[Say | Quote] = [Quote(title_of(row, language), "title")]
    lines += [when_place(row), who_say(children, entry)]
    if entry.held_until is not None:
        until = f"{entry.held_until.astimezone(ZoneInfo(row.zone)):%H:%M}"
        lines.append(Say("booking.held", {"time": until}))
    rows: list[tuple[Button, ...]] = [(button("button.confirm_booking", f"event:yes:{entry.id}"),)]
    rows += party_rows(row, entry, others=others)
    rows.append((button("button.not_now", f"event:no:{entry.id}"),))
    return Reply(tuple(lines), tuple(rows))


def party_rows(row: EventRow, entry: Entry, *, others: bool) -> list[tuple[Button, ...]]:
    """Buttons that change who comes."""
    numbers = [count for count in range(1, row.most_adults + 1) if count != entry.party.adults][:4]
    adults = tuple(button("button.adults", f"event:adults:{entry.id}:{count}", count=count) for count in numbers)
    rows = [adults] if adults else []
    if others:
        rows.append((button("button.other_child", f"event:who:{entry.id}"),))
    return rows


def when_place(row: EventRow) -> Say:
    """When and where in one line."""
    return Say("event.when_where", {"when": when_say(row.starts_at, row.zone), "host": row.host, "place": row.place})


def entry_page(row: EventRow, entry: Entry, children: Sequence[Child], language: Language, now: datetime) -> Reply:
    """A family's own entry: what stands, and what can still be done."""
    lines: list[Say | Quote] = [Say(f"booking.is_{entry.state}", look="title"), *detail_lines(row, language, now)]
    lines.append(who_say(children, entry))
    rows: list[tuple[Button, ...]] = []
    if entry.state in {"confirmed", "waiting"} and now < row.starts_at:
        rows.append((button("button.change_party", f"event:change:{entry.id}"),))
        label = "button.cancel_booking" if entry.state == "confirmed" else "button.leave_list"
        rows.append((button(label, f"event:drop:{entry.id}"),))
    if entry.state == "confirmed":
        rows.insert(0, (button("button.pass", f"pass:{entry.id}"), button("button.event_ics", f"event:ics:{entry.id}")))
        rows.append((button("button.event_share", f"event:share:{row.id}"),))
    if entry.state in {"held", "offered"}:
        rows.append((button("button.confirm_booking", f"event:yes:{entry.id}"),))
        rows.append((button("button.not_now", f"event:no:{entry.id}"),))
    rows.append((button("button.my_bookings", "event:mine"), button("button.all_events", "event:list:0")))
    return Reply(tuple(lines), tuple(rows))
