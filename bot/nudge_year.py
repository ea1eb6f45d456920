"""A year of nudges for made-up families, and what must not happen in it.

The year runs the product's own plan, gate, choices and last look before sending; only the database and the wording are
left out. Families join at every age, answer, ignore, put off, decline, book, mute and stop; the sender is down now and
then, also over night. Two zones, one of them with summer time. The same families in every run.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.care.plan_nudges import setup_for
from bot.nudge_family_year import DAYS, STARTS_ON, FamilyYear, Year

ZONES = ("Asia/Shanghai", "Europe/Berlin")


def simulate_year(children: int, seed: int = 6) -> Year:
    """A year of so many children and everybody who looks after them."""
    dice, year = random.Random(seed), Year()  # noqa: S311 - a repeatable mixture
    down = sorted(_downtimes(dice))
    while year.children < children:
        zone = ZoneInfo(ZONES[year.children % len(ZONES)])
        FamilyYear(setup_for(zone), dice, year, down, year.children).run()
    return year


def _downtimes(dice: random.Random) -> Iterator[tuple[datetime, datetime]]:
    """When nothing is sent: half a day now and then, once a week long."""
    start = datetime(STARTS_ON.year, STARTS_ON.month, STARTS_ON.day, tzinfo=UTC)
    for _ in range(20):
        begin = start + timedelta(hours=dice.randrange(DAYS * 24))
        yield begin, begin + timedelta(hours=dice.randrange(1, 14))
    begin = start + timedelta(days=200, hours=5)
    yield begin, begin + timedelta(days=7)
