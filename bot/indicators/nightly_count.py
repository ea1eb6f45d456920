"""The job that keeps the figures: the quarter that runs, and the one before once it is over."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.database import Database
from bot.indicators.counting import Beside, count_town
from bot.indicators.estimate_file import made_up_estimates
from bot.indicators.figures import Report, bounds_of, quarter_of
from bot.indicators.indicator_rules import report_for
from bot.indicators.report_rows import is_demo, is_final, keep_report
from bot.sealing import Keyring
from knowledge.near_places import served_places


def count_indicators(database: Database, keys: Keyring, now: datetime, beside: Beside) -> dict[str, int]:
    """Count what is not final yet and keep it. Doing it again counts anew and changes nothing else."""
    running = quarter_of(now.astimezone(beside.zone).date())
    before = quarter_of(bounds_of(running)[0] - timedelta(days=1))
    counted = 0
    for quarter in (before, running):
        with database.reading() as session:
            if is_final(session, quarter):
                continue
        count_quarter(database, keys, quarter, now, beside)
        counted += 1
    return {"quarters": counted}


def count_quarter(database: Database, keys: Keyring, quarter: str, now: datetime, beside: Beside) -> Report:
    """Count one quarter and keep its report. Reads without holding up any writer."""
    with database.reading() as session:
        demo = is_demo(session)
        if demo and not beside.estimates:
            beside = replace(beside, estimates=made_up_estimates())
        beside = replace(beside, places=served_places(tuple(beside.places), demo=demo))
        town = count_town(session, keys, quarter, now, beside)
    report = report_for(quarter, town, now.astimezone(beside.zone).date(), demo=demo)
    with database.transaction() as session:
        keep_report(session, report, now)
    return report
