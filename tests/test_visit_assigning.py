"""Home visits as the staff arrange them: who goes, in which order, one place at a time, figures, commands."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.errors import Refusal
from bot.events import home_visits, visit_desk
from bot.events.visit_desk import (
    assign,
    propose,
    who_could_go,
)
from bot.events.visit_figures import visit_figures
from bot.events.visit_request import Request, request_of, urgency
from bot.events.visit_rows import HomeVisitRow
from bot.events.visitors import retire_visitor
from bot.families.family_rows import ChildRow, ConsentRow, FamilyRow, new_id
from bot.flow import FAMILY_ZONE
from bot.questions.asking import Asking
from bot.sealing import place_of
from tests.conftest import KEYS, FixedClock
from tests.talk import Parent
from tests.visit_office import TOMORROW_TEN, Office, a_slot, asks, with_child


@pytest.fixture
def stored(request: pytest.FixtureRequest) -> Database:
    """Both databases for a test that names `any_database`, SQLite for the others."""
    return request.getfixturevalue("any_database" if "any_database" in request.fixturenames else "database")


@pytest.fixture
def conversation(stored: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(stored, quick_asking, clock, b"secret", KEYS)


@pytest.fixture
def office(stored: Database, clock: FixedClock) -> Office:
    return Office(stored, clock)


def test_two_of_the_staff_at_one_visit_one_wins_and_the_other_hears_why(
    conversation: Conversation, office: Office, clock: FixedClock, any_database: Database
) -> None:
    asks(with_child(Parent(conversation, "mother")))
    office.hires("李医生")
    visit_id = office.sees()[0].visit.id
    seen = office.does(assign, visit_id).version
    office.does(propose, visit_id, a_slot(), version=seen)
    other = Office(any_database, clock, "陈老师")
    with pytest.raises(Refusal, match=r"visit\.is\.proposed"):
        other.does(propose, visit_id, a_slot(TOMORROW_TEN + timedelta(hours=3)), version=seen)
    assert office.does(visit_desk.the_visit, visit_id).slot == a_slot()
    assert [move.by for move in office.does(visit_desk.moves_of, visit_id)] == ["family", "王老师", "王老师"]


def test_a_visitor_and_a_family_are_at_one_place_at_a_time(conversation: Conversation, office: Office) -> None:
    first, second = (asks(with_child(Parent(conversation, chat))) for chat in ("first", "second"))
    assert first
    assert second
    office.hires("李医生", most_a_day=1)
    one, other = (listed.visit.id for listed in office.sees())
    for visit_id in (one, other):
        office.does(assign, visit_id)
    office.does(propose, one, a_slot())
    for start, why in (
        (TOMORROW_TEN + timedelta(minutes=60), "taken_at"),
        (TOMORROW_TEN - timedelta(minutes=60), "taken_at"),
        (TOMORROW_TEN + timedelta(minutes=75), "day_full"),
        (TOMORROW_TEN - timedelta(hours=12), "out_of_hours"),
    ):
        with pytest.raises(Refusal, match=rf"visit\.slot\.{why}"):
            office.does(propose, other, a_slot(start))
    office.does(propose, other, a_slot(TOMORROW_TEN + timedelta(days=1)))


def test_who_goes_is_chosen_by_area_language_and_load(conversation: Conversation, office: Office) -> None:
    asks(with_child(Parent(conversation, "mother")))
    asks(with_child(Parent(conversation, "other")))
    busy, free = office.hires("甲"), office.hires("乙")
    office.hires("外区", districts=("徐汇区",))
    office.hires("别的街道", streets=("彭浦镇",))
    retired = office.hires("退休")
    office.hires("只说英语", tongues=("en",))
    with office.database.transaction() as session:
        retire_visitor(session, retired.id)
    first, second = (listed.visit.id for listed in office.sees())
    office.does(assign, first, busy.name)
    assert [one.visitor.name for one in office.does(who_could_go, second)] == ["乙", "甲", "只说英语"]
    office.hires("本街道", streets=("南京西路街道",))
    assert office.does(assign, second).visitor.name == "本街道"
    with pytest.raises(Refusal, match=r"visit\.other_area"):
        office.does(assign, second, "外区")
    assert office.does(assign, second, "外区", elsewhere=True).visitor.name == "外区"
    assert free


def test_newborns_come_first_the_nearest_to_six_weeks_before_all() -> None:
    today, asked = date(2026, 11, 24), datetime(2026, 11, 1, tzinfo=UTC)
    ages = [300, 10, 41, 43, 42]
    ordered = sorted(ages, key=lambda age: urgency(today - timedelta(days=age), today, asked + timedelta(hours=age)))
    assert ordered == [42, 41, 10, 43, 300]


def test_figures_say_nothing_about_fewer_than_ten(any_database: Database) -> None:
    now = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)

    def a_family(session, *, counted: bool, state: str | None) -> None:
        family, child, visit = new_id(), new_id(), new_id()
        session.add(FamilyRow(id=family, created_at=now))
        session.flush()
        sealed = KEYS.seal("2026-10-25", place_of("child", child, "born_on"))
        session.add(ChildRow(id=child, family_id=family, nickname="x", born_on=sealed, added_at=now))
        if counted:
            session.add(
                ConsentRow(
                    family_id=family,
                    purpose="statistics",
                    version=home_visits.given.__globals__["CONSENT_VERSION"],
                    given_at=now,
                )
            )
        session.flush()
        if state:
            starts = now - timedelta(days=2)
            request = KEYS.seal(
                Request("静安区", None, ("sleep",), ("weekday_am",), "zh").as_text(),
                place_of("home_visit", visit, "request"),
            )
            session.add(
                HomeVisitRow(
                    id=visit,
                    family_id=family,
                    child_id=child,
                    state=state,
                    request=request,
                    asked_at=now - timedelta(days=6),
                    changed_at=now,
                    starts_at=starts,
                    ends_at=starts,
                    busy_until=starts,
                )
            )

    with any_database.transaction() as session:
        for number in range(9):
            a_family(session, counted=True, state="done" if number < 9 else None)
        for _ in range(20):
            a_family(session, counted=False, state="done")
        few = visit_figures(session, KEYS, now, FAMILY_ZONE)
        assert (few.registered, few.wanted, few.visited, few.days_to_visit) == (None, None, None, None)
        for _ in range(3):
            a_family(session, counted=True, state="done")
        a_family(session, counted=True, state=None)
        enough = visit_figures(session, KEYS, now, FAMILY_ZONE)
        assert (enough.registered, enough.wanted, enough.visited, enough.missed) == (13, 12, 12, None)
        assert (enough.days_to_visit, enough.age_days_at_visit) == (4.0, 28.0)


def test_a_request_reads_as_it_was_written() -> None:
    request = Request("静安区", None, ("feeding", "play"), ("weekend_am",), "wu")
    assert request_of(request.as_text()) == request


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from bot.cli import app

    monkeypatch.setenv("QIHUI_DATA", str(tmp_path))
    run = CliRunner()
    assert run.invoke(app, ["visit", "list"]).exit_code == 0
    hired = run.invoke(
        app, ["visit", "add-visitor", "李医生", "--organisation", "站", "--card", "1", "--district", "静安"]
    )
    assert hired.exit_code == 0
    assert "静安区" in run.invoke(app, ["visit", "visitors"]).output
    refused = run.invoke(
        app, ["visit", "add-visitor", "李", "--organisation", "站", "--card", "1", "--district", "东京"]
    )
    assert (refused.exit_code, "There is no such district" in refused.output) == (1, True)
    gone = run.invoke(app, ["visit", "propose", "nothing", "2026-12-01T10:00", "--by", "王"])
    assert (gone.exit_code, "not found" in gone.output) == (1, True)
    assert "fewer than 10" in run.invoke(app, ["visit", "figures"]).output
