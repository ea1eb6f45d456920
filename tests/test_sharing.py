"""Several people share a child: invited by a code, each in a role, and nobody else sees or changes anything."""

import contextlib
import inspect
import re
import threading
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from sqlmodel import Session, select

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.errors import Refusal
from bot.families import children, consent, erasing, invitation, membership
from bot.families.children import add_child, change_child, children_for, children_of_family, children_shared, the_child
from bot.families.consent import give, given, history, withdraw
from bot.families.erasing import erase_child, erase_everything
from bot.families.family_export import family_copy
from bot.families.family_flows import FLOWS
from bot.families.family_rows import CaregiverRow, InvitationRow
from bot.families.invitation import VALID_FOR, invite, join
from bot.families.invitation_code import code_in
from bot.families.membership import (
    call_me,
    found_family,
    leave_family,
    members_of,
    memberships,
    remove_member,
    require,
)
from bot.families.roles import RIGHTS, ROLES, may, may_remove
from bot.flow import Turn, Visit
from bot.questions.asking import Asking
from bot.questions.question_log import QuestionRow
from tests.conftest import KEYS, REPOSITORY, FixedClock
from tests.talk import Parent

SECRET = b"secret of the tests"


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def steady_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Each of the two databases, with tables made once: every test here takes back what it did."""
    on_postgres = request.param == "postgresql"
    file = tmp_path_factory.mktemp("steady") / "steady.sqlite3"
    database = Database(request.getfixturevalue("postgres_url") if on_postgres else f"sqlite:///{file}")
    if on_postgres:
        database.downgrade("base")
    database.upgrade()
    yield database
    database.engine.dispose()


@pytest.fixture
def visit_of(steady_database: Database, clock: FixedClock) -> Iterator[Callable[[str], Visit]]:
    """Visits of any person, all in one transaction that is taken back."""
    with Session(steady_database.engine, expire_on_commit=False) as session:
        yield lambda who: a_visit(session, clock, who)
        session.rollback()


def a_visit(session: Session, clock: FixedClock, who: str) -> Visit:
    return Visit(session, who, "test", clock.now(), clock.today(), clock.day_of, KEYS, SECRET, "qihui_bot")


class Household:
    """A mother with one child, and helpers to let others in."""

    def __init__(self, visit_of: Callable[[str], Visit]) -> None:
        self.visit_of = visit_of
        mother = visit_of("mother")
        self.family = found_family(mother)
        give(mother, self.family, "answers")
        self.child = add_child(mother, self.family, "豆豆", date(2026, 3, 24), approximate=False, gestation_weeks=None)

    def lets_in(self, who: str, role: str) -> Visit:
        made = invite(self.visit_of("mother"), self.family, role)
        join(self.visit_of(who), made.code)
        return self.visit_of(who)


@pytest.fixture
def household(visit_of: Callable[[str], Visit]) -> Household:
    return Household(visit_of)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.phrase


def test_what_each_role_may_do() -> None:
    assert {role: sorted(RIGHTS[role]) for role in ROLES} == {
        "guardian": ["consent", "edit", "erase", "invite", "record", "remove", "see"],
        "caregiver": ["edit", "record", "see"],
        "reader": ["see"],
    }
    assert not may_remove("guardian", "guardian")
    assert may_remove("guardian", "reader")
    assert not may_remove("caregiver", "reader")


OPERATIONS: dict[str, Callable[[Visit, Household], object]] = {
    "see the child": lambda v, h: the_child(v, h.child.id, "see"),
    "record for the child": lambda v, h: the_child(v, h.child.id, "record"),
    "list the family's children": lambda v, h: children_of_family(v, h.family),
    "change the nickname": lambda v, h: change_child(v, h.child.id, nickname="米米"),
    "change the birth date": lambda v, h: change_child(v, h.child.id, born_on=date(2026, 1, 1)),
    "change weeks": lambda v, h: change_child(v, h.child.id, gestation_weeks=34),
    "change sex": lambda v, h: change_child(v, h.child.id, sex="f"),
    "change district": lambda v, h: change_child(v, h.child.id, district="浦东新区", street="花木街道"),
    "add a child": lambda v, h: add_child(
        v, h.family, "米米", date(2025, 1, 1), approximate=False, gestation_weeks=None
    ),
    "erase the child": lambda v, h: erase_child(v, h.child.id),
    "give consent": lambda v, h: give(v, h.family, "calendar"),
    "withdraw consent": lambda v, h: withdraw(v, h.family, "answers"),
    "read consents": lambda v, h: history(v, h.family),
    "invite": lambda v, h: invite(v, h.family, "reader"),
    "see who shares": lambda v, h: members_of(v, h.family),
    "remove a member": lambda v, h: remove_member(v, members_of(h.visit_of("mother"), h.family)[-1].id),
    "leave": lambda v, h: leave_family(v, h.family),
}
ALLOWED = {
    "guardian": set(OPERATIONS) - {"remove a member"},
    "caregiver": {
        "see the child", "record for the child", "list the family's children", "change the nickname",
        "change the birth date", "change weeks", "change sex", "change district", "read consents", "see who shares", "leave",
    },
    "reader": {"see the child", "list the family's children", "read consents", "see who shares", "leave"},
}  # fmt: skip


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_stranger_can_do_nothing_and_changes_nothing(household: Household, operation: str) -> None:
    before = family_copy(household.visit_of("mother"))
    assert refused(lambda: OPERATIONS[operation](household.visit_of("stranger"), household)) == "family.not_yours"
    assert family_copy(household.visit_of("mother")) == before


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_role_can_do_what_it_may_and_nothing_else(household: Household, operation: str, role: str) -> None:
    member = household.lets_in("aunt", role)
    household.lets_in("other guardian", "guardian")
    if operation in ALLOWED[role]:
        OPERATIONS[operation](member, household)
        return
    before = family_copy(household.visit_of("mother"))
    assert refused(lambda: OPERATIONS[operation](member, household)) == "family.not_allowed"
    assert family_copy(household.visit_of("mother")) == before


def test_every_operation_on_a_family_or_a_child_is_in_the_table_of_operations() -> None:
    tested = inspect.getsource(inspect.getmodule(Household))
    unguarded = {"admit", "guarded_family"}  # `admit` has its own test below; `guarded_family` looks at oneself only
    for module in (children, consent, erasing, invitation, membership):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_") and name not in unguarded:
                assert re.search(rf"\b{name}\b", tested), f"{name} of {module.__name__} is not tested here"


def test_only_founding_and_a_code_let_somebody_in() -> None:
    callers = [
        path.name for path in (REPOSITORY / "bot").rglob("*.py") if re.search(r"\badmit\(", path.read_text("utf-8"))
    ]
    assert sorted(callers) == ["invitation.py", "membership.py"]


def test_a_stranger_sees_no_child_in_any_list(household: Household) -> None:
    stranger = household.visit_of("stranger")
    assert children_shared(stranger) == []
    assert children_for(stranger, "answers") == []
    assert family_copy(stranger) == []
    assert memberships(stranger) == []
    assert refused(lambda: require(stranger, household.family, "see")) == "family.not_yours"
    call_me(stranger, "mother")
    assert members_of(household.visit_of("mother"), household.family)[0].kin is None


def test_a_child_that_is_not_there_and_one_that_is_not_yours_are_answered_alike(household: Household) -> None:
    stranger = household.visit_of("stranger")
    phrases = {
        refused(lambda child_id=child_id: the_child(stranger, child_id, "see"))
        for child_id in (household.child.id, "0" * 16)
    }
    assert phrases == {"family.not_yours"}


@pytest.mark.parametrize(
    "argument",
    ["card:{child}", "talk:{child}", "erase:{child}", "erase_yes:{child}", "change:nickname:{child}", "change:born:{child}",
     "change:early:{child}", "change:sex:{child}", "change:district:{child}"],
)  # fmt: skip
def test_no_forged_button_reaches_a_child(household: Household, argument: str) -> None:
    argument = argument.format(child=household.child.id)
    assert refused(lambda: FLOWS["child"].press(household.visit_of("stranger"), None, argument)) == "family.not_yours"
    assert the_child(household.visit_of("mother"), household.child.id, "see") == household.child


@pytest.mark.parametrize("argument", ["out:{member}", "out_yes:{member}", "leave:{family}", "leave_yes:{family}"])
def test_no_forged_button_reaches_a_family(household: Household, argument: str) -> None:
    member = members_of(household.visit_of("mother"), household.family)[0].id
    argument = argument.format(member=member, family=household.family)
    assert refused(lambda: FLOWS["share"].press(household.visit_of("stranger"), None, argument)) == "family.not_yours"
    assert len(members_of(household.visit_of("mother"), household.family)) == 1


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("argument", ["", ":", "::", "x", "card:", "change:", "change:x:", "year:9999999", "out:", "kin:emperor",
                                      "give:everything", "take:x", "invite:king", "erase_yes:", "which:x", "weeks:-1"])  # fmt: skip
def test_a_broken_button_changes_nothing(household: Household, flow: str, argument: str) -> None:
    mother = household.visit_of("mother")
    before = family_copy(mother)
    with contextlib.suppress(Refusal):
        assert isinstance(FLOWS[flow].press(mother, None, argument), Turn)
    assert family_copy(mother) == before


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
        home = Household(lambda who: a_visit(session, clock, who))
        made = invite(home.visit_of("mother"), home.family, "reader")
    outcomes: list[str] = []

    def tries(who: str) -> None:
        try:
            with any_database.transaction() as session:
                join(a_visit(session, clock, who), made.code)
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


def test_the_last_guardian_cannot_leave_and_guardians_cannot_remove_each_other(household: Household) -> None:
    mother = household.visit_of("mother")
    assert refused(lambda: leave_family(mother, household.family)) == "family.last_guardian"
    father = household.lets_in("father", "guardian")
    his = next(one for one in members_of(mother, household.family) if one.chat_key == "father")
    assert refused(lambda: remove_member(mother, his.id)) == "family.not_allowed"
    leave_family(mother, household.family)
    assert memberships(mother) == []
    assert children_shared(father) == [household.child]


def test_a_removed_person_sees_nothing_any_more(household: Household) -> None:
    aunt = household.lets_in("aunt", "caregiver")
    hers = next(one for one in members_of(aunt, household.family) if one.chat_key == "aunt")
    remove_member(household.visit_of("mother"), hers.id)
    assert children_shared(aunt) == []
    assert refused(lambda: the_child(aunt, household.child.id, "see")) == "family.not_yours"


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


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"born_on": date(2026, 11, 25)}, "child.born_future"),
        ({"born_on": date(2020, 11, 24)}, "child.too_old"),
        ({"gestation_weeks": 12}, "child.weeks_odd"),
        ({"gestation_weeks": 38}, "child.weeks_odd"),
        ({"sex": "x"}, "button_gone"),
        ({"district": "朝阳区"}, "child.district_odd"),
        ({"street": "花木路100号"}, "child.street_odd"),
        ({"nickname": "13812345678"}, "child.nickname_odd"),
        ({"nickname": "<b>"}, "child.nickname_odd"),
        ({"nickname": "豆" * 13}, "child.nickname_long"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(household: Household, changes: dict, phrase: str) -> None:
    mother = household.visit_of("mother")
    before = family_copy(mother)
    assert refused(lambda: change_child(mother, household.child.id, **changes)) == phrase
    assert family_copy(mother) == before


def test_a_child_is_served_until_the_day_before_its_sixth_birthday(household: Household) -> None:
    mother = household.visit_of("mother")
    assert change_child(mother, household.child.id, born_on=date(2020, 11, 25)).months_on(date(2026, 11, 24)) == 71


def test_erasing_everything_is_for_oneself_and_never_for_the_family_of_others(household: Household) -> None:
    aunt = household.lets_in("aunt", "caregiver")
    change_child(aunt, household.child.id, sex="f")
    assert erase_everything(aunt).left == 1
    assert children_shared(household.visit_of("mother"))[0].sex == "f"
    copied = family_copy(household.visit_of("mother"))[0]
    assert copied["changes"][0] == {"at": copied["changes"][0]["at"], "by": "somebody who left", "what": "sex"}
    assert erasing.leaving(household.visit_of("mother")).erased[0].nickname == "豆豆"


def test_codes_are_recognised_as_people_type_them() -> None:
    for typed in ("QH-ABCDE-FGHJK", "qh abcde fghjk", "qhabcdefghjk", " QH-ABCDEFGHJK ", "join_ABCDEFGHJK"):
        assert code_in(typed) == "QH-ABCDE-FGHJK"
    for other in ("QH-ABCDE", "宝宝发烧", "QH-ABCDE-FGHJK 发烧", "join_", "ABCDE-FGHJK", "QH-ABCDE-FGHI0"):
        assert code_in(other) is None
    assert may("reader", "see")


@pytest.fixture
def conversation(database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(database, quick_asking, clock, SECRET, KEYS, "qihui_bot")


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
