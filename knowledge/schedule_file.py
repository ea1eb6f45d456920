"""The immunization schedule out of its YAML files, as `schedule` holds it. Every field is used or refused. Pure.

The files: `cn-<year>.yaml` of the edition in force, the edition before it (for doses given under it), the city's
overlay, self-paid vaccines, special groups; sentences have a reader of their own (`sentence_file`).
"""

from datetime import date
from typing import Any, NamedTuple, get_args

from knowledge.calendar_days import read_span
from knowledge.dose_rule import Counting, DoseRule, Plan
from knowledge.dose_rule_file import read_doses
from knowledge.faults import GuideFault, Problem
from knowledge.schedule import (
    AtLeast,
    BornFrom,
    EarlierEdition,
    ImmunoglobulinWait,
    Liveness,
    LiveSpacing,
    Product,
    Schedule,
    Sentence,
    Series,
)
from knowledge.special_group_file import GROUPS, read_flag, read_note, read_other_schedule, read_preterm
from knowledge.strict_fields import Fields, a_list, every_field, one_of, text, texts, whole, yes_or_no

NATIONAL, BEFORE, CITY, SELF_PAID = "cn-2026.yaml", "cn-2021.yaml", "shanghai.yaml", "self-paid.yaml"
FILES = (NATIONAL, BEFORE, CITY, SELF_PAID, GROUPS)

_live = one_of(*get_args(Liveness))


class _ReadSeries(NamedTuple):
    """A series with what its products count for, and the products that it is given as."""

    series: Series
    counts: list[tuple[str, Counting]]
    components: list[Product]


def read_schedule(raw: dict[str, Any], sentences: dict[str, Sentence]) -> Schedule:
    """The schedule from the contents of `FILES` by name.

    Raises: GuideFault: a field is missing, unknown or senseless, or a code points nowhere; the message says where.
    """
    national, city = Fields(raw[NATIONAL], NATIONAL, "file"), Fields(raw[CITY], CITY, "file")
    series: dict[str, Series] = {}
    products: dict[str, Product] = {}
    counting: list[tuple[str, Counting]] = []
    self_paid = Fields(raw[SELF_PAID], SELF_PAID, "file")
    for fields, is_self_paid in ((national, False), (city, False), (self_paid, True)):
        for item in fields.take("series", a_list):
            one = _series(item, fields.file, is_self_paid=is_self_paid)
            for product in (one.series.product, *one.components):
                if product.code in products:
                    fields.fail(f"the code {product.code} stands twice")
                products[product.code] = product
            series[one.series.code] = one.series
            counting.extend(one.counts)
    self_paid.finish()
    _join(series, counting)
    groups = Fields(raw[GROUPS], GROUPS, "file")
    flags = {name: read_flag(name, item) for name, item in groups.take("flags", dict).items()}
    notes = [read_note(item, CITY, sentences) for item in city.rows("notes")]
    notes += [read_note(item, GROUPS, sentences) for item in groups.rows("notes")]
    schedule = Schedule(
        edition=national.take("edition", text),
        title_zh=national.take("title_zh", text),
        title_en=national.take("title_en", text),
        region=city.take("region", text),
        in_force_from=national.take("in_force_from", _day),
        series=series,
        products=products,
        choices=city.take("choices", dict),
        choices_to_verify=frozenset(city.take("choices_to_verify", texts)),
        earlier_editions=_earlier(raw[BEFORE]),
        live_spacing=_live_spacing(national.take("live_spacing", dict)),
        immunoglobulin=_immunoglobulin(national.take("immunoglobulin", dict)),
        flags=flags,
        notes=tuple(notes),
        other_schedules=tuple(read_other_schedule(item) for item in groups.rows("schedules")),
        preterm=read_preterm(groups.take("preterm", dict)),
        sentences=sentences,
    )
    for fields in (national, city, groups):
        fields.finish()
    _check(schedule)
    return schedule


def _day(value: Any) -> date:
    if not isinstance(value, date):
        message = f"write a day like 2026-06-17, not {value!r}"
        raise TypeError(message)
    return value


def _season(value: Any) -> tuple[int, int]:
    month, _, day = text(value).partition("-")
    first = date(2001, int(month), int(day))  # a common year: 29 February is no start of a season
    return first.month, first.day


def _series(raw: Any, file: str, *, is_self_paid: bool) -> _ReadSeries:
    where = raw.get("code", "a series") if isinstance(raw, dict) else "a series"
    with every_field(raw, file, str(where)) as fields:
        product = _product(fields)
        sources = fields.take("sources", texts)
        ask_clinic = fields.may_take("dates", one_of("ask_clinic")) is not None
        components = [_component(item, file, f"{where}, products") for item in fields.rows("products")]
        plans = _plans(fields, sources, ask_clinic=ask_clinic)
        counts = [_counting(item, product.code, file, plans) for item in fields.rows("counts_for")]
        series = Series(
            product=product,
            plans=plans,
            sources=sources,
            self_paid=is_self_paid,
            own=frozenset({product.code, *(one.code for one in components)}),
            counts={},
            option_group=fields.may_take("option_group", text),
            age_out=fields.may_take("age_out", read_span),
            needs_test_from=fields.may_take("needs_test_from", read_span),
            born_from=fields.part("born_from", _born_from),
            each_season_from=fields.may_take("each_season_from", _season),
            at_least=fields.part("at_least", _at_least),
            ask_clinic=ask_clinic,
            first_in_line=fields.may_take("first_in_line", yes_or_no) or False,
        )
    return _ReadSeries(series, counts, components)


