"""Which role may do what, as data. A role can do exactly what its row says; a route names the action it carries out.

Pure. `ANYONE` is for people who are not signed in yet, `OWN` for every signed-in person's own account.
"""

from typing import Literal, get_args

Role = Literal["administrator", "editor", "reviewer", "organiser", "counsellor", "reader"]
ROLES: tuple[Role, ...] = get_args(Role)

Action = Literal[
    "start.see",
    "people.see", "people.invite", "people.change",
    "audit.see",
    "family.reveal",
    "guide.see", "guide.edit", "guide.review", "guide.sign", "guide.publish", "guide.withdraw", "guide.mode",
    "guide.import", "guide.export",
    "impact.see",
    "playground.use",
    "asked.see", "asked.use", "asked.keep",
    "door.use", "door.export",
    "ticket.see", "ticket.answer",
    "events.see", "events.change",
    "announcements.see", "announcements.change",
    "visits.see", "visits.change",
    "ledger.see",
    "places.see", "places.change",
    "indicators.see", "indicators.export",
]  # fmt: skip
ACTIONS: tuple[Action, ...] = get_args(Action)

ANYONE: Literal["anyone"] = "anyone"
OWN: Literal["own.account"] = "own.account"

_READING: frozenset[Action] = frozenset({"start.see", "guide.see", "playground.use"})
_ORGANISING: frozenset[Action] = frozenset({
    "door.use", "door.export", "events.see", "events.change", "announcements.see", "announcements.change",
    "ledger.see", "places.see", "places.change",
})  # fmt: skip

PERMISSIONS: dict[Role, frozenset[Action]] = {
    # runs the house: people, roles, what is served; may stand in for an editor, but never signs
    "administrator": frozenset({
        *_READING,
        "people.see", "people.invite", "people.change", "audit.see", "family.reveal",
        "guide.edit", "guide.review", "guide.publish", "guide.withdraw", "guide.mode", "impact.see",
        "guide.import", "guide.export", "asked.see", "asked.use", "asked.keep", "ticket.see", "ticket.answer", *_ORGANISING,
        "indicators.see", "indicators.export",
    }),
    "editor": frozenset({
        *_READING, "guide.edit", "guide.publish", "guide.import", "guide.export", "impact.see",
        "asked.see", "asked.use", "asked.keep",
        "indicators.see", "indicators.export",
    }),
    # a clinician: reads what another wrote, signs it with name and qualification, takes back what is wrong
    "reviewer": frozenset({
        *_READING, "guide.review", "guide.sign", "guide.publish", "guide.withdraw", "guide.export", "impact.see",
        "asked.see", "asked.keep",
    }),
    "organiser": frozenset({*_READING, *_ORGANISING}),
    # answers parents and goes to families' homes: alone sees where they live and what was written there
    "counsellor": frozenset({
        *_READING, "asked.see", "family.reveal", "ticket.see", "ticket.answer",
        "visits.see", "visits.change", "ledger.see", "places.see",
    }),
    "reader": frozenset({*_READING, "indicators.see"}),
}  # fmt: skip


def may(role: str, action: str) -> bool:
    """Whether a person of this role may do this; an unknown role may do nothing."""
    if action in {ANYONE, OWN}:
        return True
    return any(action in row for name, row in PERMISSIONS.items() if name == role)
