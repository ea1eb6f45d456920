"""How likely a place on the waiting list becomes a seat, as honestly as past events allow. Pure."""

from typing import Literal

FEWEST_BOOKINGS = 30
"""Below so many past bookings nobody can say how many families cancel."""

Chance = Literal["unknown", "likely", "possible", "unlikely"]


def chance(ahead_seats: int, needed: int, taken: int, booked_before: int, freed_before: int) -> Chance:
    """The chance of an entry.

    `ahead_seats`: seats that those before it wait for; `taken`: seats taken now. `booked_before`, `freed_before`: seats
    of past events that were booked, and of these that were given back in time.
    """
    if booked_before < FEWEST_BOOKINGS:
        return "unknown"
    expected = taken * freed_before / booked_before
    wanted = ahead_seats + needed
    if wanted <= expected / 2:
        return "likely"
    return "possible" if wanted <= 2 * expected else "unlikely"
