"""Who may do what with the children of a family. Pure.

A guardian answers for the child: agrees, invites, removes, erases. A caregiver looks after the child: sees and writes
down. A reader sees. Guardians cannot remove each other: a bot must not take a side between parents.
"""

from typing import Literal, get_args

Role = Literal["guardian", "caregiver", "reader"]
ROLES: tuple[Role, ...] = get_args(Role)

Right = Literal["see", "record", "edit", "consent", "invite", "remove", "erase"]

RIGHTS: dict[Role, frozenset[Right]] = {
    "guardian": frozenset(get_args(Right)),
    "caregiver": frozenset({"see", "record", "edit"}),
    "reader": frozenset({"see"}),
}

Kin = Literal["mother", "father", "grandmother", "grandfather", "nanny", "other"]
KIN: tuple[Kin, ...] = get_args(Kin)


def may(role: Role, right: Right) -> bool:
    """Whether somebody in this role has this right."""
    return right in RIGHTS[role]


def may_remove(remover: Role, removed: Role) -> bool:
    """Whether one member may take another out of the family."""
    return may(remover, "remove") and removed != "guardian"
