"""The commands for announcements, until staff do this in the browser: `qihui announce ...`, and `qihui status`.

Names given with `--by` are taken on trust: whoever may run commands on this machine is staff.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import typer

from bot.errors import Refusal
from bot.settings import read_settings

if TYPE_CHECKING:
    from sqlmodel import Session

    from bot.outreach.announcement import Announcement
    from bot.worker_wiring import Working

announce_app = typer.Typer(no_args_is_help=True, help="Announcements to many families.")

T = TypeVar("T")

Id = Annotated[str, typer.Argument(help="the announcement's id, as `new` printed it")]
By = Annotated[str, typer.Option(help="your name")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON alone")]


@announce_app.command("new")
def new(
    zh: Annotated[str, typer.Option(help="the text in Chinese, plain")],
    en: Annotated[str, typer.Option(help="the text in English, plain")],
    by: By,
    topic: Annotated[
        Literal["announcements", "events", "immunization", "checkups"], typer.Option(help="what families can mute")
    ] = "announcements",
    district: Annotated[list[str] | None, typer.Option(help="only families there; repeat it for several")] = None,
    from_months: Annotated[int | None, typer.Option(help="only with a child of at least this age")] = None,
    to_months: Annotated[
        int | None, typer.Option(help="only with a child of at most this age, completed months")
    ] = None,
    language: Annotated[Literal["zh", "en"] | None, typer.Option(help="only readers of this language")] = None,
    attended: Annotated[str | None, typer.Option(help="only guests of this event, by its id")] = None,
) -> None:
    """Make a draft and print its id."""
    from bot.outreach.announcements import create
    from bot.outreach.audience_rule import read_rule

    working = _working()

    def make(session: "Session", now: datetime) -> "Announcement":
        rule = read_rule(district or (), from_months, to_months, language, attended)
        return create(session, topic, {"zh": zh, "en": en}, rule, by, now)

    typer.echo(_do(working, make).id)


@announce_app.command("list")
def list_all() -> None:
    """Every announcement, the newest first."""
    from bot.outreach.announcements import every_announcement

    for one in _do(_working(), lambda session, _now: every_announcement(session), writes=False):
        typer.echo(f"{one.id}  {one.state:24} {one.topic:14} {one.texts['zh'].splitlines()[0][:40]}")


@announce_app.command("preview")
def preview_one(announcement_id: Id, as_json: AsJson = False) -> None:
    """How many it would reach now, who is left out and why, and a masked sample."""
    working = _working()
    one = _one(working, announcement_id)
    seen = _count(working, one)
    if as_json:
        typer.echo(json.dumps(asdict(seen), ensure_ascii=False))
        return
    typer.echo(f"{one.id} ({one.state}) would reach {seen.size} chats now")
    for why, count in sorted(seen.left_out.items()):
        typer.echo(f"left out, {why}: {count}")
    for shown in seen.sample:
        child = "" if shown.months is None else f", {shown.district or 'no district'}, {shown.months} months"
        typer.echo(f"  for example chat {shown.chat} ({shown.channel}, {shown.language}{child})")
    for language in ("zh", "en"):
        typer.echo(f"--- {language}\n{one.texts[language]}")


@announce_app.command("test")
def test(announcement_id: Id) -> None:
    """Send it to the staff's own chats (QIHUI_STAFF_CHATS)."""
    from bot.outreach.announcements import send_test
    from bot.worker_wiring import staff_chats

    working = _working()
    chats = staff_chats(read_settings(), working)
    _do(working, lambda session, now: send_test(session, working.keys, announcement_id, chats, now))
    typer.echo(f"on its way to {len(chats)} staff chats")


@announce_app.command("start")
def start_one(
    announcement_id: Id,
    by: By,
    at: Annotated[
        str | None, typer.Option(help="when, like 2026-12-01T10:00, in the families' zone; default now")
    ] = None,
) -> None:
    """Start it, now or later; a large audience waits for a second person."""
    from bot.outreach.announcements import start

    settings, working = read_settings(), _working()
    starts_at = None if at is None else _instant(at, settings.timezone)
    size = _count(working, _one(working, announcement_id)).size
    alone = settings.announcement_alone_to
    one = _do(working, lambda session, now: start(session, announcement_id, by, size, alone, now, starts_at))
    if one.state == "awaiting_second_person":
        typer.echo(f"{size} chats, more than {alone}: a second person runs `qihui announce confirm {one.id} --by NAME`")
        return
    typer.echo(f"scheduled for {size} chats")


@announce_app.command("confirm")
def confirm_one(announcement_id: Id, by: By) -> None:
    """Confirm, as the second person, what another one started."""
    from bot.outreach.announcements import confirm

    working = _working()
    size = _count(working, _one(working, announcement_id)).size
    _do(working, lambda session, now: confirm(session, announcement_id, by, size, now))
    typer.echo(f"scheduled for {size} chats")


@announce_app.command("pause")
def pause_one(announcement_id: Id, by: By, why: Annotated[str, typer.Option(help="for the record")] = "") -> None:
    """Send nothing more of it until it is resumed."""
    from bot.outreach.announcements import pause

    _do(_working(), lambda session, now: pause(session, announcement_id, by, now, why))
    typer.echo("paused")


@announce_app.command("resume")
def resume_one(announcement_id: Id) -> None:
    """Go on with exactly those who are left."""
    from bot.outreach.announcements import resume

    _do(_working(), lambda session, now: resume(session, announcement_id, now))
    typer.echo("running")


