"""How long an offer of the waiting list lasts: its clock stops at night, and it is short near the start. Pure."""

from datetime import datetime, timedelta, tzinfo

DAY_BEGINS, DAY_ENDS = 9, 21
"""Hours. Between these, on the clock of the place, the time of an offer runs; outside it stands still."""

LONGEST, SHORTEST = timedelta(hours=4), timedelta(minutes=30)
SHARE = 12
"""An offer lasts one twelfth of the time to the start: four hours two days before, half an hour on the same day."""

BEFORE_START = timedelta(hours=1)
"""No offer lasts longer than until then."""


def offer_lasts(left: timedelta) -> timedelta:
    """Time to answer, counted by day only, when the event starts after `left`."""
    return min(LONGEST, max(SHORTEST, left / SHARE))


def offer_ends(now: datetime, starts_at: datetime, zone: tzinfo) -> datetime:
    """When an offer made now runs out. Instants aware, in any zone; the answer is in the zone of `now`."""
    return min(awake_later(now, offer_lasts(starts_at - now), zone), starts_at - BEFORE_START)


def awake_later(now: datetime, span: timedelta, zone: tzinfo) -> datetime:
    """The instant when so much time of day has passed since `now`."""
    at, left = now.astimezone(zone), span
    while True:
        opens, closes = on_clock(at, DAY_BEGINS), on_clock(at, DAY_ENDS)
        if at >= closes:
            at = on_clock(at + timedelta(days=1), DAY_BEGINS)
            continue
        at = max(at, opens)
        until_night = closes.timestamp() - at.timestamp()
        if left.total_seconds() <= until_night:
            return (at.astimezone(now.tzinfo)) + left
        left -= timedelta(seconds=until_night)
        at = on_clock(at + timedelta(days=1), DAY_BEGINS)


def on_clock(day: datetime, hour: int) -> datetime:
    """This hour of the same day on the same clock."""
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)
