"""Answers to nudges, and what a family wants to hear about, as a conversation: every button stands for itself.

To stop is one tap and asks nothing. What a family answers feeds the records: done, later, settled, not my child.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot.care.calendar_pages import fault_reply, item_name
from bot.care.care_records import record_doses, record_visit
from bot.care.care_rows import NudgeAnswerRow
from bot.care.child_calendar import Item
from bot.care.nudge_plan import HANDBOOK, planned
from bot.care.nudge_reading import calendar_on, read_files
from bot.care.nudge_words import stopped_reply
from bot.care.plan_nudges import plan_children, setup_for, situations_of
from bot.care.sealed_entries import calendar_child, write_entry
from bot.families.change_log import note_change
from bot.families.children import children_shared, the_child
from bot.families.membership import require
from bot.families.roles import may
from bot.flow import Flow, Step, Turn, Visit, button
from bot.messages import Button, Reply, Say
from bot.outreach.muting import (
    EVERYTHING,
    TOPICS,
    choices_of,
    choose_topic,
    resume,
    resume_child,
    stop_child,
    stop_everything,
)
from knowledge.faults import RecordFault
from knowledge.load_calendars import load_calendars
from knowledge.load_nudges import load_nudges
from knowledge.nudge_rules import ABOUTS
from knowledge.vaccine_record import GivenDose

NAME = "nudge"
_GONE = Reply((Say("button_gone"),))


def nudge_flow() -> Flow:
    """The flow as a value; it has no open steps."""
    return Flow(NAME, press=_press)


def begin_nudges(visit: Visit) -> Turn:
    """/nudges: what the visitor hears about, and one tap to change it."""
    return Turn(settings_page(visit))


def stop_all(visit: Visit) -> Turn:
    """停, STOP, 退订: nothing more is sent to this chat unasked, at once."""
    stop_everything(visit.session, visit.chat_key, visit.now)
    _plan(visit, [child.id for child in children_shared(visit)])
    rows = ((button("button.nudges_again", "nudge:resume_all"), button("button.only_some", "nudge:settings")),)
    return Turn(Reply((Say("nudges.all_stopped"),), rows))


def settings_page(visit: Visit, *before: Say) -> Reply:
    """Topic by topic and child by child, what is sent and what is not."""
    children = children_shared(visit)
    chosen = choices_of(visit.session, [(visit.chat_key, None), *((visit.chat_key, one.id) for one in children)])
    of_chat = chosen[visit.chat_key, None]
    lines = [*before, Say("nudges.title", look="title")]
    if of_chat.stopped_because(None, EVERYTHING) is not None:
        lines.append(Say("nudges.all_stopped_now"))
        return Reply(tuple(lines), ((button("button.nudges_again", "nudge:resume_all"),),))
    lines.append(Say("nudges.intro"))
    rows: list[tuple[Button, ...]] = []
    for topic in TOPICS:
        on = of_chat.stopped_because(None, topic) is None
        name = Say(f"topic.{topic}")
        lines.append(Say("nudges.topic_on" if on else "nudges.topic_off", {"topic": name}, "bullet"))
        verb = "off" if on else "on"
        rows.append((button(f"button.topic_{verb}", f"nudge:{verb}:{topic}", topic=name),))
    for child in children:
        is_stopped = chosen[visit.chat_key, child.id].stopped_because(child.id, EVERYTHING) is not None
        if is_stopped:
            lines.append(Say("nudges.child_off", {"nickname": child.nickname}, "bullet"))
        key, verb = ("button.child_on", "resume") if is_stopped else ("button.child_off", "stop")
        rows.append((button(key, f"nudge:{verb}:{child.id}", nickname=child.nickname),))
    rows.append((button("button.stop_all", "nudge:stop_all"),))
    return Reply(tuple(lines), tuple(rows))


def _press(visit: Visit, step: Step | None, argument: str) -> Turn:
    verb, _, rest = argument.partition(":")
    parts = rest.split(":")
    match verb:
        case "settings":
            return Turn(settings_page(visit), step)
        case "on" | "off" if rest in TOPICS:
            return _topic(visit, rest, wanted=verb == "on")
        case "stop_all":
            return stop_all(visit)
        case "resume_all":
            resume(visit.session, visit.chat_key, visit.now)
            _plan(visit, [child.id for child in children_shared(visit)])
            return Turn(settings_page(visit, Say("nudges.resumed")))
        case "stop":
            return _stop_child(visit, rest)
        case "resume":
            return _resume_child(visit, rest)
        case "not_mine":
            return _not_mine(visit, rest)
        case "have":
            write_entry(visit, NudgeAnswerRow, rest, _answer(HANDBOOK, 1, None), "nudge_answered")
            return Turn(Reply((Say("nudges.noted"),)))
        case "later" if len(parts) == 3:
            return _later(visit, *parts)
        case "all_today" if len(parts) == 3:
            return _all_today(visit, *parts)
        case _:
            return Turn(_GONE, step)


def _topic(visit: Visit, topic: str, *, wanted: bool) -> Turn:
    choose_topic(visit.session, visit.chat_key, topic, visit.now, wanted=wanted)
    _plan(visit, [child.id for child in children_shared(visit)])
    key = "nudges.topic_on_now" if wanted else "nudges.topic_off_now"
    return Turn(settings_page(visit, Say(key, {"topic": Say(f"topic.{topic}")})))


def _stop_child(visit: Visit, child_id: str) -> Turn:
    """A guardian stops for everybody who looks after the child, anybody else for themselves."""
    child = the_child(visit, child_id, "see")
    role = require(visit, child.family_id, "see").role
    for_all = may(role, "consent")
    stop_child(visit.session, None if for_all else visit.chat_key, child.id, visit.now)
    if for_all:
        note_change(visit, child.family_id, "nudges_stopped", child.id)
    _plan(visit, [child.id])
    return Turn(stopped_reply(child, for_all=for_all, may_erase=may(role, "erase")))


def _resume_child(visit: Visit, child_id: str) -> Turn:
    child = the_child(visit, child_id, "see")
    if may(require(visit, child.family_id, "see").role, "consent"):
        resume_child(visit.session, None, child.id, visit.now)
        note_change(visit, child.family_id, "nudges_resumed", child.id)
    resume_child(visit.session, visit.chat_key, child.id, visit.now)
    _plan(visit, [child.id])
    choices = choices_of(visit.session, [(visit.chat_key, child.id)])[visit.chat_key, child.id]
    if choices.stopped_because(child.id, EVERYTHING) is not None:
        return Turn(Reply((Say("nudges.guardian_stopped"),)))
    return Turn(Reply((Say("nudges.child_resumed", {"nickname": child.nickname}),)))


def _not_mine(visit: Visit, child_id: str) -> Turn:
    """Whoever looks after another child is not written to about this one; leaving the family is offered."""
    child = the_child(visit, child_id, "see")
    stop_child(visit.session, visit.chat_key, child.id, visit.now)
    _plan(visit, [child.id])
    rows = ((button("button.nudges_again", f"nudge:resume:{child.id}"), button("button.people", "share:people")),)
    return Turn(Reply((Say("nudges.not_mine", {"nickname": child.nickname}),), rows))


def _later(visit: Visit, child_id: str, about: str, version: str) -> Turn:
    """Ask again in two weeks, about everything that the nudge spoke of."""
    child = calendar_child(visit, child_id, "record")
    until = visit.today + timedelta(days=load_nudges().rules.snooze_days)
    if about in {"handbook", "newborn_visit"}:
        write_entry(visit, NudgeAnswerRow, child.id, _answer(about, 1, until), "nudge_answered")
    else:
        items = _items(visit, child.id, about, version)
        if not items:
            return Turn(Reply((Say("nudges.nothing_left"),), (_calendar_row(child.id),)))
        for item in items:
            write_entry(visit, NudgeAnswerRow, child.id, _answer(item.code, item.number, until), "nudge_answered")
    return Turn(Reply((Say("nudges.later", {"day": until}),), (_calendar_row(child.id),)))


def _all_today(visit: Visit, child_id: str, about: str, version: str) -> Turn:
    """Everything that the nudge spoke of and is still open was done today."""
    child = calendar_child(visit, child_id, "record")
    calendars, items = load_calendars(), _items(visit, child.id, about, version)
    if not items:
        return Turn(Reply((Say("nudges.nothing_left"),), (_calendar_row(child.id),)))
    try:
        doses = [GivenDose(visit.today, item.code) for item in items if item.kind == "dose"]
        record_doses(visit, child.id, doses, calendars.schedule)
        for item in items:
            if item.kind == "visit":
                record_visit(visit, child.id, item.code, item.number, "given", visit.today, calendars.checkups)
    except RecordFault as fault:
        return Turn(fault_reply(visit, child, fault))
    names = tuple(Say("calendar.name", {"name": item_name(visit, item, calendars)}) for item in items)
    rows = ((button("button.undo_some", f"calendar:records:{child.id}"),), _calendar_row(child.id))
    return Turn(Reply((Say("calendar.written", {"names": names}),), rows), None, child_id=child.id)


def _items(visit: Visit, child_id: str, about: str, version: str) -> tuple[Item, ...]:
    """What a nudge speaks of now: the items of its rule and day that are still open."""
    if about not in ABOUTS or not (version.isascii() and version.isdigit() and len(version) == 8):
        return ()
    try:
        counted_from = datetime.strptime(version, "%Y%m%d").date()  # noqa: DTZ007 - a calendar day
    except ValueError:
        return ()
    setup = setup_for(visit.zone)
    file = read_files(visit.session, visit.keys, [child_id], visit.day_of).get(child_id)
    if file is None:
        return ()
    chosen = choices_of(visit.session, [(one.chat_key, child_id) for one in file.on_file.caring])
    situation = situations_of(file, calendar_on(file, setup.calendars, visit.today), chosen, setup).get(
        visit.chat_key, "left"
    )
    if isinstance(situation, str):
        return ()
    nudges = planned(situation, setup.nudging.rules, visit.today)
    items = {
        (item.code, item.number): item
        for nudge in nudges
        if nudge.about == about and nudge.version == counted_from
        for item in nudge.items
    }
    return tuple(items.values())


def _answer(code: str, number: int, until: date | None) -> dict[str, object]:
    return {"code": code, "number": number, "until": None if until is None else until.isoformat()}


def _calendar_row(child_id: str) -> tuple[Button, ...]:
    return (button("button.calendar", f"calendar:next:{child_id}"),)


def _plan(visit: Visit, child_ids: Sequence[str]) -> None:
    """What was chosen holds in the outbox at once."""
    plan_children(visit.session, visit.keys, child_ids, setup_for(visit.zone), visit.now)
