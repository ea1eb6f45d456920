"""The book of the clockwork: who runs which period of a job, and how every run ended.

Any number of workers read the same book and none leads. A period is taken by one conditional UPDATE, so that it is
run once; a run that does not end within its limit is written down as overdue and no longer keeps the job from going on.
Times are UTC instants.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, delete, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, func, select

from bot.jobs import CLOCK_SLACK, Counts, Job, Standing, period_at

Outcome = Literal["ok", "failed", "overdue"]

RUNS_KEPT = 300
"""So many runs of each job stay in the book; those that failed stay for `FAILURES_KEPT_FOR`."""

FAILURES_KEPT_FOR = timedelta(days=30)


class JobRow(SQLModel, table=True):
    """A job as the workers know it. `period_at`: the period taken last. `held_until`: None when nobody runs it."""

    __tablename__ = "job"

    name: str = Field(primary_key=True, max_length=40)
    every_s: int
    known_since: datetime
    period_at: datetime | None = None
    run: int = 0
    started_at: datetime | None = None
    held_until: datetime | None = None
    last_ok_at: datetime | None = None
    last_outcome: str | None = Field(default=None, max_length=10)
    last_error: str | None = Field(default=None, max_length=80)


class JobRunRow(SQLModel, table=True):
    """One run. `outcome` is None while it goes on; `error` is the class of what was raised, never its text."""

    __tablename__ = "job_run"

    name: str = Field(primary_key=True, max_length=40)
    run: int = Field(primary_key=True)
    period_at: datetime
    started_at: datetime = Field(index=True)
    limit_at: datetime
    worker: str = Field(max_length=40)
    outcome: str | None = Field(default=None, max_length=10)
    ended_at: datetime | None = None
    counts: str = "{}"
    error: str | None = Field(default=None, max_length=80)


@dataclass(frozen=True)
class Run:
    """A period that was taken: run it, then `finish`. `number` fences off a run that hung and came back."""

    name: str
    number: int
    period_at: datetime
    limit_at: datetime


def register(session: Session, jobs: Sequence[Job], now: datetime) -> None:
    """Enter the jobs of this process; those that are in the book already keep their history."""
    for job in jobs:
        seconds = int(job.every.total_seconds())
        statement = _insert(session, {"name": job.name, "every_s": seconds, "known_since": now, "run": 0})
        session.execute(statement)
        session.execute(update(JobRow).where(col(JobRow.name) == job.name).values(every_s=seconds))


def wait_for_turn(session: Session, job: Job) -> None:
    """Wait until no other worker writes about a job, and keep them waiting until this transaction ends.

    Read the clock after this: an instant read before waiting may be so old that what the others wrote meanwhile looks
    like the work of a clock that was set back.
    """
    session.exec(select(JobRow.name).where(col(JobRow.name) == job.name).with_for_update()).all()


def take(session: Session, job: Job, worker: str, now: datetime) -> Run | None:
    """Take the current period of a registered job; None where it was taken, or a run of it still goes on."""
    period, limit_at = period_at(job.every, job.offset, now), now + job.longest
    fresh = or_(
        col(JobRow.period_at).is_(None),
        col(JobRow.period_at) < period,
        col(JobRow.period_at) > now + job.every + CLOCK_SLACK,  # see jobs.clock_was_set_back
    )
    free = or_(
        col(JobRow.held_until).is_(None),
        col(JobRow.held_until) <= now,
        col(JobRow.held_until) > limit_at + CLOCK_SLACK,
    )
    statement = update(JobRow).where(col(JobRow.name) == job.name, fresh, free)
    values: dict[str, Any] = {
        "period_at": period,
        "started_at": now,
        "held_until": limit_at,
        "run": col(JobRow.run) + 1,
    }
    number = session.execute(statement.values(values).returning(col(JobRow.run))).scalar()
    if number is None:
        return None
    _close_overdue(session, job.name, now)
    row = JobRunRow(name=job.name, run=number, period_at=period, started_at=now, limit_at=limit_at, worker=worker)
    session.add(row)
    session.flush()
    return Run(job.name, number, period, limit_at)


def finish(
    session: Session, run: Run, now: datetime, *, counts: Counts | None = None, error: str | None = None
) -> bool:
    """Write down how a run ended: well with its counts, or with the class of an error.

    False: it had been given up as overdue; when it ended is noted, the outcome stays.
    """
    outcome: Outcome = "ok" if error is None else "failed"
    mine = (col(JobRunRow.name) == run.name, col(JobRunRow.run) == run.number)
    values = {"outcome": outcome, "ended_at": now, "counts": json.dumps(dict(counts or {})), "error": error}
    in_time = _changed(session, update(JobRunRow).where(*mine, col(JobRunRow.outcome).is_(None)).values(values))
    if not in_time:
        session.execute(update(JobRunRow).where(*mine).values(ended_at=now))
        return False
    standing: dict[str, Any] = {"held_until": None, "last_outcome": outcome, "last_error": error}
    if outcome == "ok":
        standing["last_ok_at"] = now
    session.execute(update(JobRow).where(col(JobRow.name) == run.name, col(JobRow.run) == run.number).values(standing))
    return True


def close_overdue(session: Session, now: datetime) -> list[str]:
    """Write down as overdue what should have ended by now. Returns the names of those jobs."""
    statement = select(JobRunRow.name).where(col(JobRunRow.outcome).is_(None), col(JobRunRow.limit_at) <= now)
    names = sorted(set(session.exec(statement).all()))
    return [name for name in names if _close_overdue(session, name, now)]


def standings(session: Session) -> list[Standing]:
    """Every job in the book, by name."""
    found = []
    for row in session.exec(select(JobRow).order_by(col(JobRow.name))).all():
        ended = (col(JobRunRow.name) == row.name, col(JobRunRow.outcome) == "ok")
        newest = select(JobRunRow.counts).where(*ended).order_by(col(JobRunRow.run).desc()).limit(1)
        counts = json.loads(session.exec(newest).first() or "{}")
        found.append(
            Standing(
                name=row.name,
                every=timedelta(seconds=row.every_s),
                known_since=row.known_since,
                started_at=row.started_at,
                last_ok_at=row.last_ok_at,
                last_outcome=row.last_outcome,
                last_error=row.last_error,
                last_counts=counts,
            )
        )
    return found


def purge_runs(session: Session, now: datetime) -> int:
    """Let go of old runs. Returns how many."""
    gone = 0
    for name, newest in session.execute(select(JobRow.name, JobRow.run)).all():
        old = (col(JobRunRow.name) == name, col(JobRunRow.run) <= newest - RUNS_KEPT)
        bad = col(JobRunRow.outcome).is_distinct_from("ok") & (col(JobRunRow.started_at) > now - FAILURES_KEPT_FOR)
        gone += _changed(session, delete(JobRunRow).where(*old, ~bad))
    return gone


def forget_job(session: Session, name: str) -> bool:
    """Take a job out of the book that no worker runs any more. False: there is none of this name."""
    session.execute(delete(JobRunRow).where(col(JobRunRow.name) == name))
    return bool(_changed(session, delete(JobRow).where(col(JobRow.name) == name)))


def first_known_at(session: Session) -> datetime | None:
    """When the first worker began; None before any did."""
    return session.exec(select(func.min(JobRow.known_since))).first()


def _close_overdue(session: Session, name: str, now: datetime) -> bool:
    late = (col(JobRunRow.name) == name, col(JobRunRow.outcome).is_(None), col(JobRunRow.limit_at) <= now)
    if not _changed(session, update(JobRunRow).where(*late).values(outcome="overdue")):
        return False
    session.execute(update(JobRow).where(col(JobRow.name) == name).values(last_outcome="overdue", last_error=None))
    return True


def _changed(session: Session, statement: Any) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def _insert(session: Session, values: dict[str, Any]) -> Any:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    table = SQLModel.metadata.tables["job"]
    return insert(table).values(**values).on_conflict_do_nothing()
