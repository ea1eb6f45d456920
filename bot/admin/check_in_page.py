"""The door of an event on a telephone: the camera or the typed code, walk-ins, the list for when there is no network.

The camera needs a script of our own; these pages alone allow one (`Page.camera`). Without camera or script the code is
typed, and everything works.
"""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Response
from sqlmodel import Session

from bot.admin.page_call import Call
from bot.audit_log import note_change_by
from bot.conversation.phrases import phrase
from bot.errors import Refusal
from bot.events.door import (
    AlreadyIn,
    Doorkeeper,
    LetIn,
    NotIn,
    OtherEvent,
    Outcome,
    admit,
    attendance,
    attendance_of,
    walk_in,
)
from bot.events.door_list import as_csv, attendance_table, door_list, table_csv, take_in
from bot.events.entries import Desk
from bot.events.event_questions import what_was_said
from bot.events.event_rows import EventRow
from bot.events.events import events_from

SHOWN_BEFORE, SHOWN_AFTER = timedelta(days=7), timedelta(days=14)
MOST_DOOR_CHARACTERS = 20
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def events_page(call: Call) -> Response:
    """The events around today, each with its door."""
    with call.reading() as session:
        near = events_from(session, call.now - SHOWN_BEFORE, call.now + SHOWN_AFTER)
        rows = [row for row in near if row.status != "draft"]
        inside = attendance_of(_desk(call, session), rows)
        events = [{"row": row, "inside": inside[row.id]} for row in rows]
    return call.show("doors.html", events=events)


def door_page(call: Call) -> Response:
    """One event's door."""
    return _door(call)


def let_in(call: Call) -> Response:
    """Somebody shows a code. Sending the same again changes nothing and says so."""
    with call.transaction() as session:
        outcome = admit(_desk(call, session), call.path["event_id"], call.form.get("code", ""), _keeper(call))
    return _door(call, **_told(call, outcome))


def let_walk_in(call: Call) -> Response:
    """A party without a booking; `party` is the page's own number for it, so that a double tap counts once."""
    numbers = [call.form.get(name, "") for name in ("children", "adults")]
    children, adults = (int(text) if text.isascii() and text.isdecimal() and len(text) < 3 else -1 for text in numbers)
    with call.transaction() as session:
        key = f"p{call.form.get('party', '')[:30]}"
        outcome = walk_in(_desk(call, session), call.path["event_id"], key, children, adults, _keeper(call))
    return _door(call, **_told(call, outcome))


def take_list(call: Call) -> Response:
    """A list that was filled in without a network: all of it, or with a fault nothing."""
    text = call.form.get("list", "")
    try:
        with call.transaction() as session:
            told = take_in(_desk(call, session), call.path["event_id"], text, _keeper(call))
            counts = {"let_in": told.let_in, "already": told.already}
            note_change_by(session, call.by, "door.list", call.path["event_id"], after=counts)
    except Refusal as refusal:
        return _door(call, result=phrase(refusal.phrase, call.language, refusal.values), good=False, kept=text)
    return _door(call, result=call.w("door.told_list", **counts), good=True)


def printed_list(call: Call) -> Response:
    """The list on paper."""
    with call.transaction() as session:
        event = _event(session, call)
        if event is None:
            return call.show("told.html", 404, sentence=call.w("door.no_event"))
        lines = door_list(_desk(call, session), event.id)
        note_change_by(session, call.by, "door.printed", event.id)
    return call.show("door_list.html", event=event, starts=_local(event, call), lines=lines)


def list_file(call: Call) -> Response:
    """The list as a file to fill in."""
    return _file(call, "list", "text/csv; charset=utf-8", lambda desk, event: as_csv(door_list(desk, event.id)))


def attendance_csv_file(call: Call) -> Response:
    """Who came, as CSV."""

    def made(desk: Desk, event: EventRow) -> bytes:
        heading, *rows = attendance_table(desk, event.id)
        return table_csv(tuple(str(name) for name in heading), [tuple(row) for row in rows])

    return _file(call, "attendance", "text/csv; charset=utf-8", made)


def attendance_xlsx_file(call: Call) -> Response:
    """Who came, as XLSX."""
    from bot.events.attendance_file import attendance_xlsx  # openpyxl takes 15 MB: only who asks for the file pays

    return _file(
        call,
        "attendance",
        SPREADSHEET,
        lambda desk, event: attendance_xlsx(event.title_zh, attendance_table(desk, event.id)),
        ending="xlsx",
    )


def _door(call: Call, *, result: str = "", good: bool = True, kept: str = "") -> Response:
    with call.reading() as session:
        event = _event(session, call)
        if event is None:
            return call.show("told.html", 404, sentence=call.w("door.no_event"))
        desk = _desk(call, session)
        inside, said = attendance(desk, event.id), what_was_said(session, event.id)
    return call.show(
        "door.html",
        event=event,
        starts=_local(event, call),
        inside=inside,
        answers=[one for one in said if one.counts is not None],
        result=result,
        good=good,
        kept=kept,
        door=_keeper(call).door,
        party=f"{call.now.timestamp():.6f}",
    )


def _told(call: Call, outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case LetIn(children=children, adults=adults, over=over):
            key = "door.over" if over else "door.let_in"
            return {"result": call.w(key, children=children, adults=adults), "good": not over}
        case AlreadyIn(at=at, by=by, door=door):
            return {"result": call.w("door.already", at=call.day(at), by=by, door=door), "good": False}
        case OtherEvent(title=title, starts_at=starts_at):
            return {"result": call.w("door.other", title=title, at=call.day(starts_at)), "good": False}
        case NotIn(why=why):
            return {"result": call.w(f"door.no.{why}"), "good": False}


def _file(call: Call, name: str, media_type: str, made: Any, ending: str = "csv") -> Response:
    with call.transaction() as session:
        event = _event(session, call)
        if event is None:
            return call.show("told.html", 404, sentence=call.w("door.no_event"))
        content: bytes = made(_desk(call, session), event)
        note_change_by(session, call.by, f"door.{name}_file", event.id)
    file_name = f"qihui-{name}-{event.id}.{ending}"
    return Response(
        content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{file_name}"'}
    )


def _desk(call: Call, session: Session) -> Desk:
    return Desk(session, call.house.keys, call.now)


def _keeper(call: Call) -> Doorkeeper:
    door = " ".join(call.form.get("door", "").split())[:MOST_DOOR_CHARACTERS]
    return Doorkeeper(call.person.name, door or call.person.login)


def _event(session: Session, call: Call) -> EventRow | None:
    event = session.get(EventRow, call.path["event_id"])
    return None if event is None or event.status == "draft" else event


def _local(event: EventRow, _call: Call) -> str:
    return f"{event.starts_at.astimezone(ZoneInfo(event.zone)):%Y-%m-%d %H:%M}"
