"""The list of an event for a door without a network: taken along, filled in, told afterwards without doubles.

A line is a booking (by its code) or a walk-in (by the line's own name, W1, W2 ...). Whoever came has the time in the
column `arrived`. The list can be told as often as one likes: the same line changes nothing more.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from bot.errors import Refusal
from bot.events.admission_rows import AdmissionRow
from bot.events.door import AlreadyIn, Doorkeeper, LetIn, NotIn, OtherEvent, admit, no_shows, passes_for, walk_in
from bot.events.entries import Desk
from bot.events.event_rows import BookingChildRow, BookingRow, EventRow
from bot.events.pass_code import code_in, shown
from bot.families.family_rows import ChildRow
from bot.sealing import Keyring, place_of

COLUMNS = ("line", "name", "children", "adults", "code", "arrived")
EMPTY_LINES = 10
"""For walk-ins, on paper and in the file."""

BYTE_ORDER_MARK = "\ufeff"
"""Without it a common spreadsheet shows Chinese as signs."""

_TIME = re.compile(r"(\d{1,2})\s*[:：.]\s*(\d{2})")


@dataclass(frozen=True)
class Line:
    """One line of the list. `arrived` is empty until somebody came."""

    line: str
    name: str
    children: int | None
    adults: int | None
    code: str
    arrived: str = ""


@dataclass(frozen=True)
class TakenIn:
    """What telling a list did: parties let in now, parties that were in already, lines that say nobody came."""

    let_in: int
    already: int
    empty: int


def door_list(desk: Desk, event_id: str) -> list[Line]:
    """The parties of an event, by the children's nicknames, and empty lines for walk-ins.

    Raises: Refusal: there is no such event.
    """
    event = _event(desk.session, event_id)
    zone = ZoneInfo(event.zone)
    rows = desk.session.exec(
        select(BookingRow).where(col(BookingRow.event_id) == event_id, col(BookingRow.state) == "confirmed")
    ).all()
    ids = [row.id for row in rows]
    names, codes = names_of(desk.session, desk.keys, ids), passes_for(desk.session, ids)
    lines = [
        Line(
            "",
            names[row.id],
            row.children,
            row.adults,
            shown(codes[row.id]),
            "" if row.checked_in_at is None else f"{row.checked_in_at.astimezone(zone):%H:%M}",
        )
        for row in rows
    ]
    lines.sort(key=lambda line: (line.name, line.code))
    numbered = [Line(str(number), *_rest(line)) for number, line in enumerate(lines, start=1)]
    return numbered + [Line(f"W{number}", "", None, None, "") for number in range(1, EMPTY_LINES + 1)]


def as_csv(lines: list[Line]) -> bytes:
    """The list as a file for a spreadsheet."""
    return table_csv(
        COLUMNS, [(line.line, line.name, line.children, line.adults, line.code, line.arrived) for line in lines]
    )


def take_in(desk: Desk, event_id: str, text: str, keeper: Doorkeeper) -> TakenIn:
    """Tell what a list that was filled in says: everything, or with a fault nothing.

    Raises: Refusal: a line cannot be read or belongs elsewhere; the phrase names the line.
    """
    event = _event(desk.session, event_id)
    counts = {"let_in": 0, "already": 0, "empty": 0}
    with desk.session.begin_nested():
        for number, row in _rows(text):
            said = (row.get("arrived") or "").strip()
            if not said:
                counts["empty"] += 1
                continue
            at = _arrived(event, said, number)
            outcome = _tell(Desk(desk.session, desk.keys, at), event_id, row, keeper, number)
            if isinstance(outcome, OtherEvent):
                raise Refusal("door.list.other_event", line=number, title=outcome.title)
            if isinstance(outcome, NotIn):
                phrase = f"door.list.{outcome.why}"
                raise Refusal(phrase, line=number)
            counts["let_in" if isinstance(outcome, LetIn) else "already"] += 1
    return TakenIn(**counts)


def attendance_table(desk: Desk, event_id: str) -> list[tuple[str | int, ...]]:
    """Who came, who did not, who walked in: heading and rows, for export. Names are nicknames, of agreeing families.

    Raises: Refusal: there is no such event.
    """
    event = _event(desk.session, event_id)
    zone = ZoneInfo(event.zone)
    table: list[tuple[str | int, ...]] = [("name", "children", "adults", "code", "came", "arrived_at", "by", "door")]
    admitted = desk.session.exec(
        select(AdmissionRow).where(col(AdmissionRow.event_id) == event_id).order_by(col(AdmissionRow.at))
    ).all()
    let_in = [one.booking_id for one in admitted if one.booking_id is not None]
    missing = desk.session.exec(
        select(BookingRow).where(col(BookingRow.id).in_(no_shows(desk.session, event_id))).order_by(col(BookingRow.id))
    ).all()
    ids = [*let_in, *(booking.id for booking in missing)]
    names, codes = names_of(desk.session, desk.keys, ids), passes_for(desk.session, ids)
    for one in admitted:
        name = "" if one.booking_id is None else names[one.booking_id]
        code = "" if one.booking_id is None else shown(codes[one.booking_id])
        came = "walk-in" if one.booking_id is None else "yes"
        at = f"{one.at.astimezone(zone):%Y-%m-%d %H:%M}"
        table.append((name, one.children, one.adults, code, came, at, one.by, one.door))
    table.extend((names[one.id], one.children, one.adults, shown(codes[one.id]), "no", "", "", "") for one in missing)
    return table


def table_csv(heading: tuple[str, ...], rows: list[tuple[str | int | None, ...]]) -> bytes:
    """A table for a spreadsheet, with the byte-order mark that tells it that this is Chinese."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(heading)
    writer.writerows([[harmless(cell) for cell in row] for row in rows])
    return (BYTE_ORDER_MARK + file.getvalue()).encode()


