"""Nobody reads or writes a record of a child they do not share, on both databases; what is erased is gone."""

import contextlib
import inspect
import re
import threading
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from sqlmodel import Session, select

from bot.care import care_export, care_records, feeds, measurements, record_import, screenings, sealed_entries
from bot.care.calendar_reading import calendar_for
from bot.care.care_export import records_copy, records_lines
from bot.care.care_flows import CARE_FLOWS, begin_calendar
from bot.care.care_records import doses_of, note_dose, record_doses, record_visit, visits_of
from bot.care.care_rows import ENTRY_TABLES, DoseRow
from bot.care.feeds import answer_feed, open_feed, open_feeds, stop_feeds
from bot.care.measurements import measurements_of, record_measurement
from bot.care.record_import import ImportPlan, carry_out, planned
from bot.care.record_rows import ReadRow
from bot.care.record_table import cut_table
from bot.care.record_values import DoseEntry
from bot.care.records_flow import show_back
from bot.care.screenings import asked_of, record_screening, screenings_of, signs_due
from bot.care.sealed_entries import (
    all_entries,
    calendar_child,
    child_to_record,
    entries,
    forget_hand,
    undo_entry,
    write_entry,
)
from bot.database import Database
from bot.errors import Refusal
from bot.families.children import add_child, change_child
from bot.families.consent import give, withdraw
from bot.families.erasing import erase_child, erase_everything
from bot.families.invitation import invite, join
from bot.families.membership import found_family
from bot.families.roles import ROLES, Role, may
from bot.flow import Step, Turn, Visit
from knowledge.faults import RecordFault
from knowledge.growth_reading import Measurement
from knowledge.load_calendars import load_calendars
from knowledge.vaccine_record import GivenDose
from tests.conftest import KEYS, FixedClock

