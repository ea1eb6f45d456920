"""Nothing of a home visit is left where the family or the child was erased."""

import pytest

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.events.visit_desk import (
    assign,
    propose,
)
from bot.questions.asking import Asking
from tests.conftest import KEYS, FixedClock
from tests.talk import Parent
from tests.test_erasing import everything, keys_and_seals
from tests.visit_office import Office, a_slot, asks, with_child


@pytest.fixture
def stored(request: pytest.FixtureRequest) -> Database:
    """Both databases for a test that names `any_database`, SQLite for the others."""
    return request.getfixturevalue("any_database" if "any_database" in request.fixturenames else "database")


@pytest.fixture
def conversation(stored: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(stored, quick_asking, clock, b"secret", KEYS)


@pytest.fixture
def office(stored: Database, clock: FixedClock) -> Office:
    return Office(stored, clock)


def test_nothing_of_a_visit_is_left(conversation: Conversation, office: Office, any_database: Database) -> None:
    office.hires("李医生")
    before = keys_and_seals(any_database)
    mother = asks(with_child(Parent(conversation, "mother")))
    visit_id = office.sees()[0].visit.id
    office.does(assign, visit_id)
    office.does(propose, visit_id, a_slot())
    mother.says("/visit").presses("行，就这个时间").says("某某路88弄5号，13800000000")
    left = everything(any_database)
    for word in ("某某路", "13800000000", "南京西路", "静安区南京", "豆豆苗"):
        assert word not in left
    mothers = keys_and_seals(any_database) - before
    assert visit_id in mothers
    mother.says("/forget").presses("删掉")
    conversation.purge()
    assert not mothers & keys_and_seals(any_database)


def test_erasing_the_child_takes_its_visits_and_messages_along(
    conversation: Conversation, office: Office, any_database: Database
) -> None:
    mother = with_child(Parent(conversation, "mother"), "大宝", "2024-1-1")
    office.hires("李医生")
    kept = keys_and_seals(any_database)
    mother.says("/children").presses("再加一个宝宝").says("豆豆苗").says("2026-11-10").presses("足月")
    mother.says("/visit").presses("豆豆苗").presses("静安区").presses("先不说")
    mother.presses("睡觉").presses("选好了").presses("周末下午").presses("选好了").presses("上海话").presses(
        "对，发出去"
    )
    visit_id = office.sees()[0].visit.id
    office.does(assign, visit_id)
    office.does(propose, visit_id, a_slot())
    mother.says("/children").presses("豆豆苗").presses("删掉这个宝宝").presses("删掉豆豆苗")
    left = {seal for seal in keys_and_seals(any_database) - kept if seal.startswith("1.")}
    assert visit_id not in everything(any_database)
    assert not left