def harmless(cell: str | int | None) -> str | int:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{cell}"
    return "" if cell is None else cell


def names_of(session: Session, keys: Keyring, booking_ids: Sequence[str]) -> dict[str, str]:
    """By booking: the nicknames of the children that it is for."""
    statement = (
        select(BookingChildRow.booking_id, ChildRow.id, ChildRow.nickname)
        .join(ChildRow, col(BookingChildRow.child_id) == col(ChildRow.id))
        .where(col(BookingChildRow.booking_id).in_(booking_ids))
    )
    found: dict[str, list[str]] = {one: [] for one in booking_ids}
    for booking_id, child_id, nickname in session.exec(statement).all():
        found[booking_id].append(keys.open(nickname, place_of("child", child_id, "nickname")))
    return {booking_id: "、".join(sorted(names)) for booking_id, names in found.items()}


def _tell(
    desk: Desk, event_id: str, row: dict[str, str], keeper: Doorkeeper, number: int
) -> LetIn | AlreadyIn | OtherEvent | NotIn:
    code = (row.get("code") or "").strip()
    if code:
        if code_in(code) is None:
            raise Refusal("door.list.unknown_code", line=number)
        return admit(desk, event_id, code, keeper, from_list=True)
    line = (row.get("line") or "").strip()
    numbers = [(row.get(name) or "").strip() or "0" for name in ("children", "adults")]
    if not line or not all(text.isascii() and text.isdecimal() and len(text) <= 2 for text in numbers):
        raise Refusal("door.list.party", line=number)
    return walk_in(desk, event_id, line[:20], int(numbers[0]), int(numbers[1]), keeper, from_list=True)


def _rows(text: str) -> list[tuple[int, dict[str, str]]]:
    """The lines with their numbers in the file. Raises: Refusal: the heading is missing."""
    reader = csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline=""))
    if reader.fieldnames is None or not {"line", "code", "arrived"} <= {
        name.strip() for name in reader.fieldnames if name
    }:
        raise Refusal("door.list.heading", columns=", ".join(COLUMNS))
    return [
        (reader.line_num, {str(name).strip(): value for name, value in row.items() if isinstance(value, str)})
        for row in reader
    ]


def _arrived(event: EventRow, text: str, number: int) -> datetime:
    """When a party came, on the event's day and its clock."""
    match = _TIME.fullmatch(text)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise Refusal("door.list.time", line=number, text=text[:20])
    zone = ZoneInfo(event.zone)
    day = event.starts_at.astimezone(zone).date()
    return datetime.combine(day, time(int(match[1]), int(match[2])), zone)


def _rest(line: Line) -> tuple[str, int | None, int | None, str, str]:
    return line.name, line.children, line.adults, line.code, line.arrived


def _event(session: Session, event_id: str) -> EventRow:
    event = session.get(EventRow, event_id)
    if event is None:
        raise Refusal("door.no_event")
    return event
