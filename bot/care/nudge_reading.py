"""A child as the nudges know it, read from the tables: once for planning, and once more when a nudge is about to leave."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from bot.care.care_records import dose_of, visit_of
from bot.care.care_rows import DoseRow, NudgeAnswerRow, VisitRow
from bot.care.child_calendar import ChildCalendar, Item, calendar_of
from bot.care.nudge_plan import NudgeAnswer, Situation
from bot.care.record_values import DoseEntry, VisitEntry, vaccine_record
from bot.care.sealed_entries import Entry, entries_on_file
from bot.families.rosters import OnFile, children_on_file
from bot.sealing import Keyring
from knowledge.faults import RecordFault
from knowledge.immunization_forecast import forecast_immunizations
from knowledge.load_calendars import Calendars
from knowledge.nudge_rules import NudgeRules

DayOf = Callable[[datetime], date]
"""The family's calendar day of an instant."""


@dataclass(frozen=True)
class ChildFile:
    """Everything about one child that nudges go by. `written_on`: by code, the day of the last record that holds.

    `undone_on`: the last day on which a record was taken back, None if none was.
    """

    on_file: OnFile
    doses: tuple[DoseEntry, ...]
    visits: tuple[VisitEntry, ...]
    answers: tuple[NudgeAnswer, ...]
    written_on: dict[str, date]
    undone_on: date | None


def read_files(session: Session, keys: Keyring, child_ids: Sequence[str], day_of: DayOf) -> dict[str, ChildFile]:
    """The files of these children; a child that is gone is left out. Records are opened only under consent."""
    found = children_on_file(session, keys, child_ids, "calendar", "record")
    agreed = [child_id for child_id, one in found.items() if one.agreed_at is not None]
    tables = [entries_on_file(session, keys, table, agreed) for table in (DoseRow, VisitRow, NudgeAnswerRow)]
    return {
        child_id: _file(on_file, *(table.get(child_id, []) for table in tables), day_of=day_of)
        for child_id, on_file in found.items()
    }


def calendar_on(file: ChildFile, calendars: Calendars, today: date) -> ChildCalendar | None:
    """The child's calendar; None where what is on record cannot be true (the family is told when it looks)."""
    child = file.on_file.child
    try:
        return calendar_of(child, file.doses, file.visits, calendars.schedule, calendars.checkups, today)
    except RecordFault:
        return None


def situation_of(
    file: ChildFile,
    calendar: ChildCalendar,
    calendars: Calendars,
    offer: Item | None,
    chat_key: str,
    resumed_at: datetime | None,
    day_of: DayOf,
    *,
    wants_cards: bool,
) -> Situation | None:
    """The child's situation for one caregiver; None where nobody agreed, or this person does not look after the child.

    `resumed_at`: when this person last asked for messages again, None if they never stopped them.
    """
    on_file = file.on_file
    joined = next((one.joined_at for one in on_file.caring if one.chat_key == chat_key), None)
    if on_file.agreed_at is None or joined is None:
        return None
    started_on = day_of(max(at for at in (on_file.added_at, on_file.agreed_at, joined, resumed_at) if at is not None))
    mended = [started_on]
    mended += [day_of(on_file.born_changed_at)] if on_file.born_changed_at is not None else []
    mended += [file.undone_on] if file.undone_on is not None else []
    return Situation(
        child=on_file.child,
        calendar=calendar,
        started_on=started_on,
        since=max(mended),
        known_on=_known_on(file, calendar, calendars),
        answers=file.answers,
        offer=offer,
        wants_cards=wants_cards,
    )


def _file(
    on_file: OnFile, doses: list[Entry], visits: list[Entry], answers: list[Entry], *, day_of: DayOf
) -> ChildFile:
    every = (*doses, *visits, *answers)
    undone = [day_of(entry.undone_at) for entry in every if entry.undone_at is not None]
    written_on: dict[str, date] = {}
    for entry in (*doses, *visits):
        if entry.undone_at is None:
            code, day = str(entry.plain["code"]), day_of(entry.at)
            written_on[code] = max(day, written_on.get(code, day))
    return ChildFile(
        on_file=on_file,
        doses=tuple(dose_of(entry) for entry in doses if entry.undone_at is None),
        visits=tuple(visit_of(entry) for entry in visits if entry.undone_at is None),
        answers=tuple(_answer(entry, day_of) for entry in answers if entry.undone_at is None),
        written_on=written_on,
        undone_on=max(undone, default=None),
    )


def _answer(entry: Entry, day_of: DayOf) -> NudgeAnswer:
    until = entry.plain["until"]
    return NudgeAnswer(
        str(entry.plain["code"]),
        int(entry.plain["number"]),
        None if until is None else date.fromisoformat(until),
        day_of(entry.at),
    )


def _known_on(file: ChildFile, calendar: ChildCalendar, calendars: Calendars) -> dict[str, date]:
    """By the code of a series: when a record that counts for it was last written, five-in-one vaccines included."""
    known = dict(file.written_on)
    for item in calendar.done:
        via = item.forecast.via
        if via is not None and via in file.written_on:
            day = file.written_on[via]
            known[item.code] = max(day, known.get(item.code, day))
    for code, series in calendars.schedule.series.items():  # a live and an inactivated product share a series
        if series.option_group is not None:
            for other in calendars.schedule.options(series.option_group):
                if other in file.written_on:
                    known[code] = max(file.written_on[other], known.get(code, file.written_on[other]))
    return known


def offer_on(file: ChildFile, calendar: ChildCalendar, calendars: Calendars, rules: NudgeRules) -> Item | None:
    """The first dose of a self-paid vaccine whose time is short, where the family has said nothing of it yet."""
    rule = rules.rules["offer"]
    child = file.on_file.child
    if (calendar.on - child.born_on).days > rule.until_age_days:
        return None
    for code in rule.codes:
        if code in file.written_on or calendar.item(code, 1) is not None:
            continue
        record = vaccine_record(child, file.doses, calendars.schedule)
        record = replace(record, opt_in=record.opt_in | {code})
        rows = forecast_immunizations(record, calendars.schedule, calendar.on).rows
        row = next((one for one in rows if (one.code, one.dose) == (code, 1)), None)
        if row is not None and row.status in {"due", "upcoming", "overdue"}:
            return Item("dose", row, row.recommended_on)
    return None
