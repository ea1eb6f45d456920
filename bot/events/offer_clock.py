"""How long an offer of the waiting list lasts: its clock stops at night, and it is short near the start. Pure."""

from datetime import datetime, time, timedelta, tzinfo

DAY_BEGINS, DAY_ENDS = time(9), time(21)
"""Between these, on the clock of the place, the time of an offer runs; outside it stands still."""

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
        opens, closes = _on(at, DAY_BEGINS), _on(at, DAY_ENDS)
        if at >= closes:
            at = _on(at + timedelta(days=1), DAY_BEGINS)
            continue
        at = max(at, opens)
        until_night = closes.timestamp() - at.timestamp()
        if left.total_seconds() <= until_night:
            return (at.astimezone(now.tzinfo)) + left
        left -= timedelta(seconds=until_night)
        at = _on(at + timedelta(days=1), DAY_BEGINS)


def _on(day: datetime, clock: time) -> datetime:
    return day.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
