"""What a transport promises: one rendered reply to one address, and an outcome that is a value.

Every outcome says whether the message can have arrived, because nothing may be sent twice by guessing: `RetryLater` is
given only where it cannot have arrived, `Doubtful` wherever it may have.
"""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from bot.rendered import RenderedReply

LONGEST_SEND_S = 120.0
"""A send has an outcome within this time; a sender that lives renews its lease so long."""


@dataclass(frozen=True)
class Sent:
    """Arrived. `ref`: the channel's number of the (last) message, for the record.

    `new_address`: the chat has moved there; None where the address still holds.
    """

    ref: str
    new_address: str | None = None


@dataclass(frozen=True)
class Blocked:
    """Nobody can be reached there: blocked, deactivated, never begun, not found. `reason` in the channel's words."""

    reason: str


@dataclass(frozen=True)
class Refused:
    """This message is not taken, there or anywhere; trying again cannot help. `reason` in the channel's words."""

    reason: str


@dataclass(frozen=True)
class RetryLater:
    """It has not arrived; not before `after_s` seconds again. `halts`: the channel bids the whole token be silent."""

    after_s: float
    reason: str
    halts: bool = False


@dataclass(frozen=True)
class Doubtful:
    """It may have arrived or not, and nobody can tell; it is never repeated blindly."""

    reason: str


Outcome: TypeAlias = Sent | Blocked | Refused | RetryLater | Doubtful


class Transport(Protocol):
    """Sends rendered replies over one channel. Any number at a time, from one event loop."""

    async def send(self, address: str, reply: RenderedReply) -> Outcome:
        """Send one reply. Never raises for what happens to one message.

        Raises: Misconfigured: nothing can be sent at all; the message says what the operator must mend.
        """
        ...

    async def close(self) -> None:
        """Let go of connections; nothing is sent afterwards."""
        ...
