"""Records as files, as a conversation: take them along as CSV or JSON, and read such a table back in.

A table arrives as a file or pasted; it is shown back before anything is written.
"""

from bot.care.calendar_pages import how_say, next_page
from bot.care.calendar_reading import calendar_for
from bot.care.care_names import record_name
from bot.care.care_records import doses_of, visits_of
from bot.care.record_files import csv_file, json_file
from bot.care.record_import import ImportPlan, carry_out, planned
from bot.care.record_table import RecordTable, cut_table, text_of
from bot.care.record_values import Record
from bot.care.sealed_entries import calendar_child
from bot.errors import Refusal
from bot.families.child import Child, age_say
from bot.families.children import children_for
from bot.families.membership import memberships
from bot.families.roles import may
from bot.flow import GO_ON, Aside, Flow, Said, Step, Turn, Visit, button
from bot.messages import Attachment, Reply, Say
from knowledge.faults import RecordFault
from knowledge.load_calendars import load_calendars

NAME = "records"
MOST_SHOWN = 12
_YES = frozenset(
    {"对", "对的", "是", "是的", "好", "好的", "没错", "记下", "都对", "yes", "ok", "right", "correct", "save"}
)
_LEAVE = ((button("button.leave_it", "flow:off"),),)


def records_flow() -> Flow:
    """The flow as a value."""
    return Flow(NAME, press=_press, hear=_hear, ask=_ask)


def table_sent(sent: str | bytes) -> tuple[str, RecordTable]:
    """The text of what was sent, and its table.

    Raises: Refusal: it is no table of records of one child.
    """
    text = text_of(sent) if isinstance(sent, bytes) else sent
    table = cut_table(text)
    if len(table.children) > 1:
        raise Refusal("import.several")
    return text, table


def recordable(visit: Visit) -> list[Child]:
    """The children whose calendar is kept and for whom the visitor may record."""
    families = {one.family_id for one in memberships(visit) if may(one.role, "record")}
    return [child for child in children_for(visit, "calendar") if child.family_id in families]


def ask_whose(visit: Visit, text: str) -> Turn:
    """Which of several children the table is about."""
    rows = tuple(
        (
            button(
                "button.child_aged",
                f"records:to:{one.id}",
                nickname=one.nickname,
                age=age_say(one.born_on, visit.today),
            ),
        )
        for one in recordable(visit)
    )
    return Turn(Reply((Say("import.whose"),), (*rows, *_LEAVE)), Step(NAME, "whose", {"text": text}))


def show_back(visit: Visit, child_id: str, text: str) -> Turn:
    """What the table comes to for a child, before anything is written.

    Raises: Refusal: see `record_import.planned`.
    """
    child = calendar_child(visit, child_id, "record")
    _, table = table_sent(text)
    plan = planned(visit, child_id, table)
    lines = _plan_lines(visit, child, plan, "import.record" if table.counted == "record" else "import.line")
    if not plan.fresh:
        rows = ((button("button.records", f"calendar:records:{child.id}"),),)
        return Turn(Reply(tuple(lines), rows), None, child_id=child.id)
    lines.append(Say("dose.confirm"))
    row = (button("button.save_doses", "records:save"), *_LEAVE[0])
    step = Step(NAME, "confirm", {"child": child.id, "text": text})
    return Turn(Reply(tuple(lines), (row,)), step, child_id=child.id)


def _press(visit: Visit, step: Step | None, argument: str) -> Turn:
    verb, _, child_id = argument.partition(":")
    open_here = step is not None and step.flow == NAME
    match verb:
        case "csv" | "json":
            return _file(visit, child_id, verb)
        case "how":
            calendar_child(visit, child_id, "record")
            return Turn(Reply((Say("import.how"),), _LEAVE), Step(NAME, "waiting", {"child": child_id}))
        case "to" if open_here and step is not None and "text" in step.draft:
            return show_back(visit, child_id, step.draft["text"])
        case "save" if open_here and step is not None and step.name == "confirm":
            return _save(visit, step)
    return Turn(Reply((Say("button_gone"),)), step)


def _hear(visit: Visit, step: Step, said: Said) -> Turn | Aside:
    if step.name == "confirm" and said.text.strip(" 。.!！").lower() in _YES:
        return _save(visit, step)
    return Aside(step, GO_ON)


def _ask(visit: Visit, step: Step) -> Turn:
    if step.name == "confirm":
        return show_back(visit, step.draft["child"], step.draft["text"])
    if step.name == "whose":
        return ask_whose(visit, step.draft["text"])
    return Turn(Reply((Say("import.how"),), _LEAVE), step)


def _save(visit: Visit, step: Step) -> Turn:
    child = calendar_child(visit, step.draft["child"], "record")
    count = carry_out(visit, child.id, planned(visit, child.id, table_sent(step.draft["text"])[1]))
    told = Say("import.written", {"count": count, "nickname": child.nickname})
    row = (button("button.records", f"calendar:records:{child.id}"),)
    try:
        page = next_page(visit, child, calendar_for(visit, child), load_calendars(), told)
    except RecordFault:  # records from before: the calendar says what to mend
        return Turn(Reply((told,), (row,)), None, child_id=child.id)
    return Turn(Reply(page.lines, (row, *page.buttons)), None, child_id=child.id)


def _file(visit: Visit, child_id: str, kind: str) -> Turn:
    child = calendar_child(visit, child_id, "see")
    records: list[Record] = [*doses_of(visit, child_id), *visits_of(visit, child_id)]
    write = csv_file if kind == "csv" else json_file
    file: Attachment = write(records, load_calendars(), visit.language)
    back = ((button("button.back", f"calendar:next:{child.id}"),),)
    return Turn(Reply((Say("calendar.csv" if kind == "csv" else "calendar.json"),), back, attachment=file))


def _plan_lines(visit: Visit, child: Child, plan: ImportPlan, numbered: str) -> list[Say]:
    lines: list[Say] = []
    if plan.fresh:
        lines.append(Say("import.read", {"count": len(plan.fresh), "nickname": child.nickname}, "title"))
        lines += [_record_line(visit, row.record) for row in plan.fresh[:MOST_SHOWN]]
        lines += _more(len(plan.fresh))
    if plan.known:
        lines.append(Say("import.known", {"count": len(plan.known)}, "note"))
    if plan.passed:
        lines.append(Say("import.passed", {"count": len(plan.passed)}, "note"))
    if plan.refused:
        lines.append(Say("dose.not_read", look="title"))
        lines += [Say(numbered, {"line": row.line, "why": row.why}, "bullet") for row in plan.refused[:MOST_SHOWN]]
        lines += _more(len(plan.refused))
    return lines


def _record_line(visit: Visit, record: Record) -> Say:
    name = record_name(record, load_calendars(), visit.language)
    return Say("calendar.record_line", {"name": name, "what": how_say(record)}, "bullet")


def _more(count: int) -> list[Say]:
    return [Say("import.more", {"count": count - MOST_SHOWN}, "note")] if count > MOST_SHOWN else []
