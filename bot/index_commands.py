"""The commands about finding answers: `qihui index ...` and `qihui bench`."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.settings import read_settings

index_app = typer.Typer(no_args_is_help=True, help="How questions find answers.")


@index_app.command("build")
def index_build(
    force: Annotated[bool, typer.Option(help="build again even if it is there")] = False,
    published: Annotated[
        bool, typer.Option("--published", help="of what staff published in the browser; runs by itself after edits")
    ] = False,
) -> None:
    """Prepare the search index of the guide; an unchanged guide takes no time."""
    from bot.preparing import prepare_index

    folder, made = prepare_index(read_settings(), force=force, published=published)
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
    from bot.evaluation_page import FIGURES, benchmark_page, draw_pictures, print_table
    from bot.preparing import plain_ways_beside
    from bot.wiring import open_knowledge

    folder = questions or Path("tests/judged")
    if not folder.is_dir():
        typer.echo(f"qihui: no judged questions in {folder}; name their folder with --questions", err=True)
        raise typer.Exit(1)
    settings = read_settings()
    knowing = open_knowledge(settings)
    ways = plain_ways_beside(settings, knowing, lambda message: typer.echo(message, err=True)) if compare else ()
    report = evaluate(folder, knowing, ways)
    if as_json:
        typer.echo(json.dumps(report.figures(), ensure_ascii=False))
    else:
        print_table(report, typer.echo, show_misses=show_misses)
    if page is not None:
        drawn = draw_pictures(report, page.parent / "pictures")
        names = (drawn[0].relative_to(page.parent).as_posix(), drawn[1].relative_to(page.parent).as_posix())
        command = f"qihui index evaluate --questions {folder.as_posix()} --page {page.as_posix()}"
        said = page.read_text(encoding="utf-8").partition(FIGURES)[0] if page.is_file() else ""
        page.write_text(said + benchmark_page(report, command, names), encoding="utf-8")


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
    from bot.preparing import finetune_encoder, tune_index

    def say(message: str) -> None:
        typer.echo(message, err=True)

    if encoder:
        trained = finetune_encoder(read_settings(), say, steps, frozenset(hold_out or ()), adapter)
        change = f"loss {trained.first_loss:.2f} -> {trained.last_loss:.2f}"
        typer.echo(f"encoder adapted to {trained.texts} texts in {trained.seconds / 60:.0f} minutes, {change}")
        if adapter is not None:
            return
    tuned = tune_index(read_settings(), say)
    for name, n, first, three in (
        ("single messages", tuned.messages, tuned.first_right, tuned.among_three),
        ("whole styles", tuned.strangers, tuned.strangers_first_right, tuned.strangers_among_three),
    ):
        typer.echo(f"held out {name}: {n}, first right {first:.3f}, among three {three:.3f}")


@index_app.command("reach")
def index_reach(
    strays: Annotated[
        Path | None, typer.Option(help="write what went astray into this file, for editors", dir_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the figures as JSON")] = False,
) -> None:
    """Measure whether every topic is found by its own wordings, left out a tenth at a time (five minutes)."""
    from bot.preparing import measure_own_wordings

    reach = measure_own_wordings(read_settings(), lambda message: typer.echo(message, err=True))
    figures = reach.figures()
    if as_json:
        typer.echo(json.dumps(figures))
    else:
        for name, value in figures.items():
            typer.echo(f"{name:42} {value}")
        for topic_id, found in reach.hard_topics():
            typer.echo(f"  {topic_id:40} {found:.2f}")
    if strays is not None:
        rows = [{"right": right, "first": first, "text": text} for right, first, text in reach.strays]
        rows += [{"right": "danger", "first": "calm", "text": text} for text in reach.missed]
        rows += [{"right": "calm", "first": first, "text": text} for first, text in reach.cried]
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        strays.write_text("\n".join(lines) + "\n", encoding="utf-8")


def bench(
    as_json: Annotated[bool, typer.Option("--json", help="print the figures as JSON")] = False,
    only: Annotated[
        Literal["announcement", "booking", "calendar", "delivery", "nudges", "staff", "visits"] | None,
        typer.Option(help="one part alone"),
    ] = None,
    repetitions: Annotated[int, typer.Option(min=1, help="with --only booking or visits: how often")] = 50,
    database: Annotated[
        Literal["sqlite", "postgresql"] | None, typer.Option(help="with --only staff: one database alone")
    ] = None,
    families: Annotated[
        int, typer.Option(min=200, help="with --only staff: so many, with a year of questions")
    ] = 20_000,
) -> None:
    """Measure speed and memory, ours and the plain way side by side in one run; and 100,000 children's calendars."""
    if only == "calendar":
        from bot.calendar_benchmark import calendar_figures

        figures = calendar_figures()
    elif only == "visits":
        from bot.visit_benchmark import visit_race_figures

        figures = visit_race_figures(repetitions)
    elif only == "staff":
        from bot.staff_benchmark import staff_figures

        def say(message: str) -> None:
            typer.echo(message, err=True)

        figures = staff_figures(read_settings(), database, families, say=say)
    elif only == "booking":
        from bot.booking_benchmark import booking_figures

        figures = booking_figures(repetitions)
    elif only == "announcement":
        from bot.announcement_benchmark import announcement_figures

        figures = announcement_figures()
    elif only == "delivery":
        from bot.delivery_benchmark import delivery_figures

        figures = delivery_figures()
    elif only == "nudges":
        from bot.nudge_benchmark import nudge_figures

        figures = nudge_figures()
    else:
        from bot.benchmark import run_bench

        figures = run_bench(read_settings())
    if as_json:
        typer.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        typer.echo(f"{name:42} {value}")
