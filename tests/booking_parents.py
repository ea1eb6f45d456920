"""Parents who may book, and events that are full, for tests of the dialogue of events."""

from sqlmodel import Session, select

from bot.database import Database
from bot.events.event_rows import BookingRow
from tests.event_builders import books, families
from tests.talk import Parent


def with_child(parent: Parent, nickname: str = "豆豆", born: str = "2026-4-20", agree: bool = True) -> Parent:
    parent.says("/children")
    if "您说了算" in parent.heard:
        parent.presses("同意：用月龄")
        if agree:
            parent.presses("同意：报名活动")
    return parent.presses("加一个宝宝").says(nickname).says(born).presses("足月")


def with_english_child(parent: Parent) -> Parent:
    parent.says("/children").presses("Agree: age").presses("Agree: events")
    return parent.presses("Add a child").says("Mia").says("20 April 2026").presses("At term")


def fill(database: Database, event: str, count: int) -> list[str]:
    return [books(database, event, family) for family in families(database, count)]


def only_booking(session: Session) -> str | None:
    return session.exec(select(BookingRow.id)).first()
