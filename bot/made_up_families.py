"""Families that do not exist, for a simulated year: who joins when, with which children, and what they will do. Pure.

The same families in every run. A third wants cards; a tenth stops everything one day, a twentieth stops one child's
messages, a tenth mutes a topic; two out of three know from the start what their child was given.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.calendar_benchmark import made_up_doses
from knowledge.vaccine_record import GivenDose

STARTS_ON = date(2026, 1, 1)
DAYS = 365
JOINS_UNTIL_DAY = 325

Wish = Literal["stop", "stop_child", "mute"]


@dataclass(frozen=True)
class MadeUpChild:
    """One child, with what the family typed in on joining."""

    id: str
    born_on: date
    given: tuple[GivenDose, ...]


@dataclass(frozen=True)
class MadeUpFamily:
    """One family. `chats`: those who look after the children. `wishes`: what its first chat will ask for, and when."""

    id: str
    joined_at: datetime
    chats: tuple[str, ...]
    children: tuple[MadeUpChild, ...]
    wants_cards: bool
    wishes: tuple[tuple[datetime, Wish], ...]


def made_up_families(children: int, zone: ZoneInfo, dice: random.Random) -> Iterator[MadeUpFamily]:
    """Families until there are so many children."""
    number, left = 0, children
    while left > 0:
        family = _family(f"{zone.key[:2].lower()}{number}", zone, dice, left)
        yield family
        left -= len(family.children)
        number += 1


def instant_on(day: date, zone: ZoneInfo, dice: random.Random, from_hour: int = 0, until_hour: int = 24) -> datetime:
    """Some instant of a day of this zone (UTC)."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    return midnight + timedelta(seconds=dice.randrange(from_hour * 3600, until_hour * 3600))


def downtimes(dice: random.Random) -> list[tuple[datetime, datetime]]:
    """When nothing is sent: half a day now and then, by night too, and once for a whole week."""
    start = datetime(STARTS_ON.year, STARTS_ON.month, STARTS_ON.day, tzinfo=UTC)
    found = []
    for _ in range(20):
        begin = start + timedelta(hours=dice.randrange(DAYS * 24))
        found.append((begin, begin + timedelta(hours=dice.randrange(1, 14))))
    week = start + timedelta(days=200, hours=5)
    return sorted([*found, (week, week + timedelta(days=7))])


def _family(name: str, zone: ZoneInfo, dice: random.Random, most: int) -> MadeUpFamily:
    joined_on = STARTS_ON + timedelta(days=dice.randrange(JOINS_UNTIL_DAY))
    joined_at = instant_on(joined_on, zone, dice)
    born_on = joined_on - timedelta(days=dice.choice((dice.randrange(30), dice.randrange(36 * 30))))
    births = [born_on]
    if dice.random() < 0.2 and most > 1:  # twins, or an older one
        births.append(born_on if dice.random() < 0.5 else born_on - timedelta(days=dice.randrange(300, 700)))
    wrote = dice.random() < 0.7
    children = tuple(
        MadeUpChild(f"{name}-{place}", born, made_up_doses(dice, born, joined_on) if wrote else ())
        for place, born in enumerate(births)
    )
    chats = tuple(f"{name}/{place}" for place in range(dice.choice((1, 1, 2))))
    wishes: list[tuple[datetime, Wish]] = []
    chances: tuple[tuple[Wish, float], ...] = (("stop", 0.1), ("stop_child", 0.05), ("mute", 0.1))
    for wish, chance in chances:
        if dice.random() < chance:
            wishes.append((joined_at + timedelta(minutes=dice.randrange(24 * 60, 200 * 24 * 60)), wish))
    return MadeUpFamily(name, joined_at, chats, children, dice.random() < 0.33, tuple(wishes))
