"""The commands about figures: `qihui demo`, `qihui indicators ...`."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.settings import read_settings

if TYPE_CHECKING:
    from bot.database import Database

indicators_app = typer.Typer(no_args_is_help=True, help="The indicators of the city's plan (docs/indicators.md).")


@indicators_app.command("count")
def indicators_count() -> None:
    """Count now what the clockwork counts at night."""
    from bot.worker_wiring import count_figures, open_working

    settings = read_settings()
    working = open_working(settings)
    counted = count_figures(settings, working, working.clock.now())
    typer.echo(f"{counted['quarters']} quarters counted; see /admin/indicators")


@indicators_app.command("estimates")
def indicators_estimates(
    table: Annotated[
        Path | None, typer.Argument(help="CSV file: district, children, source", exists=True, dir_okay=False)
    ] = None,
) -> None:
    """Put in the resident children of 0-3 by district, with whose figure each is; without a file, show what is in."""
    from bot.indicators.estimate_file import read_estimates
    from knowledge.csv_table import read_table

    target = read_settings().estimates_file
    source = table or target
    if not source.is_file():
        typer.echo("no estimates yet: coverage of all resident children stays empty in every report")
        return
    estimates = read_estimates(read_table(source), source.name)
    for one in estimates:
        typer.echo(f"{one.district}  {one.children}  {one.source}")
    if table is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = target.with_name(f".{target.name}")
        scratch.write_bytes(table.read_bytes())
        scratch.replace(target)
        typer.echo(
            f"{len(estimates)} districts are in; `qihui indicators count` counts with them now, the night does too"
        )


def demo(
    families: Annotated[int, typer.Option(min=50, max=50_000, help="how many made-up families")] = 2_000,
    report: Annotated[
        Path | None, typer.Option(help="write the quarterly report of the town into this HTML file", dir_okay=False)
    ] = None,
) -> None:
    """Fill an EMPTY database with a town in which nobody is real; refuses one that holds families."""
    from bot.demo_town import fill_town, written_wordings
    from bot.worker_wiring import count_figures, open_working

    settings = read_settings()
    started = time.perf_counter()
    working = open_working(settings)
    now = working.clock.now()
    written = fill_town(working.database, working.keys, now, written_wordings(), families)
    count_figures(settings, working, now)
    for name, count in written.items():
        typer.echo(f"{name:16} {count}")
    typer.echo(f"a made-up town, marked as such, in {time.perf_counter() - started:.0f} s; see /admin/indicators")
    if report is not None:
        _write(report, working.database)


def _write(file: Path, database: "Database") -> None:
    """The report of the newest quarter that is over, in Chinese, with the picture of its weeks beside it."""
    from bot.admin.indicator_pages import drawn, report_html
    from bot.admin.staff_app import PAGES_FOLDER, make_templates
    from bot.indicators.report_rows import kept_quarters, kept_report
    from knowledge.data_folder import DATA
    from knowledge.load import read_topics

    with database.reading() as session:
        quarter = kept_quarters(session)[-1]
        kept = kept_report(session, quarter)
    if kept is None:
        return
    topics, folder = read_topics(DATA), file.parent / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / f"{file.stem}-weeks.svg"
    picture.write_bytes(drawn("weeks", kept[0], "zh", topics))
    pictures = {"weeks": picture.relative_to(file.parent).as_posix()}
    style = (PAGES_FOLDER / "static" / "report.css").read_text(encoding="utf-8")
    counted = kept[1].date().isoformat()
    text = report_html(make_templates(), kept[0], "zh", topics, counted, pictures, style)
    file.write_text(text, encoding="utf-8")
    typer.echo(f"{file}: {quarter}")
