"""The events, and one of them with its bookings, its waiting list and why each offer was made or not."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import Response
from sqlmodel import Session, col, select

from bot.admin.page_call import Call
from bot.errors import Refusal
from bot.events.entries import Desk
from bot.events.event_rows import LIVE_STATES, BookingRow, EventRow
from bot.events.events import KINDS, events_from
from bot.events.seat_claims import entries_of, room_of
from bot.events.seats import Status, status_of
from bot.events.waiting_list import notes_of
from knowledge.districts import DISTRICTS

STATUSES: tuple[Status, ...] = ("draft", "published", "full", "done", "cancelled")
PAGE = 50
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
LONGEST_EVENT = timedelta(days=3)


@dataclass(frozen=True)
class ListedEvent:
    """An event with what it is called now."""

    row: EventRow
    status: Status

    @property
    def starts(self) -> str:
        """On the clock of the place."""
        return local(self.row.starts_at, self.row)

    @property
    def free(self) -> int:
        """Seats that nobody has."""
        return room_of(self.row).free


def list_page(call: Call) -> Response:
    """Events by time, status, district, kind and a word of the title; coming ones unless the past is asked for."""
    query = call.query
    past = query.get("when") == "past"
    with call.reading() as session:
        rows = events_from(session, LONG_AGO if past else call.now - LONGEST_EVENT, call.now if past else None)
    found = [listed(row, call.now) for row in rows if (row.ends_at <= call.now) is past]
    word = query.get("word", "").strip().casefold()
    kept = [
        one
        for one in (reversed(found) if past else found)
        if query.get("status", "") in {"", one.status}
        and query.get("district", "") in {"", one.row.district}
        and query.get("kind", "") in {"", one.row.kind}
        and word in f"{one.row.title_zh}\n{one.row.title_en}\n{one.row.place}\n{one.row.code}".casefold()
    ]
    asked = query.get("page", "")
    page = int(asked) if asked.isascii() and asked.isdigit() and 0 < int(asked) < 10_000 else 1
    return call.show(
        "events.html",
        events=kept[(page - 1) * PAGE : page * PAGE],
        count=len(kept),
        page=page,
        more=len(kept) > page * PAGE,
        query={name: query.get(name, "") for name in ("when", "status", "district", "kind", "word")},
        statuses=STATUSES,
        districts=[zh for zh, _en in DISTRICTS],
        kinds=KINDS,
    )


def event_page(call: Call) -> Response:
    """One event."""
    with call.reading() as session:
        event = the_event(session, call)
        rows = session.exec(
            select(BookingRow).where(col(BookingRow.event_id) == event.id).order_by(col(BookingRow.created_at))
        ).all()
        waiting = entries_of(session, event.id, ("waiting",))
        notes = notes_of(session, event.id)
    by_id = {row.id: row for row in rows}
    last = {note.booking_id: note.what for note in notes}
    return call.show(
        "event.html",
        one=listed(event, call.now),
        event=event,
        ends=local(event.ends_at, event),
        opens=local(event.opens_at, event),
        closes=local(event.closes_at, event),
        seated=[row for row in rows if row.state in LIVE_STATES and row.state != "waiting"],
        waiting=waiting,
        ended=[row for row in rows if row.state not in LIVE_STATES],
        last=last,
        notes=[(note, by_id[note.booking_id]) for note in reversed(notes) if note.booking_id in by_id],
    )


def listed(row: EventRow, now: datetime) -> ListedEvent:
    """An event with what it is called at this instant."""
    return ListedEvent(row, status_of(row.status, room_of(row), row.ends_at, now))


def local(at: datetime | None, event: EventRow) -> str:
    """An instant on the clock of the event's place; empty for None."""
    return "" if at is None else f"{at.astimezone(ZoneInfo(event.zone)):%Y-%m-%d %H:%M}"


def the_event(session: Session, call: Call) -> EventRow:
    """The event that the address names.

    Raises: Refusal: there is none.
    """
    event = session.get(EventRow, call.path["event_id"], populate_existing=True)
    if event is None:
        raise Refusal("refused.event")
    return event


def desk_of(call: Call, session: Session) -> Desk:
    """The desk of the one who is signed in."""
    return Desk(session, call.house.keys, call.now)
