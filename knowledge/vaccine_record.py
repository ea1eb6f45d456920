"""What is on record about a child's vaccinations, and whether it can be true. Pure.

A record that cannot be true is refused as a whole: a forecast from half of it would look right and be wrong.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from knowledge.calendar_days import Span, day_words
from knowledge.child_age import FEWEST_WEEKS, MOST_WEEKS
from knowledge.faults import RecordFault
from knowledge.schedule import Schedule

SERVED_BEFORE = Span(8 * 12, 0)
"""Answers are given until the 8th birthday: the programme's last doses are to be finished before 7 years, and a family
must still be told which of them are missing. The scope is told kindly from 3 years on."""


@dataclass(frozen=True, slots=True, order=True)
class GivenDose:
    """A dose as the family's book says: the day, and the code of a vaccine or product."""

    on: date
    code: str


@dataclass(frozen=True)
class VaccineRecord:
    """A child as the calendar knows it. Days are calendar days of the family's zone.

    `gestation_weeks`: completed weeks of pregnancy at birth, None for not known (taken as term).
    `flags`: names in special-groups.yaml. `immunoglobulin_on`: days of an immunoglobulin or blood product.
    `variants`: the clinic's product for an option group, where it is not the city's. `opt_in`: self-paid codes chosen.
    """

    born_on: date
    given: tuple[GivenDose, ...] = ()
    gestation_weeks: int | None = None
    flags: frozenset[str] = frozenset()
    immunoglobulin_on: tuple[date, ...] = ()
    variants: dict[str, str] = field(default_factory=dict)
    opt_in: frozenset[str] = frozenset()


def check_record(record: VaccineRecord, schedule: Schedule, on: date) -> None:
    """Refuse a record that cannot be true, or that names what the schedule does not know.

    Raises: RecordFault: one sentence in each language that says what is wrong and what to do.
    """
    check_child(record.born_on, record.gestation_weeks, on)
    _check_codes(record, schedule)
    for dose in record.given:
        check_day_of_care(schedule.products[dose.code].name_zh, dose.code, dose.on, record.born_on, on)
    for day in record.immunoglobulin_on:
        check_day_of_care("免疫球蛋白", "immunoglobulin", day, record.born_on, on)
    for dose, times in Counter(record.given).items():
        if times > 1:
            zh = f"{schedule.products[dose.code].name_zh}在{day_words(dose.on, 'zh')}记了{times}次，请留一次。"
            en = f"{dose.code} on {dose.on} stands {times} times; keep it once"
            raise RecordFault(zh, en)


def check_child(born_on: date, gestation_weeks: int | None, on: date) -> None:
    """Refuse an impossible birth or gestation, and a child who is beyond the calendar.

    Raises: RecordFault: as above.
    """
    _check_birth(born_on, on)
    if gestation_weeks is not None and not FEWEST_WEEKS <= gestation_weeks <= MOST_WEEKS:
        zh = f"孕周写的是{gestation_weeks}，请写{FEWEST_WEEKS}到{MOST_WEEKS}之间的整周数。"
        en = f"gestation of {gestation_weeks} weeks; write completed weeks from {FEWEST_WEEKS} to {MOST_WEEKS}"
        raise RecordFault(zh, en)


def _check_birth(born_on: date, on: date) -> None:
    if born_on > on:
        zh = f"出生日期{day_words(born_on, 'zh')}还没到，请再看一眼日期。"
        en = f"born {born_on} lies after {on}; correct the birth date"
        raise RecordFault(zh, en)
    if on >= SERVED_BEFORE.after(born_on):
        zh = "这本日历陪孩子到6岁，孩子已经大了；还差的疫苗请问接种门诊或学校。"
        en = f"born {born_on}: the calendar serves children up to 6 years; ask your clinic or the school about missing doses"
        raise RecordFault(zh, en)


def check_day_of_care(name_zh: str, name_en: str, day: date, born_on: date, on: date) -> None:
    """Refuse something that happened before birth or after the day of the forecast.

    Raises: RecordFault: as above.
    """
    if day < born_on:
        zh = f"{name_zh}的日期{day_words(day, 'zh')}早于出生日期，请改一下。"
        en = f"{name_en} on {day} lies before the birth on {born_on}; correct the date"
        raise RecordFault(zh, en)
    if day > on:
        zh = f"{name_zh}的日期{day_words(day, 'zh')}还没到，打过了再记。"
        en = f"{name_en} on {day} lies after {on}; record it once it is done"
        raise RecordFault(zh, en)


def _check_codes(record: VaccineRecord, schedule: Schedule) -> None:
    def refuse(what_zh: str, what_en: str, wrong: str, known: Iterable[str]) -> None:
        names = ", ".join(sorted(known))
        zh = f"没有叫{wrong}的{what_zh}，可以用：{names}。"
        en = f"unknown {what_en} {wrong}; known: {names}"
        raise RecordFault(zh, en)

    for dose in record.given:
        if dose.code not in schedule.products:
            refuse("疫苗", "vaccine", dose.code, schedule.products)
    for flag in record.flags:
        if flag not in schedule.flags:
            refuse("情况", "flag", flag, schedule.flags)
    for code in record.opt_in:
        if code not in schedule.series:
            refuse("自费疫苗", "self-paid vaccine", code, schedule.self_paid_codes)
    for group, code in record.variants.items():
        if group not in schedule.choices:
            refuse("可选组", "variant", group, schedule.choices)
        if code not in schedule.options(group):
            refuse("可选疫苗", f"product for {group}:", code, schedule.options(group))
