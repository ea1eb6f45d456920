"""Consent as a conversation: the text, and one tap for each purpose to give or to take back."""

from bot.families.children import children_of_family
from bot.families.consent import CHILD_PURPOSES, CONSENT_VERSION, PURPOSES, Purpose, give, given, withdraw
from bot.families.membership import found_family, guarded_family, memberships
from bot.flow import Flow, Step, Turn, Visit, button
from bot.messages import Button, Reply, Say

NAME = "consent"


def consent_flow() -> Flow:
    """The flow as a value; it has no open steps, every button stands for itself."""
    return Flow(NAME, press=_press)


def consent_page(visit: Visit) -> Reply:
    """What is agreed to now, purpose by purpose, with the text in full."""
    family = guarded_family(visit)
    if family is None and memberships(visit):
        return _for_others(visit)
    agreed = given(visit, family) if family else frozenset()
    lines = [Say("consent.title", look="title"), Say("consent.intro")]
    lines += [
        Say(_line_key(purpose, agreed), {"text": Say(f"consent.text.{purpose}")}, "bullet") for purpose in PURPOSES
    ]
    lines.append(Say("consent.guardian"))
    lines.append(Say("consent.version", {"version": CONSENT_VERSION}, "note"))
    return Reply(tuple(lines), _rows(visit, family, agreed))


def _press(visit: Visit, step: Step | None, argument: str) -> Turn:
    verb, _, purpose = argument.partition(":")
    if verb == "give":
        if guarded_family(visit) is None and memberships(visit):
            return Turn(_for_others(visit), step)
        give(visit, found_family(visit), purpose)
        return Turn(_changed(visit, "consent.given", purpose), step)
    family = guarded_family(visit)
    if verb == "take" and family is not None:
        withdraw(visit, family, purpose)
        return Turn(_changed(visit, "consent.withdrawn", purpose), step)
    return Turn(consent_page(visit), step)


def _changed(visit: Visit, key: str, purpose: str) -> Reply:
    """One line for what changed, and the buttons again."""
    family = guarded_family(visit)
    agreed = given(visit, family) if family else frozenset()
    lines = [Say(key, {"purpose": Say(f"consent.name.{purpose}")})]
    if family and not agreed & CHILD_PURPOSES and children_of_family(visit, family):
        lines.append(Say("consent.children_unused"))
    return Reply(tuple(lines), _rows(visit, family, agreed))


def _rows(visit: Visit, family: str | None, agreed: frozenset[Purpose]) -> tuple[tuple[Button, ...], ...]:
    rows: list[tuple[Button, ...]] = [
        (button("button.take_back", f"consent:take:{purpose}", purpose=Say(f"consent.name.{purpose}")),)
        if purpose in agreed
        else (button("button.agree", f"consent:give:{purpose}", purpose=Say(f"consent.name.{purpose}")),)
        for purpose in PURPOSES
    ]
    children = children_of_family(visit, family) if family else []
    if agreed & CHILD_PURPOSES:
        rows.append(
            (button("button.all_children", "child:list"),) if children else (button("button.add_child", "child:add"),)
        )
    elif children:
        rows.append(
            tuple(
                button("button.erase_one", f"child:erase:{child.id}", nickname=child.nickname) for child in children[:3]
            )
        )
    return tuple(rows)


def _for_others(visit: Visit) -> Reply:
    """A member who is no guardian sees what was agreed to, and who can change it."""
    lines = [Say("consent.title", look="title")]
    for member in memberships(visit):
        agreed = given(visit, member.family_id)
        lines += [
            Say(_line_key(purpose, agreed), {"text": Say(f"consent.text.{purpose}")}, "bullet") for purpose in PURPOSES
        ]
    return Reply((*lines, Say("consent.ask_guardian")))


def _line_key(purpose: Purpose, agreed: frozenset[Purpose]) -> str:
    return "consent.yes_to" if purpose in agreed else "consent.no_to"
