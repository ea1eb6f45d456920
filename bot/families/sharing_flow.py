"""Sharing as a conversation: invite by a code, join, see who shares and who did what, remove, leave."""

from bot.errors import Refusal
from bot.families.change_log import changes_of
from bot.families.children import children_of_family
from bot.families.family_export import person_say
from bot.families.invitation import VALID_FOR, invite, join
from bot.families.membership import (
    OPERATOR,
    Member,
    call_me,
    guarded_family,
    leave_family,
    members_of,
    memberships,
    remove_member,
    require,
)
from bot.families.roles import KIN, ROLES, may, may_remove
from bot.flow import Flow, Step, Turn, Visit, button
from bot.messages import Button, Reply, Say

NAME = "share"


def sharing_flow() -> Flow:
    """The flow as a value; it has no open steps, every button stands for itself."""
    return Flow(NAME, press=_press)


def ask_role(visit: Visit) -> Reply:
    """Whom to invite: what the new person may do."""
    family = guarded_family(visit)
    if family is None:
        return Reply((Say("family.not_allowed" if memberships(visit) else "invite.no_family"),), _way_to_add(visit))
    rows = tuple((button(f"button.invite_{role}", f"share:invite:{role}"),) for role in ROLES)
    return Reply((Say("invite.which_role"),), rows)


def joined(visit: Visit, code: str) -> Turn:
    """Let the visitor in by a code, and ask what the children call them."""
    member = join(visit, code)
    children = tuple(
        Say("child.name", {"nickname": one.nickname}) for one in children_of_family(visit, member.family_id)
    )
    lines = [Say("invite.joined", {"role": Say(f"role.{member.role}"), "children": children or Say("mydata.none")})]
    return Turn(Reply((*lines, Say("kin.ask")), _kin_rows()))


def people(visit: Visit) -> Reply:
    """Who shares the children, who did what lately, and what the visitor may do about it."""
    lines: list[Say] = []
    rows: list[tuple[Button, ...]] = []
    for mine in memberships(visit):
        everyone = members_of(visit, mine.family_id)
        lines.append(Say("people.title", look="title"))
        lines += [_bullet(person_say(one, visit.chat_key)) for one in everyone]
        if may(mine.role, "consent"):
            lines += _log(visit, mine.family_id, everyone)
        rows += [_removal(one) for one in everyone if one.id != mine.id and may_remove(mine.role, one.role)]
        if len(everyone) > 1:
            rows.append((button("button.leave_family", f"share:leave:{mine.family_id}"),))
    if not lines:
        return Reply((Say("invite.no_family"),), _way_to_add(visit))
    rows.append((button("button.invite", "share:start"), button("button.call_me", "share:kin")))
    return Reply(tuple(lines), tuple(rows))


def _press(visit: Visit, step: Step | None, argument: str) -> Turn:
    verb, _, value = argument.partition(":")
    match verb:
        case "start":
            return Turn(ask_role(visit), step)
        case "invite":
            return Turn(_invited(visit, value), step)
        case "kin":
            if not value:
                return Turn(Reply((Say("kin.ask"),), _kin_rows()), step)
            call_me(visit, value)
            return Turn(Reply((Say("kin.noted", {"kin": Say(f"kin.{value}")}),), (_after_kin(visit),)), step)
        case "out":
            member = _removable(visit, value)
            yes = button("button.remove_yes", f"share:out_yes:{member.id}")
            asked = Say("people.remove_ask", {"person": person_say(member, visit.chat_key)})
            return Turn(Reply((asked,), ((yes, button("button.keep", "share:people")),)), step)
        case "out_yes":
            remove_member(visit, value)
            return Turn(_with(Say("people.removed"), people(visit)), step)
        case "leave":
            require(visit, value, "see")
            yes = button("button.leave_yes", f"share:leave_yes:{value}")
            return Turn(Reply((Say("people.leave_ask"),), ((yes, button("button.keep", "share:people")),)), step)
        case "leave_yes":
            leave_family(visit, value)
            return Turn(Reply((Say("people.left"),)), step)
        case _:
            return Turn(people(visit), step)


def _invited(visit: Visit, role: str) -> Reply:
    family = guarded_family(visit)
    if family is None:
        return ask_role(visit)
    made = invite(visit, family, role)
    hours = int(VALID_FOR.total_seconds() // 3600)
    lines = [Say("invite.code", {"code": made.code, "hours": hours, "role": Say(f"role.{made.role}")})]
    if visit.bot_name:
        lines.append(Say("invite.link", {"link": f"https://t.me/{visit.bot_name}?start={made.start_parameter}"}))
    lines.append(Say("invite.care", look="note"))
    return Reply(tuple(lines))


def _removable(visit: Visit, member_id: str) -> Member:
    for mine in memberships(visit):
        for one in members_of(visit, mine.family_id):
            if one.id == member_id and may_remove(mine.role, one.role):
                return one
    raise Refusal("family.not_yours")


def _removal(member: Member) -> tuple[Button, ...]:
    kin = Say(f"kin.{member.kin}") if member.kin else Say("kin.unnamed")
    return (button("button.remove", f"share:out:{member.id}", kin=kin),)


def _log(visit: Visit, family_id: str, everyone: list[Member]) -> list[Say]:
    names = {one.chat_key: one for one in everyone}
    lines = [Say("people.log", look="title")]
    for change in changes_of(visit, family_id):
        who = _hand(visit, change.by, names.get(change.by or ""))
        lines.append(
            Say("people.did", {"day": visit.day_of(change.at), "who": who, "what": Say(f"did.{change.what}")}, "bullet")
        )
    return lines


def _hand(visit: Visit, by: str | None, known: Member | None) -> Say:
    """Whose hand a change was; None is somebody who left or was erased."""
    if known is None:
        return Say("kin.operator" if by == OPERATOR else "kin.gone")
    return Say("kin.me") if known.chat_key == visit.chat_key else _kin_of(known)


def _kin_of(member: Member) -> Say:
    return Say(f"kin.{member.kin}") if member.kin else Say("kin.unnamed")


def _bullet(say: Say) -> Say:
    return Say(say.key, say.values, "bullet")


def _with(first: Say, reply: Reply) -> Reply:
    return Reply((first, *reply.lines), reply.buttons)


def _kin_rows() -> tuple[tuple[Button, ...], ...]:
    buttons = [button(f"kin.{kin}", f"share:kin:{kin}") for kin in KIN]
    return (tuple(buttons[:3]), tuple(buttons[3:]))


def _after_kin(visit: Visit) -> tuple[Button, ...]:
    return (
        (button("button.all_children", "child:list"),)
        if memberships(visit)
        else (button("button.add_child", "child:add"),)
    )


def _way_to_add(visit: Visit) -> tuple[tuple[Button, ...], ...]:
    return () if memberships(visit) else ((button("button.add_child", "child:add"),),)
