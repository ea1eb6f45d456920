"""Home visits: who waits where, who goes and how much they have to do; one visit with what may be done now."""

from collections import Counter

from fastapi import Response
from sqlmodel import Session

from bot.admin.page_call import Call
from bot.audit_log import note_change_by
from bot.errors import Refusal
from bot.events.home_visits import HomeVisit
from bot.events.visit_desk import (
    MOST_NOTE_CHARACTERS,
    VisitDesk,
    ended_visits,
    moves_of,
    note_of,
    the_visit,
    waiting_visits,
    who_could_go,
)
from bot.events.visit_messages import agreed_to_events
from bot.events.visit_request import TONGUES
from bot.events.visit_states import OPEN, STATES
from bot.events.visitors import MOST_A_DAY, add_visitor, retire_visitor, the_visitor, visitors
from knowledge.districts import DISTRICTS

LISTED = 200
MOST_LOOKED_AT = 1000
"""Of visits that are over: the area that is asked for lies sealed in each."""


def list_page(call: Call) -> Response:
    """Newborns first, then who waits longest, or what ended last; by district and state."""
    state, district = call.query.get("state", ""), call.query.get("district", "")
    with call.reading() as session:
        desk = visit_desk_of(call, session)
        found = waiting_visits(desk)
        over = ended_visits(desk, state, MOST_LOOKED_AT) if state in {*STATES} - OPEN else None
        register = visitors(session)
    kept = [
        one
        for one in (found if over is None else over)
        if state in {"", one.visit.state} and district in {"", one.visit.request.district}
    ]
    waits = Counter(one.visit.request.district for one in found if one.visit.state in OPEN)
    loads = Counter(one.visit.visitor.id for one in found if one.visit.visitor and one.visit.state in OPEN)
    return call.show(
        "visits.html",
        visits=kept[:LISTED],
        waits=waits.most_common(),
        visitors=[(one, loads[one.id]) for one in register if one.active],
        states=STATES,
        districts=[zh for zh, _en in DISTRICTS],
        query={"state": state, "district": district},
    )


def visit_page(call: Call) -> Response:
    """One visit. Where to ring is shown once the family confirmed, and that it was looked at is noted."""
    with call.transaction() as session:
        desk = visit_desk_of(call, session)
        visit = agreed_visit(desk, call)
        could_go = who_could_go(desk, visit.id) if visit.state in OPEN else []
        elsewhere = [one for one in visitors(session) if one.active and one.id not in {c.visitor.id for c in could_go}]
        moves, note = moves_of(desk, visit.id), note_of(desk, visit.id)
        if visit.state == "confirmed" and visit.address:
            note_change_by(session, call.by, "visits.address", visit.id)
    return call.show(
        "visit.html",
        visit=visit,
        could_go=could_go,
        elsewhere=elsewhere,
        moves=moves,
        note=note,
        is_open=visit.state in OPEN,
        most=MOST_NOTE_CHARACTERS,
    )


def visitors_page(call: Call) -> Response:
    """The register of those who visit."""
    with call.reading() as session:
        register = visitors(session)
    return call.show("visitors.html", visitors=register, districts=DISTRICTS, tongues=TONGUES, most=MOST_A_DAY,
                     chosen=call.form_lists.get("district", ()), spoken=call.form_lists.get("tongue", ("zh",)))  # fmt: skip


def hire(call: Call) -> Response:
    """Add somebody who visits."""
    form, most = call.form, call.form.get("most_a_day", "")
    with call.transaction() as session:
        added = add_visitor(
            session,
            name=form.get("name", "")[:40],
            organisation=form.get("organisation", "")[:80],
            card=form.get("card", "")[:40],
            districts=tuple(call.form_lists.get("district", ())),
            streets=tuple(form.get("streets", "").replace("、", " ").split()),
            tongues=tuple(call.form_lists.get("tongue", ())),
            most_a_day=int(most) if most.isascii() and most.isdigit() and len(most) < 3 else 0,
            now=call.now,
        )
        note_change_by(session, call.by, "visits.hire", added.id, after={"name": added.name, "card": added.card})
    return call.go("/visitors", "saved")


def retire(call: Call) -> Response:
    """Somebody visits no more."""
    with call.transaction() as session:
        gone = the_visitor(session, call.path["visitor_id"])
        retire_visitor(session, gone.id)
        note_change_by(session, call.by, "visits.retire", gone.id, {"name": gone.name})
    return call.go("/visitors", "saved")


def visit_desk_of(call: Call, session: Session) -> VisitDesk:
    """The desk of the one who is signed in."""
    return VisitDesk(session, call.house.keys, call.now, call.house.clock.zone, call.staff.login if call.staff else "-")


def agreed_visit(desk: VisitDesk, call: Call) -> HomeVisit:
    """The visit that the address names.

    Raises: Refusal: there is none, or the family takes its consent back.
    """
    visit = the_visit(desk, call.path["visit_id"])
    if not agreed_to_events(desk.session, visit.family_id):
        raise Refusal("refused.visit_consent")
    return visit
