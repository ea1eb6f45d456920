"""A ticket's states and moves. Pure.

waiting -> claimed -> answered -> closed. Whoever writes again puts the ticket back on the table of the one who answered;
a closed ticket that is written to waits again, so that no parent speaks to a closed door.
"""

from typing import Literal, get_args

State = Literal["waiting", "claimed", "answered", "closed"]
STATES: tuple[State, ...] = get_args(State)

Move = Literal["claim", "hand_over", "give_back", "answer", "write_back", "close", "helped", "lapse"]

OPEN: frozenset[State] = frozenset({"waiting", "claimed", "answered"})

Urgency = Literal["none", "same_day", "go_now", "call_120"]
URGENCIES: tuple[Urgency, ...] = get_args(Urgency)
"""From calm to worst."""

_MOVES: dict[Move, dict[State, State]] = {
    "claim": {"waiting": "claimed"},
    "hand_over": {"waiting": "claimed", "claimed": "claimed", "answered": "claimed"},
    "give_back": {"claimed": "waiting"},
    "answer": {"claimed": "answered", "answered": "answered"},
    "write_back": {"waiting": "waiting", "claimed": "claimed", "answered": "claimed", "closed": "waiting"},
    "close": {"waiting": "closed", "claimed": "closed", "answered": "closed"},
    "helped": {"waiting": "closed", "claimed": "closed", "answered": "closed"},
    "lapse": {"answered": "closed"},
}


def after(move: Move, state: str) -> State | None:
    """The state after a move; None where the move is not possible."""
    return next((to for start, to in _MOVES[move].items() if start == state), None)


def worse(one: str, other: str) -> Urgency:
    """The more urgent of two; what is no urgency counts as none."""
    return max((level for level in URGENCIES if level in {one, other}), key=URGENCIES.index, default="none")


def is_urgent(urgency: str) -> bool:
    """Whether a person must look at once: everything that tells of a danger, a doctor today included."""
    return urgency in URGENCIES and urgency != "none"
