"""The staff's side of home visits: whose turn it is, who goes, when, and what was written afterwards.

Staff see the area, the reasons and the child's age; the address only once the family confirmed. The caller has checked
that the person may do this; `VisitDesk.by` is the name that the move is noted under.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlmodel import Session, col, func, select

from bot.errors import Refusal
from bot.events.home_visits import HomeVisit, opened
from bot.events.visit_messages import families_agreeing_to_events, tell_family, withdraw_messages
from bot.events.visit_request import Candidate, candidates, is_newborn, serves, urgency
from bot.events.visit_rows import HomeVisitMoveRow, HomeVisitRow, VisitorRow
from bot.events.visit_slots import FREED, hold_slot, moved
from bot.events.visit_states import OPEN, Move, Slot, lapses_at
from bot.events.visitors import the_visitor, visitor_of
from bot.families.family_rows import ChildRow
from bot.sealing import Keyring, place_of

MOST_NOTE_CHARACTERS = 2000


@dataclass(frozen=True)
class VisitDesk:
    """A member of the staff at work. `now`: UTC; `zone`: where the families' clocks stand."""

    session: Session
    keys: Keyring
    now: datetime
    zone: tzinfo
    by: str

    @property
    def today(self) -> date:
        """The families' calendar day."""
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True)
class Listed:
    """A visit in the staff's list with how old the child is. `age_days` counts from the birth date on the child's card."""

    visit: HomeVisit
    age_days: int
    newborn: bool


def waiting_visits(desk: VisitDesk, *, only_open: bool = True) -> list[Listed]:
    """The visits whose families agree to events: newborns first, then who waits longest."""
    statement = _with_birth_dates()
    found = _listed(desk, statement.where(col(HomeVisitRow.state).in_(OPEN)) if only_open else statement)
    return [one for _, _, one in sorted(found, key=lambda one: one[:2])]


def ended_visits(desk: VisitDesk, state: str, most: int) -> list[Listed]:
    """The visits that ended in this state, those that moved last first, of families that agree to events."""
    of_state = _with_birth_dates().where(col(HomeVisitRow.state) == state)
    newest = of_state.order_by(col(HomeVisitRow.changed_at).desc(), col(HomeVisitRow.id)).limit(most)
    return [one for _, _, one in _listed(desk, newest)]


def _with_birth_dates() -> Any:
    statement = select(HomeVisitRow, ChildRow.born_on).join(ChildRow, col(ChildRow.id) == col(HomeVisitRow.child_id))
    return statement.where(col(HomeVisitRow.family_id).in_(families_agreeing_to_events()))


def _listed(desk: VisitDesk, statement: Any) -> list[tuple[tuple[int, int, datetime], str, Listed]]:
    """Each with how urgent it is and its id. Sealed fields are opened for these rows alone."""
    register = {row.id: visitor_of(row) for row in desk.session.exec(select(VisitorRow)).all()}
    found = []
    for row, sealed in desk.session.exec(statement).all():
        born_on = _born_on(desk, row.child_id, sealed)
        visit = opened(desk.session, desk.keys, row, register)
        listed = Listed(visit, (desk.today - born_on).days, is_newborn(born_on, desk.today))
        found.append((urgency(born_on, desk.today, row.asked_at), row.id, listed))
    return found


def the_visit(desk: VisitDesk, visit_id: str) -> HomeVisit:
    """One visit.

    Raises: Refusal: there is no such visit.
    """
    return opened(desk.session, desk.keys, _row(desk, visit_id))


def who_could_go(desk: VisitDesk, visit_id: str) -> list[Candidate]:
    """The visitors of the area, the best first.

    Raises: Refusal: there is no such visit.
    """
    visit = the_visit(desk, visit_id)
    statement = (
        select(HomeVisitRow.visitor_id, func.count())
        .where(col(HomeVisitRow.state).in_(OPEN), col(HomeVisitRow.visitor_id).is_not(None))
        .group_by(col(HomeVisitRow.visitor_id))
    )
    loads = {str(visitor_id): count for visitor_id, count in desk.session.exec(statement).all()}
    rows = desk.session.exec(select(VisitorRow)).all()
    return candidates(visit.request, [(visitor_of(row), loads.get(row.id, 0)) for row in rows])


def assign(desk: VisitDesk, visit_id: str, visitor: str | None = None, *, elsewhere: bool = False) -> HomeVisit:
    """Give a visit to a visitor (id or name); None for the best that `who_could_go` finds.

    `elsewhere`: also someone who does not serve the area.
    Raises: Refusal: nobody serves the area, the visitor is not known or serves other areas, or the visit moved on.
    """
    row = _row(desk, visit_id)
    request = opened(desk.session, desk.keys, row).request
    if visitor is None:
        found = who_could_go(desk, visit_id)
        if not found:
            raise Refusal("visit.nobody", district=request.district)
        chosen = found[0].visitor
    else:
        chosen = the_visitor(desk.session, visitor)
        if not chosen.active or (not elsewhere and not serves(chosen, request)):
            raise Refusal("visit.other_area", name=chosen.name, district=request.district)
    return _moved(desk, row, "assign", visitor_id=chosen.id, **FREED)


