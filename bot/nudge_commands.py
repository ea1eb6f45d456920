"""The commands about nudges: `qihui explain-nudge CHILD` and `qihui dry-run`. They change nothing."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.settings import Settings, read_settings

if TYPE_CHECKING:
    from bot.care.nudge_ledger import Told
    from bot.outreach.family_budget import Limits

LEAST_PREFIX = 6


def explain_nudge(
    child: Annotated[str, typer.Argument(help="the child's id, or its first six digits or more")],
    text: Annotated[bool, typer.Option("--text", help="also word what waits, as it would be sent now")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON alone")] = False,
) -> None:
    """Why this child's family is reminded, when, what was sent, and what is held or withheld and why. Codes only."""
    from bot.care.nudge_ledger import explain
    from bot.care.plan_nudges import NudgeSetup
    from bot.clock import SystemClock
    from bot.families.rosters import child_ids_like
    from bot.wiring import open_records

    settings = read_settings()
    database, keys = open_records(settings)
    zone = ZoneInfo(settings.timezone)
    with database.transaction() as session:
        found = child_ids_like(session, child) if len(child) >= LEAST_PREFIX else []
        if len(found) != 1:
            why = "no child" if not found else f"{len(found)} children"
            typer.echo(
                f"qihui: {why} with an id that begins with {child!r}; give {LEAST_PREFIX} digits or more", err=True
            )
            raise typer.Exit(1)
        now = SystemClock(settings.timezone).now()
        setup = NudgeSetup(zone, limits_of(settings).quiet)
        explained = explain(session, keys, setup, found[0], now, words=text)
    if as_json:
        typer.echo(json.dumps([_plain(asdict(one)) for one in explained], ensure_ascii=False))
        return
    for one in explained:
        typer.echo(f"caregiver {one.chat}: " + (f"nothing, {one.nothing_because}" if one.nothing_because else ""))
        if one.started_on is not None:
            typer.echo(f"  reminded since {one.started_on}; planned anew since {one.since}")
        for told in one.told:
            typer.echo(f"  {_line(told, zone)}")
            if told.part is not None:
                typer.echo(_worded(told))


def dry_run(
    days: Annotated[int, typer.Option(min=1, max=90, help="how many days ahead")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON alone")] = False,
) -> None:
    """What goes out in the next days, by the code that sends, if nobody answers: counts a day, nothing is sent."""
    from bot.wiring import rehearse_days

    rehearsed = rehearse_days(read_settings(), days)
    if as_json:
        typer.echo(json.dumps([_plain(vars(day)) for day in rehearsed]))
        return
    typer.echo(f"{'day':10} {'messages':>8}  what they are about · held · withheld")
    for day in rehearsed:
        parts = [_counts(counter) for counter in (day.kinds, day.held, day.withheld)]
        typer.echo(f"{day.on} {day.messages:8}  {' · '.join(part or '-' for part in parts)}")
    typer.echo(f"{'in all':10} {sum(day.messages for day in rehearsed):8}")


def limits_of(settings: Settings) -> "Limits":
    """The family budget and quiet hours of the settings."""
    from bot.wiring import family_limits

    return family_limits(settings)


def _line(told: "Told", zone: ZoneInfo) -> str:
    def local(at: datetime | None) -> str:
        return "" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M}"

    parts = [f"{told.nudge:38}", f"{told.state:11}", f"due {local(told.due_at)}"]
    if told.sent_at is not None:
        parts.append(f"sent {local(told.sent_at)}")
    elif told.next_try_at is not None and told.next_try_at != told.due_at:
        parts.append(f"held until {local(told.next_try_at)}")
    if told.reason is not None:
        parts.append(f"({told.reason})")
    return " ".join([*parts, " ".join(told.codes)]).rstrip()


def _worded(told: "Told") -> str:
    from bot.conversation.render import render
    from bot.messages import Reply

    if told.part is None:
        return ""
    rendered = render(Reply(told.part.lines, told.part.buttons), "zh")
    return "\n".join(f"      {line}" for line in rendered.plain_text.splitlines())


def _counts(counter: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items()))


def _plain(value: Any) -> Any:
    """As JSON takes it: instants and days as ISO texts, what is sent left out."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items() if key != "part"}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
