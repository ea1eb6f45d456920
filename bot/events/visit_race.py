"""How many visits hold one time when many are proposed at once: for the tests and for `qihui bench`.

Everything goes through the functions that the product uses.
"""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from threading import Barrier
from time import perf_counter
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from bot.database import Database
from bot.errors import Refusal
from bot.events.visit_request import Request
from bot.events.visit_rows import HomeVisitRow
from bot.events.visit_slots import hold_slot
from bot.events.visit_states import HOLDING, Slot, collides
from bot.events.visitors import add_visitor
from bot.families.family_rows import ChildRow, FamilyRow, new_id
from bot.sealing import Keyring, place_of

Claim = Callable[[Session, HomeVisitRow, Slot], object]


@dataclass(frozen=True)
class Raced:
    """What came of a race. `overlaps`: pairs of held visits that nobody could both be at; `errors`: what is no refusal."""

    held: int
    refused: int
    overlaps: int
    errors: tuple[str, ...]
    p99_ms: float


def race(
    database: Database, keys: Keyring, claim: Claim | None = None, *, calls: int = 200, threads: int = 32, seed: int = 7
) -> Raced:
    """Propose `calls` visits of 40 families to 4 visitors at random times of one day, all at once.

    `claim`: the way a slot is taken; None for the product's own.
    """
    now = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    zone = ZoneInfo("Asia/Shanghai")
    chance = random.Random(seed)  # noqa: S311 - a repeatable race, not a secret
    visits = _prepare(database, keys, calls, now, chance)
    first = datetime(2026, 11, 25, 0, 30, tzinfo=UTC)
    starts = [first + timedelta(minutes=15 * chance.randrange(34)) for _ in visits]
    start_together = Barrier(threads)

    def own(session: Session, row: HomeVisitRow, slot: Slot) -> object:
        return hold_slot(session, keys, row, row.version, slot, "race", now, zone)

    def one(number: int) -> tuple[str, float]:
        if number < threads:
            start_together.wait()
        slot = Slot(starts[number], starts[number] + timedelta(minutes=45))
        began = perf_counter()
        try:
            with database.transaction() as session:
                row = session.get(HomeVisitRow, visits[number])
                if row is None:
                    return "lost", 0.0
                (claim or own)(session, row, slot)
        except Refusal:
            said = "refused"
        except Exception as error:  # noqa: BLE001 - whatever it is, the race counts it
            said = type(error).__name__
        else:
            said = "held"
        return said, (perf_counter() - began) * 1000

    with ThreadPoolExecutor(threads) as pool:
        outcomes = list(pool.map(one, range(calls)))
    said = [outcome for outcome, _ in outcomes]
    times = sorted(milliseconds for _, milliseconds in outcomes)
    errors = tuple(sorted({outcome for outcome in said if outcome not in {"held", "refused"}}))
    return Raced(
        said.count("held"), said.count("refused"), overlaps(database), errors, times[int(len(times) * 0.99) - 1]
    )


def overlaps(database: Database) -> int:
    """How many pairs of held visits collide for their visitor or their family."""
    with database.transaction() as session:
        rows = session.exec(select(HomeVisitRow).where(col(HomeVisitRow.state).in_(HOLDING))).all()
    slots = [
        (row, Slot(row.starts_at, row.ends_at, row.busy_until - row.ends_at))
        for row in rows
        if row.starts_at and row.ends_at and row.busy_until
    ]
    return sum(
        collides(one, other) and (row.visitor_id == other_row.visitor_id or row.family_id == other_row.family_id)
        for (row, one), (other_row, other) in combinations(slots, 2)
    )


def _prepare(database: Database, keys: Keyring, calls: int, now: datetime, chance: random.Random) -> list[str]:
    """Visitors, families and one assigned visit a call. Returns the visits' ids."""
    request = Request("静安区", None, ("feeding",), ("weekday_am",), "zh").as_text()
    with database.transaction() as session:
        going = [
            add_visitor(
                session,
                name=f"访{number}",
                organisation="站",
                card=str(number),
                districts=("静安区",),
                streets=(),
                tongues=("zh",),
                most_a_day=8,
                now=now,
            ).id
            for number in range(4)
        ]
        families = [new_id() for _ in range(40)]
        session.add_all([FamilyRow(id=family, created_at=now) for family in families])
        session.flush()
        children = {family: new_id() for family in families}
        session.add_all(
            [
                ChildRow(id=child, family_id=family, nickname="x", born_on="x", added_at=now)
                for family, child in children.items()
            ]
        )
        session.flush()
        visits = []
        for _ in range(calls):
            family, visit_id = chance.choice(families), new_id()
            visits.append(visit_id)
            session.add(
                HomeVisitRow(
                    id=visit_id,
                    family_id=family,
                    child_id=children[family],
                    state="assigned",
                    visitor_id=chance.choice(going),
                    request=keys.seal(request, place_of("home_visit", visit_id, "request")),
                    asked_at=now,
                    changed_at=now,
                )
            )
    return visits
