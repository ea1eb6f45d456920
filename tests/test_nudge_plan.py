"""Which nudges a calendar calls for: every age of joining, days that move, what was said. Values in, values out."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.care.child_calendar import calendar_of
from bot.care.nudge_plan import Nudge, NudgeAnswer, Situation, planned
from bot.care.nudge_truth import still_planned, why_not
from bot.care.record_values import DoseEntry, VisitEntry
from bot.families.child import Child
from knowledge.data_folder import DATA, read_yaml
from knowledge.faults import GuideFault
from knowledge.load_calendars import load_calendars
from knowledge.load_nudges import load_nudges
from knowledge.nudge_rules import read_nudge_rules

CALENDARS, RULES = load_calendars(), load_nudges().rules
TODAY = date(2026, 11, 24)


def a_situation(
    born_on: date,
    today: date = TODAY,
    doses: tuple = (),
    visits: tuple = (),
    started_on: date | None = None,
    **more: object,
) -> Situation:
    child = Child("c" * 16, "f" * 16, "豆豆", born_on, gestation_weeks=more.pop("weeks", None))
    calendar = calendar_of(child, doses, visits, CALENDARS.schedule, CALENDARS.checkups, today)
    started_on = started_on or born_on
    return Situation(child, calendar, started_on, started_on, **more)  # type: ignore[arg-type]


def a_plan(situation: Situation) -> tuple[Nudge, ...]:
    return planned(situation, RULES, situation.calendar.on)


@pytest.mark.parametrize("months", range(37))
def test_whoever_joins_late_gets_one_what_is_due_now_at_every_age(months: int) -> None:
    born_on = TODAY - timedelta(days=months * 30 + 9)
    plan = a_plan(a_situation(born_on, started_on=TODAY))
    soon = [nudge for nudge in plan if nudge.due_on <= TODAY + timedelta(days=1) and nudge.about != "newborn_visit"]
    of_due = [nudge for nudge in plan if nudge.about == "backlog"]
    assert [nudge.offset for nudge in of_due if nudge.due_on <= TODAY + timedelta(days=13)] == [1]
    items = a_situation(born_on).calendar.items
    pressing = {item.code for item in items if item.pressing and item.first and item.on and item.on <= TODAY}
    told = {item.code for item in of_due[0].items}
    holds = {item.code for item in items if item.forecast.status == "hold"}
    assert pressing - holds - RULES.rules["backlog"].except_codes == told
    others = {item.code for nudge in soon for item in nudge.items if nudge.about in {"dose", "visit"}}
    assert not others & told, "nothing of it comes a second time"


@given(st.integers(0, 40 * 30), st.integers(0, 400), st.booleans())
def test_planning_twice_gives_the_same_and_every_name_stands_once(age_days: int, joined_days: int, cards: bool) -> None:
    born_on = TODAY - timedelta(days=age_days)
    started_on = max(born_on, TODAY - timedelta(days=joined_days))
    situation = a_situation(born_on, started_on=started_on, wants_cards=cards)
    plan = a_plan(situation)
    assert plan == a_plan(situation)
    names = [nudge.name for nudge in plan]
    assert len(set(names)) == len(names)
    for nudge in plan:
        assert started_on < nudge.due_on < nudge.until_on
        assert nudge.until_on > TODAY
        assert nudge.due_on <= TODAY + timedelta(days=RULES.horizon_days)


@given(st.integers(20, 900), st.integers(1, 58))
def test_what_was_planned_is_still_planned_on_its_day_if_nothing_happened(age_days: int, ahead: int) -> None:
    born_on = TODAY - timedelta(days=age_days)
    started_on = TODAY - timedelta(days=10)
    later = TODAY + timedelta(days=ahead)
    then = a_plan(a_situation(born_on, later, started_on=started_on))
    for nudge in a_plan(a_situation(born_on, started_on=started_on)):
        if nudge.about in {"dose", "backlog"} and nudge.due_on <= later < nudge.until_on:
            assert still_planned(nudge.name, then) is not None, nudge.name


def test_a_dose_has_its_days_before_and_after_and_then_an_end() -> None:
    born_on = date(2026, 3, 30)
    doses = (DoseEntry("HepB", "given", born_on, None), DoseEntry("BCG", "given", born_on, None))
    got: dict[int, Nudge] = {}
    for days in range(180, 420, 20):
        for nudge in a_plan(a_situation(born_on, born_on + timedelta(days=days), doses)):
            if nudge.about == "dose" and "MMR-1" in nudge.codes:
                got[nudge.offset] = nudge
    assert sorted(got) == [-7, -2, 0, 3, 7, 14, 30, 60, 90]
    assert {nudge.version for nudge in got.values()} == {date(2026, 11, 30)}
    assert [offset for offset, nudge in got.items() if nudge.last] == [90]
    assert got[-7].due_on == date(2026, 11, 23)


def test_what_is_done_declined_booked_or_put_off_is_not_nudged_as_before() -> None:
    born_on = date(2026, 3, 30)
    plain = {code for nudge in a_plan(a_situation(born_on)) for code in nudge.codes if nudge.about == "dose"}
    assert "MMR-1" in plain
    for how in ("declined", "not_for_child"):
        said = a_situation(born_on, doses=(DoseEntry("MMR", how, None, 1),))
        assert "MMR-1" not in {code for nudge in a_plan(said) for code in nudge.codes}
        assert why_not(["MMR-1"], said) == "declined"
    booked = a_situation(born_on, doses=(DoseEntry("MMR", "booked", date(2026, 12, 8), 1),))
    about = {nudge.about: nudge.offset for nudge in a_plan(booked) if "MMR-1" in nudge.codes}
    assert set(about) == {"booked"}
    assert why_not(["MMR-1"], booked) == "booked"
    given_on = a_situation(born_on, date(2026, 12, 1), doses=(DoseEntry("MMR", "given", date(2026, 12, 1), None),))
    assert why_not(["MMR-1"], given_on) == "done"
    until = date(2026, 12, 10)
    later = a_situation(born_on, date(2026, 12, 1), answers=(NudgeAnswer("MMR", 1, until, date(2026, 12, 1)),))
    days = [(nudge.about, nudge.due_on) for nudge in a_plan(later) if "MMR-1" in nudge.codes]
    assert ("again", until) in days
    assert not [day for about, day in days if about == "dose" and day <= until]


def test_a_day_that_moves_gives_a_new_version_and_takes_the_old_one_away() -> None:
    before, after = a_situation(date(2026, 3, 30)), a_situation(date(2026, 4, 2), started_on=date(2026, 3, 30))
    old = {nudge.name for nudge in a_plan(before) if nudge.about == "dose"}
    new = {nudge.name for nudge in a_plan(after) if nudge.about == "dose"}
    assert not old & new


def test_an_early_baby_has_cards_by_its_corrected_age() -> None:
    born_on = TODAY - timedelta(days=70)
    early = [nudge.card for nudge in a_plan(a_situation(born_on, wants_cards=True, weeks=30)) if nudge.about == "card"]
    term = [nudge.card for nudge in a_plan(a_situation(born_on, wants_cards=True)) if nudge.about == "card"]
    assert early[0] == 1
    assert term[0] == 11


def test_rotavirus_is_spoken_of_before_its_time_is_over_and_never_after() -> None:
    born_on = TODAY - timedelta(days=60)
    dose = DoseEntry("RV5", "given", born_on + timedelta(days=45), None)
    plan = a_plan(a_situation(born_on, doses=(dose,)))
    codes = {(nudge.about, code) for nudge in plan for code in nudge.codes if code.startswith("RV5")}
    assert ("dose", "RV5-2") in codes
    old = a_situation(born_on - timedelta(days=200), doses=(replace(dose, on=born_on - timedelta(days=155)),))
    assert not [code for nudge in a_plan(old) for code in nudge.codes if code.startswith("RV5")]


def test_what_is_offered_is_what_the_words_of_the_offer_speak_of() -> None:
    """`nudge.offer` names the disease, rotavirus diarrhoea: another vaccine in the rule needs words of its own."""
    assert RULES.rules["offer"].codes == ("RV5",)


def test_a_newborn_screen_closes_with_its_last_day() -> None:
    plan = a_plan(a_situation(TODAY - timedelta(days=5)))
    closing = [nudge for nudge in plan if nudge.about == "closing" and "heel_prick-1" in nudge.codes]
    assert [nudge.offset for nudge in closing] == [-14, -7, -2]
    done = (VisitEntry("heel_prick", "given", TODAY - timedelta(days=2), 1),)
    plan = a_plan(a_situation(TODAY - timedelta(days=5), visits=done))
    assert "heel_prick-1" not in {code for nudge in plan for code in nudge.codes}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"about": "dose", "topic": "immunization", "days": [0], "colour": "red"}, "unknown field colour"),
        ({"about": "dose", "topic": "sport", "days": [0]}, "topic: write one of"),
        ({"about": "dose", "topic": "immunization", "days": [3, 3]}, "whole days that rise"),
        ({"about": "dose", "topic": "immunization", "days": [0], "pack": "by-age"}, "unknown field pack"),
        ({"about": "offer", "topic": "immunization", "days": [0], "until_age_days": 9}, "the field codes is missing"),
        ({"about": "dose", "topic": "immunization", "days": [0], "then_every_days": 9}, "go together"),
        ({"about": "stars", "topic": "immunization", "days": [0]}, "about: write one of"),
        (None, "no rule about"),
    ],
)
def test_a_rule_that_is_malformed_is_refused_with_where_and_what(change: dict | None, message: str) -> None:
    raw = read_yaml(DATA / "nudges" / "nudges.yaml", DATA)
    kept = [rule for rule in raw["rules"] if rule["about"] != ("dose" if change is None else change["about"])]
    raw["rules"] = kept if change is None else [*kept, change]
    with pytest.raises(GuideFault, match=message):
        read_nudge_rules(raw)
