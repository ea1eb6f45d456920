"""What organisers do with an event: write it down, publish, move, cancel, resize. Who is told is counted and agreed to first."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Response

from bot.admin.confirmation import Asked, agreed, ask, was_asked
from bot.admin.event_list import desk_of, listed, local, the_event
from bot.admin.page_call import Call
from bot.audit_log import note_change_by
from bot.curation.problem_words import in_words
from bot.errors import Refusal
from bot.events.event_rows import EventRow
from bot.events.event_table import COLUMNS, MOST_SEATS, read_events, row_of_event
from bot.events.events import (
    KINDS,
    SPOKEN_IN,
    EventDraft,
    add_event,
    cancel_event,
    event_by_code,
    move,
    publish,
    resize,
    write_events,
)
from bot.flow import FAMILY_ZONE
from bot.outreach.foreseen import chats_told
from knowledge.districts import DISTRICTS
from knowledge.faults import Problem

FIELDS: tuple[tuple[str, str, bool], ...] = (
    ("title_zh", "text", True), ("title_en", "text", False), ("kind", "choice", True), ("host", "text", True),
    ("district", "choice", True), ("street", "text", False), ("place", "text", True), ("map_url", "text", False),
    ("starts", "datetime-local", True), ("ends", "datetime-local", True),
    ("months_from", "number", True), ("months_to", "number", True), ("language", "choice", True),
    ("capacity", "number", True), ("seat_for", "choice", True), ("adult_capacity", "number", False),
    ("most_children", "number", True), ("most_adults", "number", True),
    ("opens", "datetime-local", False), ("closes", "datetime-local", False), ("reconfirm", "choice", True),
    ("cost_yuan", "number", False), ("bring", "text", False), ("contact", "text", False), ("picture_url", "text", False),
    ("topics", "text", False), ("series", "text", False), ("code", "text", False), ("repeat", "text", False),
)  # fmt: skip
"""The form in its order: column of the table, kind of field, whether it must be filled in."""

HINTED = frozenset({"code", "repeat", "topics", "adult_capacity", "reconfirm", "opens", "closes", "seat_for"})
CHOICES: dict[str, tuple[str, ...]] = {
    "kind": KINDS, "district": tuple(zh for zh, _ in DISTRICTS), "language": SPOKEN_IN, "seat_for": ("child", "person"),
    "reconfirm": ("no", "yes"),
}  # fmt: skip
SETTLED = frozenset({"starts", "ends", "place", "map_url", "capacity", "adult_capacity", "seat_for", "code", "repeat"})
"""Not changed on the page of details: moving and resizing have pages of their own, the rest stays as it was."""

FRESH = {
    "kind": "station", "language": "zh", "seat_for": "child", "most_children": "2", "most_adults": "2", "cost_yuan": "0",
    "months_from": "0", "months_to": "36", "reconfirm": "no",
}  # fmt: skip


def new_page(call: Call) -> Response:
    """An empty form, or what was filled in."""
    return _form(call, {**FRESH, **call.form}, None)


def add(call: Call) -> Response:
    """Write a new event down as a draft; a rule of repetition makes several."""
    row = {name: call.form.get(name, "").strip() for name, _, _ in FIELDS}
    drafts, problems = _read(call, {**row, "code": row["code"] or _fresh_code(row["starts"]), "status": "draft"})
    if problems:
        return _form(call, row, None, problems)
    with call.transaction() as session:
        for draft in drafts:
            if event_by_code(session, draft.code) is not None:
                raise Refusal("refused.event_code", code=draft.code)
        ids = [add_event(desk_of(call, session), draft) for draft in drafts]
        for event_id, draft in zip(ids, drafts, strict=True):
            note_change_by(
                session, call.by, "events.add", event_id, after={"title": draft.title_zh, "code": draft.code}
            )
    return call.go(f"/events/{ids[0]}", "event_added")


def edit_page(call: Call) -> Response:
    """The details of an event."""
    with call.transaction() as session:
        event = the_event(session, call)
    return _form(call, {**row_of_event(event), **call.form}, event)


def edit(call: Call) -> Response:
    """Change details that nobody has to be told of."""
    with call.transaction() as session:
        event = the_event(session, call)
        before = row_of_event(event)
        row = before | {n: call.form[n].strip() for n, _, _ in FIELDS if n in call.form and n not in SETTLED}
        drafts, problems = _read(call, row)
        if not problems:
            draft = replace(drafts[0], **{name: getattr(event, name) for name in _KEPT})
            write_events(desk_of(call, session), [draft])
            session.refresh(event)
            note_change_by(session, call.by, "events.edit", event.id, before, row_of_event(event))
    return _form(call, row, event, problems) if problems else call.go(f"/events/{event.id}", "saved")


def publish_event(call: Call) -> Response:
    """Let families see and book it; nobody is written to."""
    with call.transaction() as session:
        event = the_event(session, call)
        before = event.status
        publish(desk_of(call, session), event.id)
        note_change_by(session, call.by, "events.publish", event.id, {"status": before}, {"status": "published"})
    return call.go(f"/events/{event.id}", "event_published")


def cancel_page(call: Call) -> Response:
    """How many would be told."""
    return _step(call, "cancel", lambda desk, event: cancel_event(desk, event.id), danger=True)


cancel_it = cancel_page
"""The same: the form that agrees carries it out."""


def move_page(call: Call) -> Response:
    """Where to and when."""
    with call.reading() as session:
        event = the_event(session, call)
    shown = row_of_event(event)
    values = {name: call.form.get(name, shown[name].replace(" ", "T") if name in {"starts", "ends"} else shown[name])
              for name in ("starts", "ends", "place", "map_url")}  # fmt: skip
    return call.show("event_move.html", event=event, values=values)


def move_it(call: Call) -> Response:
    """Move it, once the number of those who are told was agreed to."""
    form = {name: call.form.get(name, "").strip() for name in ("starts", "ends", "place", "map_url")}
    with call.transaction() as session:
        event = the_event(session, call)
    starts_at, ends_at = (_instant(form[name], event.zone) for name in ("starts", "ends"))
    if not starts_at < ends_at <= starts_at + timedelta(days=3):
        raise Refusal("refused.event_ends")
    if not form["place"]:
        raise Refusal("refused.event_place")
    if form["map_url"] and not form["map_url"].startswith("https://"):
        raise Refusal("refused.event_map")
    facts = (
        (call.w("event.from"), f"{local(event.starts_at, event)} · {event.place}"),
        (call.w("event.to"), f"{local(starts_at, event)} · {form['place']}"),
    )
    return _step(
        call, "move", lambda desk, event: move(desk, event.id, starts_at, ends_at, form["place"], form["map_url"]), form, facts
    )  # fmt: skip


def resize_page(call: Call) -> Response:
    """How many places from now on."""
    with call.reading() as session:
        event = the_event(session, call)
    return call.show("event_resize.html", event=event, most=MOST_SEATS)


def resize_it(call: Call) -> Response:
    """Give it another size, once the number of those who get an offer was agreed to."""
    form = {name: call.form.get(name, "").strip() for name in ("capacity", "adult_capacity")}
    if not _is_size(form["capacity"]) or (form["adult_capacity"] and not _is_size(form["adult_capacity"])):
        raise Refusal("refused.event_size", most=MOST_SEATS)
    adults = int(form["adult_capacity"]) if form["adult_capacity"] else None
    with call.transaction() as session:
        event = the_event(session, call)
    facts = (
        (call.w("event.from"), str(event.capacity)),
        (call.w("event.to"), form["capacity"]),
        (call.w("event.over"), str(max(0, event.taken - int(form["capacity"])))),
    )
    return _step(call, "resize", lambda desk, event: resize(desk, event.id, int(form["capacity"]), adults), form, facts)


def _step(
    call: Call,
    name: str,
    step: Callable[[Any, EventRow], object],
    kept: Mapping[str, str] | None = None,
    facts: tuple[tuple[str, str], ...] = (),
    *,
    danger: bool = False,
) -> Response:
    """Ask how many may be told, or carry the step out where so many were agreed to."""
    with call.transaction() as session:
        event, desk = the_event(session, call), desk_of(call, session)
        people = chats_told(session, call.now, lambda: step(desk, event))
        event = the_event(session, call)
        if was_asked(call) and agreed(call, people):
            before = row_of_event(event)
            step(desk, event)
            session.refresh(event)
            note_change_by(session, call.by, f"events.{name}", event.id, before, row_of_event(event))
            return call.go(f"/events/{event.id}", f"event_{name}")
        about = f"{event.title_zh} · {listed(event, call.now).starts}"
    path = f"/events/{event.id}"
    asked = Asked(
        title=f"event.{name}",
        lead=f"event.{name}_tells",
        button=f"event.{name}_agree",
        about=about,
        path=f"{path}/{name}",
        back=path,
        people=people,
        kept=kept or {},
        facts=facts,
        danger=danger,
    )
    return ask(call, asked)


def _form(
    call: Call, values: Mapping[str, str], event: EventRow | None, problems: list[Problem] | None = None
) -> Response:
    if problems:
        call.refused = call.w("refused.event_form", count=len(problems))
    settled = SETTLED if event is not None else frozenset()
    fields = [(name, kind, needed) for name, kind, needed in FIELDS if name not in settled]
    shown = {
        name: (v.replace(" ", "T") if k == "datetime-local" else v)
        for name, k, _ in fields
        for v in [values.get(name, "")]
    }
    return call.show(
        "event_form.html",
        event=event,
        fields=fields,
        values=shown,
        choices=CHOICES,
        hinted=HINTED,
        problems=[_sentence(call, problem) for problem in problems or []],
        topics=call.house.desk.shipped.guide.topics.values(),
    )


def _sentence(call: Call, problem: Problem) -> str:
    """What is wrong with a field, by the name that stands beside it."""
    sentence = in_words(problem.message, call.language)
    return re.sub(r"^“?([a-z_]+)", lambda m: call.w(f"event_field.{m[1]}") if m[1] in COLUMNS else m[0], sentence)


def _read(call: Call, row: Mapping[str, str]) -> tuple[list[EventDraft], list[Problem]]:
    topics = frozenset(call.house.desk.shipped.guide.topics)
    return read_events([row], getattr(call.house.clock.zone, "key", FAMILY_ZONE.key), topics, "")


def _fresh_code(starts: str) -> str:
    return f"{starts[:10]}-{secrets.token_hex(2)}"


def _instant(written: str, zone: str) -> datetime:
    try:
        return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(zone))
    except ValueError as error:
        raise Refusal("refused.instant") from error


def _is_size(written: str) -> bool:
    return written.isascii() and written.isdigit() and len(written) < 6 and 1 <= int(written) <= MOST_SEATS


_KEPT = ("starts_at", "ends_at", "place", "map_url", "capacity", "adult_capacity", "seat_for", "status", "code")
