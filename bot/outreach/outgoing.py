"""The states of one outgoing message and what moves it from one to the next. Pure: values in, values out.

A message is *unknown* when its request may have left and nobody can say whether it arrived: after a time-out, or when
its sender is gone. It is never repeated blindly. Within `Timing.close_after` the policy of its order closes the doubt: "skip"
leaves it unknown for good, "resend" (urgent news only) sends it once more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Literal, get_args

Lane = Literal["live", "urgent", "reminder", "bulk"]
"""What goes first. Urgent goes alone and at any hour; reminders and bulk are bundled, and held by the family budget."""

LANES: tuple[Lane, ...] = get_args(Lane)

BUNDLED: frozenset[Lane] = frozenset({"reminder", "bulk"})

State = Literal[
    "queued", "sending", "sent", "awaiting_retry", "failed", "withheld", "expired", "unreachable", "unknown"
]

STATES: tuple[State, ...] = get_args(State)

WAITING: frozenset[State] = frozenset({"queued", "awaiting_retry"})
"""Nothing has arrived and it may still be sent, or not be sent at all."""

OVER: frozenset[State] = frozenset({"sent", "failed", "withheld", "expired", "unreachable", "unknown"})
"""Nothing more happens by itself, but that an open doubt is closed."""

OnDoubt = Literal["skip", "resend"]

Happening = Literal[
    "claimed",
    "put_back",
    "withdrawn",
    "too_late",
    "not_reachable",
    "arrived",
    "blocked",
    "refused",
    "try_later",
    "gave_up",
    "in_doubt",
    "sender_gone_before",
    "sender_gone_after",
    "doubt_closed_skip",
    "doubt_closed_resend",
]
"""`put_back`: not now (quiet hours, budget, no turn). `sender_gone_before`/`_after`: its lease ran out before/after the
request may have left."""

TRANSITIONS: Final[Mapping[tuple[State, Happening], State]] = MappingProxyType(
    {
        ("queued", "claimed"): "sending",
        ("queued", "withdrawn"): "withheld",
        ("queued", "too_late"): "expired",
        ("queued", "not_reachable"): "unreachable",
        ("sending", "put_back"): "queued",
        ("sending", "withdrawn"): "withheld",
        ("sending", "too_late"): "expired",
        ("sending", "not_reachable"): "unreachable",
        ("sending", "arrived"): "sent",
        ("sending", "blocked"): "unreachable",
        ("sending", "refused"): "failed",
        ("sending", "try_later"): "awaiting_retry",
        ("sending", "gave_up"): "failed",
        ("sending", "in_doubt"): "unknown",
        ("sending", "sender_gone_before"): "queued",
        ("sending", "sender_gone_after"): "unknown",
        ("awaiting_retry", "claimed"): "sending",
        ("awaiting_retry", "withdrawn"): "withheld",
        ("awaiting_retry", "too_late"): "expired",
        ("awaiting_retry", "not_reachable"): "unreachable",
        ("unknown", "put_back"): "queued",
        ("unknown", "arrived"): "sent",
        ("unknown", "blocked"): "unreachable",
        ("unknown", "refused"): "failed",
        ("unknown", "try_later"): "awaiting_retry",
        ("unknown", "gave_up"): "failed",
        ("unknown", "in_doubt"): "unknown",
        ("unknown", "doubt_closed_skip"): "unknown",
        ("unknown", "doubt_closed_resend"): "awaiting_retry",
    }
)
"""Everything that may happen. From *unknown* the sender's own late news still counts until the doubt is closed."""

MOST_ATTEMPTS: Final = 8

MOST_EQUAL_ERRORS: Final = 20
"""So many messages about one thing that fail alike stop the others: they would fail too."""


@dataclass(frozen=True)
class Timing:
    """How long a sender has a message to itself (it renews that while it lives), and how long a doubt stays open.

    Together they make less than a minute from a crash to the closing of what it left in doubt.
    """

    lease: timedelta = timedelta(seconds=30)
    renew_every: timedelta = timedelta(seconds=8)
    close_after: timedelta = timedelta(seconds=20)


_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(hours=1)


def after(state: State, happening: Happening) -> State:
    """The state afterwards.

    Raises: ValueError: this cannot happen in that state; a bug of the caller.
    """
    try:
        return TRANSITIONS[state, happening]
    except KeyError:
        message = f"{happening} cannot happen to a message that is {state}"
        raise ValueError(message) from None


def before(happening: Happening) -> tuple[State, ...]:
    """The states in which this can happen, in the order of `STATES`."""
    return tuple(state for state in STATES if (state, happening) in TRANSITIONS)


def wait_after(attempts: int, asked_for_s: float = 0.0) -> timedelta:
    """How long to wait after so many attempts: doubling from five seconds to an hour, never less than asked for."""
    doubled = _FIRST_WAIT * (1 << min(max(attempts, 1) - 1, 12))
    return max(min(doubled, _LONGEST_WAIT), timedelta(seconds=asked_for_s))
