"""How a sender works: how many at a time, how often it looks, and who may send when over a channel."""

from dataclasses import dataclass, field
from typing import Protocol

from bot.outreach.contact import Contact
from bot.outreach.outgoing import Lane, Timing

TURN_HOLDS_S = 0.08
"""A turn is worth that long; whoever has not left by then waits for another, and reads the truth again."""


class Turns(Protocol):
    """Who may send when over one channel. `halt` keeps everyone back."""

    async def turn(self, contact: Contact, lane: Lane) -> None:
        """Wait until one message to this contact may leave; it must leave within `TURN_HOLDS_S`."""
        ...

    async def halt(self, after_s: float) -> None:
        """The channel bids us be silent for so long."""
        ...


@dataclass(frozen=True)
class Pace:
    """How the sender works.

    `poll_s`: how often it looks for what is due while nothing happens. `longest_turn_s`: how long a message waits for
    its turn before another may have its place.
    """

    in_flight: int = 20
    poll_s: float = 1.0
    longest_turn_s: float = 15.0
    timing: Timing = field(default_factory=Timing)
