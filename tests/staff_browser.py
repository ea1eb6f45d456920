"""Staff in a test: a browser without a screen that signs in, fills in forms and follows where they lead."""

import contextlib
import html
import re
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from httpx import Response
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.admin import passwords
from bot.admin.guide_desk import GuideDesk
from bot.admin.impact_book import ImpactBook
from bot.admin.page_call import House
from bot.admin.staff_accounts import add_staff
from bot.admin.staff_app import create_staff_app, make_templates
from bot.admin.staff_sessions import Door
from bot.audit_log import Audited
from bot.clock import Clock
from bot.curation.entry_form import Texts
from bot.curation.living_guide import LivingGuide
from bot.curation.revisions import text_hash
from bot.curation.shipped_edition import read_shipped_texts, take_in
from bot.database import Database
from bot.draft_impact import measured
from bot.questions.asking import Asking
from bot.staff_wiring import telegram_html
from index.adjuster import Adjuster
from knowledge.data_folder import DATA
from knowledge.load import Shipped
from tests.conftest import KEYS

PASSWORD = "a long walk by the river"


class StaffBrowser:
    """One browser of one person."""

    def __init__(self, house: House, *, https: bool = False) -> None:
        app = Starlette(routes=[Mount("/admin", create_staff_app(house, https=https))])
        self.house = house
        self.client = TestClient(app, base_url="https://staff.test", follow_redirects=True)
        self.page: Response | None = None

    @property
    def text(self) -> str:
        """What the page says, without markup."""
        body = re.sub(r"(?s)<head>.*?</head>", "", self.page.text)
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))

    def opens(self, path: str) -> "StaffBrowser":
        self.page = self.client.get(f"/admin{path}")
        return self

    def form_key(self) -> str:
        return re.search(r'name="form_key" value="([^"]*)"', self.page.text)[1]

    def posts(self, path: str, **fields: object) -> "StaffBrowser":
        """Send a form as the page at hand would, its key included."""
        if self.page is None or 'name="form_key"' not in self.page.text:
            self.opens("/sign-in")
        data = {"form_key": self.form_key()} | fields
        self.page = self.client.post(f"/admin{path}", data=data)
        return self

    def brings(self, path: str, *files: tuple[str, bytes], **fields: object) -> "StaffBrowser":
        """Send a form with files as the page at hand would."""
        data = {"form_key": self.form_key()} | fields
        self.page = self.client.post(f"/admin{path}", data=data, files=[("file", file) for file in files])
        return self

    def signs_in(self, login: str, password: str = PASSWORD, code: str = "") -> "StaffBrowser":
        return self.opens("/sign-in").posts("/sign-in", login=login, password=password, code=code)


def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with as little work as argon2 allows: these tests are not about how long a guess takes."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def someone(session: Session, house: House, login: str, role: str, name: str = "") -> None:
    """Add a person whose password is `PASSWORD`."""
    add_staff(session, Audited("tests", house.clock.now()), login, name or login.title(), role, PASSWORD)


def a_house(database: Database, clock: Clock, shipped: Shipped, asking: Asking, texts: dict[str, Texts]) -> House:
    """The staff pages on a small index, with these topics taken in; an impact is measured while its page is made."""
    with database.transaction() as session:
        take_in(session, Audited("qihui", clock.now()), texts, shipped.guide)
    hashes = {topic_id: text_hash(text) for topic_id, text in read_shipped_texts(DATA, shipped.guide).items()}
    living = LivingGuide(database, clock, shipped, asking._retriever, hashes, lambda _guide: None)
    desk = GuideDesk(living, lambda edition: Asking(edition.shipped, edition.retriever, 0.5), telegram_html)
    living.refresh()
    adjuster = Adjuster(asking._retriever, shipped.guide)
    impacts = ImpactBook(
        lambda mark: measured(database, adjuster, living.current.shipped, desk.make_asking, mark),
        clock.now,
        start=lambda work: work(),
    )
    return House(database, clock, KEYS, b"secret", Door(KEYS), make_templates(), desk, impacts)


@contextlib.contextmanager
def served_staff(house: House) -> Iterator[str]:
    """The staff pages on a free port, for a real browser; gives their address."""
    app = Starlette(routes=[Mount("/admin", create_staff_app(house, https=False))])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/admin"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
