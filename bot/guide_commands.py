"""The commands about the guide's files: `qihui guide ...` and `qihui places ...`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.settings import read_settings

guide_app = typer.Typer(no_args_is_help=True, help="The guide's files.")
places_app = typer.Typer(no_args_is_help=True, help="Stations, bases, nurseries and clinics.")


@guide_app.command("check")
def guide_check(
    as_json: Annotated[bool, typer.Option("--json", help="print the findings as JSON")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="another data folder to check", file_okay=False, exists=True)
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="print what a clinician must still confirm, as a table by topic")
    ] = False,
) -> None:
    """Proof-read the guide: sources, age bands, both languages, review dates, wordings, packs, places, calendars."""
    from dataclasses import asdict

    from knowledge.check import check_shipped
    from knowledge.data_folder import DATA
    from knowledge.faults import GuideFault
    from knowledge.load import load
    from knowledge.load_calendars import calendar_problems
    from knowledge.load_nudges import nudge_problems
    from knowledge.report import verification_page

    try:
        shipped = load(folder or DATA)
        problems = sorted(
            {*check_shipped(shipped), *calendar_problems(folder or DATA), *nudge_problems(folder or DATA)}
        )
        entries = len(shipped.guide.entries)
    except GuideFault as fault:
        problems, entries = fault.problems, 0
    else:
        if report:
            typer.echo(verification_page(shipped))
            return
    if as_json:
        typer.echo(json.dumps({"entries": entries, "problems": [asdict(p) for p in problems]}, ensure_ascii=False))
    else:
        for problem in problems:
            typer.echo(str(problem))
        typer.echo(f"{entries} entries, {len(problems)} problems")
    if problems:
        raise typer.Exit(1)


@guide_app.command("export")
def guide_export(
    folder: Annotated[Path, typer.Argument(help="data folder to write into, like knowledge/data", file_okay=False)],
) -> None:
    """Write what staff published back as files; files that are the same are left alone."""
    from bot.curation.shipped_edition import export
    from bot.database import Database

    database = Database(read_settings().effective_database_url)
    database.upgrade()
    with database.transaction() as session:
        written, same = export(session, folder)
    if not written + same:
        typer.echo("qihui: nothing was published yet; start qihui once, or run `qihui guide import`", err=True)
        raise typer.Exit(1)
    typer.echo(f"{written} files written, {same} as they were")


@guide_app.command("import")
def guide_import(
    folder: Annotated[
        Path | None, typer.Argument(help="data folder of the new edition; default: the shipped one", exists=True)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON alone")] = False,
) -> None:
    """Bring in a new edition: what nobody edited here follows it, edited topics are listed and kept as they are."""
    from dataclasses import asdict

    from bot.audit_log import Audited
    from bot.clock import SystemClock
    from bot.curation.shipped_edition import PRODUCT, read_shipped_texts, take_in
    from bot.database import Database
    from knowledge.check import check_shipped
    from knowledge.data_folder import DATA
    from knowledge.faults import GuideFault
    from knowledge.load import load

    settings = read_settings()
    source = folder or DATA
    try:
        edition = load(source)
        problems = check_shipped(edition)
    except GuideFault as fault:
        problems = fault.problems
    if problems:
        for problem in problems:
            typer.echo(str(problem), err=True)
        typer.echo(f"qihui: {len(problems)} problems in {source}; nothing was taken in", err=True)
        raise typer.Exit(1)
    database = Database(settings.effective_database_url)
    database.upgrade()
    by = Audited(PRODUCT, SystemClock(settings.timezone).now())
    texts = read_shipped_texts(source, edition.guide)
    with database.transaction() as session:
        taken = take_in(session, by, texts, edition.guide)
    if as_json:
        typer.echo(json.dumps(asdict(taken), ensure_ascii=False))
        return
    typer.echo(f"{len(taken.fresh)} new, {len(taken.followed)} followed, {taken.unchanged} unchanged")
    for topic_id in taken.conflicts:
        typer.echo(f"conflict: {topic_id} was edited here; yours is served, settle it under /admin/guide/{topic_id}")


@guide_app.command("coverage")
def guide_coverage(
    out: Annotated[Path | None, typer.Option(help="file to write; default: print", dir_okay=False)] = None,
) -> None:
    """Topics against languages, passages, sources, wordings, open facts and review dates."""
    from knowledge.load import load
    from knowledge.report import coverage_page

    page = coverage_page(load())
    if out is None:
        typer.echo(page)
    else:
        out.write_text(page, encoding="utf-8")


@guide_app.command("packs")
def guide_packs(pack: Annotated[str | None, typer.Argument(help="print the cards of this series")] = None) -> None:
    """The resource packs: all series, or the cards of one."""
    from knowledge.load import load

    packs = load().packs
    if pack is None:
        for one in packs.values():
            typer.echo(f"{one.id}  {one.title_zh} · {one.title_en} ({len(one.cards)} cards, for {one.readers})")
        return
    if pack not in packs:
        message = f"no series {pack}; there are {', '.join(packs)}"
        raise typer.BadParameter(message)
    for card in packs[pack].cards:
        typer.echo(f"{card.at}. {card.zh}\n   {card.en}\n   -> {card.topic_id}")


@places_app.command("import")
def places_import(table: Annotated[Path, typer.Argument(help="CSV file", exists=True, dir_okay=False)]) -> None:
    """Take a CSV table of places into this installation's register; one wrong row and nothing is taken."""
    from knowledge.place_files import import_places

    count, problems = import_places(table, read_settings().places_file)
    for problem in problems:
        typer.echo(str(problem), err=True)
    if problems:
        raise typer.Exit(1)
    typer.echo(f"the register holds {count} places")


@places_app.command("list")
def places_list(
    district: Annotated[str, typer.Argument(help="district, for example 静安区")],
    street: Annotated[str, typer.Option(help="these first")] = "",
) -> None:
    """The places of a district; made-up samples only with QIHUI_DEMO."""
    from bot.clock import SystemClock
    from bot.wiring import load_guide
    from knowledge.places import near_first

    settings = read_settings()
    today = SystemClock(settings.timezone).today()
    places = tuple(place for place in load_guide(settings).places if settings.demo or not place.sample)
    for place in near_first(places, district, street):
        marks = ("" if place.is_fresh(today) else "  请先打12345确认 (ask 12345 first)") + ("  [sample]" * place.sample)
        typer.echo(f"{place.name}  {place.address}  {place.phone}  {place.hours}  {place.verified_on}{marks}")
