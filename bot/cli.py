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

from bot.announce_commands import announce_app, status
from bot.care_commands import checkups_app, immunization_app
from bot.errors import Misconfigured
from bot.event_commands import events_app
from bot.growth_commands import growth, milestones
from bot.guide_commands import guide_app, places_app
from bot.index_commands import bench, index_app
from bot.indicator_commands import demo, indicators_app
from bot.nudge_commands import dry_run, explain_nudge
from bot.records_commands import records_app
from bot.settings import Settings, read_settings
from bot.staff_commands import staff_app
from bot.visit_commands import visit_app

if TYPE_CHECKING:
    from bot.wiring import Knowing

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
db_app = typer.Typer(no_args_is_help=True, help="The database.")
app.add_typer(guide_app, name="guide")
app.add_typer(index_app, name="index")
app.add_typer(db_app, name="db")
app.add_typer(places_app, name="places")
app.add_typer(staff_app, name="staff")
app.add_typer(announce_app, name="announce")
app.add_typer(immunization_app, name="immunization")
app.add_typer(checkups_app, name="checkups")
app.add_typer(records_app, name="records")
app.add_typer(events_app, name="events")
app.add_typer(visit_app, name="visit")
app.add_typer(indicators_app, name="indicators")
app.command()(bench)
app.command()(demo)
app.command()(status)
app.command()(growth)
app.command("explain-nudge")(explain_nudge)
app.command("dry-run")(dry_run)
app.command()(milestones)

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
    shipped: Annotated[
        bool, typer.Option("--shipped", help="from the files that came with the product, not from what staff published")
    ] = False,
) -> None:
    """Answer one question, or a file of them, as families are answered here, and stop."""
    from bot.asking_wiring import open_served_knowledge

    if (batch is None) != (out is None):
        raise typer.BadParameter("--batch and --out go together")
    if (question is None) == (batch is None):
        raise typer.BadParameter("give a question, or --batch with --out")
    if batch is not None and out is not None:
        from bot.channels.batch import BadLine, answer_file

        try:
            count = answer_file(batch, out, open_served_knowledge(read_settings(), shipped=shipped).asking)
        except BadLine as error:
            typer.echo(f"qihui: {error}", err=True)
            raise typer.Exit(1) from error
        typer.echo(f"{count} answered, written to {out}", err=True)
        return
    knowing = open_served_knowledge(read_settings(), shipped=shipped)
    _ask_one(question or "", age_months, lang, knowing, as_json=as_json)


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
    """Web chat, the sender, the clockwork and, with QIHUI_TELEGRAM_TOKEN, Telegram, in one process."""
    settings = read_settings()
    if prepare:
        from bot.preparing import prepare_index

        prepare_index(settings)
    _serve(settings, web=True, telegram=True, everything=True)


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


def _serve(settings: Settings, *, web: bool, telegram: bool, everything: bool = False) -> None:
    from bot.serving import run

    run(settings, web=web, telegram=telegram and settings.telegram_token is not None, everything=everything)


@app.command()
def sender() -> None:
    """The sender alone: what waits in the outbox leaves; any number of these may run beside each other."""
    from bot.sender_wiring import run_sender

    run_sender(read_settings())


@app.command()
def worker() -> None:
    """The clockwork alone: every job of the house; any number of these may run beside each other."""
    from bot.worker_wiring import run_worker

    run_worker(read_settings())


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


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the database's tables up to date."""
    from bot.database import Database

    Database(read_settings().effective_database_url).upgrade()
    typer.echo("the database is up to date")


@db_app.command("rotate-key")
def db_rotate_key() -> None:
    """Seal what is kept about children with a new key; safe beside the running bot."""
    from bot.wiring import rotate_data_key

    count, left = rotate_data_key(read_settings())
    typer.echo(f"{count} fields sealed anew; {left}")
