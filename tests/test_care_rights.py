"""Nobody reads or writes a record of a child they do not share, on both databases."""

import contextlib
import inspect
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.care import care_export, care_records, feeds, measurements, record_import, screenings, sealed_entries
from bot.care.calendar_reading import calendar_for
from bot.care.care_export import records_copy, records_lines
from bot.care.care_flows import CARE_FLOWS, begin_calendar
from bot.care.care_records import doses_of, note_dose, record_doses, record_visit, visits_of
from bot.care.care_rows import DoseRow
from bot.care.feeds import answer_feed, open_feed, open_feeds, stop_feeds
from bot.care.measurements import measurements_of, record_measurement
from bot.care.record_import import ImportPlan, carry_out, planned
from bot.care.record_rows import ReadRow
from bot.care.record_table import cut_table
from bot.care.record_values import DoseEntry
from bot.care.records_flow import show_back
from bot.care.screenings import record_screening, screenings_of, signs_due
from bot.care.sealed_entries import (
    all_entries,
    calendar_child,
    child_to_record,
    entries,
    undo_entry,
    write_entry,
)
from bot.errors import Refusal
from bot.families.consent import withdraw
from bot.families.roles import ROLES, Role, may
from bot.flow import Step, Turn, Visit
from knowledge.growth_reading import Measurement
from tests.care_home import BCG, CHECKUPS, SCHEDULE, Home, answers_of
from tests.households import refused

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
    files = ("test_care_rights.py", "test_care_keeping.py")
    tested = "".join(Path(__file__).with_name(name).read_text("utf-8") for name in files)
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
    values |= {"sealed_entry", "entries_on_file"}  # the second for the clockwork alone; consent: test_nudge_dialogue
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


def test_the_lines_of_my_data_are_for_those_who_share(home: Home) -> None:
    assert records_lines(home.visit_of("stranger")) == []
    assert len(records_lines(home.visit_of("mother"))) == 1
    assert begin_calendar(home.visit_of("stranger"), home.child.id).child_id is None


def test_an_address_of_nobody_answers_nothing(home: Home) -> None:
    mother = home.visit_of("mother")
    assert answer_feed(mother.session, "x", mother.secret, lambda key, _language: home.visit_of(key)) is None
