"""An urgent question to a person, at night: whoever is on call hears of it at once, and the parent where to go now."""

from datetime import timedelta

import pytest
from sqlmodel import select

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.outreach.outreach_rows import OutgoingRow
from bot.outreach.staff_chats import keep_staff_chats
from bot.questions.asking import Asking
from bot.tickets.ticket_desk import claim, late_tickets
from bot.tickets.ticket_rows import TicketRow
from tests.announce_town import hidden
from tests.conftest import KEYS, FixedClock
from tests.counselling import HOURS, desk_of, post, tickets
from tests.talk import Parent

ON_CALL = hidden("on call")
DANGER = "宝宝抽搐了，叫不醒"


@pytest.fixture
def night(clock: FixedClock) -> FixedClock:
    """Half past one in the night to Saturday."""
    clock.at = clock.at.replace(day=27, hour=17, minute=30)
    return clock


@pytest.fixture
def parent(database: Database, quick_asking: Asking, night: FixedClock) -> Parent:
    return Parent(Conversation(database, quick_asking, night, b"secret", KEYS))


def somebody_is_on_call(database: Database, clock: FixedClock) -> None:
    with database.transaction() as session:
        keep_staff_chats(session, KEYS, {ON_CALL: ("test", "on call")}, clock.now())


def reached(database: Database, clock: FixedClock) -> list[str]:
    return [reply.plain_text for address, reply in post(database, clock) if address == "on call"]


def test_whoever_is_on_call_hears_at_once_and_the_parent_where_to_go(
    parent: Parent, database: Database, night: FixedClock
) -> None:
    somebody_is_on_call(database, night)
    parent.says("股票今天涨了吗").presses("问人").presses("自己写几句").says(DANGER).presses("同意，发给")
    for words in ("收到了", "已经马上通知值班的老师", "打120", "马上去医院"):
        assert words in parent.heard
    [ticket] = tickets(database)
    label = f"T-{ticket.id[:6].upper()}"
    [told] = reached(database, night)
    assert f"加急提问{label}刚到" in told
    assert "抽搐" not in told
    night.passes(minutes=5)
    parent.says("/ask").presses("接着问").says(f"{DANGER}，怎么办")
    assert reached(database, night) == [], "known already"
    with database.transaction() as session:
        [late] = late_tickets(session, HOURS, night.now())
        assert (late.urgent, late.late, late.minutes) == (True, False, 5)
        row = session.get_one(TicketRow, ticket.id)
        claim(desk_of(session, night), row.id, str(row.version))
        assert late_tickets(session, HOURS, night.now()) == []
        assert late_tickets(session, HOURS, night.now() + timedelta(hours=1)) != [], "claimed and not answered"


def test_where_nobody_is_on_call_the_parent_is_told_so(parent: Parent, database: Database, night: FixedClock) -> None:
    parent.says("股票今天涨了吗").presses("问人").presses("自己写几句").says(DANGER).presses("同意，发给")
    assert "也没有人值班" in parent.heard
    assert "打120" in parent.heard
    with database.transaction() as session:
        assert session.exec(select(OutgoingRow).where(OutgoingRow.kind == "staff")).all() == []


def test_a_calm_question_at_night_alarms_nobody(parent: Parent, database: Database, night: FixedClock) -> None:
    somebody_is_on_call(database, night)
    parent.says("股票今天涨了吗").presses("问人").presses("同意，发给")
    assert "没有人在" in parent.heard
    assert "值班" not in parent.heard
    assert reached(database, night) == []
