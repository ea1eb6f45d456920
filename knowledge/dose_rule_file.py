"""The rules of single doses out of the schedule's YAML files. Every field is used or refused. Pure."""

from collections.abc import Sequence
from typing import Any

from knowledge.calendar_days import Span, read_span
from knowledge.dose_rule import AfterSeries, DoseRule, Early, EarlyStart
from knowledge.strict_fields import Fields, every_field, text, texts, whole

_INTERVALS = ("min_interval_from_previous", "min_interval_from_first")


def read_doses(raw: Sequence[Any], file: str, where: str, sources: tuple[str, ...]) -> tuple[DoseRule, ...]:
    """The doses of a list, numbered in order.

    Raises: GuideFault: a field is missing, unknown or senseless; the message names the dose.
    """
    rules = []
    for place, item in enumerate(raw, start=1):
        with every_field(item, file, f"{where} dose {place}") as fields:
            if fields.take("n", whole) != place:
                fields.fail(f"n must be {place}; list the doses in order")
            rule = _dose(fields, place, sources)
            rules.append(rule)
            unknown = rule.to_verify - {name for name in _INTERVALS if name in item}
            if unknown:
                fields.fail(f"to_verify names {', '.join(sorted(unknown))}, which this dose does not have")
            limits = [span for span in (rule.recommended_age, rule.absolute_min_age) if span is not None]
            if _days(limits[0]) < _days(rule.min_age) or any(_days(age) > _days(rule.min_age) for age in limits[1:]):
                fields.fail("absolute_min_age <= min_age <= recommended_age")
            for late in (rule.complete_before, rule.max_age):
                if late is not None and _days(late) <= _days(rule.min_age):
                    fields.fail("complete_before and max_age lie after min_age")
    return tuple(rules)


def _dose(fields: Fields, n: int, sources: tuple[str, ...]) -> DoseRule:
    return DoseRule(
        n=n,
        recommended_age=fields.take("recommended_age", read_span),
        min_age=fields.take("min_age", read_span),
        sources=sources,
        absolute_min_age=fields.may_take("absolute_min_age", read_span),
        interval=fields.may_take("min_interval_from_previous", read_span),
        interval_from_first=fields.may_take("min_interval_from_first", read_span),
        max_interval=fields.may_take("max_interval_from_previous", read_span),
        complete_before=fields.may_take("complete_before", read_span),
        max_age=fields.may_take("max_age", read_span),
        product=fields.may_take("product", text),
        earlier_when_all=fields.part("earlier_when_all", _early),
        after_series=fields.part("after_series", _after_series),
        early_start=fields.part("early_start", _early_start),
        to_verify=frozenset(fields.may_take("to_verify", texts) or ()),
    )


def _early(fields: Fields) -> Early:
    products = frozenset(fields.take("products", texts))
    return Early(products, fields.take("min_age", read_span), fields.take("min_interval_from_previous", read_span))


def _after_series(fields: Fields) -> AfterSeries:
    return AfterSeries(fields.take("code", text), fields.take("dose", whole), fields.take("min_interval", read_span))


def _early_start(fields: Fields) -> EarlyStart:
    return EarlyStart(
        from_age=fields.take("from_age", read_span),
        fewer_than=fields.take("fewer_than", whole),
        code=fields.take("of", text),
        interval=fields.take("min_interval", read_span),
    )


def _days(span: Span) -> float:
    """About how long a span is, for comparing ages in the files with one another."""
    return span.months * 30.4375 + span.days
