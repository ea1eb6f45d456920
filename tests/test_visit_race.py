"""No two visits at one time, for a visitor or a family: first the fault with the guard off, then that it is gone."""

import random
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool
from sqlmodel import Session, create_engine

from bot.database import Database
from bot.errors import Refusal
from bot.events import visit_slots
from bot.events.visit_race import overlaps, race
from bot.events.visit_rows import HomeVisitRow
from bot.events.visit_slots import hold_slot, moved
from bot.events.visit_states import HOLDING, MOVES, OPEN, STATES, TRAVEL, Slot, after, collides, lapses_at, slot_fault
from bot.flow import FAMILY_ZONE
from tests.conftest import KEYS

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
minutes = st.integers(0, 3000)


def a_slot(start: int, length: int = 45) -> Slot:
    starts = NOW + timedelta(hours=24, minutes=start)
    return Slot(starts, starts + timedelta(minutes=length))


@given(minutes, minutes)
def test_two_slots_collide_for_both_or_for_neither(one: int, other: int) -> None:
    assert collides(a_slot(one), a_slot(other)) == collides(a_slot(other), a_slot(one))
    assert collides(a_slot(one), a_slot(one))
    assert collides(a_slot(one), a_slot(other)) == (abs(one - other) < 45 + TRAVEL / timedelta(minutes=1))


def test_every_open_visit_can_be_withdrawn_and_no_closed_one_moves() -> None:
    for state in STATES:
        moves = {move for before, move in MOVES if before == state}
        assert (moves >= {"withdraw", "close"}) if state in OPEN else moves == set()
    assert {"proposed", "confirmed"} == HOLDING
    assert after("requested", "confirm") is None


@pytest.mark.parametrize(
    ("start_hours", "length_minutes", "fault"),
    [
        (1, 45, "too_soon"),
        (24 * 61, 45, "too_far"),
        (24, 10, "too_short"),
        (24, 150, "too_long"),
        (20, 45, "out_of_hours"),
        (31.5, 45, "out_of_hours"),
        (24, 45, None),
    ],
)
def test_a_slot_that_cannot_be_says_why(start_hours: float, length_minutes: int, fault: str | None) -> None:
    """At ten in the morning in Shanghai."""
    starts = NOW + timedelta(hours=start_hours)
    assert slot_fault(Slot(starts, starts + timedelta(minutes=length_minutes)), NOW, FAMILY_ZONE) == fault


def test_a_proposal_lapses_after_two_days_or_two_hours_before() -> None:
    assert lapses_at(NOW, a_slot(0)) == NOW + timedelta(hours=22)
    assert lapses_at(NOW, a_slot(5 * 1440)) == NOW + timedelta(hours=48)


def without_guard(session: Session, row: HomeVisitRow, slot: Slot) -> None:
    """What anyone would write first: look, then claim."""
    visit_slots._refuse_taken(session, row, slot, session.get(visit_slots.VisitorRow, row.visitor_id), FAMILY_ZONE)
    moved(
        session,
        row,
        row.version,
        "propose",
        "naive",
        NOW,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        busy_until=slot.busy_until,
    )


@pytest.fixture
def careless(any_database: Database) -> Iterator[Database]:
    """The same database without its guards: no constraint on PostgreSQL, every statement by itself on SQLite."""
    if any_database.is_sqlite:
        any_database._turn = nullcontext()
        any_database.engine = create_engine(
            any_database.url, poolclass=NullPool, connect_args={"timeout": 15, "isolation_level": None}
        )
    else:
        with any_database.transaction() as session:
            for who in ("visitor_id", "family_id"):
                session.execute(text(f"ALTER TABLE home_visit DROP CONSTRAINT ex_home_visit_{who}"))
    yield any_database


def test_with_the_guard_off_two_visits_hold_one_time(careless: Database) -> None:
    raced = race(careless, KEYS, without_guard, calls=200, threads=16)
    assert raced.overlaps > 0


def test_two_hundred_proposals_at_once_hold_no_time_twice(any_database: Database) -> None:
    raced = race(any_database, KEYS, calls=200, threads=16)
    assert (raced.overlaps, raced.errors) == (0, ())
    assert raced.held + raced.refused == 200
    assert raced.held >= 16, "as many as there is room for, not none"
    assert overlaps(any_database) == 0


@pytest.mark.postgres
def test_the_constraint_alone_keeps_visits_apart(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The belt: even somebody who does not ask is refused, with a sentence and not with an error."""
    database = Database(postgres_url)
    database.downgrade("base")
    database.upgrade()
    monkeypatch.setattr(visit_slots, "_refuse_taken", lambda *_: None)
    raced = race(database, KEYS, calls=40, threads=8)
    assert (raced.overlaps, raced.errors) == (0, ())
    with pytest.raises(IntegrityError), database.transaction() as session:
        held = session.exec(visit_slots.select(HomeVisitRow).where(HomeVisitRow.state == "proposed")).first()
        waiting = session.exec(visit_slots.select(HomeVisitRow).where(HomeVisitRow.state == "assigned")).first()
        waiting.visitor_id, waiting.state = held.visitor_id, "confirmed"
        waiting.starts_at, waiting.ends_at, waiting.busy_until = held.starts_at, held.ends_at, held.busy_until
        session.add(waiting)
        session.flush()
    database.engine.dispose()


def test_a_law_of_any_order_of_moves(database: Database) -> None:
    """500 random moves of 60 visits: never an overlap, a slot exactly where one is held, versions only grow."""
    race(database, KEYS, calls=60, threads=4)
    chance = random.Random(11)
    with database.transaction() as session:
        ids = list(session.exec(visit_slots.select(HomeVisitRow.id)).all())
    reached: set[str] = set()
    for step in range(500):
        with database.transaction() as session:
            row = session.get(HomeVisitRow, chance.choice(ids))
            before, move = (
                row.version,
                chance.choice(
                    [
                        "propose",
                        "confirm",
                        "decline",
                        "lapse",
                        "give_back",
                        "assign",
                        "withdraw" if chance.random() < 0.05 else "confirm",
                    ]
                ),
            )
            try:
                if move == "propose":
                    hold_slot(
                        session, KEYS, row, row.version, a_slot(15 * chance.randrange(30) - 90), "law", NOW, FAMILY_ZONE
                    )
                else:
                    freed = {} if move == "confirm" else visit_slots.FREED
                    moved(session, row, row.version, move, "law", NOW, **freed)
                assert row.version == before + 1
            except Refusal:
                assert row.version == before
            reached.add(row.state)
            assert (row.starts_at is not None) == (row.state in HOLDING)
        if step % 100 == 0:
            assert overlaps(database) == 0
    assert overlaps(database) == 0
    assert reached == {"assigned", "proposed", "confirmed", "withdrawn"}
