"""Laws that hold for every child's immunization calendar, whatever the record."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.calendar_days import Span
from knowledge.forecast import MISSING, Forecast
from knowledge.immunization_forecast import ImmunizationForecast, forecast_immunizations
from knowledge.load_calendars import load_calendars
from knowledge.vaccine_record import GivenDose, VaccineRecord

SCHEDULE = load_calendars().schedule
CODES = (
    *("HepB", "BCG", "IPV", "bOPV", "PENTA", "DTAP-HIB", "DTaP", "MMR", "JE-L", "JE-I", "MPSV-A", "MPSV-AC", "MCV"),
    *("HepA-I", "HepA-L", "VAR", "RV5", "PCV13"),
)
AGE_IN_DAYS = st.one_of(st.integers(0, 800), st.integers(0, 7 * 365))


@st.composite
def children(draw: st.DrawFn) -> tuple[VaccineRecord, date]:
    born_on = draw(st.dates(date(2022, 1, 1), date(2026, 11, 1)))
    age_days = draw(AGE_IN_DAYS)
    doses = draw(st.lists(st.tuples(st.sampled_from(CODES), st.integers(0, age_days)), max_size=16, unique=True))
    given_doses = tuple(GivenDose(born_on + timedelta(days=day), code) for code, day in doses)
    opt_in = draw(st.sampled_from([frozenset(), frozenset({"RV5", "PCV13"}), frozenset({"PENTA"})]))
    flags = draw(st.sampled_from([frozenset(), frozenset({"mother_hbsag_positive", "birth_weight_under_2000g"})]))
    immunoglobulin = draw(st.lists(st.integers(0, age_days), max_size=1))
    record = VaccineRecord(
        born_on,
        given_doses,
        draw(st.none() | st.integers(26, 41)),
        flags,
        tuple(born_on + timedelta(days=day) for day in immunoglobulin),
        draw(st.sampled_from([{}, {"JE": "JE-I", "HepA": "HepA-L"}])),
        opt_in,
    )
    return record, born_on + timedelta(days=age_days)


def by_dose(forecast: ImmunizationForecast) -> dict[tuple[str, int], Forecast]:
    return {(row.code, row.dose): row for row in forecast.rows}


def done_by_code(forecast: ImmunizationForecast) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in forecast.rows:
        counts[row.code] = counts.get(row.code, 0) + (row.status == "done")
    return counts


@given(children())
def test_no_day_lies_before_birth_or_past_an_age_limit(child: tuple[VaccineRecord, date]) -> None:
    record, on = child
    for row in forecast_immunizations(record, SCHEDULE, on).rows:
        days = (row.earliest_on, row.recommended_on, row.overdue_from_on, row.latest_on, row.given_on)
        assert all(day is None or day >= record.born_on for day in days)
        if row.status in MISSING and row.earliest_on is not None:
            assert row.recommended_on is not None
            assert row.recommended_on >= row.earliest_on
            assert row.latest_on is None or max(row.earliest_on, on) <= row.latest_on
        if row.status == "not_applicable":
            assert row.earliest_on is None


@given(children())
def test_the_status_follows_from_the_days(child: tuple[VaccineRecord, date]) -> None:
    record, on = child
    for row in forecast_immunizations(record, SCHEDULE, on).rows:
        if row.earliest_on is None or row.status not in MISSING - {"hold"}:
            continue
        assert (row.status == "upcoming") == (on < row.earliest_on)
        if row.status == "overdue":
            assert row.overdue_from_on is not None
            assert on >= row.overdue_from_on
        if row.status == "late":
            assert row.overdue_from_on is None
            assert on > row.earliest_on + timedelta(30)


@given(children(), st.randoms())
def test_order_does_not_matter_and_forecasting_again_changes_nothing(child: tuple, dice: object) -> None:
    record, on = child
    before = forecast_immunizations(record, SCHEDULE, on)
    mixed = list(record.given)
    dice.shuffle(mixed)
    after = forecast_immunizations(VaccineRecord(**{**vars(record), "given": tuple(mixed)}), SCHEDULE, on)
    assert before == after == forecast_immunizations(record, SCHEDULE, on)


@given(children())
def test_a_dose_given_when_it_is_due_counts_and_lowers_nothing(child: tuple[VaccineRecord, date]) -> None:
    record, on = child
    before = forecast_immunizations(record, SCHEDULE, on)
    for row in before.next:
        dose = GivenDose(on, row.code)
        if row.status not in {"due", "late", "overdue"} or dose in record.given:
            continue
        after = forecast_immunizations(VaccineRecord(**{**vars(record), "given": (*record.given, dose)}), SCHEDULE, on)
        assert done_by_code(after)[row.code] == done_by_code(before)[row.code] + 1
        assert all(done_by_code(after)[code] >= count for code, count in done_by_code(before).items())


@given(children(), st.sampled_from(CODES), st.integers(0, 7 * 365))
def test_a_dose_that_counts_never_lowers_the_number_of_its_series(child: tuple, code: str, day: int) -> None:
    record, on = child
    dose = GivenDose(record.born_on + timedelta(days=day), code)
    if dose.on > on or dose in record.given:
        return
    before = forecast_immunizations(record, SCHEDULE, on)
    after = forecast_immunizations(VaccineRecord(**{**vars(record), "given": (*record.given, dose)}), SCHEDULE, on)
    for row in after.rows:
        if row.given_on == dose.on and (row.via or row.code) == code and row.code != "PCV13":
            assert done_by_code(after)[row.code] >= done_by_code(before).get(row.code, 0)


@given(children(), st.data())
@settings(max_examples=300)
def test_forgetting_a_dose_never_brings_a_later_one_of_its_series_forward(child: tuple, data: st.DataObject) -> None:
    record, on = child
    before = forecast_immunizations(record, SCHEDULE, on)
    done = [row for row in before.rows if row.status == "done"]
    if not done:
        return
    forgotten = data.draw(st.sampled_from(done))
    dose = GivenDose(forgotten.given_on, forgotten.via or forgotten.code)
    left = tuple(one for one in record.given if one != dose)
    after = by_dose(forecast_immunizations(VaccineRecord(**{**vars(record), "given": left}), SCHEDULE, on))
    for (code, n), row in by_dose(before).items():
        later = after.get((code, n))
        # a catch-up of pneumococcal doses has a plan of its own by age at the first dose
        if code != forgotten.code or code == "PCV13" or row.status not in MISSING or later is None:
            continue
        if later.earliest_on is not None and row.earliest_on is not None:
            assert later.earliest_on >= row.earliest_on


@given(st.dates(date(1999, 1, 1), date(2099, 1, 1)), st.integers(0, 100))
def test_months_reach_the_same_day_or_the_first_of_the_next_month(day: date, months: int) -> None:
    reached = Span(months, 0).after(day)
    whole = (day.year * 12 + day.month - 1) + months
    if reached.day == day.day:
        assert reached.year * 12 + reached.month - 1 == whole
    else:
        assert reached.day == 1
        assert reached.year * 12 + reached.month - 1 == whole + 1
        assert (reached - timedelta(1)).day < day.day
