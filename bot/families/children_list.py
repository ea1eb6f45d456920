"""The list of a visitor's children, one child's card, and erasing a child after asking."""

from bot.families.child import Child, age_say
from bot.families.children import children_shared, the_child
from bot.families.erasing import erase_child
from bot.families.family_export import child_line
from bot.families.membership import Member, memberships
from bot.families.roles import may
from bot.flow import Turn, Visit, button
from bot.messages import Button, Reply, Say

_FIELDS = (
    ("button.change_nickname", "nickname"),
    ("button.change_born", "born"),
    ("button.change_early", "early"),
    ("button.change_sex", "sex"),
    ("button.change_district", "district"),
)


def press_list(visit: Visit, argument: str) -> Turn | None:
    """The answer to a button of the list or a card; None for a button of the guided dialogue."""
    verb, _, child_id = argument.partition(":")
    match verb:
        case "list":
            return Turn(list_children(visit))
        case "card":
            return Turn(card(visit, the_child(visit, child_id, "see")))
        case "talk":
            child = the_child(visit, child_id, "see")
            return Turn(Reply((Say("child.talking_of", {"nickname": child.nickname}),)), None, child_id=child.id)
        case "erase":
            return Turn(_ask_erase(the_child(visit, child_id, "erase")))
        case "erase_yes":
            child = erase_child(visit, child_id)
            return Turn(Reply((Say("child.erased", {"nickname": child.nickname}),)), None, erased=(child.nickname,))
        case _:
            return None


def list_children(visit: Visit) -> Reply:
    """Every child that the visitor shares, with what can be done."""
    children = children_shared(visit)
    families = memberships(visit)
    rows: list[tuple[Button, ...]] = [
        (button("button.child", f"child:card:{child.id}", nickname=child.nickname),) for child in children
    ]
    if not families or any(member.role == "guardian" for member in families):
        rows.append((button("button.add_another" if children else "button.add_child", "child:add"),))
    if families:
        rows.append((button("button.people", "share:people"), button("button.invite", "share:start")))
        rows.append((button("button.consent", "consent:show"),))
    head = Say("children.title" if children else "children.none", look="title" if children else "plain")
    return Reply((head, *(child_line(child, visit) for child in children)), tuple(rows))


def card(visit: Visit, child: Child, *before: Say) -> Reply:
    """One child, and what the visitor may do."""
    member = _member_of(visit, child)
    rows: list[tuple[Button, ...]] = []
    if may(member.role, "edit"):
        edits = [button(label, f"child:change:{field}:{child.id}") for label, field in _FIELDS]
        rows += [tuple(edits[:3]), tuple(edits[3:])]
    rows.append(
        (button("button.calendar", f"calendar:next:{child.id}"), button("button.growth", f"growth:open:{child.id}"))
    )
    last = [button("button.all_children", "child:list")]
    if len(children_shared(visit)) > 1:
        values = {"nickname": child.nickname}
        rows.append((Button(Say("button.talk_of", values), f"child:talk:{child.id}"),))
    if may(member.role, "erase"):
        last.append(button("button.erase_child", f"child:erase:{child.id}"))
    rows.append(tuple(last))
    title = Say("child.title", {"nickname": child.nickname, "age": age_say(child.born_on, visit.today)}, "title")
    return Reply((*before, title, child_line(child, visit)), tuple(rows))


def _ask_erase(child: Child) -> Reply:
    yes = button("button.erase_yes", f"child:erase_yes:{child.id}", nickname=child.nickname)
    no = button("button.forget_no", f"child:card:{child.id}")
    return Reply((Say("child.erase_ask", {"nickname": child.nickname}),), ((yes, no),))


def _member_of(visit: Visit, child: Child) -> Member:
    return next(member for member in memberships(visit) if member.family_id == child.family_id)
