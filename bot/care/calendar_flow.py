"""The calendar as a conversation: look, note what was done, booked or declined, take it back; doses typed in one go."""

import json
from collections.abc import Mapping
from datetime import date, timedelta

from bot.care.calendar_pages import (
    all_page,
    card_page,
    fault_reply,
    how_say,
    month_page,
    next_page,
    not_counted_say,
    records_page,
)
from bot.care.calendar_reading import calendar_for
from bot.care.care_names import record_name
from bot.care.care_records import check_dose, doses_of, note_dose, record_doses, record_visit, visits_of
from bot.care.care_rows import DoseRow, VisitRow
from bot.care.record_values import STANCES, DoseEntry, How, Record, twice
from bot.care.sealed_entries import calendar_child, undo_entry
from bot.errors import Refusal
from bot.families.child import SERVED_UNTIL_MONTHS, Child
from bot.families.membership import memberships
from bot.families.roles import may
from bot.flow import GO_ON, Aside, Flow, Said, Step, Turn, Visit, button
from bot.messages import Quote, Reply, Say, Value
from knowledge.child_age import add_months
from knowledge.dose_lines import DoseLine, UnreadLine, read_dose_lines
from knowledge.faults import RecordFault
from knowledge.load_calendars import Calendars, load_calendars
from knowledge.spoken_day import day_alone
from knowledge.vaccine_record import GivenDose

NAME = "calendar"
MOST_LINES = 40
_YES = frozenset(
    {"对", "对的", "是", "是的", "好", "好的", "没错", "记下", "都对", "yes", "ok", "right", "correct", "save"}
)
_VIEWS = {"next": next_page, "month": month_page, "all": all_page}


def calendar_flow() -> Flow:
    """The flow as a value."""
    return Flow(NAME, press=_press, hear=_hear, ask=_ask)


def open_calendar(visit: Visit, child_id: str) -> Turn:
    """The next three things of a child; speaks of this child from now on."""
    return _view(visit, "next", child_id)


def offer_doses(visit: Visit, child: Child, text: str) -> Turn | None:
    """Doses that were typed without being asked for, shown back; None where the text says anything else."""
    read = read_dose_lines(text, load_calendars().names, child.born_on, visit.today)
    return _show_back(visit, child, read) if any(isinstance(one, DoseLine) for one in read) else None


def _press(visit: Visit, step: Step | None, argument: str) -> Turn:
    verb, _, rest = argument.partition(":")
    parts = rest.split(":")
    if verb in _VIEWS:
        return _view(visit, verb, rest)
    if verb == "records":
        return _records(visit, rest)
    if verb == "record":
        calendar_child(visit, rest, "record")
        return Turn(_ask_lines(), Step(NAME, "lines", {"child": rest}))
    if verb == "save" and step is not None and step.flow == NAME and step.name == "confirm":
        return _save(visit, step)
    if verb == "undo" and len(parts) == 2:
        return _undo(visit, parts[0], parts[1])
    if len(parts) == 3 and parts[2].isascii() and parts[2].isdecimal():
        return _press_item(visit, verb, parts[0], parts[1], int(parts[2][:3]))
    return Turn(Reply((Say("button_gone"),)), step)


def _press_item(visit: Visit, verb: str, child_id: str, code: str, number: int) -> Turn:
    if verb == "card":
        return _card(visit, child_id, code, number)
    draft = {"child": child_id, "code": code, "number": str(number)}
    if verb == "today":
        return _note(visit, draft, "given", visit.today)
    for stance in STANCES:
        if verb == stance:
            return _note(visit, draft, stance, None)
    if verb in {"on", "booked"}:
        calendar_child(visit, child_id, "record")
        return _ask(visit, Step(NAME, verb, draft))
    return Turn(Reply((Say("button_gone"),)))


def _hear(visit: Visit, step: Step, said: Said) -> Turn | Aside:
    if step.name in {"lines", "confirm"}:
        if step.name == "confirm" and said.text.strip(" 。.!！").lower() in _YES:
            return _save(visit, step)
        child = calendar_child(visit, step.draft["child"], "record")
        read = read_dose_lines(said.text, load_calendars().names, child.born_on, visit.today)
        return _show_back(visit, child, read) if read and not said.danger_suspected else Aside(step, GO_ON)
    if step.name in {"on", "booked"}:
        child = calendar_child(visit, step.draft["child"], "record")
        past = step.name == "on"
        until = add_months(child.born_on, SERVED_UNTIL_MONTHS + 12)
        bounds = (child.born_on, visit.today) if past else (visit.today, max(until, visit.today + timedelta(days=366)))
        found = day_alone(said.text, *bounds, "past" if past else "future", child.born_on)
        if found is None:
            return Aside(step, GO_ON)
        if found.day is None:
            return Turn(_ask_day(step, Say("dose.day_unclear")), step)
        return _note(visit, step.draft, "given" if past else "booked", found.day, step)
    return Aside(step, GO_ON)


