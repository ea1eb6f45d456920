"""Two events and the families that booked them, for tests of the door."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.database import Database
from bot.events.bookings import hold
from bot.events.door import (
    Doorkeeper,
    pass_for,
)
from bot.events.door_list import as_csv, door_list
from bot.events.entries import Desk, Granted, Wish
from bot.events.events import EventDraft, add_event, publish
from bot.events.seats import Party
from bot.families.consent import CONSENT_VERSION
from bot.families.family_rows import CaregiverRow, ChildRow, ConsentRow, FamilyRow, new_id
from bot.sealing import place_of
from tests.conftest import KEYS

START = datetime(2026, 11, 28, 1, 30, tzinfo=UTC)


KEEPER = Doorkeeper("王老师", "东门")


class Fair:
    """A database with two events and the families that booked."""

    def __init__(self, database: Database, now: datetime = START - timedelta(days=3)) -> None:
        self.database, self.booked_at = database, now
        with database.transaction() as session:
            desk = Desk(session, KEYS, now)
            self.event, self.other = (self._event(desk, code) for code in ("A", "B"))

    @staticmethod
    def _event(desk: Desk, code: str) -> str:
        event_id = add_event(
            desk,
            EventDraft(
                code=code,
                kind="refuel",
                title_zh=f"加油站{code}",
                host="站",
                district="静安区",
                place="某处",
                starts_at=START,
                ends_at=START + timedelta(hours=1),
                months_from=0,
                months_to=36,
                capacity=3,
            ),
        )
        publish(desk, event_id)
        return event_id

    def books(self, event_id: str | None = None, nickname: str = "豆豆", chat: str | None = None) -> tuple[str, str]:
        """A family with one booking. Returns the booking and its code."""
        with self.database.transaction() as session:
            family, child = new_id(), new_id()
            session.add(FamilyRow(id=family, created_at=self.booked_at))
            session.flush()
            sealed = {
                name: KEYS.seal(text, place_of("child", child, name))
                for name, text in (("nickname", nickname), ("born_on", "2026-03-01"))
            }
            session.add(ChildRow(id=child, family_id=family, added_at=self.booked_at, **sealed))
            session.add(
                ConsentRow(family_id=family, purpose="events", version=CONSENT_VERSION, given_at=self.booked_at)
            )
            session.add(
                CaregiverRow(
                    id=new_id(), family_id=family, chat_key=chat or family, role="guardian", joined_at=self.booked_at
                )
            )
            session.flush()
            wish = Wish(event_id or self.event, family, Party(1, 2), chat or family, (child,))
            granted = hold(Desk(session, KEYS, self.booked_at), wish, confirmed=True)
            assert isinstance(granted, Granted)
            return granted.entry.id, pass_for(session, granted.entry.id)

    def does(self, move: Callable, *arguments, at: datetime = START, **named):
        with self.database.transaction() as session:
            return move(Desk(session, KEYS, at), *arguments, **named)


def filled_in(fair: Fair, arrived: dict[str, str], walk_ins: tuple[tuple[str, str, str], ...] = ()) -> str:
    rows = list(csv.DictReader(io.StringIO(as_csv(fair.does(door_list, fair.event)).decode("utf-8-sig"))))
    for row in rows:
        row["arrived"] = arrived.get(row["code"], row["arrived"])
    for row, (children, adults, at) in zip(
        [row for row in rows if row["line"].startswith("W")], walk_ins, strict=False
    ):
        row |= {"children": children, "adults": adults, "arrived": at}
    file = io.StringIO()
    writer = csv.DictWriter(file, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()