@announce_app.command("cancel")
def cancel_one(announcement_id: Id) -> None:
    """Never send it to anyone from now on."""
    from bot.outreach.announcements import cancel

    _do(_working(), lambda session, now: cancel(session, announcement_id, now))
    typer.echo("cancelled")


@announce_app.command("report")
def report(announcement_id: Id, as_json: AsJson = False) -> None:
    """Where everyone of the audience stands; it always adds up."""
    from bot.outreach.announcement_recipients import tally
    from bot.outreach.announcement_rows import AnnouncementRow

    working = _working()
    one = _one(working, announcement_id)
    counted = _do(
        working, lambda session, _now: tally(session, session.get_one(AnnouncementRow, announcement_id)), writes=False
    )
    if as_json:
        typer.echo(json.dumps({"id": one.id, "state": one.state, **asdict(counted), "adds_up": counted.adds_up}))
        return
    typer.echo(f"{one.id}  {one.state}  {one.why_paused or ''}".rstrip())
    parts = {"audience": counted.audience, "sent": counted.sent, "failed": counted.failed, "unknown": counted.unknown}
    parts |= {f"skipped, {why}": count for why, count in sorted(counted.skipped.items())} | {"open": counted.open}
    for name, count in parts.items():
        typer.echo(f"{name:24} {count}")
    if not counted.adds_up:
        typer.echo("qihui: the sum differs from the audience; please report this", err=True)
        raise typer.Exit(1)


def status(
    as_json: AsJson = False,
    forget_job: Annotated[str | None, typer.Option(help="take a job that no longer exists out of the book")] = None,
) -> None:
    """Jobs, queue and alarms at a glance; exit code 1 while an alarm stands."""
    if forget_job is not None:
        _forget_job(forget_job)
        return
    from bot.conversation.phrases import phrase
    from bot.indicators.answer_watch import watched
    from bot.outreach.alarms import alarms
    from bot.worker_wiring import tickets_past_their_clock

    settings, working = read_settings(), _working()
    today = working.clock.today()
    snapshot = _do(
        working,
        lambda session, now: watched(session, now, today, tickets_past_their_clock(settings, working, session, now)),
        writes=False,
    )
    standing = alarms(snapshot)
    if as_json:
        typer.echo(json.dumps(_plain_status(snapshot, standing), ensure_ascii=False))
    else:
        typer.echo(f"queue: {snapshot.queued} waiting, {snapshot.unknown} in doubt")
        typer.echo(
            f"last nudge: {_shown(snapshot.last_nudge_at)}; families with reminders: {snapshot.families_reminded}"
        )
        for job in snapshot.jobs:
            typer.echo(f"job {job.name:16} last well {_shown(job.last_ok_at)}  {job.last_outcome or ''}")
        for alarm in standing:
            typer.echo(f"ALARM {phrase(f'alarm.{alarm.name}', 'en', alarm.values)}")
    if standing:
        raise typer.Exit(1)


def _forget_job(name: str) -> None:
    from bot.job_book import forget_job

    if not _do(_working(), lambda session, _now: forget_job(session, name)):
        typer.echo(f"qihui: there is no job {name[:40]} in the book; `qihui status` lists them", err=True)
        raise typer.Exit(1)
    typer.echo("forgotten; a worker that still has it enters it again")


def _shown(at: datetime | None) -> str:
    return "never" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


def _plain_status(snapshot: Any, standing: list[Any]) -> dict[str, Any]:
    return {
        "queued": snapshot.queued,
        "unknown": snapshot.unknown,
        "last_nudge_at": snapshot.last_nudge_at.isoformat() if snapshot.last_nudge_at else None,
        "families_reminded": snapshot.families_reminded,
        "jobs": [
            {"name": job.name, "last_ok_at": job.last_ok_at.isoformat() if job.last_ok_at else None}
            | {"last_outcome": job.last_outcome, "last_error": job.last_error, "last_counts": dict(job.last_counts)}
            for job in snapshot.jobs
        ],
        "alarms": [{"name": alarm.name, "about": alarm.about, **alarm.values} for alarm in standing],
    }


def _working() -> "Working":
    from bot.worker_wiring import open_working

    return open_working(read_settings())


def _do(working: "Working", what: Callable[["Session", datetime], T], *, writes: bool = True) -> T:
    """Do it in one transaction; a refusal is one sentence on standard error and exit code 1."""
    from bot.conversation.phrases import phrase

    database = working.database
    try:
        with database.transaction() if writes else database.reading() as session:
            return what(session, working.clock.now())
    except Refusal as refusal:
        typer.echo(f"qihui: {phrase(refusal.phrase, 'en', refusal.values)}", err=True)
        raise typer.Exit(1) from refusal


def _one(working: "Working", announcement_id: str) -> "Announcement":
    from bot.outreach.announcements import the_announcement

    return _do(working, lambda session, _now: the_announcement(session, announcement_id), writes=False)


def _count(working: "Working", one: "Announcement") -> Any:
    from bot.events.bookings import attended
    from bot.outreach.audience import preview

    today = working.clock.today()
    return preview(working.database, working.keys, one.topic, one.rule, today, attended, one.id)


def _instant(written: str, zone: str) -> datetime:
    try:
        local = datetime.fromisoformat(written)
    except ValueError as error:
        typer.echo(f"qihui: --at {written[:40]!r} is no time; write it like 2026-12-01T10:00", err=True)
        raise typer.Exit(1) from error
    return (local if local.tzinfo else local.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
