"""How home visits go, in numbers that say nothing about one family.

For the yearly target that each newborn's family who wants one is visited (SHPLAN20, 二(二)4). Only families that agreed to
anonymous statistics are counted, and a number about fewer than ten of them is not given. Registered
families are not all families: the figures say so by their names.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from statistics import median

from sqlmodel import Session, col, select

from bot.events.visit_rows import HomeVisitRow
from bot.families.consent import CONSENT_VERSION
from bot.families.family_rows import ChildRow, ConsentRow
from bot.sealing import Keyring, place_of

FEWEST = 10
"""Below this a number could point at somebody."""

FIRST_YEAR_DAYS = 365


@dataclass(frozen=True)
class VisitFigures:
    """Counts of children under one year at the end of the span, whose families agreed to be counted.

    `registered`: all of them; `wanted`: who asked for a visit; `visited`: who had one; `missed`: nobody opened.
    `days_to_visit`: median from asking to the visit; `age_days_at_visit`: median age then. None: fewer than ten.
    """

    since: date
    until: date
    registered: int | None
    wanted: int | None
    visited: int | None
    missed: int | None
    days_to_visit: float | None
    age_days_at_visit: float | None


def visit_figures(session: Session, keys: Keyring, until: datetime, zone: tzinfo, days: int = 365) -> VisitFigures:
    """The figures of the last `days` days up to `until`."""
    since = until - timedelta(days=days)
    today = until.astimezone(zone).date()
    agreed = select(ConsentRow.family_id).where(
        col(ConsentRow.purpose) == "statistics",
        col(ConsentRow.withdrawn_at).is_(None),
        col(ConsentRow.version) == CONSENT_VERSION,
    )
    children = session.exec(select(ChildRow).where(col(ChildRow.family_id).in_(agreed))).all()
    born = {child.id: _born_on(child, keys) for child in children}
    young = {child_id for child_id, born_on in born.items() if 0 <= (today - born_on).days < FIRST_YEAR_DAYS}
    rows = session.exec(
        select(HomeVisitRow).where(col(HomeVisitRow.asked_at) >= since, col(HomeVisitRow.asked_at) <= until)
    ).all()
    asked = [row for row in rows if row.child_id in young]
    done = [row for row in asked if row.state == "done" and row.starts_at is not None]
    first: dict[str, HomeVisitRow] = {}
    for row in sorted(done, key=lambda one: one.changed_at):
        first.setdefault(row.child_id, row)
    waits = [(row.starts_at - row.asked_at) / timedelta(days=1) for row in first.values() if row.starts_at]
    ages = [
        (row.starts_at.astimezone(zone).date() - born[row.child_id]).days for row in first.values() if row.starts_at
    ]
    return VisitFigures(
        since=since.astimezone(zone).date(),
        until=today,
        registered=_shown(len(young)),
        wanted=_shown(len({row.child_id for row in asked})),
        visited=_shown(len(first)),
        missed=_shown(len({row.child_id for row in asked if row.state == "missed"})),
        days_to_visit=round(median(waits), 1) if len(waits) >= FEWEST else None,
        age_days_at_visit=float(median(ages)) if len(ages) >= FEWEST else None,
    )


def _shown(count: int) -> int | None:
    return count if count >= FEWEST else None


def _born_on(child: ChildRow, keys: Keyring) -> date:
    return date.fromisoformat(keys.open(child.born_on, place_of("child", child.id, "born_on")).removeprefix("~"))
