"""The guided dialogues of this room, and where its commands begin."""

from bot.families.child_flow import child_flow
from bot.families.children import children_shared
from bot.families.children_list import list_children
from bot.families.consent import CHILD_PURPOSES, given
from bot.families.consent_flow import consent_flow, consent_page
from bot.families.membership import guarded_family, memberships
from bot.families.sharing_flow import ask_role, sharing_flow
from bot.flow import Flow, Turn, Visit

FLOWS: dict[str, Flow] = {flow.name: flow for flow in (child_flow(), consent_flow(), sharing_flow())}


def begin_children(visit: Visit) -> Turn:
    """/children: consent comes before the first child; afterwards the list."""
    family = guarded_family(visit)
    agreed = family is not None and bool(given(visit, family) & CHILD_PURPOSES)
    if agreed or children_shared(visit) or (family is None and memberships(visit)):
        return Turn(list_children(visit))
    return Turn(consent_page(visit))


def begin_invite(visit: Visit) -> Turn:
    """/invite: who is to share the children."""
    return Turn(ask_role(visit))


def begin_consent(visit: Visit) -> Turn:
    """/consent: what is agreed to, and one tap to change it."""
    return Turn(consent_page(visit))
