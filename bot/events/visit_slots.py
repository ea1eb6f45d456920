"""Every move of a home visit goes through here: one winner for two who move at once, and no slot held twice.

A move is a compare-and-swap on state and version. A slot is claimed under a lock of the visitor and then of the family
(always in this order, so that nobody waits in a circle), with PostgreSQL's exclusion constraints behind it. SQLite has
neither: there the whole transaction is BEGIN IMMEDIATE, so that nobody else writes between the look and the claim.
"""

import secrets
from datetime import datetime, tzinfo
from typing import Any, cast

from sqlalchemy import or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from bot.errors import Refusal
from bot.events.visit_rows import HomeVisitMoveRow, HomeVisitRow, VisitorRow
from bot.events.visit_states import HOLDING, Move, Slot, State, after, slot_fault
from bot.families.family_rows import FamilyRow
from bot.sealing import Keyring, place_of

CODE_DIGITS = 4
FREED: dict[str, Any] = {"starts_at": None, "ends_at": None, "busy_until": None, "code": None}
"""What a visit that holds no slot has."""


def moved(
    session: Session, row: HomeVisitRow, version: int, move: Move, by: str, now: datetime, **values: Any
) -> HomeVisitRow:
    """Move a visit on and note who did. `version`: the one that the mover saw.

    Raises: Refusal: the visit is elsewhere by now; the phrase says where.
    """
    state = cast("State", row.state)
    reached = after(state, move)
    if reached is None or row.version != version:
        raise _elsewhere(row)
    statement = (
        update(HomeVisitRow)
        .where(col(HomeVisitRow.id) == row.id, col(HomeVisitRow.version) == version, col(HomeVisitRow.state) == state)
        .values(state=reached, version=version + 1, changed_at=now, **values)
        .execution_options(synchronize_session=False)
    )
    if cast("Any", session.execute(statement)).rowcount != 1:
        session.refresh(row)
        raise _elsewhere(row)
    session.add(HomeVisitMoveRow(visit_id=row.id, at=now, by=by, move=move, state=reached))
    session.flush()
    session.refresh(row)
    return row


def hold_slot(
    session: Session, keys: Keyring, row: HomeVisitRow, version: int, slot: Slot, by: str, now: datetime, zone: tzinfo
) -> HomeVisitRow:
    """Propose a slot; from now on neither the visitor nor the family can be put elsewhere at that time.

    Raises: Refusal: nobody is assigned, the slot cannot be, it is taken, the visitor's day is full, or the visit moved on.
    """
    if row.visitor_id is None:
        raise Refusal("visit.no_visitor")
    fault = slot_fault(slot, now, zone)
    if fault is not None:
        phrase = f"visit.slot.{fault}"
        raise Refusal(phrase)
    visitor = _take_turns(session, row)
    _refuse_taken(session, row, slot, visitor, zone)
    code = str(secrets.randbelow(9 * 10 ** (CODE_DIGITS - 1)) + 10 ** (CODE_DIGITS - 1))
    values = {
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "busy_until": slot.busy_until,
        "code": keys.seal(code, place_of("home_visit", row.id, "code")),
    }
    try:
        with session.begin_nested():
            return moved(session, row, version, "propose", by, now, **values)
    except IntegrityError as error:  # the belt: somebody claimed it without asking here
        raise Refusal("visit.slot.taken") from error


def _elsewhere(row: HomeVisitRow) -> Refusal:
    """The visit is not where the mover believed; the phrase says where it is."""
    return Refusal(f"visit.is.{row.state}")


def _take_turns(session: Session, row: HomeVisitRow) -> VisitorRow:
    """Claims for one visitor, or for one family, go one after the other. Returns the visitor."""
    on_postgres = session.get_bind().dialect.name == "postgresql"
    lock: dict[str, Any] = {"with_for_update": {"key_share": True}} if on_postgres else {}
    visitor = session.get(VisitorRow, row.visitor_id, **lock)
    family = session.get(FamilyRow, row.family_id, **lock)
    session.refresh(row)
    if visitor is None or family is None or not visitor.active:
        raise Refusal("visit.no_visitor")
    return visitor


def _refuse_taken(session: Session, row: HomeVisitRow, slot: Slot, visitor: VisitorRow, zone: tzinfo) -> None:
    held = (col(HomeVisitRow.state).in_(HOLDING), col(HomeVisitRow.id) != row.id)
    at_once = (col(HomeVisitRow.starts_at) < slot.busy_until, col(HomeVisitRow.busy_until) > slot.starts_at)
    whose = or_(col(HomeVisitRow.visitor_id) == visitor.id, col(HomeVisitRow.family_id) == row.family_id)
    other = session.exec(select(HomeVisitRow).where(*held, *at_once, whose)).first()
    if other is not None and other.starts_at is not None:
        raise Refusal("visit.slot.taken_at", at=f"{other.starts_at.astimezone(zone):%Y-%m-%d %H:%M}")
    day = slot.starts_at.astimezone(zone).date()
    theirs = select(HomeVisitRow).where(*held, col(HomeVisitRow.visitor_id) == visitor.id)
    that_day = [one for one in session.exec(theirs) if one.starts_at and one.starts_at.astimezone(zone).date() == day]
    if len(that_day) >= visitor.most_a_day:
        raise Refusal("visit.slot.day_full", most=visitor.most_a_day)
