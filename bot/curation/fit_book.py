"""The book of fits: when the search began to be fitted to what was published, how that ended, and whether it is behind.

What is published is found at once; the fit that follows makes it be found as well as the rest. It runs in a process of
its own and may die with its machine, so that its end is written down by whoever then searches with it, not by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from bot.curation.curation_rows import FitOutcome, FitRow, GuideStateRow
from bot.curation.publishing import STATE_ID, state_row

LONGEST_FIT = timedelta(minutes=20)
"""A fit takes a few minutes; one that runs longer is taken for dead, and another may begin."""


@dataclass(frozen=True)
class FitStanding:
    """How the search stands. `behind_since`: since when something is published that it is not fitted to, else None.

    `running`: the fit that runs, `last`: the one that ended last; None where there is none.
    """

    behind_since: datetime | None
    running: FitRow | None
    last: FitRow | None

    @property
    def took_s(self) -> int | None:
        """How many seconds the last fit took."""
        if self.last is None or self.last.ended_at is None:
            return None
        return round((self.last.ended_at - self.last.began_at).total_seconds())


def begin_fit(session: Session, edition: str, by: str, now: datetime) -> int | None:
    """Write down that a fit begins; None where one is running, so that a machine fits once.

    One that has run for longer than `LONGEST_FIT`, or was begun by this same process before, is gone.
    """
    state_row(session)  # held until the end: two who begin at once are one after the other
    for row in session.exec(select(FitRow).where(col(FitRow.outcome) == "running")).all():
        if row.by != by and row.began_at > now - LONGEST_FIT:
            return None
        row.outcome, row.ended_at = "gone", now
        session.add(row)
    fresh = FitRow(edition=edition, by=by, began_at=now, outcome="running")
    session.add(fresh)
    session.flush()
    return fresh.id


def end_fit(
    session: Session,
    fit_id: int,
    outcome: FitOutcome,
    now: datetime,
    *,
    topics: int = 0,
    wordings: int = 0,
    error: str = "",
) -> None:
    """Write down how a fit ended; one that was taken for dead meanwhile is put right."""
    row = session.get_one(FitRow, fit_id)
    row.outcome, row.ended_at, row.error = outcome, now, error[:120]
    row.topics, row.wordings = topics or None, wordings or None
    session.add(row)


def give_up_fits(session: Session, by: list[str], now: datetime) -> int:
    """Note that processes which ran fits are no more. Returns how many fits are gone with them."""
    lost = (col(FitRow.outcome) == "running", col(FitRow.by).in_(by))
    gone = update(FitRow).where(*lost).values(outcome="gone", ended_at=now).returning(col(FitRow.id))
    return len(session.execute(gone).all())


def running_fits(session: Session) -> list[FitRow]:
    """The fits that nobody has ended."""
    return list(session.exec(select(FitRow).where(col(FitRow.outcome) == "running")).all())


def note_fitted(session: Session, counter: int) -> None:
    """Note that a process searches with an index that is fitted to all that was published up to this counter."""
    newer = (col(GuideStateRow.id) == STATE_ID, col(GuideStateRow.fitted_counter) < counter)
    session.execute(update(GuideStateRow).where(*newer).values(fitted_counter=counter))


def fit_standing(session: Session) -> FitStanding:
    """How the search stands, by the book."""
    state = session.get(GuideStateRow, STATE_ID)
    behind = state.raised_at if state is not None and state.counter > state.fitted_counter else None
    newest = select(FitRow).order_by(col(FitRow.id).desc())
    running = session.exec(newest.where(col(FitRow.outcome) == "running")).first()
    return FitStanding(behind, running, session.exec(newest.where(col(FitRow.outcome) != "running")).first())
