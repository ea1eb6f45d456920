"""The door: one code lets in once, whoever scans; what must not come in hears why."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlmodel import select

from bot.database import Database
from bot.events import door as at_the_door
from bot.events.admission_rows import AdmissionRow
from bot.events.door import (
    AlreadyIn,
    Attendance,
    Doorkeeper,
    LetIn,
    NotIn,
    OtherEvent,
    admit,
    attendance,
    no_shows,
    walk_in,
)
from bot.events.entries import Desk
from bot.events.event_rows import BookingRow
from bot.events.events import cancel_event
from bot.events.pass_code import LETTERS, code_in, new_code, picture, shown
from tests.conftest import KEYS
from tests.fair import KEEPER, START, Fair


@pytest.fixture
def fair(any_database: Database) -> Fair:
    return Fair(any_database)


def test_a_code_is_read_as_people_and_cameras_give_it() -> None:
    code = new_code()
    for text in (
        code,
        shown(code),
        f" {shown(code).lower()} ",
        f"qihui:{code}",
        f"QIHUI:{shown(code)}",
        "－".join((code[:4], code[4:])),
    ):
        assert code_in(text) == code
    for text in ("", "K7QM", "K7QM-3XPA-2", "0IL1-OOOO", "hello there", "QIHUI:"):
        assert code_in(text) is None
    assert not set("01ILO") & set(LETTERS)
    assert picture(code).startswith(b"\x89PNG")


def test_a_booking_is_let_in_once_and_then_told_when_and_where(fair: Fair) -> None:
    _, code = fair.books()
    assert fair.does(admit, fair.event, shown(code), KEEPER, at=START) == LetIn(
        fair.does(lambda desk: desk.session.exec(select(BookingRow.id)).one()), 1, 2
    )
    later = fair.does(admit, fair.event, code, Doorkeeper("陈老师", "西门"), at=START + timedelta(minutes=5))
    assert later == AlreadyIn(START, "王老师", "东门")


@pytest.mark.parametrize(("minutes", "why"), [(-121, "not_yet"), (-119, None), (179, None), (181, "over")])
def test_the_door_opens_before_the_start_and_closes_after_the_end(
    database: Database, minutes: int, why: str | None
) -> None:
    fair = Fair(database)
    _, code = fair.books()
    outcome = fair.does(admit, fair.event, code, KEEPER, at=START + timedelta(minutes=minutes))
    assert (outcome.why if isinstance(outcome, NotIn) else None) == why


def test_what_must_not_come_in_hears_why_and_changes_nothing(fair: Fair) -> None:
    booking, code = fair.books()
    _, elsewhere = fair.books(fair.other)
    assert fair.does(admit, fair.event, elsewhere, KEEPER) == OtherEvent("加油站B", START)
    assert fair.does(admit, fair.event, "K7QM-3XPA", KEEPER) == NotIn("unknown_code")
    assert fair.does(admit, fair.event, "nonsense", KEEPER) == NotIn("unknown_code")
    assert fair.does(admit, "nowhere", code, KEEPER) == NotIn("no_event")
    fair.does(
        lambda desk: __import__("bot.events.bookings", fromlist=["cancel"]).cancel(desk, booking),
        at=START - timedelta(hours=5),
    )
    assert fair.does(admit, fair.event, code, KEEPER) == NotIn("not_booked")
    fair.does(lambda desk: cancel_event(desk, fair.other), at=START - timedelta(hours=5))
    assert fair.does(admit, fair.other, elsewhere, KEEPER) == NotIn("cancelled")
    with fair.database.transaction() as session:
        assert session.exec(select(AdmissionRow)).all() == []


def scan(fair: Fair, code: str, let_in: Callable | None = None, scanners: int = 10) -> Counter:
    together = Barrier(scanners)

    def one(number: int) -> str:
        together.wait()
        with fair.database.transaction() as session:
            desk = Desk(session, KEYS, START)
            outcome = (let_in or admit)(desk, fair.event, code, Doorkeeper(f"人{number}", f"门{number}"))
            return f"already {outcome.by} {outcome.door}" if isinstance(outcome, AlreadyIn) else type(outcome).__name__

    with ThreadPoolExecutor(scanners) as pool:
        return Counter(pool.map(one, range(scanners)))


def test_ten_scanners_with_one_code_one_admits_nine_see_where(fair: Fair) -> None:
    _, code = fair.books()
    outcomes = scan(fair, code)
    assert outcomes["LetIn"] == 1
    (told,) = [outcome for outcome in outcomes if outcome != "LetIn"]
    assert outcomes[told] == 9
    with fair.database.transaction() as session:
        (row,) = session.exec(select(AdmissionRow)).all()
    assert told == f"already {row.by} {row.door}"


@pytest.mark.postgres
def test_without_the_guard_more_than_one_is_let_in(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look, then let in: what two telephones at one door do without a conditional update."""
    database = Database(postgres_url)
    database.downgrade("base")
    database.upgrade()
    fair = Fair(database)
    _, code = fair.books()
    looked = Barrier(10)

    def careless(desk: Desk, booking_id: str) -> bool:
        row = desk.session.get(BookingRow, booking_id)
        free = row.checked_in_at is None
        looked.wait()
        row.checked_in_at = desk.now
        return free

    monkeypatch.setattr(at_the_door, "check_in", careless)
    assert scan(fair, code)["LetIn"] > 1
    database.engine.dispose()


def test_walk_ins_are_counted_without_a_name_and_said_when_the_room_is_full(fair: Fair) -> None:
    _, code = fair.books()
    fair.does(admit, fair.event, code, KEEPER)
    assert fair.does(walk_in, fair.event, "one", 2, 1, KEEPER) == LetIn(None, 2, 1)
    assert isinstance(fair.does(walk_in, fair.event, "one", 2, 1, KEEPER), AlreadyIn)
    assert fair.does(walk_in, fair.event, "two", 1, 1, KEEPER).over
    for children, adults in ((0, 0), (-1, 2), (21, 1)):
        assert fair.does(walk_in, fair.event, "odd", children, adults, KEEPER) == NotIn("party")
    assert fair.does(attendance, fair.event) == Attendance(1, 1, 2, 4, 4, None)


def test_who_did_not_come_is_known_when_it_is_over(fair: Fair) -> None:
    _, code = fair.books()
    absent, _ = fair.books()
    fair.does(admit, fair.event, code, KEEPER)
    assert fair.does(attendance, fair.event, at=START + timedelta(hours=1)).no_shows == 1
    assert fair.does(lambda desk: no_shows(desk.session, fair.event)) == [absent]
