"""What stands among the next three things, and in which order: values in, a value out."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.care.child_calendar import MOST_NEXT, QUIET, ChildCalendar, calendar_of
from bot.care.record_values import STANCES, DoseEntry, VisitEntry
from bot.families.child import Child
from knowledge.load_calendars import load_calendars

TODAY = date(2026, 11, 24)
CALENDARS = load_calendars()
SCHEDULE, CHECKUPS = CALENDARS.schedule, CALENDARS.checkups


def a_calendar(
    born_on: date = date(2026, 1, 15), doses: tuple = (), visits: tuple = (), *, signs_due: bool = False
) -> ChildCalendar:
    child = Child("c" * 16, "f" * 16, "豆豆", born_on)
    return calendar_of(child, doses, visits, SCHEDULE, CHECKUPS, TODAY, signs_due=signs_due)


def names(calendar: ChildCalendar) -> list[tuple[str, int]]:
    return [(item.code, item.number) for item in calendar.next]


def test_doses_whose_time_it_is_come_before_check_ups_and_what_is_still_to_come() -> None:
    calendar = a_calendar(date(2026, 11, 20), (DoseEntry("HepB", "given", date(2026, 11, 20), None),))
    assert names(calendar)[0] == ("BCG", 1)
    kinds = [item.kind for item in calendar.next]
    assert kinds == sorted(kinds), "doses first"


def test_what_a_clinician_decides_first_comes_last_among_the_doses() -> None:
    every = [item for item in a_calendar().items if item.pressing and item.kind == "dose" and item.first]
    assert any(item.forecast.status == "hold" for item in every), "BCG after three months"
    assert ("BCG", 1) not in names(a_calendar())


def test_the_warning_signs_stand_after_what_presses_and_take_a_place() -> None:
    crowded = a_calendar(signs_due=True)
    assert crowded.signs_place is None
    quiet = tuple(DoseEntry(item.code, "declined", None, item.number) for item in crowded.items if item.kind == "dose")
    calm = a_calendar(doses=quiet, signs_due=True)
    assert calm.signs_place == sum(item.pressing for item in calm.next)
    assert len(calm.next) <= MOST_NEXT - 1


def test_a_self_paid_vaccine_that_was_begun_is_followed_on() -> None:
    begun = a_calendar(doses=(DoseEntry("RV5", "given", date(2026, 3, 20), None),))
    assert begun.item("RV5", 1).forecast.status == "done"
    assert a_calendar().item("RV5", 1) is None


def test_a_dose_recorded_twice_by_two_hands_counts_once() -> None:
    twice = (DoseEntry("HepB", "given", date(2026, 1, 15), None),) * 2
    assert a_calendar(doses=twice) == a_calendar(doses=twice[:1])


@pytest.mark.parametrize("how", STANCES)
def test_what_the_family_said_stands_beside_the_item(how: str) -> None:
    calendar = a_calendar(doses=(DoseEntry("HepB", how, None, 1),), visits=(VisitEntry("m12", how, None, 1),))
    assert calendar.item("HepB", 1).noted == how
    assert calendar.item("m12", 1).noted == how
    assert (("HepB", 1) in names(calendar)) == (how not in QUIET)


@given(st.integers(0, 5 * 365), st.booleans(), st.sets(st.integers(0, 40)))
def test_never_more_than_three_each_of_its_own_series_and_nothing_unwanted(
    days: int, signs: bool, quiet: set[int]
) -> None:
    born_on = TODAY - timedelta(days=days)
    known = [item for item in a_calendar(born_on).items if item.kind == "dose"]
    said = tuple(DoseEntry(known[n].code, "declined", None, known[n].number) for n in quiet if n < len(known))
    calendar = a_calendar(born_on, said, signs_due=signs)
    places = len(calendar.next) + (calendar.signs_place is not None)
    assert places <= MOST_NEXT
    series = [item.forecast.series for item in calendar.next]
    assert len(set(series)) == len(series)
    assert not [item for item in calendar.next if item.noted in QUIET]
    assert [item.pressing for item in calendar.next] == sorted((item.pressing for item in calendar.next), reverse=True)
    assert all(item in calendar.items for item in calendar.this_month)
