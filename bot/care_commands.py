"""The commands about a child's calendar: `qihui immunization ...` and `qihui checkups ...`."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from bot.settings import read_settings

if TYPE_CHECKING:
    from knowledge.load_calendars import Calendars

immunization_app = typer.Typer(no_args_is_help=True, help="What a child's immunization calendar says.")
checkups_app = typer.Typer(no_args_is_help=True, help="What a child's check-up calendar says.")

LanguageName = Literal["zh", "en"]
Answer = Callable[[Mapping[str, Any], date], dict[str, Any]]

_MARKS = {
    "done": ("已完成", "done"),
    "due": ("现在可以", "due"),
    "late": ("早点约", "book soon"),
    "overdue": ("请尽快约", "overdue"),
    "upcoming": ("还没到", "upcoming"),
    "hold": ("先问医生", "ask first"),
    "not_applicable": ("不用", "not needed"),
}

Born = Annotated[str | None, typer.Option(help="birth date, like 2026-03-01")]
On = Annotated[str | None, typer.Option(help="day of the forecast; default: today")]
Weeks = Annotated[int | None, typer.Option(help="completed weeks of pregnancy at birth, if early")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON alone")]
Lang = Annotated[LanguageName | None, typer.Option(help="language of the reasons; default: both")]
Batch = Annotated[Path | None, typer.Option(help="file of JSON lines, one child each", dir_okay=False)]
Out = Annotated[Path | None, typer.Option(help="file to write the JSON lines to", dir_okay=False)]
More = Annotated[list[str] | None, typer.Argument(help="further CODE:DAY after --given", hidden=True)]


@immunization_app.command("forecast")
def immunization_forecast(
    more: More = None,
    born: Born = None,
    given: Annotated[list[str] | None, typer.Option(help="a dose on record, CODE:2026-03-01; repeat it")] = None,
    on: On = None,
    gestation_weeks: Weeks = None,
    flag: Annotated[list[str] | None, typer.Option(help="a condition on record; see special-groups.yaml")] = None,
    variant: Annotated[list[str] | None, typer.Option(help="the clinic's product, for example JE:JE-I")] = None,
    opt_in: Annotated[list[str] | None, typer.Option(help="a self-paid vaccine to list, for example RV5")] = None,
    as_json: AsJson = False,
    lang: Lang = None,
    batch: Batch = None,
    out: Out = None,
) -> None:
    """Which doses a child needs, when and why; one child, or a file of them."""
    from bot.forecast_rows import immunization_row

    schedule = _calendars().schedule
    single = {
        "born": born,
        "on": on,
        "given": _by_code([*(given or ()), *(more or ())]),
        "gestation_weeks": gestation_weeks,
        "flags": flag,
        "variants": dict(_pair(text, "JE:JE-I") for text in variant or ()),
        "opt_in": opt_in,
        "lang": lang,
    }
    _forecast(lambda row, today: immunization_row(row, schedule, today), single, batch, out, as_json=as_json)


@checkups_app.command("forecast")
def checkups_forecast(
    more: More = None,
    born: Born = None,
    given: Annotated[list[str] | None, typer.Option(help="a visit done, CODE:2026-03-01; repeat it")] = None,
    on: On = None,
    gestation_weeks: Weeks = None,
    clinic_date: Annotated[list[str] | None, typer.Option(help="the clinic's own date, CODE:2026-03-01")] = None,
    discharged: Annotated[str | None, typer.Option(help="day the child left hospital")] = None,
    as_json: AsJson = False,
    lang: Lang = None,
    batch: Batch = None,
    out: Out = None,
) -> None:
    """Which check-ups come when and why; one child, or a file of them."""
    from bot.forecast_rows import checkup_row

    calendar = _calendars().checkups
    single = {
        "born": born,
        "on": on,
        "given": _by_code([*(given or ()), *(more or ())]),
        "gestation_weeks": gestation_weeks,
        "clinic_dates": dict(_pair(text, "m6:2026-03-01") for text in clinic_date or ()),
        "discharged": discharged,
        "lang": lang,
    }
    _forecast(lambda row, today: checkup_row(row, calendar, today), single, batch, out, as_json=as_json)


@checkups_app.command("visit")
def checkups_visit(
    code: Annotated[str, typer.Argument(help="code of the visit, for example m6")],
    lang: Annotated[LanguageName, typer.Option(help="language")] = "zh",
) -> None:
    """What happens at a visit, what to bring and what to ask."""
    from knowledge.checkup_words import visit_page

    calendar = _calendars().checkups
    visits = [visit for visit in calendar.visits if visit.code == code]
    if not visits:
        _refuse(f"unknown check-up {code}; known: {', '.join(calendar.codes)}")
    typer.echo("\n\n".join(visit_page(visit, calendar, lang) for visit in visits))


def _forecast(
    answer: Answer, single: Mapping[str, Any], batch: Path | None, out: Path | None, *, as_json: bool
) -> None:
    from bot.clock import SystemClock
    from bot.forecast_rows import NOTES, TITLE, BadRow, contract
    from knowledge.faults import RecordFault

    if (batch is None) != (out is None):
        raise typer.BadParameter("--batch and --out go together")
    if (single["born"] is None) == (batch is None):
        raise typer.BadParameter("give --born, or --batch with --out")
    today = SystemClock(read_settings().timezone).today()
    if batch is not None and out is not None:
        _answer_file(answer, batch, out, today)
        return
    try:
        answered = answer(single, today)
    except (BadRow, RecordFault) as fault:
        _refuse(str(fault))
    if as_json:
        typer.echo(json.dumps(contract(answered), ensure_ascii=False))
        return
    typer.echo(answered[TITLE])
    for note in answered[NOTES]:
        typer.echo(note)
    for row in answered["doses"]:
        zh, en = _MARKS[row["status"]]
        typer.echo(f"{row['code']} {row['dose']}  {row['earliest'] or '-'}  {zh} {en}")
        typer.echo("".join(f"    {line}\n" for line in row["reason"].splitlines()), nl=False)


def _answer_file(answer: Answer, source: Path, target: Path, today: date) -> None:
    """Answer every line. A file that is no JSON is refused whole; a child that cannot be is refused alone."""
    from bot.forecast_rows import BadRow, contract, refused_row
    from knowledge.faults import RecordFault

    rows = _read_lines(source)
    refused = 0
    with target.open("w", encoding="utf-8") as file:
        for row in rows:
            try:
                answered = {"id": row.get("id"), **contract(answer(row, today))}
            except (BadRow, RecordFault) as fault:
                refused += 1
                answered = refused_row(row, fault)
            file.write(json.dumps(answered, ensure_ascii=False) + "\n")
    typer.echo(f"{len(rows) - refused} forecast, {refused} refused, written to {target}", err=True)
    if refused:
        raise typer.Exit(1)


def _read_lines(source: Path) -> list[dict[str, Any]]:
    try:
        lines = source.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        _refuse(f"{source} cannot be read as UTF-8 text ({error})")
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            _refuse(f"{source}:{number}: not JSON ({error.msg}); write one object a line")
        if not isinstance(row, dict):
            _refuse(f'{source}:{number}: write an object with "id", "born", "on" and "given"')
        rows.append(row)
    return rows


def _pair(text: str, example: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name or not value:
        _refuse(f"{text!r} must be written like {example}")
    return name, value


def _by_code(texts: list[str]) -> dict[str, list[str]]:
    by_code: dict[str, list[str]] = {}
    for text in texts:
        code, day = _pair(text, "HepB:2026-03-01")
        by_code.setdefault(code, []).append(day)
    return by_code


def _calendars() -> "Calendars":
    from bot.errors import Misconfigured
    from knowledge.faults import GuideFault
    from knowledge.load_calendars import load_calendars

    try:
        return load_calendars()
    except GuideFault as fault:
        raise Misconfigured(str(fault)) from fault


def _refuse(message: str) -> NoReturn:
    typer.echo(f"qihui: {message}", err=True)
    raise typer.Exit(1)
