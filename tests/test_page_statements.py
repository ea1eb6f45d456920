"""Every page answers in a filled town, and asks the database as often in a town twice as large: no query for each row.

`qihui bench --only staff` times the same pages in a town of 20,000 families.
"""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import select

from bot.admin.page_call import House
from bot.admin.pages_map import PAGES
from bot.admin.permissions import may
from bot.admin.staff_invitations import invite
from bot.admin.staff_words import staff_catalogue
from bot.audit_log import Audited, AuditRow
from bot.busy_town import bring_a_file, busy_town, edit_some_topics, write_town
from bot.curation.entry_form import Texts
from bot.curation.shipped_edition import read_shipped_texts
from bot.database import Database
from bot.indicators.counting import Beside
from bot.indicators.nightly_count import count_indicators
from bot.page_walk import Address, addresses
from bot.questions.asking import Asking
from knowledge.data_folder import DATA
from knowledge.load import Shipped
from tests.conftest import KEYS, FixedClock
from tests.staff_browser import StaffBrowser, a_house, quick_passwords, someone

TOPICS = ("care.teeth", "feeding.solids.start", "sleep.routine")
BROUGHT = "sleep.safe"
SMALL, LARGE = (80, 40), (400, 120)
"""Families and events of the two towns."""

TRIED_OUT = "/events/{event_id}/cancel"
"""Carries the step out and takes it back to say how many it would tell: it asks for each entry of one event."""


class Counted:
    """How many statements a database was asked."""

    def __init__(self, database: Database) -> None:
        self.statements: list[str] = []
        event.listen(database.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        self.statements.append(statement)

    def of(self, act: Callable[[], object]) -> Counter[str]:
        self.statements.clear()
        act()
        return Counter(self.statements)


@dataclass
class Town:
    """A filled town with its staff pages open before two people."""

    house: House
    counted: Counted
    found: list[Address]
    people: dict[str, StaffBrowser]

    def looks(self, one: Address) -> Counter[str]:
        role = "administrator" if may("administrator", one.page.action) else "counsellor"
        browser = self.people[role]
        asked = self.counted.of(lambda: browser.opens(one.path))
        assert browser.page.status_code == 200, f"{one.name}: {browser.page.status_code} {browser.text[-200:]}"
        return asked


def a_town(
    database: Database,
    clock: FixedClock,
    shipped: Shipped,
    asking: Asking,
    texts: dict[str, Texts],
    size: tuple[int, int],
) -> Town:
    house = a_house(database, clock, shipped, asking, texts)
    wordings = {topic_id: [f"{topic_id}怎么办", "宝宝这样正常吗"] for topic_id in TOPICS}
    write_town(database, busy_town(KEYS, clock.now(), wordings, *size))
    edit_some_topics(database, TOPICS, clock.now())
    bring_a_file(database, "administrator", BROUGHT, clock.now())
    house.desk.living.refresh()
    count_indicators(database, KEYS, clock.now(), Beside(clock.zone))
    with database.transaction() as session:
        for role in ("administrator", "counsellor"):
            someone(session, house, role, role)
        code = invite(session, Audited("qihui", clock.now()), "Somebody", "reader")
    with database.reading() as session:
        found = addresses(session, house.secret, clock.now(), code)
    people = {role: StaffBrowser(house).signs_in(role) for role in ("administrator", "counsellor")}
    clock.passes(seconds=30)
    return Town(house, Counted(database), found, people)


@pytest.fixture
def fill(
    clock: FixedClock, shipped: Shipped, sampled: Shipped, quick_asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Database, tuple[int, int]], Town]:
    """Fills a town into a database."""
    quick_passwords(monkeypatch)
    clock.at += timedelta(hours=1)
    texts = {
        topic_id: text
        for topic_id, text in read_shipped_texts(DATA, shipped.guide).items()
        if topic_id in {*TOPICS, BROUGHT}
    }
    return lambda database, size: a_town(database, clock, sampled, quick_asking, texts, size)


def test_no_page_asks_the_database_for_each_row(
    fill: Callable[[Database, tuple[int, int]], Town], database: Database, tmp_path: Path
) -> None:
    other = Database(f"sqlite:///{tmp_path}/large.sqlite3")
    other.upgrade()
    small, large = fill(database, SMALL), fill(other, LARGE)
    assert [one.name for one in small.found] == [one.name for one in large.found]
    worse = []
    for few, many in zip(small.found, large.found, strict=True):
        small.looks(few), large.looks(many)  # the first look warms what a process remembers
        before, after = small.looks(few), large.looks(many)
        if after.total() > before.total() + 1 and few.page.path != TRIED_OUT:
            asked = (after - before).most_common(3)
            worse.append((few.name, before.total(), after.total(), [(text[:90], count) for text, count in asked]))
    assert worse == [], "\n".join(map(str, worse))
    other.engine.dispose()


def test_every_page_answers_on_both_databases(
    fill: Callable[[Database, tuple[int, int]], Town], any_database: Database
) -> None:
    town = fill(any_database, SMALL)
    assert {one.page.path for one in town.found} == {page.path for page in PAGES if page.method == "GET"}
    for one in town.found:
        town.looks(one)
    with any_database.reading() as session:
        noted = {f"did.{action}" for action in session.exec(select(AuditRow.action).distinct()).all()}
    assert "did.indicators.xlsx" in noted
    assert [key for key in sorted(noted) if any(key not in known for known in staff_catalogue().values())] == []


def test_a_page_that_changes_nothing_waits_for_no_writer(
    fill: Callable[[Database, tuple[int, int]], Town], database: Database
) -> None:
    town = fill(database, SMALL)
    reading = (
        "/asked", "/tickets", "/events", "/announcements", "/doors", "/audit", "/people", "/guide", "/guide-import",
        "/guide-conflicts", "/guide-export/zip", "/guide-import/template/zip",
    )  # fmt: skip
    held, done = threading.Event(), threading.Event()

    def write() -> None:
        with database.transaction():
            held.set()
            done.wait(20)

    writer = threading.Thread(target=write)
    writer.start()
    held.wait(5)
    try:
        for one in town.found:
            if one.path in reading:
                assert "BEGIN IMMEDIATE" not in town.looks(one), one.name
    finally:
        done.set()
        writer.join()
