"""Who visits families: a register that the staff keep. Nothing here is about a family."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import cast

from sqlmodel import Session, col, select

from bot.errors import Refusal
from bot.events.visit_request import TONGUES, Tongue, Visitor, known
from bot.events.visit_rows import VisitorRow
from bot.families.family_rows import new_id
from knowledge.districts import DISTRICTS, district_named

MOST_A_DAY = 8


def add_visitor(
    session: Session,
    *,
    name: str,
    organisation: str,
    card: str,
    districts: tuple[str, ...],
    streets: tuple[str, ...],
    tongues: tuple[str, ...],
    most_a_day: int,
    now: datetime,
) -> Visitor:
    """Add somebody who visits. `card`: the number on the work card that families compare at the door.

    Raises: Refusal: a name, the card or a district is missing or unknown; a day would be too long.
    """
    named = tuple(district_named(district) or "" for district in districts)
    if not name.strip() or not organisation.strip() or not card.strip():
        raise Refusal("visitor.incomplete")
    if not named or "" in named:
        raise Refusal("visitor.district_odd", districts="、".join(zh for zh, _ in DISTRICTS))
    if not 1 <= most_a_day <= MOST_A_DAY:
        raise Refusal("visitor.day_odd", most=MOST_A_DAY)
    spoken = known(TONGUES, tongues) or ("zh",)
    visitor = Visitor(new_id(), name.strip(), organisation.strip(), card.strip(), named, streets, spoken, most_a_day)
    lists = {field: json.dumps(asdict(visitor)[field], ensure_ascii=False) for field in _LISTS}
    session.add(VisitorRow(**{**asdict(visitor), **lists}, added_at=now))
    session.flush()
    return visitor


def visitors(session: Session) -> list[Visitor]:
    """Everyone in the register, by name."""
    return [visitor_of(row) for row in session.exec(select(VisitorRow).order_by(col(VisitorRow.name))).all()]


def the_visitor(session: Session, word: str) -> Visitor:
    """The visitor with this id or name.

    Raises: Refusal: there is none, or several have the name.
    """
    found = [one for one in visitors(session) if word in {one.id, one.name}]
    if len(found) != 1:
        raise Refusal("visitor.unknown", word=word)
    return found[0]


def retire_visitor(session: Session, visitor_id: str) -> None:
    """Nobody is sent by this visitor any more; what was done stays readable."""
    row = session.get(VisitorRow, visitor_id)
    if row is not None:
        row.active = False
        session.add(row)


def visitor_of(row: VisitorRow) -> Visitor:
    """The row as a value."""
    return Visitor(
        id=row.id,
        name=row.name,
        organisation=row.organisation,
        card=row.card,
        districts=tuple(json.loads(row.districts)),
        streets=tuple(json.loads(row.streets)),
        tongues=cast("tuple[Tongue, ...]", tuple(json.loads(row.tongues))),
        most_a_day=row.most_a_day,
        active=row.active,
    )


_LISTS = ("districts", "streets", "tongues")
