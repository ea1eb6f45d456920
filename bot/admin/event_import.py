"""Many events at once, from a table or a calendar file: every fault by its row, then what would happen, then on agreement.

New events become drafts, whatever the file says; an event that is there keeps its status, unless the file cancels it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from fastapi import Response
from sqlmodel import Session

from bot.admin.confirmation import agreed, was_asked
from bot.admin.event_list import LONG_AGO, desk_of, local
from bot.admin.page_call import Call
from bot.audit_log import note_change_by
from bot.curation.problem_words import in_words
from bot.errors import Refusal
from bot.events.entries import Desk
from bot.events.event_file import MEDIA_TYPE, event_file, rows_of_file
from bot.events.event_rows import EventRow
from bot.events.event_table import COLUMNS, NEEDED, read_events, row_of_event, rows_of_table, table_of
from bot.events.events import EventDraft, event_by_code, events_from, hold_events, write_events
from bot.flow import FAMILY_ZONE
from bot.ical import NotACalendar
from bot.outreach.foreseen import chats_told
from knowledge.faults import Problem

MOST_AT_ONCE = 300
MOST_PROBLEMS = 100
_CALENDAR_BEGINS = "BEGIN:VCALENDAR"


@dataclass(frozen=True)
class Planned:
    """What becomes of one event of the file."""

    draft: EventDraft
    what: Literal["new", "changed", "same"]
    event_id: str
    starts: str


def import_page(call: Call) -> Response:
    """Where the file goes."""
    return _page(call, kept=call.form.get("table", ""))


def take_in(call: Call) -> Response:
    """Show what a file would do; carry it out once the number of those who are told was agreed to."""
    text = _text_sent(call)
    drafts, problems = _read(call, text)
    if problems:
        return _page(call, problems, kept=text)
    if not drafts:
        raise Refusal("refused.no_table")
    if len(drafts) > MOST_AT_ONCE:
        raise Refusal("refused.too_many_events", most=MOST_AT_ONCE)
    with call.transaction() as session:
        desk = desk_of(call, session)
        hold_events(session, [draft.code for draft in drafts])
        drafts = [_careful(session, draft) for draft in drafts]
        planned: list[Planned] = []
        people = chats_told(session, call.now, lambda: planned.extend(_write(call, desk, one) for one in drafts))
        if was_asked(call) and agreed(call, people):
            for draft in drafts:
                _carry_out(call, desk, draft)
            return call.go("/events", "events_imported")
    if was_asked(call):
        call.refused = call.w("confirm.more_now", people=people)
    return _page(call, kept=text, planned=planned, people=people)


def export_csv(call: Call) -> Response:
    """Events as a table that can be taken in again; `when=past` for all that ever were."""
    return _file(call, "events.csv", "text/csv; charset=utf-8", table_of(_exported(call)).encode())


def export_ics(call: Call) -> Response:
    """Events as a calendar file that can be taken in again."""
    return _file(call, "events.ics", MEDIA_TYPE, event_file(_exported(call), "zh", call.now, full=True))


def _text_sent(call: Call) -> str:
    if call.form.get("file_fault"):
        raise Refusal("refused.not_events")
    text = (call.form.get("file", "") or call.form.get("table", "")).strip()
    if not text:
        raise Refusal("refused.no_table")
    return text


def _read(call: Call, text: str) -> tuple[list[EventDraft], list[Problem]]:
    rows: Iterable[Mapping[str, str | None]]
    first_line = 2
    if text.startswith(_CALENDAR_BEGINS):
        first_line = 1
        try:
            rows = rows_of_file(text.encode())
        except NotACalendar as fault:
            raise Refusal("refused.not_calendar", fault=str(fault)) from fault
    else:
        rows = rows_of_table(text)
    topics = frozenset(call.house.desk.shipped.guide.topics)
    zone = getattr(call.house.clock.zone, "key", FAMILY_ZONE.key)
    return read_events(rows, zone, topics, "", first_line)


def _careful(session: Session, draft: EventDraft) -> EventDraft:
    """A file publishes nothing: what is new is a draft, what is there stays as it is or is cancelled."""
    if draft.status == "cancelled":
        return draft
    known = event_by_code(session, draft.code)
    return replace(draft, status="draft" if known is None else known.status)


def _write(call: Call, desk: Desk, draft: EventDraft) -> Planned:
    try:
        written = write_events(desk, [draft])
    except Refusal as refusal:
        raise Refusal("refused.event_row", code=draft.code, why=call.sentence(refusal)) from refusal
    for what, ids in (("new", written.added), ("changed", written.changed), ("same", written.same)):
        for event_id in ids:
            event = desk.session.get_one(EventRow, event_id)
            return Planned(draft, what, event_id, local(draft.starts_at, event))  # type: ignore[arg-type]
    message = f"{draft.code} was neither written nor found"
    raise AssertionError(message)


def _carry_out(call: Call, desk: Desk, draft: EventDraft) -> None:
    known = event_by_code(desk.session, draft.code)
    before = None if known is None else row_of_event(known)
    done = _write(call, desk, draft)
    if done.what != "same":
        after = row_of_event(desk.session.get_one(EventRow, done.event_id, populate_existing=True))
        note_change_by(desk.session, call.by, "events.import", done.event_id, before, after)


def _page(
    call: Call,
    problems: Sequence[Problem] = (),
    kept: str = "",
    planned: Sequence[Planned] = (),
    people: int = 0,
) -> Response:
    if problems:
        call.refused = call.w("refused.event_rows", count=len(problems))
    counts = {what: sum(one.what == what for one in planned) for what in ("new", "changed", "same")}
    return call.show(
        "event_import.html",
        problems=[_sentence(call, one, kept) for one in sorted(problems)[:MOST_PROBLEMS]],
        kept=kept,
        planned=planned,
        counts=counts,
        people=people,
        columns=", ".join(COLUMNS),
        needed=", ".join(NEEDED),
    )


def _sentence(call: Call, problem: Problem, text: str) -> str:
    words = in_words(problem.message, call.language)
    if not problem.line:
        return words
    key = "event.import_entry" if text.startswith(_CALENDAR_BEGINS) else "edit.line"
    return f"{call.w(key, line=problem.line)}: {words}"


def _exported(call: Call) -> list[EventRow]:
    with call.transaction() as session:
        return events_from(session, LONG_AGO if call.query.get("when") == "past" else call.now)


def _file(call: Call, name: str, media_type: str, content: bytes) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{call.today}-{name}"'}
    return Response(content, media_type=media_type, headers=headers)
