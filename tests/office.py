"""The staff pages for tests about meetings: no guide behind them but the names of its topics, so that they open at once."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bot.admin.impact_book import ImpactBook
from bot.admin.page_call import House
from bot.admin.staff_app import make_templates
from bot.admin.staff_sessions import Door
from bot.database import Database
from tests.conftest import KEYS, FixedClock
from tests.staff_browser import StaffBrowser, someone

TOPIC = "feeding.solids.start"


@dataclass(frozen=True)
class BareDesk:
    """All that these pages ask of the guide."""

    shipped: Any
    is_fitted: bool = True


def an_office(database: Database, clock: FixedClock, places_file: Path | None = None, alone_to: int = 1) -> House:
    """The staff pages on a database."""
    topic = SimpleNamespace(id=TOPIC, title=lambda _language: "辅食")
    desk: Any = BareDesk(SimpleNamespace(guide=SimpleNamespace(topics={TOPIC: topic}, edition="tests"), places=()))
    return House(
        database,
        clock,
        KEYS,
        b"secret",
        Door(KEYS),
        make_templates(),
        desk,
        ImpactBook(lambda _mark: None, clock.now),
        alone_to=alone_to,
        places_file=places_file,
    )


def signed_in(house: House, role: str, login: str = "") -> StaffBrowser:
    """A browser of a fresh person of this role."""
    with house.database.transaction() as session:
        someone(session, house, login or role, role)
    return StaffBrowser(house).signs_in(login or role)
