"""Messages for a browser wait sealed until they were shown, and go with the chat."""

import pytest
from sqlmodel import select

from bot.database import Database
from bot.outreach.web_inbox import (
    WebMessageRow,
    erase_inbox,
    mark_shown,
    purge_inbox,
    unread_count,
    waiting_messages,
)
from tests.conftest import KEYS, FixedClock
from tests.transport_bench import BROWSER, FILE, Bench, Ticking, key_of, reply, web_bench


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def web(database: Database, clock: Ticking) -> Bench:
    return web_bench(database, clock)


def test_a_message_for_a_browser_waits_sealed_until_it_was_shown(web: Bench, database: Database) -> None:
    web.send(reply("豆豆苗8个月了", attachment=FILE))
    with database.transaction() as session:
        (row,) = session.exec(select(WebMessageRow)).all()
        assert "豆豆苗" not in row.reply
        assert unread_count(session, key_of(BROWSER)) == 1
        (waiting,) = waiting_messages(session, KEYS, key_of(BROWSER))
        assert waiting.reply.attachment == FILE
        mark_shown(session, "somebody else", [waiting.id])
        assert unread_count(session, key_of(BROWSER)) == 1, "nobody can make another's message go"
        mark_shown(session, key_of(BROWSER), [waiting.id])
        assert unread_count(session, key_of(BROWSER)) == 0


def test_what_waits_goes_with_the_chat_and_after_two_months(web: Bench, database: Database, clock: FixedClock) -> None:
    web.send(reply("一"))
    with database.transaction() as session:
        erase_inbox(session, key_of(BROWSER))
        assert unread_count(session, key_of(BROWSER)) == 0
    web.send(reply("二"))
    clock.passes(days=59)
    web.send(reply("三"))
    clock.passes(days=2)
    with database.transaction() as session:
        purge_inbox(session, clock.now())
        assert [m.reply.plain_text for m in waiting_messages(session, KEYS, key_of(BROWSER))] == ["三"]


def test_a_message_that_does_not_open_does_not_hide_the_others(web: Bench, database: Database) -> None:
    web.send(reply("一"), reply("二"))
    with database.transaction() as session:
        first = session.exec(select(WebMessageRow)).first()
        first.reply = first.reply[:-8] + "AAAAAAA="
    assert len(web.seen()) == 1
