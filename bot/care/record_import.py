"""Take a table of records in: what is new, what stands on record already, what cannot be true. Then write the new.

The plan is pure, and made again when it is carried out. Taking the same table in twice changes nothing the second time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.care.care_records import check_dose, doses_of, note_dose, record_doses, record_visit, visits_of
from bot.care.record_rows import ReadRow, UnreadRow, read_rows
from bot.care.record_table import RecordTable
from bot.care.record_values import DoseEntry, Record, VisitEntry, twice
from bot.care.sealed_entries import child_to_record
from bot.errors import Refusal
from bot.families.child import Child
from bot.flow import Visit
from bot.messages import Say
from knowledge.faults import RecordFault
from knowledge.load_calendars import Calendars, load_calendars
from knowledge.topics import Language
from knowledge.vaccine_record import GivenDose, check_day_of_care


@dataclass(frozen=True)
class ImportPlan:
    """What a table comes to for one child. `known`: on record already, or twice in the table.

    `passed`: booked days that lie in the past; they are of no use any more and left out.
    """

    fresh: tuple[ReadRow, ...]
    known: tuple[ReadRow, ...]
    passed: tuple[ReadRow, ...]
    refused: tuple[UnreadRow, ...]


def plan_import(
    rows: Iterable[ReadRow | UnreadRow],
    child: Child,
    on_record: Sequence[Record],
    calendars: Calendars,
    today: date,
    language: Language,
) -> ImportPlan:
    """Sort the rows. Pure; `language` words what `knowledge` says about a day that cannot be."""
    seen = {_key(one) for one in on_record}
    given = [(one.code, one.on) for one in on_record if _is_given_dose(one)]
    fresh: list[ReadRow] = []
    known: list[ReadRow] = []
    passed: list[ReadRow] = []
    refused: list[UnreadRow] = []
    for row in rows:
        if isinstance(row, UnreadRow):
            refused.append(row)
            continue
        why = _untrue(row.record, child, calendars, today, language)
        if _key(row.record) in seen or _given_twice(row.record, given, calendars):
            known.append(row)
        elif why is not None:
            refused.append(UnreadRow(row.line, why, row.child))
        elif row.record.how == "booked" and row.record.on is not None and row.record.on < today:
            passed.append(row)
        else:
            seen.add(_key(row.record))
            given += [(row.record.code, row.record.on)] if _is_given_dose(row.record) else []
            fresh.append(row)
    return ImportPlan(tuple(fresh), tuple(known), tuple(passed), tuple(refused))


def planned(visit: Visit, child_id: str, table: RecordTable, named: str | None = None) -> ImportPlan:
    """The plan for a child of the visitor. `named`: only rows that name this id; None for all of them.

    Raises: Refusal: see `sealed_entries.calendar_child`; the visitor may not record.
    """
    child = child_to_record(visit, child_id)
    calendars = load_calendars()
    rows = read_rows(table, calendars, child.born_on, visit.today, visit.language, named)
    on_record: list[Record] = [*doses_of(visit, child_id), *visits_of(visit, child_id)]
    return plan_import(rows, child, on_record, calendars, visit.today, visit.language)


def carry_out(visit: Visit, child_id: str, plan: ImportPlan) -> int:
    """Write what is new. Returns how many records.

    Raises: Refusal, RecordFault: what was planned cannot be written any more; the caller's transaction takes all back.
    """
    calendars = load_calendars()
    records = [row.record for row in plan.fresh]
    given = [
        GivenDose(one.on, one.code)
        for one in records
        if isinstance(one, DoseEntry) and one.how == "given" and one.on is not None
    ]
    record_doses(visit, child_id, given, calendars.schedule)
    for one in records:
        if isinstance(one, VisitEntry):
            record_visit(visit, child_id, one.code, one.number or 1, one.how, one.on, calendars.checkups)
        elif one.how != "given":
            note_dose(visit, child_id, one.code, one.dose or 1, one.how, one.on, calendars.schedule)
    return len(records)


def _key(one: Record) -> tuple[object, ...]:
    """What makes two records the same: a dose given is its vaccine and day, everything else its number too."""
    if isinstance(one, DoseEntry):
        return ("dose", one.code, one.how, one.on, None if one.how == "given" else one.dose)
    return ("visit", one.code, one.how, one.on, None if one.how == "given" else one.number)


def _is_given_dose(one: Record) -> bool:
    return isinstance(one, DoseEntry) and one.how == "given"


def _given_twice(one: Record, given: Sequence[tuple[str, date | None]], calendars: Calendars) -> bool:
    """Whether a dose stands there for its day under another of its names ("POLIO" beside "IPV")."""
    if not _is_given_dose(one) or one.on is None:
        return False
    return twice(GivenDose(one.on, one.code), given, calendars.schedule) is not None


def _untrue(one: Record, child: Child, calendars: Calendars, today: date, language: Language) -> Say | None:
    """Why a record cannot be true of this child, None where it can."""
    try:
        if one.how == "given" and one.on is not None:
            if isinstance(one, DoseEntry):
                check_dose(GivenDose(one.on, one.code), child, calendars.schedule, today)
            else:
                visit = next(known for known in calendars.checkups.visits if known.code == one.code)
                check_day_of_care(visit.name_zh, visit.name_en, one.on, child.born_on, today)
        elif one.on is not None and one.on < child.born_on:
            return Say("import.before_birth")
    except Refusal as refusal:
        return Say(refusal.phrase, refusal.values)
    except RecordFault as fault:
        return Say(
            "calendar.name", {"name": fault.zh if language == "zh" else f"{fault.en[:1].upper()}{fault.en[1:]}."}
        )
    return None
