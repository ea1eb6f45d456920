"""Records are kept whole, sealed, once; and are gone with their child."""

import re
import threading
from collections.abc import Callable
from datetime import date

import pytest
from sqlmodel import Session, select

from bot.care import care_records
from bot.care.care_records import doses_of, record_doses
from bot.care.care_rows import ENTRY_TABLES, DoseRow
from bot.care.sealed_entries import (
    calendar_child,
    entries,
    forget_hand,
)
from bot.database import Database
from bot.errors import Refusal
from bot.families.erasing import erase_child, erase_everything
from bot.flow import Visit
from knowledge.faults import RecordFault
from knowledge.vaccine_record import GivenDose
from tests.care_home import BCG, BORN, HEPB, SCHEDULE, Home
from tests.conftest import KEYS, FixedClock
from tests.households import a_visit, refused


def test_all_doses_are_written_or_none(home: Home) -> None:
    mother = home.visit_of("mother")
    before = home.everything()
    with pytest.raises(RecordFault):
        record_doses(mother, home.child.id, [BCG, GivenDose(date(2027, 1, 1), "HepB")], SCHEDULE)
    assert (
        refused(lambda: record_doses(mother, home.child.id, [BCG, GivenDose(BORN, "XYZ")], SCHEDULE)) == "dose.unknown"
    )
    assert refused(lambda: record_doses(mother, home.child.id, [BCG, HEPB], SCHEDULE)) == "dose.twice"
    assert home.everything() == before


def test_what_is_about_health_is_sealed(home: Home) -> None:
    mother = home.visit_of("mother")
    rows = [str(row) for table in ENTRY_TABLES for row in mother.session.exec(select(table)).all()]
    assert rows
    assert not re.search("HepB|2026-07-16|given|weight", "\n".join(rows))


def test_erasing_a_child_takes_its_records_along(home: Home) -> None:
    mother = home.visit_of("mother")
    erase_child(mother, home.child.id)
    mother.session.expire_all()
    assert [row for table in ENTRY_TABLES for row in mother.session.exec(select(table)).all()] == []


def test_erasing_everything_takes_the_records_along(home: Home) -> None:
    mother = home.visit_of("mother")
    forget_hand(mother)
    erase_everything(mother)
    mother.session.expire_all()
    assert [row for table in ENTRY_TABLES for row in mother.session.exec(select(table)).all()] == []


def test_a_helper_who_is_erased_leaves_the_records_without_a_name(home: Home) -> None:
    aunt = home.lets_in("aunt", "caregiver")
    record_doses(aunt, home.child.id, [BCG], SCHEDULE)
    forget_hand(aunt)
    erase_everything(aunt)
    left = entries(home.visit_of("mother"), DoseRow, home.child.id)
    assert sorted(str(entry.by) for entry in left) == ["None", "mother"]


def test_two_who_record_the_same_dose_at_once_record_it_once(any_database: Database, clock: FixedClock) -> None:
    def visit_of(session: Session) -> Callable[[str], Visit]:
        return lambda who: a_visit(session, clock, who, KEYS)

    with any_database.transaction() as session:
        home = Home(visit_of(session))
    outcomes: list[str] = []

    def records() -> None:
        try:
            with any_database.transaction() as session:
                record_doses(visit_of(session)("mother"), home.child.id, [BCG], SCHEDULE)
            outcomes.append("recorded")
        except Refusal as refusal:
            outcomes.append(refusal.phrase)

    threads = [threading.Thread(target=records) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == [*["dose.twice"] * 5, "recorded"]
    with any_database.transaction() as session:
        erase_everything(visit_of(session)("mother"))


@pytest.mark.postgres
def test_without_the_lock_both_would_write_it(
    postgres_url: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard off: so the test above sees what it says. SQLite lets one writer in at a time anyway."""
    database = Database(postgres_url)
    database.downgrade("base")
    database.upgrade()
    both_have_read = threading.Barrier(2, timeout=20)

    def reads_and_waits(visit: Visit, child_id: str) -> list:
        found = doses_of(visit, child_id)
        both_have_read.wait()
        return found

    def visit_of(session: Session) -> Callable[[str], Visit]:
        return lambda who: a_visit(session, clock, who, KEYS)

    with database.transaction() as session:
        home = Home(visit_of(session))
    monkeypatch.setattr(
        care_records, "child_to_record", lambda visit, child_id: calendar_child(visit, child_id, "record")
    )
    monkeypatch.setattr(care_records, "doses_of", reads_and_waits)

    def records() -> None:
        with database.transaction() as session:
            record_doses(visit_of(session)("mother"), home.child.id, [BCG], SCHEDULE)

    threads = [threading.Thread(target=records) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with database.transaction() as session:
        mother = visit_of(session)("mother")
        assert [one.code for one in doses_of(mother, home.child.id)].count("BCG") == 2
        erase_everything(mother)
    database.engine.dispose()
