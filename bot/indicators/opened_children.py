"""What the nightly count needs of a child, opened and let go of again: birth date, district, handbook, doses in time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from bot.care.care_records import dose_of
from bot.care.care_rows import DoseRow, NudgeAnswerRow
from bot.care.nudge_plan import HANDBOOK
from bot.care.record_values import DoseEntry, vaccine_record
from bot.care.sealed_entries import entries_on_file
from bot.families.child import Child
from bot.families.children import opened_child
from bot.families.family_rows import ChildRow
from bot.indicators.counted_rows import DosesDue
from bot.sealing import Keyring, place_of
from knowledge.faults import RecordFault
from knowledge.forecast import Forecast
from knowledge.immunization_forecast import forecast_immunizations
from knowledge.load_calendars import load_calendars
from knowledge.schedule import Schedule

AT_ONCE = 500
DUE_WITHIN = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class OpenedChild:
    """A child as the count needs it. `district`: Chinese name, "" where not told."""

    id: str
    family_id: str
    born_on: date
    district: str


def open_children(session: Session, keys: Keyring, families: frozenset[str]) -> list[OpenedChild]:
    """The children of these families, in the order they were added."""
    statement = select(ChildRow.id, ChildRow.family_id, ChildRow.born_on, ChildRow.district)
    rows = session.execute(statement.order_by(col(ChildRow.added_at), col(ChildRow.id))).all()
    return [
        OpenedChild(
            id=child_id,
            family_id=family_id,
            born_on=date.fromisoformat(keys.open(born_on, place_of("child", child_id, "born_on")).removeprefix("~")),
            district="" if district is None else keys.open(district, place_of("child", child_id, "district")),
        )
        for child_id, family_id, born_on, district in rows
        if family_id in families
    ]


def handbooks(session: Session, keys: Keyring, children: Sequence[OpenedChild]) -> set[str]:
    """The families that said the handbook is there."""
    family = {one.id: one.family_id for one in children}
    found: set[str] = set()
    for chunk in _chunks([one.id for one in children]):
        for child_id, listed in entries_on_file(session, keys, NudgeAnswerRow, chunk).items():
            held = [one.plain for one in listed if one.undone_at is None and one.plain["code"] == HANDBOOK]
            if any(plain["until"] is None for plain in held):
                found.add(family[child_id])
    return found


def doses_in_time(
    session: Session, keys: Keyring, children: Sequence[OpenedChild], district: Mapping[str, str], today: date
) -> tuple[DosesDue, ...]:
    """Doses of the programme whose official age fell within a year, for children with any dose on record.

    A child without one is left out: no record says nothing about the vaccinations. So is one whose record cannot be true.
    """
    schedule, found = load_calendars().schedule, []
    for chunk in _chunks([one.id for one in children]):
        rows = session.exec(select(ChildRow).where(col(ChildRow.id).in_(chunk))).all()
        opened = {row.id: opened_child(row, keys) for row in rows}
        for child_id, listed in entries_on_file(session, keys, DoseRow, chunk).items():
            doses = [dose_of(one) for one in listed if one.undone_at is None]
            counted = _in_time(opened[child_id], vaccine_forecast(opened[child_id], doses, schedule, today), today)
            if counted.due and any(one.how == "given" for one in doses):
                home = opened[child_id].family_id
                found.append(DosesDue(home, counted.due, counted.on_time, district.get(home, "")))
    return tuple(found)


def vaccine_forecast(child: Child, doses: Sequence[DoseEntry], schedule: Schedule, today: date) -> tuple[Forecast, ...]:
    """The rows of the programme, none where the record cannot be true."""
    try:
        rows = forecast_immunizations(vaccine_record(child, doses, schedule), schedule, today).rows
    except RecordFault:
        return ()
    paid = set(schedule.self_paid_codes)
    return tuple(row for row in rows if row.code not in paid)


def _in_time(child: Child, rows: Sequence[Forecast], today: date) -> DosesDue:
    """Of one child: doses whose "finish before" day fell within a year, and those given by then."""
    fell = [
        row
        for row in rows
        if row.overdue_from_on is not None
        and today - DUE_WITHIN < row.overdue_from_on <= today
        and row.status not in {"not_applicable", "hold"}
    ]
    in_time = sum(_given_before(row) for row in fell)
    return DosesDue(child.family_id, len(fell), in_time)


def _given_before(row: Forecast) -> bool:
    if row.status != "done" or row.given_on is None or row.overdue_from_on is None:
        return False
    return row.given_on < row.overdue_from_on


def _chunks(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
