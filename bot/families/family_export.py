"""A copy of what is kept about a visitor's families: for reading in the chat, and as data to take along.

Members are named by what the children call them, never by their hidden addresses. Who did what is for guardians.
"""

from typing import Any

from bot.families.change_log import changes_of
from bot.families.child import Child, age_say
from bot.families.children import children_of_family
from bot.families.consent import PURPOSES, given, history
from bot.families.membership import OPERATOR, Member, members_of, memberships
from bot.families.roles import may
from bot.flow import Visit
from bot.messages import Say, Value
from knowledge.districts import slug_of


def family_copy(visit: Visit) -> list[dict[str, Any]]:
    """Every family of the visitor as plain data for JSON. Days are ISO dates, instants ISO in UTC."""
    return [_copy(visit, member) for member in memberships(visit)]


def family_lines(visit: Visit) -> list[Say]:
    """The same, to be read."""
    lines: list[Say] = []
    for member in memberships(visit):
        lines.append(Say("mydata.role", {"role": Say(f"role.{member.role}")}, "title"))
        lines += [child_line(child, visit) for child in children_of_family(visit, member.family_id)]
        agreed = tuple(
            Say(f"consent.name.{purpose}") for purpose in PURPOSES if purpose in given(visit, member.family_id)
        )
        lines.append(Say("mydata.agreed", {"purposes": agreed or Say("mydata.none")}))
        people = members_of(visit, member.family_id)
        lines.append(Say("mydata.people", {"people": tuple(person_say(one, visit.chat_key) for one in people)}))
    return lines


def child_line(child: Child, visit: Visit) -> Say:
    """Everything that is known of a child, on one line."""
    key = "child.line_approximate" if child.born_approximate else "child.line"
    details: list[Say] = []
    if child.gestation_weeks is not None:
        details.append(Say("child.weeks_are", {"weeks": child.gestation_weeks}))
    if child.sex is not None:
        details.append(Say(f"sex.{child.sex}"))
    if child.district is not None:
        details.append(
            Say(
                "child.place_is", {"district": Say(f"district.{slug_of(child.district)}"), "street": child.street or ""}
            )
        )
    values: dict[str, Value] = {
        "nickname": child.nickname,
        "age": age_say(child.born_on, visit.today),
        "day": child.born_on,
    }
    line = Say(key, values, "bullet")
    return Say("child.line_more", {"line": line, "details": tuple(details)}, "bullet") if details else line


def person_say(member: Member, chat_key: str) -> Say:
    """A member as people speak of them."""
    kin = Say(f"kin.{member.kin}") if member.kin else Say("kin.unnamed")
    key = "people.me" if member.chat_key == chat_key else "people.one"
    return Say(key, {"kin": kin, "role": Say(f"role.{member.role}")})


def _copy(visit: Visit, member: Member) -> dict[str, Any]:
    people = members_of(visit, member.family_id)
    names = {one.chat_key: "me" if one.id == member.id else one.kin or one.role for one in people}
    names[OPERATOR] = "operator"
    copied: dict[str, Any] = {
        "my_role": member.role,
        "i_am": member.kin,
        "joined_at": member.joined_at.isoformat(),
        "children": [
            {
                "nickname": child.nickname,
                "born_on": child.born_on.isoformat(),
                "born_approximate": child.born_approximate,
                "gestation_weeks": child.gestation_weeks,
                "sex": child.sex,
                "district": child.district,
                "street": child.street,
            }
            for child in children_of_family(visit, member.family_id)
        ],
        "people": [{"kin": one.kin, "role": one.role, "joined_at": one.joined_at.isoformat()} for one in people],
        "consents": [
            {
                "purpose": one.purpose,
                "version": one.version,
                "given_at": one.given_at.isoformat(),
                "given_by": names.get(one.given_by or "", "somebody who left"),
                "withdrawn_at": one.withdrawn_at.isoformat() if one.withdrawn_at else None,
            }
            for one in history(visit, member.family_id)
        ],
    }
    if may(member.role, "consent"):
        copied["changes"] = [
            {"at": one.at.isoformat(), "by": names.get(one.by or "", "somebody who left"), "what": one.what}
            for one in changes_of(visit, member.family_id, most=None)
        ]
    return copied
