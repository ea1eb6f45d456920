"""Consent is given and taken back by purpose, and works at once."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlmodel import select

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.families import consent
from bot.families.children import add_child, children_for
from bot.families.consent import give, given, history, withdraw
from bot.families.membership import found_family
from bot.flow import Visit
from bot.questions.asking import Asking
from bot.questions.question_log import QuestionRow
from tests.conftest import KEYS, FixedClock
from tests.households import SECRET, Household, refused
from tests.talk import Parent


@pytest.fixture
def conversation(database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(database, quick_asking, clock, SECRET, KEYS, "qihui_bot")


def test_consent_is_given_and_withdrawn_by_purpose_and_works_at_once(household: Household, clock: FixedClock) -> None:
    mother = household.visit_of("mother")
    assert given(mother, household.family) == {"answers"}
    assert children_for(mother, "calendar") == []
    give(mother, household.family, "calendar")
    give(mother, household.family, "calendar")
    withdraw(mother, household.family, "answers")
    assert given(mother, household.family) == {"calendar"}
    assert children_for(mother, "answers") == []
    assert children_for(mother, "calendar") == [household.child]
    assert [(one.purpose, one.withdrawn_at is None) for one in history(mother, household.family)] == [
        ("answers", False),
        ("calendar", True),
    ]


def test_consent_under_an_older_text_does_not_count(household: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    mother = household.visit_of("mother")
    monkeypatch.setattr(consent, "CONSENT_VERSION", "2099-01")
    assert given(mother, household.family) == frozenset()
    assert children_for(mother, "answers") == []
    give(mother, household.family, "answers")
    assert given(mother, household.family) == {"answers"}
    assert [one.withdrawn_at is None for one in history(mother, household.family)] == [False, True]


def test_without_consent_no_child_is_kept(visit_of: Callable[[str], Visit]) -> None:
    someone = visit_of("someone")
    family = found_family(someone)
    give(someone, family, "statistics")
    add = lambda: add_child(someone, family, "豆豆", date(2026, 1, 1), approximate=False, gestation_weeks=None)  # noqa: E731
    assert refused(add) == "consent.needed"


def test_consent_is_one_tap_to_take_back_and_the_age_is_no_longer_used(conversation: Conversation) -> None:
    mother = Parent(conversation, "mother")
    mother.says("/children").presses("同意：用月龄").presses("加一个宝宝").says("豆豆").says("2026-3-24").presses(
        "足月"
    )
    conversation._clock.passes(hours=1)
    mother.says("便秘怎么办")
    mother.says("/consent").presses("收回：用月龄")
    assert "收回了，马上生效" in mother.heard
    assert "删掉豆豆" in mother.labels
    mother.says("/mydata")
    assert "同意了：没有" in mother.heard
    assert "豆豆" in mother.heard
    conversation._clock.passes(hours=1)
    mother.says("便秘怎么办")
    with conversation._database.transaction() as session:
        assert [row.age_months for row in session.exec(select(QuestionRow)).all()] == [8, None]
