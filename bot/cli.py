"""The commands. Heavy parts are imported by the command that needs them, so that `qihui --help` is light.

Exit codes: 0 done, 1 refused by the input or the set-up (the message says what and where), 2 wrong usage.
"""

import json
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bot.errors import Misconfigured
from bot.settings import Settings, read_settings

if TYPE_CHECKING:
    from bot.wiring import Knowing

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
guide_app = typer.Typer(no_args_is_help=True, help="The guide's files.")
index_app = typer.Typer(no_args_is_help=True, help="How questions find answers.")
places_app = typer.Typer(no_args_is_help=True, help="Stations, bases, nurseries and clinics.")
db_app = typer.Typer(no_args_is_help=True, help="The database.")
app.add_typer(guide_app, name="guide")
app.add_typer(index_app, name="index")
app.add_typer(db_app, name="db")
app.add_typer(places_app, name="places")

LanguageName = Literal["zh", "en"]


def main() -> None:
    """Run a command; what the operator must mend is one sentence on standard error, never a traceback."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    for name in ("alembic", "faiss", "httpx", "aiogram"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        app()
    except Misconfigured as error:
        typer.echo(f"qihui: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="what a parent asks")] = None,
    age_months: Annotated[int | None, typer.Option(min=0, max=240, help="the child's age in completed months")] = None,
    lang: Annotated[
        LanguageName | None, typer.Option(help="language of the answer; default: that of the question")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON alone")] = False,
    batch: Annotated[Path | None, typer.Option(help="file of JSON lines to answer", dir_okay=False)] = None,
    out: Annotated[Path | None, typer.Option(help="file to write the JSON lines to", dir_okay=False)] = None,
) -> None:
    """Answer one question, or a file of them, and stop."""
    from bot.wiring import open_knowledge

    if (batch is None) != (out is None):
        raise typer.BadParameter("--batch and --out go together")
    if (question is None) == (batch is None):
        raise typer.BadParameter("give a question, or --batch with --out")
    if batch is not None and out is not None:
        from bot.channels.batch import BadLine, answer_file

        try:
            count = answer_file(batch, out, open_knowledge(read_settings()).asking)
        except BadLine as error:
            typer.echo(f"qihui: {error}", err=True)
            raise typer.Exit(1) from error
        typer.echo(f"{count} answered, written to {out}", err=True)
        return
    _ask_one(question or "", age_months, lang, open_knowledge(read_settings()), as_json=as_json)


def _ask_one(
    question: str, age_months: int | None, lang: LanguageName | None, knowing: "Knowing", *, as_json: bool
) -> None:
    from bot.channels.batch import reply_to, to_json
    from bot.conversation.router import language_of
    from bot.questions.asking import Question

    started = time.perf_counter()
    outcome = knowing.asking.ask(Question(question, lang or language_of(question) or "zh", age_months))
    reply = reply_to(outcome, knowing.asking.shipped)
    milliseconds = (time.perf_counter() - started) * 1000
    if as_json:
        typer.echo(json.dumps(to_json(outcome, reply, knowing.asking.shipped, milliseconds), ensure_ascii=False))
        return
    typer.echo(reply.plain_text)


@app.command()
def serve(prepare: Annotated[bool, typer.Option(help="prepare the index first if the guide changed")] = False) -> None:
    """Web chat and, with QIHUI_TELEGRAM_TOKEN, Telegram, in one process."""
    settings = read_settings()
    if prepare:
        from bot.wiring import prepare_index

        prepare_index(settings)
    _serve(settings, web=True, telegram=True)


@app.command()
def web() -> None:
    """Web chat alone."""
    _serve(read_settings(), web=True, telegram=False)


@app.command()
def telegram() -> None:
    """The Telegram dialogue alone."""
    settings = read_settings()
    if settings.telegram_token is None:
        raise Misconfigured("no Telegram token; set QIHUI_TELEGRAM_TOKEN to the one that BotFather gave")
    _serve(settings, web=False, telegram=True)


def _serve(settings: Settings, *, web: bool, telegram: bool) -> None:
    from bot.serving import run

    run(settings, web=web, telegram=telegram and settings.telegram_token is not None)


@app.command()
def terminal() -> None:
    """Talk with the bot in this terminal."""
    from bot.channels.terminal import talk
    from bot.wiring import open_conversation

    talking = open_conversation(read_settings())
    talk(talking.conversation, sys.stdin, typer.echo)


@app.command("settings")
def show_settings() -> None:
    """Print every setting, where it came from, and what it is for; secrets masked."""
    settings = read_settings()
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        origin = "set" if name in settings.model_fields_set else "default"
        typer.echo(f"QIHUI_{name.upper()}={_shown(name, value)}  ({origin}) {field.description}")


def _shown(name: str, value: object) -> str:
    from pydantic import SecretStr
    from sqlalchemy.engine import make_url

    if isinstance(value, SecretStr):
        return "********"
    if name == "database_url" and isinstance(value, str):
        return make_url(value).render_as_string(hide_password=True)
    return "" if value is None else str(value)


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
    """Proof-read the guide: sources, age bands, both languages, review dates, wordings, packs, places."""
    from dataclasses import asdict

    from knowledge.check import check_shipped
    from knowledge.faults import GuideFault
    from knowledge.load import DATA, load
    from knowledge.report import verification_page

    try:
        shipped = load(folder or DATA)
        problems, entries = check_shipped(shipped), len(shipped.guide.entries)
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
    from knowledge.load import import_places

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


@index_app.command("build")
def index_build(force: Annotated[bool, typer.Option(help="build again even if it is there")] = False) -> None:
    """Prepare the search index of the guide; an unchanged guide takes no time."""
    from bot.wiring import prepare_index

    folder, made = prepare_index(read_settings(), force=force)
    typer.echo(f"{'prepared' if made else 'up to date'}: {folder}")


@index_app.command("evaluate")
def index_evaluate(
    questions: Annotated[
        Path | None, typer.Option(help="folder of judged questions; default: the repository's own")
    ] = None,
    compare: Annotated[bool, typer.Option(help="plain ways beside ours, in the same run")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="print the figures as JSON")] = False,
    show_misses: Annotated[bool, typer.Option(help="list every question that went wrong")] = False,
    page: Annotated[
        Path | None, typer.Option(help="write the figures, with pictures beside it, into this file", dir_okay=False)
    ] = None,
) -> None:
    """Measure answers on judged questions: first right, among three, refusal, urgency, time; one table."""
    from bot.evaluation import evaluate
    from bot.evaluation_page import benchmark_page, draw_pictures, print_table
    from bot.wiring import open_knowledge

    folder = questions or Path("tests/judged")
    if not folder.is_dir():
        typer.echo(f"qihui: no judged questions in {folder}; name their folder with --questions", err=True)
        raise typer.Exit(1)
    report = evaluate(folder, open_knowledge(read_settings()), compare=compare)
    if as_json:
        typer.echo(json.dumps(report.figures(), ensure_ascii=False))
    else:
        print_table(report, typer.echo, show_misses=show_misses)
    if page is not None:
        drawn = draw_pictures(report, page.parent / "pictures")
        names = (drawn[0].relative_to(page.parent).as_posix(), drawn[1].relative_to(page.parent).as_posix())
        command = f"qihui index evaluate --questions {folder.as_posix()} --page {page.as_posix()}"
        page.write_text(benchmark_page(report, command, names), encoding="utf-8")


@index_app.command("tune")
def index_tune(
    encoder: Annotated[
        bool, typer.Option("--encoder", help="adapt the encoder to the wordings first (half an hour, needs torch)")
    ] = False,
    hold_out: Annotated[list[str] | None, typer.Option(help="with --encoder: leave out a writer's style")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="with --encoder: how many training steps")] = None,
    adapter: Annotated[Path | None, typer.Option(help="with --encoder: write there and stop", dir_okay=False)] = None,
) -> None:
    """Fit everything anew from the guide's data: weights of the ranking, confidence, the reader of danger signs."""
    from bot.wiring import finetune_encoder, tune_index

    def say(message: str) -> None:
        typer.echo(message, err=True)

    if encoder:
        trained = finetune_encoder(read_settings(), say, steps, frozenset(hold_out or ()), adapter)
        change = f"loss {trained.first_loss:.2f} -> {trained.last_loss:.2f}"
        typer.echo(f"encoder adapted to {trained.texts} texts in {trained.seconds / 60:.0f} minutes, {change}")
        if adapter is not None:
            return
    tuned = tune_index(read_settings(), say)
    typer.echo(f"held out: {tuned.messages}, first right {tuned.first_right:.3f}, among three {tuned.among_three:.3f}")


@app.command()
def bench(as_json: Annotated[bool, typer.Option("--json", help="print the figures as JSON")] = False) -> None:
    """Measure speed and memory, ours and the plain way side by side in one run."""
    from bot.benchmark import print_bench, run_bench

    figures = run_bench(read_settings())
    if as_json:
        typer.echo(json.dumps(figures))
    else:
        print_bench(figures, typer.echo)


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the database's tables up to date."""
    from bot.database import Database

    Database(read_settings().effective_database_url).upgrade()
    typer.echo("the database is up to date")