def _ask(visit: Visit, step: Step) -> Turn:
    if step.name in {"on", "booked"}:
        return Turn(_ask_day(step), step)
    if step.name == "confirm":
        child = calendar_child(visit, step.draft["child"], "record")
        read = tuple(DoseLine(code, date.fromisoformat(day)) for code, day in json.loads(step.draft["doses"]))
        return _show_back(visit, child, read)
    return Turn(_ask_lines(), step)


def _ask_lines() -> Reply:
    return Reply((Say("dose.ask_lines"), Say("dose.ask_lines_example", look="note")), _LEAVE)


def _ask_day(step: Step, *before: Say) -> Reply:
    key = "calendar.ask_done_on" if step.name == "on" else "calendar.ask_booked"
    return Reply((*before, Say(key)), _LEAVE)


def _view(visit: Visit, view: str, child_id: str, *before: Say | Quote) -> Turn:
    child = calendar_child(visit, child_id, "see")
    calendars = load_calendars()
    try:
        calendar = calendar_for(visit, child)
    except RecordFault as fault:
        return Turn(fault_reply(visit, child, fault), None, child_id=child.id)
    if view == "next":
        return Turn(next_page(visit, child, calendar, calendars, *before), None, child_id=child.id)
    return Turn(_VIEWS[view](visit, child, calendar, calendars), None, child_id=child.id)


def _card(visit: Visit, child_id: str, code: str, number: int) -> Turn:
    child = calendar_child(visit, child_id, "see")
    calendars = load_calendars()
    try:
        item = calendar_for(visit, child).item(code, number)
    except RecordFault as fault:
        return Turn(fault_reply(visit, child, fault))
    if item is None:
        return _view(visit, "next", child_id, Say("calendar.item_gone"))
    return Turn(card_page(visit, child, item, calendars, may_record=_may_record(visit, child)), None, child_id=child.id)


def _records(visit: Visit, child_id: str, *before: Say | Quote) -> Turn:
    child = calendar_child(visit, child_id, "see")
    doses, visits = doses_of(visit, child_id), visits_of(visit, child_id)
    page = records_page(visit, child, doses, visits, load_calendars(), *before, may_record=_may_record(visit, child))
    return Turn(page, None, child_id=child.id)


def _note(visit: Visit, noted: Mapping[str, str], how: How, on: date | None, step: Step | None = None) -> Turn:
    """Write down what was said about one item, and show the calendar with one tap to take it back."""
    child = calendar_child(visit, noted["child"], "record")
    calendars, code, number = load_calendars(), noted["code"], int(noted["number"])
    try:
        if code in calendars.checkups.codes:
            table, entry_id = "v", record_visit(visit, child.id, code, number, how, on, calendars.checkups)
        elif how == "given" and on is not None:
            table, entry_id = "d", record_doses(visit, child.id, [GivenDose(on, code)], calendars.schedule)[0]
        else:
            table, entry_id = "d", note_dose(visit, child.id, code, number, how, on, calendars.schedule)
    except RecordFault as fault:
        return Turn(fault_reply(visit, child, fault), step)
    except Refusal as refusal:
        if step is None or not refusal.phrase.startswith(("calendar.booked", "dose.")):
            raise
        return Turn(_ask_day(step, Say(refusal.phrase, refusal.values)), step)
    return _written(visit, child, [(table, entry_id)])


