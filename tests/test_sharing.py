"""Several people share a child, each in a role, and nobody else sees or changes anything."""

import contextlib
import inspect
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.errors import Refusal
from bot.families import children, consent, erasing, invitation, membership
from bot.families.children import add_child, change_child, children_for, children_of_family, children_shared, the_child
from bot.families.consent import give, history, withdraw
from bot.families.erasing import erase_child, erase_everything
from bot.families.family_export import family_copy
from bot.families.family_flows import FLOWS
from bot.families.invitation import invite
from bot.families.membership import (
    call_me,
    leave_family,
    members_of,
    memberships,
    remove_member,
    require,
)
from bot.families.roles import RIGHTS, ROLES, may_remove
from bot.flow import Turn, Visit
from tests.conftest import REPOSITORY
from tests.households import Household, refused


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
    files = ("test_sharing.py", "test_invitations.py", "test_consent.py")
    tested = "".join(Path(__file__).with_name(name).read_text("utf-8") for name in files)
    unguarded = {
        "admit",
        "opened_child",
        "placed_child",
        "guarded_family",
        "agreed_around",
        "losing_sight",
    }  # tests below; opening a row asks nobody, the last three look at oneself
    for module in (children, consent, erasing, invitation, membership):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_") and name not in unguarded:
                assert re.search(rf"\b{name}\b", tested), f"{name} of {module.__name__} is not tested here"


def test_only_founding_and_a_code_let_somebody_in() -> None:
    callers = [
        path.name
        for path in (REPOSITORY / "bot").rglob("*.py")
        if re.search(r"(?<!def )\badmit\(visit", path.read_text("utf-8"))
    ]
    assert sorted(callers) == ["invitation.py", "membership.py"]


def test_only_the_house_itself_opens_a_child_without_a_visitor() -> None:
    callers = [path.name for path in (REPOSITORY / "bot").rglob("*.py") if "opened_child(" in path.read_text("utf-8")]
    assert sorted(callers) == [
        "agreed_chats.py",
        "children.py",
        "opened_children.py",
        "rosters.py",
    ]  # for the clockwork


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
