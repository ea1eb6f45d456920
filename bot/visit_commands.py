"""The commands about home visits: `qihui visit ...`. For staff until they work in the browser, and for operators after.

Times are typed and shown by the families' clock. A refusal says why and changes nothing; exit code 1.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bot.settings import read_settings

if TYPE_CHECKING:
    from bot.events.home_visits import HomeVisit
    from bot.events.visit_desk import VisitDesk

visit_app = typer.Typer(no_args_is_help=True, help="Home visits: who waits, who goes, when.")

VisitId = Annotated[str, typer.Argument(help="id of the visit, from `qihui visit list`")]
By = Annotated[str, typer.Option(help="your name, noted beside the move")]


@visit_app.command("list")
def visit_list(*, everything: Annotated[bool, typer.Option("--all", help="those that are over too")] = False) -> None:
    """Who waits: newborns first, then who waits longest."""
    from bot.events.visit_desk import waiting_visits

    with _desk("cli") as desk:
        for one in waiting_visits(desk, only_open=not everything):
            request = one.visit.request
            mark = "newborn" if one.newborn else ""
            when = _when(one.visit, desk)
            who = one.visit.visitor.name if one.visit.visitor else "-"
            typer.echo(
                f"{one.visit.id}  {one.visit.state:9}  {one.age_days:4} days {mark:7}  {request.district}"
                f"{request.street or ''}  {','.join(request.reasons)}  {','.join(request.times)}  {request.tongue}"
                f"  asked {one.visit.asked_at.astimezone(desk.zone):%Y-%m-%d}  {who}  {when}"
            )


@visit_app.command("show")
def visit_show(visit_id: VisitId) -> None:
    """One visit: where to ring and the code to say at the door (once confirmed), who moved it on, the note."""
    from bot.events.visit_desk import moves_of, note_of, the_visit

    with _desk("cli") as desk:
        visit = the_visit(desk, visit_id)
        typer.echo(f"{visit.state}  {_when(visit, desk)}  {visit.visitor.name if visit.visitor else '-'}")
        if visit.state == "confirmed":
            typer.echo(f"code {visit.code}  address {visit.address or '(not told yet)'}")
        for move in moves_of(desk, visit_id):
            typer.echo(f"  {move.at.astimezone(desk.zone):%Y-%m-%d %H:%M}  {move.move:9} by {move.by} -> {move.state}")
        note = note_of(desk, visit_id)
        if note is not None:
            typer.echo(note)


@visit_app.command("visitors")
def visit_visitors() -> None:
    """The register of those who visit."""
    from bot.events.visitors import visitors

    with _desk("cli") as desk:
        for one in visitors(desk.session):
            area = f"{'、'.join(one.districts)} {'、'.join(one.streets)}".strip()
            state = "" if one.active else "  (retired)"
            typer.echo(
                f"{one.id}  {one.name}  {one.organisation}  card {one.card}  {area}  {','.join(one.tongues)}"
                f"  at most {one.most_a_day} a day{state}"
            )


@visit_app.command("add-visitor")
def visit_add_visitor(
    name: Annotated[str, typer.Argument(help="as families read it")],
    organisation: Annotated[str, typer.Option(help="station, clinic or street")],
    card: Annotated[str, typer.Option(help="number on the work card")],
    district: Annotated[list[str], typer.Option(help="a district served; may be given several times")],
    street: Annotated[list[str] | None, typer.Option(help="only these streets; none: the whole district")] = None,
    language: Annotated[list[str] | None, typer.Option(help="zh, wu or en; several times")] = None,
    most_a_day: Annotated[int, typer.Option(help="visits a day at most")] = 4,
) -> None:
    """Add somebody who visits families."""
    from bot.events.visitors import add_visitor

    with _desk("cli") as desk:
        added = add_visitor(
            desk.session,
            name=name,
            organisation=organisation,
            card=card,
            districts=tuple(district),
            streets=tuple(street or ()),
            tongues=tuple(language or ()),
            most_a_day=most_a_day,
            now=desk.now,
        )
    typer.echo(f"{added.id}  {added.name}")


@visit_app.command("retire-visitor")
def visit_retire_visitor(visitor: Annotated[str, typer.Argument(help="id or name")]) -> None:
    """Somebody visits no more; what they did stays readable."""
    from bot.events.visitors import retire_visitor, the_visitor

    with _desk("cli") as desk:
        retire_visitor(desk.session, the_visitor(desk.session, visitor).id)
    typer.echo("retired")


@visit_app.command("assign")
def visit_assign(
    visit_id: VisitId,
    by: By,
    visitor: Annotated[str | None, typer.Option(help="id or name; none: the best by area, language and load")] = None,
    *,
    elsewhere: Annotated[bool, typer.Option("--elsewhere", help="also somebody of another area")] = False,
) -> None:
    """Give a visit to a visitor."""
    from bot.events.visit_desk import assign

    with _desk(by) as desk:
        assigned = assign(desk, visit_id, visitor, elsewhere=elsewhere)
        typer.echo(f"assigned to {assigned.visitor.name if assigned.visitor else '-'}")


@visit_app.command("propose")
def visit_propose(
    visit_id: VisitId,
    start: Annotated[datetime, typer.Argument(help="by the families' clock", formats=["%Y-%m-%dT%H:%M"])],
    by: By,
    minutes: Annotated[int, typer.Option(help="how long")] = 45,
) -> None:
    """Propose a time to the family, which holds it until they answer (at most two days)."""
    from bot.events.visit_desk import propose
    from bot.events.visit_states import Slot

    with _desk(by) as desk:
        starts_at = start.replace(tzinfo=desk.zone)
        proposed = propose(desk, visit_id, Slot(starts_at, starts_at + timedelta(minutes=minutes)))
        typer.echo(f"proposed: {_when(proposed, desk)}; the family is asked")


@visit_app.command("call-off")
def visit_call_off(visit_id: VisitId, by: By) -> None:
    """The visitor cannot come at that time; the family is told and the visit waits for another."""
    from bot.events.visit_desk import call_off

    with _desk(by) as desk:
        call_off(desk, visit_id)
    typer.echo("called off; propose another time")


@visit_app.command("close")
def visit_close(visit_id: VisitId, by: By) -> None:
    """There will be no visit; the family is told."""
    from bot.events.visit_desk import close_visit

    with _desk(by) as desk:
        close_visit(desk, visit_id)
    typer.echo("closed")


@visit_app.command("done")
def visit_done(
    visit_id: VisitId,
    by: By,
    note: Annotated[str, typer.Option(help="what was seen; kept sealed, for staff alone")],
    next_step: Annotated[str, typer.Option(help="what comes next")],
) -> None:
    """The visit took place."""
    from bot.events.visit_desk import finish

    with _desk(by) as desk:
        finish(desk, visit_id, note, next_step)
    typer.echo("done")


@visit_app.command("missed")
def visit_missed(visit_id: VisitId, by: By) -> None:
    """The visitor came and nobody opened."""
    from bot.events.visit_desk import nobody_home

    with _desk(by) as desk:
        nobody_home(desk, visit_id)
    typer.echo("missed")


@visit_app.command("lapse")
def visit_lapse() -> None:
    """Give back the times of proposals that nobody answered; the clockwork does it too."""
    from bot.events.visit_desk import lapse_proposals

    with _desk("system") as desk:
        typer.echo(f"{lapse_proposals(desk)} lapsed")


@visit_app.command("figures")
def visit_figures_command(
    days: Annotated[int, typer.Option(min=1, max=3660, help="the span up to today")] = 365,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON alone")] = False,
) -> None:
    """Visits wanted and made, among families that agreed to be counted; nothing about fewer than ten."""
    import json
    from dataclasses import asdict

    from bot.events.visit_figures import visit_figures

    with _desk("cli") as desk:
        figures = visit_figures(desk.session, desk.keys, desk.now, desk.zone, days)
    if as_json:
        typer.echo(json.dumps(asdict(figures), default=str))
        return
    for name, value in asdict(figures).items():
        typer.echo(f"{name}: {'fewer than 10' if value is None else value}")


@contextmanager
def _desk(by: str) -> Iterator["VisitDesk"]:
    """A desk on this installation's database; a refusal becomes its sentence and exit code 1."""
    from zoneinfo import ZoneInfo

    from bot.clock import SystemClock
    from bot.conversation.phrases import phrase
    from bot.errors import Refusal
    from bot.events.visit_desk import VisitDesk
    from bot.wiring import open_records

    settings = read_settings()
    database, keys = open_records(settings)
    try:
        with database.transaction() as session:
            yield VisitDesk(
                session, keys, SystemClock(settings.timezone).now(), ZoneInfo(settings.timezone), by.strip() or "?"
            )
    except Refusal as refusal:
        typer.echo(f"qihui: {phrase(refusal.phrase, 'en', refusal.values)}", err=True)
        raise typer.Exit(1) from refusal


def _when(visit: "HomeVisit", desk: "VisitDesk") -> str:
    if visit.slot is None:
        return ""
    starts, ends = visit.slot.starts_at.astimezone(desk.zone), visit.slot.ends_at.astimezone(desk.zone)
    return f"{starts:%Y-%m-%d %H:%M}-{ends:%H:%M}"
