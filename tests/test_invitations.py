"""A code lets one person in once, in the role it was made for; typed, or by a deep link."""

import re
import threading

import pytest
from sqlmodel import select

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.errors import Refusal
from bot.families import invitation
from bot.families.children import children_shared
from bot.families.family_rows import CaregiverRow, InvitationRow
from bot.families.invitation import VALID_FOR, invite, join
from bot.families.invitation_code import code_in
from bot.families.membership import require
from bot.families.roles import may
from bot.questions.asking import Asking
from tests.conftest import KEYS, FixedClock
from tests.households import SECRET, Household, a_visit, refused
from tests.talk import Parent


@pytest.fixture
def conversation(database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(database, quick_asking, clock, SECRET, KEYS, "qihui_bot")


def test_a_code_lets_one_person_in_once(household: Household) -> None:
    made = invite(household.visit_of("mother"), household.family, "caregiver")
    member = join(household.visit_of("grandmother"), made.code)
    assert member.role == "caregiver"
    assert children_shared(household.visit_of("grandmother")) == [household.child]
    assert refused(lambda: join(household.visit_of("thief"), made.code)) == "invite.gone"
    assert children_shared(household.visit_of("thief")) == []


def test_a_code_expires(household: Household, clock: FixedClock) -> None:
    made = invite(household.visit_of("mother"), household.family, "reader")
    clock.at += VALID_FOR
    assert refused(lambda: join(household.visit_of("aunt"), made.code)) == "invite.gone"


def test_unknown_codes_and_too_many_codes_are_refused(household: Household) -> None:
    assert refused(lambda: join(household.visit_of("aunt"), "QH-AAAAA-AAAAA")) == "invite.gone"
    for _ in range(invitation.MOST_OPEN):
        invite(household.visit_of("mother"), household.family, "reader")
    assert refused(lambda: invite(household.visit_of("mother"), household.family, "reader")) == "invite.too_many"


def test_codes_are_kept_as_hashes_and_old_ones_go(household: Household, clock: FixedClock) -> None:
    mother = household.visit_of("mother")
    made = invite(mother, household.family, "reader")
    rows = mother.session.exec(select(InvitationRow)).all()
    assert all(made.code.replace("-", "")[2:] not in str(row) for row in rows)
    clock.at += VALID_FOR
    invitation.let_go_of_old_codes(mother.session, clock.now())
    assert mother.session.exec(select(InvitationRow)).all() == []


def test_who_is_in_already_keeps_the_code_for_another_and_may_rise(household: Household) -> None:
    made = invite(household.visit_of("mother"), household.family, "reader")
    assert refused(lambda: join(household.visit_of("mother"), made.code)) == "invite.already"
    join(household.visit_of("aunt"), made.code)
    rise = invite(household.visit_of("mother"), household.family, "guardian")
    assert join(household.visit_of("aunt"), rise.code).role == "guardian"
    assert require(household.visit_of("aunt"), household.family, "consent").role == "guardian"


def test_two_people_with_one_code_at_once_one_gets_in(any_database: Database, clock: FixedClock) -> None:
    with any_database.transaction() as session:
        home = Household(lambda who: a_visit(session, clock, who, KEYS))
        made = invite(home.visit_of("mother"), home.family, "reader")
    outcomes: list[str] = []

    def tries(who: str) -> None:
        try:
            with any_database.transaction() as session:
                join(a_visit(session, clock, who, KEYS), made.code)
            outcomes.append("in")
        except Refusal as refusal:
            outcomes.append(refusal.phrase)

    threads = [threading.Thread(target=tries, args=(f"person {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["in", *["invite.gone"] * 7]
    with any_database.transaction() as session:
        assert len(session.exec(select(CaregiverRow)).all()) == 2


def test_codes_are_recognised_as_people_type_them() -> None:
    for typed in ("QH-ABCDE-FGHJK", "qh abcde fghjk", "qhabcdefghjk", " QH-ABCDEFGHJK ", "join_ABCDEFGHJK"):
        assert code_in(typed) == "QH-ABCDE-FGHJK"
    for other in ("QH-ABCDE", "宝宝发烧", "QH-ABCDE-FGHJK 发烧", "join_", "ABCDE-FGHJK", "QH-ABCDE-FGHI0"):
        assert code_in(other) is None
    assert may("reader", "see")


def test_a_grandmother_joins_by_code_and_asks_about_the_same_child(conversation: Conversation) -> None:
    mother, grandmother = Parent(conversation, "mother"), Parent(conversation, "grandmother")
    mother.says("/children").presses("同意：用月龄").presses("加一个宝宝").says("豆豆").says("2026-3-24").presses(
        "足月"
    )
    mother.says("/invite").presses("一起照看")
    code = re.search(r"QH-\w{5}-\w{5}", mother.heard)[0]
    assert f"https://t.me/qihui_bot?start=join_{code.replace('-', '')[2:]}" in mother.heard
    grandmother.says(code.lower())
    assert "豆豆" in grandmother.heard
    grandmother.presses("奶奶")
    grandmother.says("/children").presses("豆豆").presses("改生日").says("2026-3-25")
    assert "删掉这个宝宝" not in grandmother.labels
    mother.says("/children").presses("谁在一起看")
    assert "奶奶或外婆（一起照看）" in mother.heard
    assert "奶奶或外婆 改了生日" in mother.heard
    mother.presses("请奶奶或外婆退出").presses("请他退出")
    grandmother.says("/children")
    assert "豆豆" not in grandmother.heard


def test_a_deep_link_joins_in_english(conversation: Conversation) -> None:
    mother, father = Parent(conversation, "mother", "en"), Parent(conversation, "father", "en")
    mother.says("/children").presses("Agree: age").presses("Add a child").says("Mia").says("8 March 2026").presses(
        "At term"
    )
    mother.says("/invite").presses("The other parent")
    code = re.search(r"QH-\w{5}-\w{5}", mother.heard)[0]
    father.says(f"/start join_{code.replace('-', '')[2:]}")
    assert "Mia" in father.heard
    father.presses("Father").says("/consent")
    assert "Take back: age in answers" in father.labels
    father.says(code)
    assert "in this family already" in father.heard
    stranger = Parent(conversation, "stranger", "en").says(code)
    assert "does not work" in stranger.heard


def test_a_person_without_a_child_is_led_to_add_one_first(conversation: Conversation) -> None:
    someone = Parent(conversation, "someone")
    someone.says("/invite")
    assert "先加一个宝宝" in someone.heard
