"""A family's side of home visits: ask, see, answer a proposal, say where to ring, withdraw. By right and consent only.

Nothing is kept without the guardian's consent to "events". What was asked for, the address and the code lie sealed; the
address is erased soon after the visit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import update
from sqlmodel import Session, col, select

from bot.errors import Refusal
from bot.events.visit_messages import tell_family, withdraw_messages
from bot.events.visit_request import Request, Visitor, request_of
from bot.events.visit_rows import HomeVisitMoveRow, HomeVisitRow, VisitorRow
from bot.events.visit_slots import FREED, moved
from bot.events.visit_states import OPEN, Move, Slot, State
from bot.events.visitors import visitor_of
from bot.families.child import Child
from bot.families.children import children_for, children_shared, the_child
from bot.families.consent import given
from bot.families.family_rows import ChildRow, new_id
from bot.flow import Visit
from bot.sealing import Keyring, place_of

MOST_ADDRESS_CHARACTERS = 120
ADDRESS_KEPT_FOR = timedelta(days=3)
"""After the visit; then the address and the telephone are erased."""

MOST_OPEN_FOR_A_CHILD = 1


@dataclass(frozen=True)
class HomeVisit:
    """One visit as the family and the staff see it. `slot`, `visitor`, `code`, `address`: None where there is none yet."""

    id: str
    family_id: str
    child_id: str
    state: State
    version: int
    request: Request
    visitor: Visitor | None
    slot: Slot | None
    code: str | None
    address: str | None
    asked_at: datetime


def ask_for_visit(visit: Visit, child_id: str, request: Request) -> HomeVisit:
    """Write a request down.

    Raises: Refusal: the child is not the visitor's to answer for, nobody agreed, or a visit is on its way already.
    """
    child = the_child(visit, child_id, "record")
    if "events" not in given(visit, child.family_id):
        raise Refusal("visit.consent_needed")
    _one_at_a_time(visit, child)
    row = HomeVisitRow(
        id=new_id(),
        family_id=child.family_id,
        child_id=child.id,
        asked_by=visit.chat_key,
        state="requested",
        request="",
        asked_at=visit.now,
        changed_at=visit.now,
    )
    row.request = visit.keys.seal(request.as_text(), place_of("home_visit", row.id, "request"))
    visit.session.add(row)
    visit.session.flush()
    visit.session.add(HomeVisitMoveRow(visit_id=row.id, at=visit.now, by="family", move="ask", state="requested"))
    visit.session.flush()
    return opened(visit.session, visit.keys, row)


def visits_of_family(visit: Visit, *, only_open: bool = True) -> list[HomeVisit]:
    """The home visits of the children that the visitor shares and for whom somebody agreed, the newest first."""
    children = [child.id for child in children_for(visit, "events")]
    statement = select(HomeVisitRow).where(col(HomeVisitRow.child_id).in_(children))
    if only_open:
        statement = statement.where(col(HomeVisitRow.state).in_(OPEN))
    rows = visit.session.exec(statement.order_by(col(HomeVisitRow.asked_at).desc())).all()
    return [opened(visit.session, visit.keys, row) for row in rows]


def home_visit(visit: Visit, visit_id: str) -> HomeVisit:
    """One visit of the family.

    Raises: Refusal: it is not there or not the family's; nobody agrees to events (any more).
    """
    return opened(visit.session, visit.keys, _row(visit, visit_id, "see"))


def confirm_visit(visit: Visit, visit_id: str, version: int) -> HomeVisit:
    """The family takes the proposed slot. Confirming twice changes nothing.

    Raises: Refusal: it is not theirs, or the proposal was changed or given back meanwhile.
    """
    row = _row(visit, visit_id, "record")
    if row.state == "confirmed" and row.version == version + 1:
        return opened(visit.session, visit.keys, row)
    confirmed = _move(visit, row, version, "confirm")
    tell_family(visit.session, visit.keys, confirmed, visit.now)
    return opened(visit.session, visit.keys, confirmed)


def give_slot_back(visit: Visit, visit_id: str, version: int) -> HomeVisit:
    """The family cannot make the slot: another one is looked for.

    Raises: Refusal: as above.
    """
    row = _row(visit, visit_id, "record")
    move: Move = "decline" if row.state == "proposed" else "give_back"
    return opened(visit.session, visit.keys, _move(visit, row, version, move, **FREED))


def withdraw_visit(visit: Visit, visit_id: str) -> HomeVisit:
    """The family wants no visit any more. Withdrawing twice changes nothing.

    Raises: Refusal: it is not theirs, or it has taken place.
    """
    row = _row(visit, visit_id, "record")
    if row.state == "withdrawn":
        return opened(visit.session, visit.keys, row)
    return opened(visit.session, visit.keys, _move(visit, row, row.version, "withdraw", address=None, **FREED))


def say_where(visit: Visit, visit_id: str, address: str) -> HomeVisit:
    """Note where to ring: address and telephone, sealed, for the visitor alone.

    Raises: Refusal: the text is empty or too long, or the visit is not confirmed.
    """
    row = _row(visit, visit_id, "record")
    plain = " ".join(address.split())
    if not plain or len(plain) > MOST_ADDRESS_CHARACTERS:
        raise Refusal("visit.address_odd", most=MOST_ADDRESS_CHARACTERS)
    if row.state != "confirmed":
        phrase = f"visit.is.{row.state}"
        raise Refusal(phrase)
    row.address = visit.keys.seal(plain, place_of("home_visit", row.id, "address"))
    visit.session.add(row)
    visit.session.flush()
    return opened(visit.session, visit.keys, row)


def let_visits_go(visit: Visit, family_id: str) -> int:
    """Consent to events was taken back: nothing open is carried out. Returns how many visits were withdrawn."""
    open_ones = (col(HomeVisitRow.family_id) == family_id, col(HomeVisitRow.state).in_(OPEN))
    rows = visit.session.exec(select(HomeVisitRow).where(*open_ones)).all()
    for row in rows:
        _move(visit, row, row.version, "withdraw", address=None, **FREED)
    return len(rows)


def forget_asker(visit: Visit) -> None:
    """Take the visitor's hidden address out of every visit, when they are erased."""
    mine = col(HomeVisitRow.asked_by) == visit.chat_key
    visit.session.execute(update(HomeVisitRow).where(mine).values(asked_by=None))