def _born_from(fields: Fields) -> BornFrom:
    return BornFrom(fields.take("day", _day), fields.take("before", one_of("hold", "not_applicable")))


def _at_least(fields: Fields) -> AtLeast:
    products = frozenset(fields.take("products", texts))
    return AtLeast(products, fields.take("doses", whole), fields.take("sources", texts))


def _plans(fields: Fields, sources: tuple[str, ...], *, ask_clinic: bool) -> tuple[Plan, ...]:
    if ask_clinic:
        return (Plan(None, ()),)
    listed = fields.rows("plans")
    if not listed:
        return (Plan(None, read_doses(fields.take("doses", a_list), fields.file, fields.where, sources)),)
    plans = []
    for item in listed:
        with every_field(item, fields.file, f"{fields.where}, plans") as plan:
            doses = read_doses(plan.take("doses", a_list), fields.file, fields.where, sources)
            plans.append(Plan(plan.take("before_age", read_span), doses))
    return tuple(plans)


def _counting(raw: Any, product: str, file: str, plans: tuple[Plan, ...]) -> tuple[str, Counting]:
    with every_field(raw, file, f"{product}, counts_for") as fields:
        series, by = fields.take("series", text), fields.take("by", one_of("own", "series", "age"))
        numbers = [whole(number) for number in fields.take("doses", a_list)]
        before_age = fields.may_take("before_age", read_span)
        if by == "own":
            own = plans[0].doses
            if max(numbers) > len(own):
                fields.fail(f"{product} has no dose {max(numbers)}")
            rules: dict[int, DoseRule | None] = {n: own[n - 1] for n in numbers}
        elif by == "age":
            min_age = fields.take("min_age", read_span)
            rules = {n: DoseRule(n, min_age, min_age, ()) for n in numbers}
        else:
            rules = dict.fromkeys(numbers)
        counting = Counting(
            product,
            rules,
            before_age,
            fields.may_take("rest_not_needed", yes_or_no) or False,
            fields.may_take("takes_the_place", yes_or_no) or False,
        )
    return series, counting


def _product(fields: Fields) -> Product:
    return Product(
        fields.take("code", text),
        fields.take("name_zh", text),
        fields.take("name_en", text),
        fields.take("live", _live),
    )


def _component(raw: Any, file: str, where: str) -> Product:
    with every_field(raw, file, where) as fields:
        return _product(fields)


def _join(series: dict[str, Series], counting: list[tuple[str, Counting]]) -> None:
    for code, counts in counting:
        if code not in series:
            message = f"{counts.product} counts for {code}, which no file lists"
            raise GuideFault([Problem(SELF_PAID, 0, message)])
        series[code].counts[counts.product] = counts


def _earlier(raw: Any) -> dict[str, EarlierEdition]:
    editions = {}
    with every_field(raw, BEFORE, "file") as fields:
        for item in fields.take("series", a_list):
            with every_field(item, BEFORE, "a series") as one:
                code, sources = one.take("code", text), one.take("sources", texts)
                doses = read_doses(one.take("doses", a_list), BEFORE, code, sources)
                editions[code] = EarlierEdition(one.take("given_before", _day), doses)
    return editions


def _live_spacing(raw: Any) -> LiveSpacing:
    with every_field(raw, NATIONAL, "live_spacing") as fields:
        return LiveSpacing(fields.take("min_days", whole), fields.take("sources", texts))


def _immunoglobulin(raw: Any) -> ImmunoglobulinWait:
    with every_field(raw, NATIONAL, "immunoglobulin") as fields:
        return ImmunoglobulinWait(
            fields.take("min_wait", read_span),
            frozenset(fields.take("except", texts)),
            frozenset(fields.take("avoid_after", texts)),
            fields.take("avoid_after_days", whole),
            fields.take("sources", texts),
        )


def _check(schedule: Schedule) -> None:
    """Refuse codes and flags that point nowhere."""
    codes, flags, groups = set(schedule.products), set(schedule.flags), set(schedule.choices)
    named = [(NATIONAL, code) for code in schedule.immunoglobulin.exempt | schedule.immunoglobulin.avoid_after]
    named += [(CITY, code) for code in schedule.choices.values()]
    named += [(GROUPS, code) for code in (*(note.code for note in schedule.notes), schedule.preterm.hold_code)]
    named += [(GROUPS, other.code) for other in schedule.other_schedules]
    named += [(GROUPS, flag.polio_product) for flag in schedule.flags.values() if flag.polio_product]
    named += [(BEFORE, code) for code in schedule.earlier_editions]
    for series in schedule.series.values():
        named += [(NATIONAL, rule.product) for plan in series.plans for rule in plan.doses if rule.product]
    problems = [Problem(file, 0, f"no vaccine has the code {code}") for file, code in named if code not in codes]
    named_flags = {flag for other in schedule.other_schedules for flag in other.when_all}
    named_flags |= {note.flag for note in schedule.notes if note.flag}
    problems += [Problem(GROUPS, 0, f"no flag is called {flag}") for flag in sorted(named_flags - flags)]
    listed = {series.option_group for series in schedule.series.values() if series.option_group}
    problems += [Problem(CITY, 0, f"choose a product for {group}") for group in sorted(listed ^ groups)]
    for group, code in schedule.choices.items():
        if code not in schedule.options(group):
            problems.append(Problem(CITY, 0, f"{code} is no choice for {group}"))
    if schedule.choices_to_verify - groups:
        problems.append(Problem(CITY, 0, "choices_to_verify names a group that has no choice"))
    if problems:
        raise GuideFault(problems)
