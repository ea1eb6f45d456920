"""What a page's handler is given, and what it gives back. Handlers are plain functions that run in a thread.

A handler raises `Refusal` with a key of `staff_words` where the person can act; the page it came from is shown again
with that sentence. After a change it answers with `go`, so that reloading never repeats it.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment
from sqlmodel import Session

from bot.admin.audience_book import AudienceBook
from bot.admin.guide_desk import GuideDesk
from bot.admin.impact_book import ImpactBook
from bot.admin.permissions import may
from bot.admin.staff_accounts import Staff
from bot.admin.staff_sessions import Door
from bot.admin.staff_words import word
from bot.audit_log import Audited
from bot.clock import Clock
from bot.conversation.phrases import phrase
from bot.database import Database
from bot.errors import Refusal
from bot.flow import COUNSELLOR_HOURS
from bot.indicators.report_rows import is_demo
from bot.sealing import Keyring
from knowledge.topics import Language

BASE = "/admin"
LOOKS_SIGNED_OUT = "-"
"""Who acts where nobody is signed in."""


@dataclass(frozen=True)
class House:
    """What all pages share.

    `desk`: what they know of the guide. `impacts`: what drafts would change. `counsellor_hours`: from when to when people answer. `alone_to`: the largest
    audience of an announcement that one person may start alone. `places_file`: the operator's register of service
    points, None where there is none.
    """

    database: Database
    clock: Clock
    keys: Keyring
    secret: bytes
    door: Door
    templates: Environment
    desk: GuideDesk
    impacts: ImpactBook
    counsellor_hours: tuple[time, time] = COUNSELLOR_HOURS
    alone_to: int = 50
    places_file: Path | None = None
    audiences: AudienceBook = field(default_factory=AudienceBook)


@dataclass
class Call:
    """One request of a browser. `staff` is None where nobody is signed in; `session_hash` then is empty.

    `refused`: the sentence to show above the page, empty where nothing was refused. `form` holds the last value of each
    field, `form_lists` all of them. `files`: names and places of files that a form brought (see `upload_form`).
    """

    house: House
    language: Language
    staff: Staff | None
    session_hash: str
    form_key: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    form_lists: Mapping[str, Sequence[str]]
    address: str
    agent: str
    now: datetime
    today: date
    secure: bool
    here: str
    refused: str = ""
    files: Sequence[tuple[str, Path]] = ()
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def person(self) -> Staff:
        """Who is signed in; a page that anyone may see must not ask."""
        if self.staff is None:
            message = "this page has nobody signed in"
            raise RuntimeError(message)
        return self.staff

    @property
    def by(self) -> Audited:
        """Who acts and when, for the audit log."""
        return Audited(self.staff.login if self.staff else LOOKS_SIGNED_OUT, self.now)

    def transaction(self) -> AbstractContextManager[Session]:
        """See `Database.transaction`; keep it short, a writer holds up the families' chats."""
        return self.house.database.transaction()

    def reading(self) -> AbstractContextManager[Session]:
        """See `Database.reading`: for pages that change nothing, which then hold up nobody."""
        return self.house.database.reading()

    def may(self, action: str) -> bool:
        """Whether the one who is signed in may do this."""
        return self.staff is not None and may(self.staff.role, action)

    def w(self, key: str, **values: str | int | date) -> str:
        """A sentence in the reader's language."""
        return word(key, self.language, values)

    def sentence(self, refusal: Refusal) -> str:
        """What a refusal says: in the staff's words, else in those that families read."""
        try:
            return self.w(refusal.phrase, **refusal.values)
        except KeyError:
            return phrase(refusal.phrase, self.language, refusal.values)

    def family(self, family_id: str) -> str:
        """How staff see a family."""
        return mask(self.house.secret, family_id)

    def chat(self, chat_key: str) -> str:
        """How staff see a chat."""
        return mask_chat(self.house.secret, chat_key)

    def day(self, instant: datetime | None) -> str:
        """An instant as a day and minute in the families' zone."""
        if instant is None:
            return ""
        local = instant.astimezone(self.house.clock.zone)
        return local.strftime("%Y-%m-%d %H:%M")

    def show(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page in the reader's language."""
        text = self.house.templates.get_template(template).render(
            call=self,
            w=self.w,
            lang="zh-CN" if self.language == "zh" else "en",
            said=self._said(),
            base=BASE,
            demo=self._is_demo(),
            **self.more,
            **values,
        )
        return HTMLResponse(text, status_code=422 if self.refused and status == 200 else status)

    def go(self, path: str, said: str = "", **query: str) -> RedirectResponse:
        """To another page after a change; `said` is the key after "said." of what is told there."""
        asked = {**query, **({"said": said} if said else {})}
        return RedirectResponse(f"{BASE}{quote(path)}{'?' + urlencode(asked) if asked else ''}", status_code=303)

    def _is_demo(self) -> bool:
        with self.house.database.reading() as session:
            return is_demo(session)

    def _said(self) -> str:
        key = f"said.{self.query.get('said', '')}"
        try:
            return self.w(key) if self.query.get("said") else ""
        except KeyError:  # typed into the address by hand
            return ""


Handler = Callable[[Call], Response]


@dataclass(frozen=True)
class Page:
    """A route: what it does in the words of `permissions`, and who shows the page again when a form is refused.

    `camera`: the page may use the camera, by a script of our own. `file`: the form may bring a table; its text stands in
    the field "file", or why it is none in "file_fault". `upload`: the form may bring files of any kind and size, which
    lie on the disk while the handler runs.
    """

    method: str
    path: str
    action: str
    handler: Handler
    again: Handler | None = None
    camera: bool = False
    file: bool = False
    upload: bool = False


def mask(secret: bytes, family_id: str) -> str:
    """How staff see a family: the same mark for the same family, and no way back without the secret."""
    return f"F-{hmac.digest(secret, f'family {family_id}'.encode(), 'sha256')[:4].hex().upper()}"


def mask_chat(secret: bytes, chat_key: str) -> str:
    """How staff see a chat: as `mask`, of the hidden address."""
    return f"C-{hmac.digest(secret, f'chat {chat_key}'.encode(), 'sha256')[:4].hex().upper()}"
