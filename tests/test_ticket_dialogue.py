"""A parent asks a person: what is shared, what is heard when, a danger at once, the answer, and back; in both languages."""


import pytest
from sqlmodel import select

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.questions.asking import Asking
from bot.tickets.parent_tickets import messages_of
from bot.tickets.ticket_rows import TicketRow
from tests.conftest import KEYS, FixedClock
from tests.talk import Parent


@pytest.fixture
def conversation(database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(database, quick_asking, clock, b"secret", KEYS)


def tickets(database: Database) -> list[TicketRow]:
    with database.transaction() as session:
        return list(session.exec(select(TicketRow)).all())


def words(database: Database, ticket_id: str) -> list[tuple[str, str]]:
    with database.transaction() as session:
        return [(one.kind, one.text) for one in messages_of(session, KEYS, ticket_id)]


def test_what_is_not_in_the_guide_goes_to_a_person_with_consent(conversation: Conversation, database: Database) -> None:
    mother = Parent(conversation).says("股票今天涨了吗")
    mother.presses("问人")
    for told in ("咨询老师，是真人", "现在有人在，17:00前", "打120", "股票今天涨了吗", "180天"):
        assert told in mother.heard
    assert tickets(database) == []
    mother.presses("同意，发给")
    (ticket,) = tickets(database)
    assert f"T-{ticket.id[:6].upper()}" in mother.heard
    assert words(database, ticket.id) == [("question", "股票今天涨了吗")]
