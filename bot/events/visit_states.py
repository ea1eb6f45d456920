"""A home visit's states and moves, and when two visits get into each other's way. Pure.

requested -> assigned -> proposed -> confirmed -> done or missed. Whoever gives a slot back, the family or the staff,
puts the visit back to assigned, so that it is proposed anew and never forgotten. A proposal holds its slot as a
confirmed visit does: nothing else can be put there until the family answers or the proposal lapses.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Literal, get_args

State = Literal["requested", "assigned", "proposed", "confirmed", "done", "missed", "withdrawn", "closed"]
STATES: tuple[State, ...] = get_args(State)

Move = Literal["assign", "propose", "confirm", "decline", "lapse", "give_back", "finish", "miss", "withdraw", "close"]

OPEN: frozenset[State] = frozenset({"requested", "assigned", "proposed", "confirmed"})
"""Still to be carried out."""

HOLDING: frozenset[State] = frozenset({"proposed", "confirmed"})
"""These hold a slot of the visitor and of the family. The exclusion constraints in the database name them too."""

MOVES: dict[tuple[State, Move], State] = {
    ("requested", "assign"): "assigned",
    ("assigned", "assign"): "assigned",
    ("assigned", "propose"): "proposed",
    ("proposed", "propose"): "proposed",
    ("proposed", "confirm"): "confirmed",
    ("proposed", "decline"): "assigned",
    ("proposed", "lapse"): "assigned",
    ("confirmed", "give_back"): "assigned",
    ("confirmed", "finish"): "done",
    ("confirmed", "miss"): "missed",
} | {(state, move): after for state in sorted(OPEN) for move, after in (("withdraw", "withdrawn"), ("close", "closed"))}  # type: ignore[assignment]

TRAVEL = timedelta(minutes=30)
"""What lies between two visits at least: a way through the district and a breath."""

FIRST_HOUR, LAST_HOUR = time(8, 30), time(18, 0)
SHORTEST, LONGEST = timedelta(minutes=20), timedelta(hours=2)
NOTICE = timedelta(hours=2)
"""A family hears of a visit at least so long before."""

FARTHEST = timedelta(days=60)

PROPOSAL_KEPT_FOR = timedelta(hours=48)
"""A proposal that nobody answers lapses after this, or two hours before its start."""

SlotFault = Literal["too_soon", "too_far", "too_short", "too_long", "out_of_hours"]


@dataclass(frozen=True)
class Slot:
    """From when to when a visit is. UTC instants; `travel` is kept free afterwards."""

    starts_at: datetime
    ends_at: datetime
    travel: timedelta = TRAVEL

    @property
    def busy_until(self) -> datetime:
        """Until when nothing else may start."""
        return self.ends_at + self.travel


def collides(one: Slot, other: Slot) -> bool:
    """Whether nobody could be at both: one starts before the other with its way is over."""
    return one.starts_at < other.busy_until and other.starts_at < one.busy_until


def after(state: State, move: Move) -> State | None:
    """The state that a move leads to, None where the move is not possible."""
    return MOVES.get((state, move))


def slot_fault(slot: Slot, now: datetime, zone: tzinfo) -> SlotFault | None:
    """What is wrong with a slot that is proposed; None where nothing is. Hours of the day are those of `zone`."""
    length = slot.ends_at - slot.starts_at
    if slot.starts_at < now + NOTICE:
        return "too_soon"
    if slot.starts_at > now + FARTHEST:
        return "too_far"
    if length < SHORTEST:
        return "too_short"
    if length > LONGEST:
        return "too_long"
    starts, ends = slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone)
    if starts.date() != ends.date() or starts.time() < FIRST_HOUR or ends.time() > LAST_HOUR:
        return "out_of_hours"
    return None


def lapses_at(proposed_at: datetime, slot: Slot) -> datetime:
    """When a proposal that nobody answers is given back."""
    return min(proposed_at + PROPOSAL_KEPT_FOR, slot.starts_at - NOTICE)
