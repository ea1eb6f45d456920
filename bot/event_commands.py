"""The organiser's commands, for who runs events without the staff pages: `qihui events ...`."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import typer

from bot.errors import Refusal
from bot.settings import Settings, read_settings

if TYPE_CHECKING:
    from bot.events.entries import Desk
    from bot.events.event_rows import EventRow
    from bot.events.events import Written

events_app = typer.Typer(no_args_is_help=True, help="Events that families book.")

T = TypeVar("T")

Code = Annotated[str, typer.Argument(help="the event's code, as in the table")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON alone")]


@events_app.command("import")
def events_import(
    file: Annotated[Path, typer.Argument(help="table (.csv) or calendar (.ics)", dir_okay=False, exists=True)],
) -> None:
    """Take events in, new and changed ones; the same file again changes nothing. One wrong row, and nothing is taken in."""
    from bot.audit_log import Audited, note_change_by
    from bot.curation.shipped_edition import PRODUCT
    from bot.events.event_file import rows_of_file
    from bot.events.event_table import read_events, rows_of_table
    from bot.events.events import write_events
    from bot.ical import NotACalendar
    from bot.wiring import load_guide

    settings = read_settings()
    try:
        content = file.read_bytes()
        is_calendar = file.suffix.lower() == ".ics"
        rows = rows_of_file(content) if is_calendar else rows_of_table(content.decode("utf-8"))
    except UnicodeDecodeError:
        _refuse(f"{file} is not in UTF-8; save it as CSV UTF-8")
    except NotACalendar as error:
        _refuse(f"{file}: {error}")
    topics = frozenset(load_guide(settings).guide.topics)
    drafts, problems = read_events(rows, settings.timezone, topics, file.name, 1 if is_calendar else 2)
    if problems:
        _refuse("\n".join(str(problem) for problem in problems) + "\nnothing was taken in")

    def carry_out(desk: "Desk") -> "Written":
        written = write_events(desk, drafts)
        for event_id in (*written.added, *written.changed):
            note_change_by(
                desk.session, Audited(PRODUCT, desk.now), "events.import", event_id, after={"file": file.name}
            )
        return written

    written = _at_desk(settings, carry_out)
    typer.echo(f"{len(written.added)} new, {len(written.changed)} changed, {len(written.same)} as before")


@events_app.command("export")
def events_export(
    file: Annotated[Path, typer.Argument(help="where to: table (.csv) or calendar (.ics)", dir_okay=False)],
    past: Annotated[bool, typer.Option("--past", help="events that are over too")] = False,
) -> None:
    """Write events into a file that `qihui events import` reads again."""
    from bot.events.event_file import event_file
    from bot.events.event_table import table_of

    settings = read_settings()

    def write(desk: "Desk") -> int:
        rows = _rows(desk, past=past)
        if file.suffix.lower() == ".ics":
            file.write_bytes(event_file(rows, "zh", desk.now, full=True))
        else:
            file.write_text(table_of(rows), encoding="utf-8", newline="")
        return len(rows)

    typer.echo(f"{_at_desk(settings, write)} events written to {file}")


@events_app.command("list")
def events_list(
    code: Annotated[
        str | None, typer.Argument(help="one event, with its waiting list and why offers were made")
    ] = None,
    past: Annotated[bool, typer.Option("--past", help="events that are over too")] = False,
    as_json: AsJson = False,
) -> None:
    """List events with their seats; for one event also why each offer was made or not."""
    settings = read_settings()

    def look(desk: "Desk") -> list[dict[str, object]]:
        if code is None:
            return [_line(row, desk.now) for row in _rows(desk, past=past)]
        event = _event(desk, code)
        return [{**_line(event, desk.now), "offers": _offers(desk, event)}]

    lines = _at_desk(settings, look)
    if as_json:
        typer.echo(json.dumps(lines, ensure_ascii=False))
        return
    for line in lines:
        offers = line.pop("offers", [])
        typer.echo("  ".join(f"{value}" for value in line.values()))
        for offer in offers if isinstance(offers, list) else []:
            typer.echo("    " + "  ".join(f"{value}" for value in offer.values()))


@events_app.command("publish")
def events_publish(code: Code) -> None:
    """Let families see and book an event. A cancelled one is open again; its entries stay ended."""
    from bot.events.events import publish

    _change("publish", code, lambda desk, event: publish(desk, event.id))
    typer.echo(f"{code} is published; families can book it now")


@events_app.command("resize")
def events_resize(
    code: Code,
    seats: Annotated[int, typer.Argument(min=1, max=5000, help="seats from now on")],
    adults: Annotated[
        int | None, typer.Option(min=1, max=5000, help="seats of adults, where they are counted apart")
    ] = None,
) -> None:
    """Give an event another size. Nobody who has a place loses it; seats that are new go to the waiting list first."""
    from bot.events.events import resize

    def carry_out(desk: "Desk", event: "EventRow") -> int:
        if adults is not None and event.adult_capacity is None:
            _refuse(f"{code} does not count adults apart; leave --adults out")
        return resize(desk, event.id, seats, adults)

    over = _change("resize", code, carry_out)
    more = f"; taken beyond that, and kept: {over}" if over else ""
    typer.echo(f"{code} has {seats} seats{more}")


@events_app.command("cancel")
def events_cancel(
    code: Code, yes: Annotated[bool, typer.Option("--yes", help="really; families are told")] = False
) -> None:
    """Cancel an event. Everybody who has a place or waits is told once."""
    from bot.events.events import cancel_event

    if not yes:
        _refuse(f"{code} would be cancelled and every family told; say so with --yes")
    ended = _change("cancel", code, lambda desk, event: cancel_event(desk, event.id))
    typer.echo(f"{code} is cancelled; entries that ended: {ended}")


@events_app.command("move")
def events_move(
    code: Code,
    starts: Annotated[str, typer.Argument(help="new start on the clock of the place, like 2026-12-05T10:00")],
    ends: Annotated[str | None, typer.Option(help="new end; default: as long as it was")] = None,
    place: Annotated[str | None, typer.Option(help="new place")] = None,
) -> None:
    """Move an event to another time or place. Everybody who has a place or waits is told once; old reminders never leave."""
    from bot.events.events import move

    def carry_out(desk: "Desk", event: "EventRow") -> int:
        start = _instant(starts, event.zone)
        end = _instant(ends, event.zone) if ends else start + (event.ends_at - event.starts_at)
        if end <= start:
            _refuse("the end must come after the start")
        return move(desk, event.id, start, end, place)

    typer.echo(f"{code} was moved; families told: {_change('move', code, carry_out)}")


def _change(name: str, code: str, work: Callable[["Desk", "EventRow"], T]) -> T:
    """Carry out a change of one event and note it, as the staff pages do."""
    from bot.audit_log import Audited, note_change_by
    from bot.curation.shipped_edition import PRODUCT
    from bot.events.event_table import row_of_event

    def carry_out(desk: "Desk") -> T:
        event = _event(desk, code)
        before = row_of_event(event)
        done = work(desk, event)
        desk.session.refresh(event)
        note_change_by(
            desk.session, Audited(PRODUCT, desk.now), f"events.{name}", event.id, before, row_of_event(event)
        )
        return done

    return _at_desk(read_settings(), carry_out)


def _at_desk(settings: Settings, work: Callable[["Desk"], T]) -> T:
    """Carry out some work in one transaction; what cannot be done is one sentence."""
    from bot.clock import SystemClock
    from bot.conversation.phrases import phrase
    from bot.database import Database
    from bot.events.entries import Desk
    from bot.wiring import read_data_keys

    database = Database(settings.effective_database_url)
    database.upgrade()
    keys = read_data_keys(settings, database)
    try:
        with database.transaction() as session:
            return work(Desk(session, keys, SystemClock(settings.timezone).now()))
    except Refusal as refusal:
        _refuse(phrase(refusal.phrase, "en", refusal.values))


def _rows(desk: "Desk", *, past: bool) -> list["EventRow"]:
    from bot.events.events import events_from

    return events_from(desk.session, datetime(2020, 1, 1, tzinfo=UTC) if past else desk.now)


def _event(desk: "Desk", code: str) -> "EventRow":
    from bot.events.events import event_by_code

    event = event_by_code(desk.session, code)
    if event is None:
        _refuse(f"there is no event {code}; see `qihui events list`")
    return event


def _line(event: "EventRow", now: datetime) -> dict[str, object]:
    from bot.events.seat_claims import room_of
    from bot.events.seats import status_of

    return {
        "code": event.code,
        "starts": event.starts_at.astimezone(ZoneInfo(event.zone)).strftime("%Y-%m-%d %H:%M"),
        "title": event.title_zh,
        "district": event.district,
        "status": status_of(event.status, room_of(event), event.ends_at, now),
        "capacity": event.capacity,
        "taken": event.taken,
        "waiting": event.waiting,
    }


def _offers(desk: "Desk", event: "EventRow") -> list[dict[str, object]]:
    from bot.events.waiting_list import notes_of

    return [
        {
            "at": note.at.astimezone(ZoneInfo(event.zone)).strftime("%Y-%m-%d %H:%M"),
            "entry": note.booking_id,
            "what": note.what,
            "free": note.free,
            "needed": note.needed,
        }
        for note in notes_of(desk.session, event.id)
    ]


def _instant(text: str, zone: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        _refuse(f"{text} is no time; write it like 2026-12-05T10:00")
    return at if at.utcoffset() is not None else at.replace(tzinfo=ZoneInfo(zone))


def _refuse(message: str) -> NoReturn:
    typer.echo(f"qihui: {message}", err=True)
    raise typer.Exit(1)