def let_go_of_addresses(session: Session, now: datetime) -> int:
    """Erase the addresses and codes of visits that are over. Returns how many."""
    over = (col(HomeVisitRow.address).is_not(None) | col(HomeVisitRow.code).is_not(None)) & (
        (col(HomeVisitRow.ends_at) < now - ADDRESS_KEPT_FOR) | (col(HomeVisitRow.state).in_(("withdrawn", "closed")))
    )
    done: Any = session.execute(update(HomeVisitRow).where(over).values(address=None, code=None))
    return int(done.rowcount)


def visits_copy(visit: Visit, child: Child) -> list[dict[str, Any]]:
    """What is kept about a child's home visits, for a copy of one's data. The staff's notes are the staff's own."""
    rows = visit.session.exec(select(HomeVisitRow).where(col(HomeVisitRow.child_id) == child.id)).all()
    copied = []
    for row in rows:
        one = opened(visit.session, visit.keys, row)
        copied.append(
            {
                "state": one.state,
                "asked_at": one.asked_at.isoformat(),
                "district": one.request.district,
                "street": one.request.street,
                "reasons": list(one.request.reasons),
                "times": list(one.request.times),
                "language": one.request.tongue,
                "starts_at": one.slot.starts_at.isoformat() if one.slot else None,
                "visitor": one.visitor.name if one.visitor else None,
                "address": one.address,
            }
        )
    return copied


def opened(
    session: Session, keys: Keyring, row: HomeVisitRow, register: Mapping[str, Visitor] | None = None
) -> HomeVisit:
    """The row as a value; the caller has checked the right to. `register`: all visitors by id, for many rows at once."""

    def plain(name: str) -> str | None:
        sealed = getattr(row, name)
        return None if sealed is None else keys.open(sealed, place_of("home_visit", row.id, name))

    visitor = None
    if row.visitor_id is not None and register is not None:
        visitor = register.get(row.visitor_id)
    elif row.visitor_id is not None:
        found = session.get(VisitorRow, row.visitor_id)
        visitor = None if found is None else visitor_of(found)
    slot = None
    if row.starts_at is not None and row.ends_at is not None and row.busy_until is not None:
        slot = Slot(row.starts_at, row.ends_at, row.busy_until - row.ends_at)
    return HomeVisit(
        id=row.id,
        family_id=row.family_id,
        child_id=row.child_id,
        state=cast("State", row.state),
        version=row.version,
        request=request_of(plain("request") or ""),
        visitor=visitor,
        slot=slot,
        code=plain("code"),
        address=plain("address"),
        asked_at=row.asked_at,
    )


def _move(visit: Visit, row: HomeVisitRow, version: int, move: Move, **values: Any) -> HomeVisitRow:
    after_it = moved(visit.session, row, version, move, "family", visit.now, **values)
    withdraw_messages(visit.session, row, "answered", visit.now)
    return after_it


def _row(visit: Visit, visit_id: str, right: Any) -> HomeVisitRow:
    row = visit.session.get(HomeVisitRow, visit_id)
    if row is None or row.child_id not in {child.id for child in children_shared(visit)}:
        raise Refusal("visit.gone")
    child = the_child(visit, row.child_id, right)
    if "events" not in given(visit, child.family_id):
        raise Refusal("visit.consent_needed")
    return row


def _one_at_a_time(visit: Visit, child: Child) -> None:
    """One open visit a child; two parents who ask at once do so one after the other."""
    if visit.session.get_bind().dialect.name == "postgresql":
        visit.session.get(ChildRow, child.id, with_for_update={"key_share": True})
    open_ones = (col(HomeVisitRow.child_id) == child.id, col(HomeVisitRow.state).in_(OPEN))
    if len(visit.session.exec(select(HomeVisitRow.id).where(*open_ones)).all()) >= MOST_OPEN_FOR_A_CHILD:
        raise Refusal("visit.already", nickname=child.nickname)