def propose(desk: VisitDesk, visit_id: str, slot: Slot, version: int | None = None) -> HomeVisit:
    """Propose a slot to the family, which holds it until they answer. `version`: what the proposer saw, None for now.

    Raises: Refusal: see `visit_slots.hold_slot`.
    """
    row = _row(desk, visit_id)
    held = hold_slot(
        desk.session, desk.keys, row, row.version if version is None else version, slot, desk.by, desk.now, desk.zone
    )
    withdraw_messages(desk.session, row, "moved", desk.now)
    tell_family(desk.session, desk.keys, held, desk.now)
    return opened(desk.session, desk.keys, held)


def call_off(desk: VisitDesk, visit_id: str) -> HomeVisit:
    """The visitor cannot come: the slot is free, the visit waits for another, and the family is told at once.

    Raises: Refusal: no slot is held.
    """
    row = _row(desk, visit_id)
    move: Move = "lapse" if row.state == "proposed" else "give_back"
    return _moved(desk, row, move, tell=True, **FREED)


def close_visit(desk: VisitDesk, visit_id: str) -> HomeVisit:
    """There will be no visit (nobody reached, moved away, done otherwise); the family is told.

    Raises: Refusal: it is over already.
    """
    return _moved(desk, _row(desk, visit_id), "close", tell=True, address=None, **FREED)


def finish(desk: VisitDesk, visit_id: str, note: str, next_step: str) -> HomeVisit:
    """The visit took place: what was seen and what comes next, sealed, for staff alone.

    Raises: Refusal: it was not confirmed or has not begun, or the texts are empty or too long.
    """
    row = _row(desk, visit_id)
    plain, following = note.strip(), next_step.strip()
    if not plain or not following or len(plain) + len(following) > MOST_NOTE_CHARACTERS:
        raise Refusal("visit.note_odd", most=MOST_NOTE_CHARACTERS)
    _begun(desk, row)
    sealed = desk.keys.seal(f"{plain}\n-> {following}", place_of("home_visit", row.id, "note"))
    return _moved(desk, row, "finish", note=sealed)


def nobody_home(desk: VisitDesk, visit_id: str) -> HomeVisit:
    """The visitor came and nobody opened.

    Raises: Refusal: the visit was not confirmed or has not begun.
    """
    row = _row(desk, visit_id)
    _begun(desk, row)
    return _moved(desk, row, "miss")


def note_of(desk: VisitDesk, visit_id: str) -> str | None:
    """What was written after the visit; None for nothing yet.

    Raises: Refusal: there is no such visit.
    """
    row = _row(desk, visit_id)
    return None if row.note is None else desk.keys.open(row.note, place_of("home_visit", row.id, "note"))


def moves_of(desk: VisitDesk, visit_id: str) -> list[HomeVisitMoveRow]:
    """Who moved the visit on, the first first."""
    statement = select(HomeVisitMoveRow).where(col(HomeVisitMoveRow.visit_id) == visit_id)
    return list(desk.session.exec(statement.order_by(col(HomeVisitMoveRow.id))).all())


def lapse_proposals(desk: VisitDesk) -> int:
    """Give back the slots of proposals that nobody answered in time; the family is told. Returns how many."""
    rows = desk.session.exec(select(HomeVisitRow).where(col(HomeVisitRow.state) == "proposed")).all()
    lapsed = 0
    for row in rows:
        visit = opened(desk.session, desk.keys, row)
        if visit.slot is not None and desk.now >= lapses_at(row.changed_at, visit.slot):
            _moved(desk, row, "lapse", tell=True, **FREED)
            lapsed += 1
    return lapsed


def _moved(desk: VisitDesk, row: HomeVisitRow, move: Move, *, tell: bool = False, **values: Any) -> HomeVisit:
    was = opened(desk.session, desk.keys, row).slot
    after_it = moved(desk.session, row, row.version, move, desk.by, desk.now, **values)
    withdraw_messages(desk.session, row, "moved", desk.now)
    if tell:
        tell_family(desk.session, desk.keys, after_it, desk.now, was=was)
    return opened(desk.session, desk.keys, after_it)


def _row(desk: VisitDesk, visit_id: str) -> HomeVisitRow:
    row = desk.session.get(HomeVisitRow, visit_id)
    if row is None:
        raise Refusal("visit.gone")
    return row


def _begun(desk: VisitDesk, row: HomeVisitRow) -> None:
    if row.state == "confirmed" and row.starts_at is not None and desk.now < row.starts_at - timedelta(minutes=15):
        raise Refusal("visit.not_yet")


def _born_on(desk: VisitDesk, child_id: str, sealed: str) -> date:
    return date.fromisoformat(desk.keys.open(sealed, place_of("child", child_id, "born_on")).removeprefix("~"))
