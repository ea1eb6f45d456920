"""The commands about the guide's files: `qihui guide ...` and `qihui places ...`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.settings import read_settings

if TYPE_CHECKING:
    from bot.curation.import_plan import ImportPlan

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
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="data folder of a new edition (default: the shipped one), or files with texts: "
            "Markdown, zip, CSV, XLSX, DOCX, PDF",
            exists=True,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON alone")] = False,
    by: Annotated[str, typer.Option(help="files: the login of the colleague who brings them")] = "",
    keep: Annotated[
        bool, typer.Option("--keep", help="files: keep the drafts; without it they are only shown")
    ] = False,
) -> None:
    """Bring in a new edition, or files as drafts.

    An edition: what nobody edited here follows it, edited topics are listed and kept as they are. Files: what would
    become a draft is listed with every fault; nothing is ever published.
    """
    if paths and not (len(paths) == 1 and paths[0].is_dir()):
        _import_files(paths, by, keep=keep, as_json=as_json)
        return
    _import_edition(paths[0] if paths else None, as_json=as_json)


def _import_edition(folder: Path | None, *, as_json: bool) -> None:
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


def _import_files(paths: list[Path], login: str, *, keep: bool, as_json: bool) -> None:
    from bot.admin.permissions import may
    from bot.admin.staff_accounts import by_login
    from bot.admin.staff_words import word
    from bot.audit_log import Audited
    from bot.clock import SystemClock
    from bot.curation import held_imports
    from bot.curation.import_pieces import topics_of
    from bot.curation.import_plan import plan_import
    from bot.curation.proofreading import bare_wordings, others_of, proofread
    from bot.curation.reading_process import read_outside_files
    from bot.database import Database
    from bot.errors import Refusal
    from bot.guide_wiring import published_guide
    from knowledge.load import load

    if any(path.is_dir() for path in paths):
        message = "a folder is taken in alone, as an edition; zip it to bring it as drafts"
        raise typer.BadParameter(message)
    settings = read_settings()
    database = Database(settings.effective_database_url)
    database.upgrade()
    clock = SystemClock(settings.timezone)
    with database.transaction() as session:
        person = by_login(session, login) if login else None
        role = person.role if person is not None and person.disabled_at is None else ""
    if not may(role, "guide.import"):
        message = "--by must name an editor or administrator of the staff; see `qihui staff list`"
        raise typer.BadParameter(message)
    login = login.strip().lower()
    try:
        brought = read_outside_files([(path.name, path) for path in paths])
        files = load()
        guide = published_guide(database, files, files).guide
        wordings = bare_wordings(guide)
        with database.reading() as session:
            standing = held_imports.standing_of(session, topics_of(brought.pieces), login)
        plan = plan_import(
            brought,
            guide.topics,
            standing,
            lambda topic_id, texts: proofread(
                topic_id, texts, guide.topics, set(guide.sources), others_of(wordings, topic_id)
            )[1],
            clock.today(),
        )
        drafts = [one.topic_id for one in plan.drafts]
        if keep and drafts:
            audited = Audited(login, clock.now())
            with database.transaction() as session:
                held_imports.keep(session, audited, plan, drafts, ", ".join(path.name for path in paths))
    except Refusal as refusal:
        typer.echo(f"qihui: {word(refusal.phrase, 'en', refusal.values)}", err=True)
        raise typer.Exit(1) from refusal
    _tell_plan(plan, keep=keep, as_json=as_json)


def _tell_plan(plan: "ImportPlan", *, keep: bool, as_json: bool) -> None:
    from bot.admin.staff_words import word

    faults = [
        f"{word(f'import.place_{fault.place.kind}', 'en', {'file': fault.place.file, 'number': fault.place.number})}: "
        f"{fault.message}"
        for fault in plan.faults
    ]
    if as_json:
        outcomes = {one.topic_id: one.outcome for one in plan.topics}
        typer.echo(json.dumps({"topics": outcomes, "faults": faults, "kept": keep}, ensure_ascii=False))
    else:
        for one in plan.topics:
            mend = f", {len(one.findings)} things to mend before review" if one.findings else ""
            typer.echo(f"{one.topic_id}: {word(f'import.outcome_{one.outcome}', 'en')}{mend}")
        for fault in faults:
            typer.echo(fault)
        done = "kept as drafts" if keep else "would become drafts; say --keep to keep them"
        typer.echo(f"{len(plan.drafts)} {done}, {len(faults)} faults")
    if faults:
        raise typer.Exit(1)


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
