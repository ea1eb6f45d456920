"""What staff do with a home visit: assign, propose a time, call off, close, write the note. Who is told is agreed to first."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from fastapi import Response

from bot.admin.confirmation import Asked, agreed, ask, was_asked
from bot.admin.page_call import Call
from bot.admin.visit_list import agreed_visit, visit_desk_of
from bot.audit_log import note_change_by
from bot.errors import Refusal
from bot.events.home_visits import HomeVisit
from bot.events.visit_desk import VisitDesk, assign, call_off, close_visit, finish, nobody_home, propose
from bot.events.visit_states import Slot
from bot.outreach.foreseen import chats_told

MINUTES = 45


def assign_it(call: Call) -> Response:
    """Give it to a visitor; none chosen takes the best by area, language and load. Nobody is told yet."""
    chosen = call.form.get("visitor", "")
    with call.transaction() as session:
        desk = visit_desk_of(call, session)
        before = agreed_visit(desk, call)
        if before.slot is not None:
            raise Refusal("refused.visit_slot_held")
        after = assign(desk, before.id, chosen or None, elsewhere="elsewhere" in call.form)
        names = [one.visitor.name if one.visitor else "" for one in (before, after)]
        note_change_by(session, call.by, "visits.assign", after.id, {"visitor": names[0]}, {"visitor": names[1]})
    return call.go(f"/visits/{after.id}", "visit_assigned")


def propose_it(call: Call) -> Response:
    """Ask the family whether a time suits them."""
    form = {name: call.form.get(name, "").strip() for name in ("starts", "minutes", "version")}
    try:
        starts_at = datetime.fromisoformat(form["starts"]).replace(tzinfo=call.house.clock.zone)
    except ValueError as error:
        raise Refusal("refused.instant") from error
    minutes = int(form["minutes"]) if form["minutes"].isascii() and form["minutes"].isdigit() else MINUTES
    version = int(form["version"]) if form["version"].isascii() and form["version"].isdigit() else -1
    slot = Slot(starts_at, starts_at + timedelta(minutes=min(minutes, 24 * 60)))
    when = f"{starts_at:%Y-%m-%d %H:%M}–{slot.ends_at:%H:%M}"
    return _step(call, "propose", lambda desk, visit: propose(desk, visit.id, slot, version), when, form)


def call_off_it(call: Call) -> Response:
    """The visitor cannot come at that time."""
    return _step(call, "call-off", lambda desk, visit: call_off(desk, visit.id))


def close_it(call: Call) -> Response:
    """There will be no visit."""
    return _step(call, "close", lambda desk, visit: close_visit(desk, visit.id))


def finish_it(call: Call) -> Response:
    """The visit took place; the note is sealed, for staff alone, and does not go into the log of changes."""
    with call.transaction() as session:
        desk = visit_desk_of(call, session)
        visit = agreed_visit(desk, call)
        finish(desk, visit.id, call.form.get("note", ""), call.form.get("next_step", ""))
        note_change_by(session, call.by, "visits.finish", visit.id, {"state": visit.state}, {"state": "done"})
    return call.go(f"/visits/{visit.id}", "saved")


def missed_it(call: Call) -> Response:
    """The visitor came and nobody opened."""
    with call.transaction() as session:
        desk = visit_desk_of(call, session)
        visit = agreed_visit(desk, call)
        nobody_home(desk, visit.id)
        note_change_by(session, call.by, "visits.missed", visit.id, {"state": visit.state}, {"state": "missed"})
    return call.go(f"/visits/{visit.id}", "saved")


def _step(
    call: Call,
    name: str,
    step: Callable[[VisitDesk, HomeVisit], object],
    about: str = "",
    kept: Mapping[str, str] | None = None,
) -> Response:
    """Ask how many may be told, or carry the step out where so many were agreed to."""
    key = name.replace("-", "_")
    with call.transaction() as session:
        desk = visit_desk_of(call, session)
        visit = agreed_visit(desk, call)
        people = chats_told(session, call.now, lambda: step(desk, visit))
        if was_asked(call) and agreed(call, people):
            step(desk, visit)
            after = agreed_visit(desk, call)
            note_change_by(session, call.by, f"visits.{key}", visit.id, {"state": visit.state}, {"state": after.state})
            return call.go(f"/visits/{visit.id}", f"visit_{key}")
    if not about and visit.slot is not None:
        about = call.day(visit.slot.starts_at)
    path = f"/visits/{visit.id}"
    asked = Asked(
        title=f"home.{key}",
        lead=f"home.{key}_tells",
        button=f"home.{key}_agree",
        about=f"{call.family(visit.family_id)} · {visit.request.district} {about}",
        path=f"{path}/{name}",
        back=path,
        people=people,
        kept=kept or {},
        danger=key != "propose",
    )
    return ask(call, asked)
