"""The one rule of seats: what an entry takes, whether it fits, who may claim, and who is offered a freed seat next.

Pure. Holds, offers and confirmed bookings all have seats and are counted alike. A family gets all its places or none.
A freed seat goes to the waiting list first: while anybody waits, nobody else may claim, until the last hours before the
start, when offers are no longer made. The list is served by how often a family was turned away lately, then by when it
joined; an entry that does not fit into what is free is passed over and keeps its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

LAST_OFFER_BEFORE = timedelta(hours=2)
"""Nearer to the start no offer is made: a family could not get there. Free seats are open to everybody then."""

HOLD_FOR = timedelta(minutes=10)
"""How long seats are kept for a family that is choosing."""

MOST_PRIORITY = 3
TURNED_AWAY_COUNTS_FOR = timedelta(days=180)
MOST_LAPSED = 1
"""An offer that runs out puts an entry at the end of the list so often; the next one that runs out ends it."""

State = Literal["held", "offered", "confirmed", "waiting", "cancelled", "expired", "declined", "out", "released", "turned_away"]  # fmt: skip
"""The first three have seats. cancelled: by the family or with the event; expired: a hold ran out; declined: an offer;
out: two offers ran out; released: not confirmed the evening before; turned_away: still waiting at the start."""

Status = Literal["draft", "published", "full", "cancelled", "done"]
SeatFor = Literal["child", "person"]

Why = Literal[
    "not_there", "cancelled", "started", "not_open", "closed", "too_many_children", "too_many_adults", "no_child",
    "too_young", "too_old", "full", "list_first", "gone", "checked_in",
]  # fmt: skip


@dataclass(frozen=True)
class Party:
    """Who comes of one family."""

    children: int
    adults: int


@dataclass(frozen=True)
class Places:
    """What a party takes. `adults`: seats counted apart, 0 where adults are not."""

    seats: int
    adults: int = 0


@dataclass(frozen=True)
class Room:
    """How full an event is. `adult_capacity`: None unless adults are counted apart; `waiting`: entries on the list."""

    capacity: int
    taken: int
    waiting: int = 0
    adult_capacity: int | None = None
    adults_taken: int = 0

    @property
    def free(self) -> int:
        """Seats that nobody has; 0 too where more are taken than there are."""
        return max(0, self.capacity - self.taken)


@dataclass(frozen=True)
class Terms:
    """What an event asks of those who claim. Instants in UTC; `opens_at` None: at once, `closes_at` None: at the start.

    `months_from`, `months_to`: completed months on the day, both included.
    """

    status: str
    starts_at: datetime
    ends_at: datetime
    months_from: int
    months_to: int
    seat_for: str = "child"
    adults_apart: bool = False
    most_children: int = 2
    most_adults: int = 2
    opens_at: datetime | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True)
class Waiting:
    """One entry of the list."""

    id: str
    places: Places
    priority: int
    waits_from: datetime


@dataclass(frozen=True)
class Offer:
    """The entry gets its places now."""

    entry: Waiting
    free: int


@dataclass(frozen=True)
class PassedOver:
    """The entry needs more places together than are free, and keeps its place."""

    entry: Waiting
    free: int


def places_for(party: Party, terms: Terms) -> Places:
    """What a party takes at this event."""
    if terms.adults_apart:
        return Places(party.children, party.adults)
    return Places(party.children if terms.seat_for == "child" else party.children + party.adults)


def fits(room: Room, places: Places) -> bool:
    """Whether all the places are free. The database asks the same in one statement (`seat_claims.take`)."""
    adults = room.adult_capacity is None or room.adults_taken + places.adults <= room.adult_capacity
    return room.taken + places.seats <= room.capacity and adults


def may_claim(room: Room, places: Places, terms: Terms, now: datetime) -> bool:
    """Whether somebody who is not on the list may take these places."""
    return fits(room, places) and (room.waiting == 0 or not offers_made(terms, now))


def offers_made(terms: Terms, now: datetime) -> bool:
    """Whether freed seats are still offered to the list."""
    return terms.status == "published" and now <= terms.starts_at - LAST_OFFER_BEFORE


def why_closed(terms: Terms, now: datetime) -> Why | None:
    """Why nobody can claim or join the list at this moment; None where one can."""
    if terms.status == "draft":
        return "not_there"
    if terms.status == "cancelled":
        return "cancelled"
    if now >= terms.starts_at:
        return "started"
    if terms.opens_at is not None and now < terms.opens_at:
        return "not_open"
    if terms.closes_at is not None and now >= terms.closes_at:
        return "closed"
    return None


def why_not_party(party: Party, terms: Terms) -> Why | None:
    """Why an event does not take a party of this size; None where it does."""
    if party.children < 1:
        return "no_child"
    if party.children > terms.most_children:
        return "too_many_children"
    return "too_many_adults" if not 1 <= party.adults <= terms.most_adults else None


def why_not_age(months: int, terms: Terms) -> Why | None:
    """Why an event is not for a child of so many completed months on its day; None where it is."""
    if months < terms.months_from:
        return "too_young"
    return "too_old" if months > terms.months_to else None


def status_of(status: str, room: Room, ends_at: datetime, now: datetime) -> Status:
    """What an event is called: full and done are worked out, never stored."""
    if status in {"draft", "cancelled"}:
        return "draft" if status == "draft" else "cancelled"
    if now >= ends_at:
        return "done"
    return "full" if room.free == 0 or room.waiting else "published"


def in_order(entries: Sequence[Waiting]) -> list[Waiting]:
    """The list as it is served."""
    return sorted(entries, key=lambda entry: (-entry.priority, entry.waits_from, entry.id))


def next_moves(room: Room, entries: Sequence[Waiting], terms: Terms, now: datetime) -> list[Offer | PassedOver]:
    """What is done with the free seats: an offer to each entry that fits, in order, until nothing is free."""
    moves: list[Offer | PassedOver] = []
    if not offers_made(terms, now):
        return moves
    taken, adults = room.taken, room.adults_taken
    for entry in in_order(entries):
        left = Room(room.capacity, taken, 0, room.adult_capacity, adults)
        if left.free == 0:
            break
        if fits(left, entry.places):
            moves.append(Offer(entry, left.free))
            taken, adults = taken + entry.places.seats, adults + entry.places.adults
        else:
            moves.append(PassedOver(entry, left.free))
    return moves


def priority_of(turned_away: Sequence[datetime], last_place: datetime | None, now: datetime) -> int:
    """How far in front a family joins a list: once for each time that it was turned away lately and got no place since.

    `turned_away`: starts of the events where it was still waiting; `last_place`: when it last had a place, None: never.
    """
    since = now - TURNED_AWAY_COUNTS_FOR
    counted = [at for at in turned_away if at >= since and (last_place is None or at > last_place)]
    return min(MOST_PRIORITY, len(counted))


def after_lapse(lapsed: int) -> State:
    """What an entry becomes whose offer ran out; `lapsed` counts the offers that ran out before."""
    return "waiting" if lapsed < MOST_LAPSED else "out"