def _written(visit: Visit, child: Child, written: list[tuple[str, str]]) -> Turn:
    calendars = load_calendars()
    doses, visits = doses_of(visit, child.id), visits_of(visit, child.id)
    place = {entry_id: at for at, (_, entry_id) in enumerate(written)}
    every: list[Record] = [*doses, *visits]
    new = sorted((one for one in every if one.id in place), key=lambda one: place[one.id])
    if len(new) == 1:
        name = record_name(new[0], calendars, visit.language)
        noted = Say("calendar.written_one", {"name": name, "what": how_say(new[0])})
    else:
        names = tuple(Say("calendar.name", {"name": record_name(one, calendars, visit.language)}) for one in new)
        noted = Say("calendar.written", {"names": names})
    before: list[Say | Quote] = [noted]
    try:
        calendar = calendar_for(visit, child)
    except RecordFault as fault:
        return Turn(fault_reply(visit, child, fault), None, child_id=child.id)
    days = {(one.code, one.on) for one in new if isinstance(one, DoseEntry)}
    told = [one for one in calendar.not_counted if (one.code, one.on) in days]
    before += [not_counted_say(visit, one, calendars) for one in told]
    page = next_page(visit, child, calendar, calendars, *before)
    if len(written) == 1:
        undo = (button("button.undo", f"calendar:undo:{written[0][0]}:{written[0][1]}"),)
    else:
        undo = (button("button.undo_some", f"calendar:records:{child.id}"),)
    return Turn(Reply(page.lines, (undo, *page.buttons)), None, child_id=child.id)


def _undo(visit: Visit, table: str, entry_id: str) -> Turn:
    if table not in {"d", "v"}:
        return Turn(Reply((Say("button_gone"),)))
    child = undo_entry(visit, DoseRow if table == "d" else VisitRow, entry_id)
    return _view(visit, "next", child.id, Say("calendar.undone"))


def _show_back(visit: Visit, child: Child, read: "tuple[DoseLine | UnreadLine, ...]") -> Turn:
    """What was read, before anything is written; what was not, with what to do about it."""
    calendars = load_calendars()
    products = calendars.schedule.products
    known: set[tuple[str, date | None]] = {
        (one.code, one.on) for one in doses_of(visit, child.id) if one.how == "given"
    }
    good: list[DoseLine] = []
    bad: list[Say | Quote] = []
    for one in read[:MOST_LINES]:
        if isinstance(one, UnreadLine):
            bad.append(_unread_say(visit, one, calendars))
            continue
        try:
            check_dose(GivenDose(one.on, one.code), child, calendars.schedule, visit.today)
        except RecordFault as fault:
            bad.append(
                Quote(fault.zh if visit.language == "zh" else f"{fault.en[:1].upper()}{fault.en[1:]}.", "bullet")
            )
            continue
        before = twice(GivenDose(one.on, one.code), known, calendars.schedule)
        if before is not None:
            values: dict[str, Value] = {"name": products[before].name(visit.language), "day": one.on}
            bad.append(Say("dose.twice", values, "bullet"))
            continue
        known.add((one.code, one.on))
        good.append(one)
    lines: list[Say | Quote] = []
    if good:
        lines.append(Say("dose.read", {"nickname": child.nickname}, "title"))
        lines += [
            Say("dose.read_line", {"name": products[one.code].name(visit.language), "day": one.on}, "bullet")
            for one in good
        ]
    if bad:
        lines.append(Say("dose.not_read", look="title"))
        lines += bad
    again = button("button.type_again", f"calendar:record:{child.id}")
    if not good:
        return Turn(Reply(tuple(lines), ((again,), *_LEAVE)), Step(NAME, "lines", {"child": child.id}))
    draft = json.dumps([[one.code, one.on.isoformat()] for one in good])
    lines.append(Say("dose.confirm"))
    row = (button("button.save_doses", "calendar:save"), again)
    return Turn(Reply(tuple(lines), (row, *_LEAVE)), Step(NAME, "confirm", {"child": child.id, "doses": draft}))


def _save(visit: Visit, step: Step) -> Turn:
    child = calendar_child(visit, step.draft["child"], "record")
    doses = [GivenDose(date.fromisoformat(day), code) for code, day in json.loads(step.draft["doses"])]
    try:
        written = record_doses(visit, child.id, doses, load_calendars().schedule)
    except RecordFault as fault:
        return Turn(fault_reply(visit, child, fault))
    return _written(visit, child, [("d", entry_id) for entry_id in written])


def _unread_say(visit: Visit, one: UnreadLine, calendars: Calendars) -> Say:
    values: dict[str, Value] = {"words": one.words[:60]}
    if one.why == "which_vaccine":
        products = calendars.schedule.products
        values["names"] = tuple(
            Say("calendar.name", {"name": products[code].name(visit.language)}) for code in one.codes
        )
    return Say(f"unread.{one.why}", values, "bullet")


def _may_record(visit: Visit, child: Child) -> bool:
    return any(one.family_id == child.family_id and may(one.role, "record") for one in memberships(visit))


_LEAVE = ((button("button.leave_it", "flow:off"),),)
