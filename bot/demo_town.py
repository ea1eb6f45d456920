"""Fill an empty database with a believable town in which nobody is real, marked as made up on every staff page."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from random import Random

from sqlalchemy import insert
from sqlmodel import Session, func, select

from bot.database import Database
from bot.demo_events import demo_events, demo_visits
from bot.demo_families import Rows, demo_families
from bot.errors import Misconfigured
from bot.families.family_rows import CaregiverRow, ChildRow, ConsentRow, FamilyRow
from bot.indicators.report_rows import DemoTownRow, is_demo
from bot.questions.question_log import QuestionRow
from bot.sealing import Keyring
from knowledge.data_folder import DATA
from knowledge.load import read_all_wordings, read_topics

SEED = 20261124
FAMILIES, EVENTS = 2_000, 260
AT_ONCE = 2_000
FIRST = (FamilyRow, CaregiverRow, ChildRow, ConsentRow)
"""What the other rows point at."""


def fill_town(
    database: Database,
    keys: Keyring,
    now: datetime,
    wordings: Mapping[str, Sequence[str]],
    families: int = FAMILIES,
    events: int = EVENTS,
) -> dict[str, int]:
    """Write the town, all of it or nothing. Returns how many rows of each table.

    Raises: Misconfigured: there are families or questions in this database already.
    """
    dice = Random(SEED)  # noqa: S311 - not a secret, the same town every time
    rows, homes = demo_families(dice, keys, families, now, wordings)
    with database.transaction() as session:
        refuse_real_families(session)
        session.add(DemoTownRow(id=1, made_at=now, families=families))
        written = write_rows(session, rows)
        for more in (demo_events(dice, homes, events, now), demo_visits(dice, keys, homes, now)):
            written |= write_rows(session, more)
    return written


def refuse_real_families(session: Session) -> None:
    """Nothing made up beside what is real.

    Raises: Misconfigured: the database holds families or questions, real ones or a town that was made up before.
    """
    if is_demo(session):
        raise Misconfigured("this database holds the demonstration already; for a fresh one name another QIHUI_DATA")
    held = [session.execute(select(func.count()).select_from(table)).scalar_one() for table in (FamilyRow, QuestionRow)]
    if any(held):
        message = (
            f"this database holds {held[0]} families and {held[1]} questions that may be real; nothing was written."
            " Name an empty one: QIHUI_DATA=demo-data qihui demo"
        )
        raise Misconfigured(message)


def written_wordings(data: Path = DATA) -> dict[str, list[str]]:
    """By topic: how Chinese parents ask, from the guide's own wordings; what made-up families ask."""
    wordings, _ = read_all_wordings(data, read_topics(data))
    found: dict[str, list[str]] = {}
    for one in wordings:
        if one.language == "zh":
            found.setdefault(one.topic_id, []).append(one.text)
    return found


def write_rows(session: Session, rows: Rows) -> dict[str, int]:
    """Write rows of any tables; of those that point at others, the others come first. Returns how many of each."""
    tables = [*(table for table in FIRST if table in rows), *(table for table in rows if table not in FIRST)]
    for table in tables:
        for start in range(0, len(rows[table]), AT_ONCE):
            session.execute(insert(table), rows[table][start : start + AT_ONCE])
    return {str(table.__tablename__): len(rows[table]) for table in tables}
