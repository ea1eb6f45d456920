"""The commands about families' records: `qihui records export` and `qihui records import`.

They work for children whose guardians agreed to dates and reminders, and leave a line in the family's own log. A file
with one wrong line is refused whole; the same file twice is taken in once.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from bot.errors import Refusal
from bot.settings import read_settings

if TYPE_CHECKING:
    from sqlmodel import Session

    from bot.care.record_import import ImportPlan
    from bot.care.record_table import RecordTable
    from bot.care.record_values import Record
    from bot.database import Database
    from bot.flow import Visit

records_app = typer.Typer(no_args_is_help=True, help="Families' vaccine and check-up records as files.")

OWNER_ONLY = 0o600
_Child = Annotated[str | None, typer.Option(help="id of one child, as an export without --child lists them")]


@records_app.command("export")
def records_export(
    out: Annotated[Path, typer.Option(help="file to write: .csv or .json", dir_okay=False)],
    child: _Child = None,
    lang: Annotated[Literal["zh", "en"], typer.Option(help="language of the names")] = "zh",
) -> None:
    """Write the records of one child, or of all, into a file that only its owner may read."""
    from bot.care.record_files import CSV_HEAD, csv_text, json_text

    kind = _kind(out)
    rows: list[dict[str, str | int | None]] = []
    database, visit_of = _open(lang)
    with database.transaction() as session:
        visit = visit_of(session)
        children = _with_calendar(visit) if child is None else [child]
        for one in children:
            rows += _taken(visit, one)
    text = csv_text(rows, ("child", *CSV_HEAD)) if kind == "csv" else json_text(rows)
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        _refuse(f"{out} cannot be written ({error.strerror}); name another file")
    typer.echo(f"{len(rows)} records of {len(children)} children written to {out}", err=True)


@records_app.command("import")
def records_import(
    source: Annotated[Path, typer.Argument(help="CSV or JSON, as `records export` writes it", dir_okay=False)],
    child: _Child = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be taken in, and write nothing")] = False,
) -> None:
    """Take records in: all of a file or, if a line is wrong, nothing. Records that are there already are left alone."""
    from bot.care.record_import import carry_out

    table = _table(source, child)
    database, visit_of = _open("en")
    with database.transaction() as session:
        visit = visit_of(session)
        plans, faults = _plans(visit, table, child)
        if not faults and not dry_run:
            for child_id, plan in plans.items():
                carry_out(visit, child_id, plan)
    for number, why in sorted(faults):
        typer.echo(f"{source}:{number}: {why}", err=True)
    if faults:
        _refuse(f"{len(faults)} of {len(table.rows)} {table.counted}s are wrong; nothing was changed")
    fresh, known, passed = (
        sum(len(rows) for rows in (getattr(plan, name) for plan in plans.values()))
        for name in ("fresh", "known", "passed")
    )
    if table.unread_columns:
        typer.echo(f"columns that are not read: {', '.join(table.unread_columns)}", err=True)
    left = f", {passed} booked days that have passed left out" if passed else ""
    done = "would be taken in" if dry_run else "taken in"
    typer.echo(f"{fresh} records {done}, {known} on record already{left}")


def _table(source: Path, child: str | None) -> "RecordTable":
    """The file as a table whose every row has a child."""
    from bot.care.record_table import cut_table, text_of

    try:
        table = cut_table(text_of(source.read_bytes()))
    except OSError as error:
        _refuse(f"{source} cannot be read ({error.strerror})")
    except Refusal as refusal:
        _refuse(f"{source}: {_worded(refusal)}")
    others = [one for one in table.children if one != (child or "")]
    if child is None and "" in table.children:
        _refuse(f"{source}: not every {table.counted} names its child; fill the column child, or give --child")
    if child is not None and any(others):
        _refuse(f"{source} names child {', '.join(filter(None, others))} beside --child {child}; give one of the two")
    return table


def _plans(
    visit: "Visit", table: "RecordTable", child: str | None
) -> "tuple[dict[str, ImportPlan], list[tuple[int, str]]]":
    """What the file comes to for each child, and every line that is wrong with the reason."""
    from bot.care.record_import import planned
    from bot.conversation.phrases import phrase

    plans: dict[str, ImportPlan] = {}
    faults: list[tuple[int, str]] = []
    for named in table.children:
        child_id = child or named
        try:
            plan = planned(visit, child_id, table, named)
        except Refusal as refusal:
            why = _why_not(refusal, child_id)
            faults += [(line, why) for line, cells in table.rows if cells.get("child", "") == named]
            continue
        plans[child_id] = plan
        faults += [(row.line, phrase(row.why.key, "en", row.why.values)) for row in plan.refused]
    return plans, faults


def _taken(visit: "Visit", child_id: str) -> list[dict[str, str | int | None]]:
    from bot.care.care_records import doses_of, visits_of
    from bot.care.record_files import record_rows
    from bot.care.sealed_entries import calendar_child
    from bot.families.change_log import note_change
    from knowledge.load_calendars import load_calendars

    try:
        child = calendar_child(visit, child_id, "see")
    except Refusal as refusal:
        _refuse(_why_not(refusal, child_id))
    note_change(visit, child.family_id, "exported", child.id)
    records: list[Record] = [*doses_of(visit, child_id), *visits_of(visit, child_id)]
    return [{"child": child_id, **row} for row in record_rows(records, load_calendars(), visit.language)]


def _with_calendar(visit: "Visit") -> list[str]:
    """The ids of all children whose calendar is kept."""
    from sqlmodel import select

    from bot.families.consent import given
    from bot.families.family_rows import ChildRow

    rows = visit.session.exec(select(ChildRow.id, ChildRow.family_id)).all()
    return sorted(child_id for child_id, family_id in rows if "calendar" in given(visit, family_id))


def _open(language: Literal["zh", "en"]) -> "tuple[Database, Callable[[Session], Visit]]":
    """The database, and the operator's visit in a transaction of it."""
    from bot.clock import SystemClock
    from bot.database import Database
    from bot.families.membership import OPERATOR
    from bot.flow import Visit
    from bot.wiring import check_care_data, read_data_keys, read_secret

    settings = read_settings()
    database = Database(settings.effective_database_url)
    database.upgrade()
    check_care_data()
    keys, secret, clock = read_data_keys(settings, database), read_secret(settings), SystemClock(settings.timezone)

    def visit_of(session: "Session") -> Visit:
        return Visit(
            session, OPERATOR, "command", clock.now(), clock.today(), clock.day_of, keys, secret, language=language
        )

    return database, visit_of


def _why_not(refusal: Refusal, child_id: str) -> str:
    if refusal.phrase == "family.not_yours":
        return f"there is no child {child_id[:20]!r}; `qihui records export --out all.csv` lists the ids"
    if refusal.phrase == "calendar.consent_needed":
        return f"the guardian of child {child_id!r} has not agreed to dates and reminders; ask the family first"
    return _worded(refusal)


def _worded(refusal: Refusal) -> str:
    from bot.conversation.phrases import phrase

    return phrase(refusal.phrase, "en", refusal.values)


def _kind(out: Path) -> str:
    kind = out.suffix.lower().removeprefix(".")
    if kind not in {"csv", "json"}:
        _refuse(f"{out}: the file must end in .csv or .json")
    return kind


def _refuse(message: str) -> NoReturn:
    typer.echo(f"qihui: {message}", err=True)
    raise typer.Exit(1)