CALENDARS = load_calendars()
SCHEDULE, CHECKUPS = CALENDARS.schedule, CALENDARS.checkups
BORN = date(2026, 1, 15)
HEPB = GivenDose(BORN, "HepB")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def steady_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Each of the two databases, with tables made once: every test here takes back what it did."""
    on_postgres = request.param == "postgresql"
    file = tmp_path_factory.mktemp("care") / "care.sqlite3"
    database = Database(request.getfixturevalue("postgres_url") if on_postgres else f"sqlite:///{file}")
    database.downgrade("base")
    database.upgrade()
    yield database
    database.engine.dispose()


def answers_of(visit: Visit, home: "Home") -> dict:
    return {sign.id: "no" for sign in asked_of(home.child, visit.today).questions}


class Home:
    """A mother with one child whose calendar is kept, one record of each kind, and helpers to let others in."""

    def __init__(self, visit_of: Callable[[str], Visit]) -> None:
        self.visit_of = visit_of
        mother = visit_of("mother")
        self.family = found_family(mother)
        give(mother, self.family, "calendar")
        self.child = add_child(mother, self.family, "豆豆", BORN, approximate=False, gestation_weeks=None)
        self.dose = record_doses(mother, self.child.id, [HEPB], SCHEDULE)[0]
        self.visit = record_visit(mother, self.child.id, "m6", 1, "given", date(2026, 7, 16), CHECKUPS)

        measured = Measurement(date(2026, 7, 16), 8.0, 68.0, 43.5)
        change_child(mother, self.child.id, sex="f")
        self.measured = record_measurement(mother, self.child.id, measured)

        self.screening = record_screening(mother, self.child.id, answers_of(mother, self))

    def lets_in(self, who: str, role: str) -> Visit:
        join(self.visit_of(who), invite(self.visit_of("mother"), self.family, role).code)
        return self.visit_of(who)

    def everything(self) -> object:
        mother = self.visit_of("mother")
        return records_copy(mother, self.child)


@pytest.fixture
def home(steady_database: Database, clock: FixedClock) -> Iterator[Home]:
    def visit_of(who: str) -> Visit:
        return Visit(session, who, "test", clock.now(), clock.today(), clock.day_of, KEYS, b"secret", None)

    with Session(steady_database.engine, expire_on_commit=False) as session:
        yield Home(visit_of)
        session.rollback()


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.phrase


BCG = GivenDose(date(2026, 1, 16), "BCG")
TABLE_TEXT = "code,on\nBCG,2026-01-16"
TABLE = cut_table(TABLE_TEXT)
PLAN = ImportPlan((ReadRow(2, DoseEntry("BCG", "given", BCG.on, None)),), (), (), ())
READING: dict[str, Callable[[Visit, Home], object]] = {
    "the child": lambda v, h: calendar_child(v, h.child.id, "see"),
    "records of a kind": lambda v, h: entries(v, DoseRow, h.child.id),
    "the doses": lambda v, h: doses_of(v, h.child.id),
    "the visits": lambda v, h: visits_of(v, h.child.id),
    "the measurements": lambda v, h: measurements_of(v, h.child.id),
    "the questionnaires": lambda v, h: screenings_of(v, h.child.id),
    "whether signs wait": lambda v, h: signs_due(v, h.child),
    "the calendar": lambda v, h: calendar_for(v, h.child),
    "a private address": lambda v, h: open_feed(v, h.child.id, named=False),
    "whether an address is open": lambda v, h: open_feeds(v, h.child.id),
    "stopping one's address": lambda v, h: stop_feeds(v, h.child.id),
    "a copy of a kind": lambda v, h: all_entries(v, DoseRow, h.child.id),
    "a copy of all": lambda v, h: records_copy(v, h.child),
}
WRITING: dict[str, Callable[[Visit, Home], object]] = {
    "the child to record for": lambda v, h: child_to_record(v, h.child.id),
    "a dose": lambda v, h: record_doses(v, h.child.id, [BCG], SCHEDULE),
    "a coming dose": lambda v, h: note_dose(v, h.child.id, "HepB", 2, "declined", None, SCHEDULE),
    "a visit": lambda v, h: record_visit(v, h.child.id, "m8", 1, "given", date(2026, 9, 16), CHECKUPS),
    "a measurement": lambda v, h: record_measurement(v, h.child.id, Measurement(date(2026, 8, 16), 8.4)),
    "a questionnaire": lambda v, h: record_screening(v, h.child.id, answers_of(v, h)),
    "an entry": lambda v, h: write_entry(v, DoseRow, h.child.id, {"code": "BCG", "how": "unsure"}, "dose"),
    "a plan for a table": lambda v, h: planned(v, h.child.id, TABLE),
    "a table": lambda v, h: carry_out(v, h.child.id, PLAN),
    "a table in the chat": lambda v, h: show_back(v, h.child.id, TABLE_TEXT),
    "taking back": lambda v, h: undo_entry(v, DoseRow, h.dose),
}
READ_BUTTONS = ["calendar|next:{child}", "calendar|month:{child}", "calendar|all:{child}", "calendar|records:{child}",
                "records|csv:{child}", "records|json:{child}", "calendar|card:{child}:HepB:2", "growth|open:{child}", "growth|chart:{child}", "growth|records:{child}",
                "milestones|open:{child}", "milestones|last:{child}", "feed|page:{child}", "feed|file:{child}",
                "feed|open:{child}", "feed|named:{child}", "feed|stop:{child}"]  # fmt: skip
WRITE_BUTTONS = ["calendar|record:{child}", "records|how:{child}", "calendar|today:{child}:HepB:2", "calendar|on:{child}:HepB:2",
                 "calendar|booked:{child}:HepB:2", "calendar|declined:{child}:HepB:2", "calendar|unsure:{child}:m8:1",
                 "calendar|not_for_child:{child}:HepB:2", "calendar|undo:d:{dose}", "calendar|undo:v:{visit}", "growth|undo:{measured}",
                 "milestones|start:{child}", "milestones|undo:{screening}"]  # fmt: skip


def pressed(visit: Visit, home: Home, button: str) -> Turn:
    flow, _, argument = button.partition("|")
    values = {name: value for name, value in vars(home).items() if isinstance(value, str)}
    return CARE_FLOWS[flow].press(visit, None, argument.format(**{**values, "child": home.child.id}))


@pytest.mark.parametrize("operation", {**READING, **WRITING})
def test_a_stranger_sees_nothing_and_changes_nothing(home: Home, operation: str) -> None:
    before = home.everything()
    stranger = home.visit_of("stranger")
    assert refused(lambda: {**READING, **WRITING}[operation](stranger, home)) == "family.not_yours"
    assert home.everything() == before


@pytest.mark.parametrize("button", [*READ_BUTTONS, *WRITE_BUTTONS])
def test_no_forged_button_reaches_a_record(home: Home, button: str) -> None:
    before = home.everything()
    assert refused(lambda: pressed(home.visit_of("stranger"), home, button)) == "family.not_yours"
    assert home.everything() == before


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("operation", {**READING, **WRITING})
def test_a_reader_reads_and_whoever_looks_after_the_child_records(home: Home, operation: str, role: Role) -> None:
    member = home.lets_in("aunt", role)
    act = {**READING, **WRITING}[operation]
    if operation in READING or may(role, "record"):
        act(member, home)
        return
    before = home.everything()
    assert refused(lambda: act(member, home)) == "family.not_allowed"
    assert home.everything() == before


@pytest.mark.parametrize("button", [*READ_BUTTONS, *WRITE_BUTTONS])
def test_a_readers_buttons_read_only(home: Home, button: str) -> None:
    reader = home.lets_in("aunt", "reader")
    if button in READ_BUTTONS:
        turn = pressed(reader, home, button)
        data = [one.data for row in turn.reply.buttons for one in row]
        assert not [
            one
            for one in data
            if one.startswith(
                (
                    "calendar:today",
                    "calendar:undo",
                    "calendar:declined",
                    "growth:undo",
                    "child:change",
                    "milestones:start",
                )
            )
        ]
        return
    before = home.everything()
    assert refused(lambda: pressed(reader, home, button)) == "family.not_allowed"
    assert home.everything() == before


@pytest.mark.parametrize("operation", {**READING, **WRITING})
def test_without_consent_nothing_is_shown_or_written_but_ones_own_copy(home: Home, operation: str) -> None:
    mother = home.visit_of("mother")
    withdraw(mother, home.family, "calendar")
    if operation.startswith("a copy"):
        {**READING, **WRITING}[operation](mother, home)
        return
    assert refused(lambda: {**READING, **WRITING}[operation](mother, home)) == "calendar.consent_needed"


def test_every_operation_of_the_room_is_in_the_tables_above() -> None:
    tested = inspect.getsource(inspect.getmodule(Home))
    values = {
        "check_dose",
        "dose_of",
        "visit_of",
        "check_measured",
        "measured_child",
        "measurement_of",
        "completed",
        "asked_of",
        "screening_of",
        "plan_import",
    }  # values in, a value out
    for module in (sealed_entries, care_records, care_export, measurements, screenings, feeds, record_import):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_") and name not in values:
                assert re.search(rf"\b{name}\b", tested), f"{name} of {module.__name__} is not tested here"


@pytest.mark.parametrize("flow", CARE_FLOWS)
@pytest.mark.parametrize(
    "argument", ["", ":", "::", "x", "next:", "card:x", "card:{child}:XYZ:1", "card:{child}:HepB:999", "today:{child}:XYZ:1",
                 "today:{child}:m6:9", "declined:{child}:XYZ:1", "undo:d:x", "undo:x:{dose}", "save", "card:{child}:HepB:٣"],
)  # fmt: skip
def test_a_broken_button_changes_nothing(home: Home, flow: str, argument: str) -> None:
    before = home.everything()
    with contextlib.suppress(Refusal):
        assert isinstance(pressed(home.visit_of("mother"), home, f"{flow}|{argument}"), Turn)
    assert home.everything() == before


def test_a_forged_draft_is_checked_when_it_is_saved(home: Home) -> None:
    step = Step("calendar", "confirm", {"child": home.child.id, "doses": '[["HepB", "2026-01-15"]]'})
    assert refused(lambda: CARE_FLOWS["calendar"].press(home.visit_of("mother"), step, "save")) == "dose.twice"
    assert refused(lambda: CARE_FLOWS["calendar"].press(home.visit_of("stranger"), step, "save")) == "family.not_yours"


def test_a_forged_table_is_judged_again_when_it_is_saved(home: Home) -> None:
    step = Step("records", "confirm", {"child": home.child.id, "text": TABLE_TEXT})
    for argument in ("save", f"to:{home.child.id}"):
        act = lambda argument=argument: CARE_FLOWS["records"].press(home.visit_of("stranger"), step, argument)  # noqa: E731
        assert refused(act) == "family.not_yours"
    wrong = Step("records", "confirm", {"child": home.child.id, "text": "code,on\nBCG,2020-01-16\nXYZ,2026-01-16"})
    before = home.everything()
    CARE_FLOWS["records"].press(home.visit_of("mother"), wrong, "save")
    assert home.everything() == before


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


def test_the_lines_of_my_data_are_for_those_who_share(home: Home) -> None:
    assert records_lines(home.visit_of("stranger")) == []
    assert len(records_lines(home.visit_of("mother"))) == 1
    assert begin_calendar(home.visit_of("stranger"), home.child.id).child_id is None


def test_an_address_of_nobody_answers_nothing(home: Home) -> None:
    mother = home.visit_of("mother")
    assert answer_feed(mother.session, "x", mother.secret, lambda key, _language: home.visit_of(key)) is None


def test_two_who_record_the_same_dose_at_once_record_it_once(any_database: Database, clock: FixedClock) -> None:
    def visit_of(session: Session) -> Callable[[str], Visit]:
        return lambda who: Visit(session, who, "test", clock.now(), clock.today(), clock.day_of, KEYS, b"secret", None)

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
        return lambda who: Visit(session, who, "test", clock.now(), clock.today(), clock.day_of, KEYS, b"secret", None)

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
