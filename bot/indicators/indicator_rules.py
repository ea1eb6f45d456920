"""The report of a quarter from what was counted. Pure."""

from datetime import date, timedelta

from bot.indicators.counted_rows import Town
from bot.indicators.family_figures import family_figures
from bot.indicators.figures import GENERAL, INDICATORS, Report, bounds_of
from bot.indicators.question_figures import question_figures, topics_asked, weeks_of
from bot.indicators.service_figures import service_figures


def report_for(quarter: str, town: Town, today: date, *, demo: bool = False) -> Report:
    """Every figure of a quarter, as of `today`; final once the quarter is over."""
    since, after = bounds_of(quarter)
    until = min(today, after - timedelta(days=1))
    order = {section: place for place, section in enumerate((*GENERAL, *INDICATORS))}
    figures = [*family_figures(town), *question_figures(town), *service_figures(town)]
    sources = dict.fromkeys(one.source for one in town.estimates)
    return Report(
        quarter=quarter,
        since=since,
        until=until,
        final=today >= after,
        demo=demo,
        figures=tuple(sorted(figures, key=lambda one: order[one.section])),
        topics=topics_asked(town.questions, town.questions_before),
        weeks=weeks_of(town.questions, since, until),
        estimate="; ".join(sources),
    )
