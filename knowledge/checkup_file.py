"""The check-up calendar out of `checkups.yaml`. Every field is used or refused. Pure."""

from typing import Any, Literal

from knowledge.calendar_days import read_span
from knowledge.checkup_calendar import CheckupCalendar, CheckupVisit, Told, Window
from knowledge.schedule import Sentence
from knowledge.strict_fields import Fields, a_list, every_field, one_of, text, texts, whole

CHECKUP_FILE = "checkups.yaml"
CHECKUP_SENTENCES: dict[str, frozenset[str]] = {
    "visit_done": frozenset({"given"}),
    "visit_official": frozenset({"name", "official"}),
    "visit_upcoming": frozenset({"earliest"}),
    "visit_due": frozenset({"latest"}),
    "visit_past_window": frozenset(),
    "visit_superseded": frozenset(),
    "clinic_date": frozenset({"earliest"}),
    "clinic_date_passed": frozenset({"earliest"}),
    "screening_due": frozenset({"latest"}),
    "screening_closed": frozenset(),
    "window_is_ours": frozenset(),
    "corrected_age": frozenset({"age"}),
    "over_three_note": frozenset(),
    "shanghai_calendar": frozenset(),
}


def read_checkups(raw: dict[str, Any], sentences: dict[str, Sentence]) -> CheckupCalendar:
    """The calendar from the file's content.

    Raises: GuideFault: a field is missing, unknown or senseless; the message says where.
    """
    with every_field(raw, CHECKUP_FILE, "file") as fields:
        visits = [_visit(item, "visit") for item in fields.take("visits", a_list)]
        screenings = [_visit(item, "screening") for item in fields.take("screenings", a_list)]
        with every_field(fields.take("preterm", dict), CHECKUP_FILE, "preterm") as preterm:
            weeks, until = preterm.take("before_weeks", whole), preterm.take("corrected_until", read_span)
            preterm_sources = preterm.take("sources", texts)
        bring = Fields(fields.take("bring", dict), CHECKUP_FILE, "bring")
        bring_sources = bring.take("sources", texts)
        calendar = CheckupCalendar(
            visits=(*screenings, *visits),
            bring=_told(bring),
            bring_sources=bring_sources,
            preterm_before_weeks=weeks,
            corrected_until=until,
            preterm_sources=preterm_sources,
            title_zh=fields.take("title_zh", text),
            title_en=fields.take("title_en", text),
            to_verify=fields.take("to_verify", texts),
            sentences=sentences,
        )
        if unsaid := set(calendar.to_verify) - set(sentences):
            fields.fail(f"to_verify names {', '.join(sorted(unsaid))}, for which there is no sentence")
        keys = [(visit.code, visit.n) for visit in calendar.visits]
        if len(set(keys)) < len(keys):
            fields.fail("a code with its n stands twice")
    return calendar


def _visit(raw: Any, kind: Literal["visit", "screening"]) -> CheckupVisit:
    where = str(raw.get("code", kind)) if isinstance(raw, dict) else kind
    with every_field(raw, CHECKUP_FILE, where) as fields:
        what = Fields(fields.take("what", dict), CHECKUP_FILE, f"{where}, what")
        ask = Fields(fields.take("ask", dict), CHECKUP_FILE, f"{where}, ask")
        return CheckupVisit(
            code=fields.take("code", text),
            n=fields.take("n", whole) if kind == "visit" else 1,
            kind=kind,
            name_zh=fields.take("name_zh", text),
            name_en=fields.take("name_en", text),
            official=Told((fields.take("official_zh", text),), (fields.take("official_en", text),)),
            window=_window(fields.take("window", dict), where),
            what=_told(what),
            ask=_told(ask),
            sources=fields.take("sources", texts),
        )


def _told(fields: Fields) -> Told:
    told = Told(fields.take("zh", texts), fields.take("en", texts))
    if len(told.zh) != len(told.en):
        fields.fail(f"{len(told.zh)} points in Chinese and {len(told.en)} in English; make them equal")
    fields.finish()
    return told


def _window(raw: Any, where: str) -> Window:
    with every_field(raw, CHECKUP_FILE, f"{where}, window") as fields:
        to, before = fields.may_take("to", read_span), fields.may_take("before", read_span)
        if (to is None) == (before is None):
            fields.fail("give one of `to` (that day still fits) and `before` (it does not)")
        end = to if to is not None else before
        return Window(
            start=fields.take("from", read_span),
            end=end if end is not None else read_span("0d"),
            end_included=to is not None,
            anchor=fields.take("anchor", one_of("birth", "discharge_or_birth")),
            last=fields.may_take("last", read_span),
        )
