"""When nothing is sent by itself: 21:00 to 09:00 of the family's own clock. Pure.

What waited for the morning leaves spread over the first open hour, each chat at its own second, the same every day:
a city's messages never leave at 09:00:00 together. Clocks that are put forward or back change nothing for a family:
09:00 stays 09:00 (a local time that does not exist is read as the first one after the gap, one that comes twice as the
first of the two).
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SPREAD_OVER_S = 3600


@dataclass(frozen=True)
class QuietHours:
    """Quiet from the hour `from_hour` of one day until `until_hour` of the next, both 0-23 on the family's clock."""

    from_hour: int = 21
    until_hour: int = 9

    def __post_init__(self) -> None:
        if not 0 <= self.until_hour < self.from_hour <= 23:
            message = (
                f"quiet from {self.from_hour} until {self.until_hour}: write hours like 21 and 9, evening and morning"
            )
            raise ValueError(message)


def is_quiet(now: datetime, zone: ZoneInfo, hours: QuietHours) -> bool:
    """Whether nothing may be sent by itself at this instant."""
    local = now.astimezone(zone)
    return local.hour >= hours.from_hour or local.hour < hours.until_hour


def opening_on(day: date, zone: ZoneInfo, hours: QuietHours, spread_key: str) -> datetime:
    """The instant (UTC) from which on one chat may be written to on a calendar day of its zone."""
    opens = datetime.combine(day, time(hours.until_hour), zone).astimezone(UTC)
    return opens + timedelta(seconds=spread_s(spread_key))


def next_opening(now: datetime, zone: ZoneInfo, hours: QuietHours, spread_key: str) -> datetime:
    """The end of the quiet hours that `now` lies in, at this chat's own second."""
    local = now.astimezone(zone)
    day = local.date() + timedelta(days=1 if local.hour >= hours.from_hour else 0)
    return opening_on(day, zone, hours, spread_key)


def spread_s(spread_key: str) -> int:
    """A chat's own second within the first open hour."""
    digest = hashlib.sha256(b"spread " + spread_key.encode()).digest()
    return int.from_bytes(digest[:4], "big") % SPREAD_OVER_S
