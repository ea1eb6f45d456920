"""Staff in a test: a browser without a screen that signs in, fills in forms and follows where they lead."""

import html
import re

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from httpx import Response
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.admin import passwords
from bot.admin.page_call import House
from bot.admin.staff_accounts import add_staff
from bot.admin.staff_app import create_staff_app
from bot.audit_log import Audited

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

    def signs_in(self, login: str, password: str = PASSWORD, code: str = "") -> "StaffBrowser":
        return self.opens("/sign-in").posts("/sign-in", login=login, password=password, code=code)


def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with as little work as argon2 allows: these tests are not about how long a guess takes."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def someone(session: Session, house: House, login: str, role: str, name: str = "") -> None:
    """Add a person whose password is `PASSWORD`."""
    add_staff(session, Audited("tests", house.clock.now()), login, name or login.title(), role, PASSWORD)
