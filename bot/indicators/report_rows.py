"""The table of counted reports, and the mark of a made-up town. Only guarded figures lie here. Times are UTC instants."""

import json
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from bot.indicators.figures import Report, report_of


class IndicatorReportRow(SQLModel, table=True):
    """The figures of one quarter as they were counted last. `final`: the quarter was over; not counted again."""

    __tablename__ = "indicator_report"

    quarter: str = Field(primary_key=True, max_length=6)
    counted_at: datetime
    final: bool
    report: str


class DemoTownRow(SQLModel, table=True):
    """There is one row in a database whose families are made up, and none in any other."""

    __tablename__ = "demo_town"

    id: int = Field(primary_key=True)
    made_at: datetime
    families: int


def keep_report(session: Session, report: Report, now: datetime) -> None:
    """Keep what was counted, in place of what was counted of that quarter before."""
    text = json.dumps(report.to_plain(), ensure_ascii=False)
    session.merge(IndicatorReportRow(quarter=report.quarter, counted_at=now, final=report.final, report=text))


def kept_report(session: Session, quarter: str) -> tuple[Report, datetime] | None:
    """A quarter's report and when it was counted; None where it never was."""
    row = session.get(IndicatorReportRow, quarter)
    return None if row is None else (report_of(json.loads(row.report)), row.counted_at)


def kept_quarters(session: Session) -> list[str]:
    """The quarters that were counted, newest first."""
    return list(session.exec(select(IndicatorReportRow.quarter).order_by(col(IndicatorReportRow.quarter).desc())).all())


def is_final(session: Session, quarter: str) -> bool:
    """Whether a quarter was counted after its end."""
    row = session.get(IndicatorReportRow, quarter)
    return row is not None and row.final


def is_demo(session: Session) -> bool:
    """Whether the families of this database are made up."""
    return session.get(DemoTownRow, 1) is not None
