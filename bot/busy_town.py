"""A made-up town with a year behind it, full enough to measure the staff pages in: made once, written into any database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random

from sqlalchemy import text
from sqlmodel import Session

from bot.audit_log import Audited
from bot.busy_desk import busy_desk, spread_questions
from bot.curation.drafting import open_draft, review, save_draft, send_to_review
from bot.curation.entry_form import Texts
from bot.curation.held_imports import hold
from bot.curation.import_pieces import Brought, Place
from bot.curation.publishing import publish
from bot.curation.revisions import texts_of
from bot.database import Database
from bot.demo_events import demo_events, demo_visits
from bot.demo_families import Rows, demo_families
from bot.demo_town import SEED, refuse_real_families, write_rows
from bot.indicators.report_rows import DemoTownRow
from bot.sealing import Keyring


def busy_town(keys: Keyring, now: datetime, wordings: Mapping[str, Sequence[str]], families: int, events: int) -> Rows:
    """The rows of a year. About five questions and eight messages a family."""
    dice = Random(SEED)  # noqa: S311 - not a secret, the same town every time
    rows, homes = demo_families(dice, keys, families, now, wordings)
    spread_questions(dice, rows, families, now)
    for more in (demo_events(dice, homes, events, now), demo_visits(dice, keys, homes, now)):
        _join(rows, more)
    _join(rows, busy_desk(dice, keys, homes, rows, now))
    rows[DemoTownRow] = [{"id": 1, "made_at": now, "families": families}]
    return rows


def write_town(database: Database, rows: Rows) -> dict[str, int]:
    """Write it, all of it or nothing. Returns how many rows of each table.

    Raises: Misconfigured: there are families or questions in this database already.
    """
    with database.transaction() as session:
        refuse_real_families(session)
        written = write_rows(session, rows)
    if not database.is_sqlite:  # a server does so by itself within minutes
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    return written


def edit_some_topics(database: Database, topic_ids: Sequence[str], now: datetime) -> None:
    """Leave topics with an open draft, each with a note and one earlier edit published."""
    chen, lin = Audited("chen", now), Audited("lin", now)
    for topic_id in topic_ids:
        with database.transaction() as session:
            _edit_and_publish(session, chen, lin, topic_id)
            row = open_draft(session, chen, topic_id)
            save_draft(session, chen, row.id or 0, row.version, _asked_once_more(texts_of(row), "还有一种问法"), "note")


def bring_a_file(database: Database, login: str, topic_id: str, now: datetime) -> None:
    """Leave a person with a file that was brought and waits for a yes. The topic must have no open draft."""
    brought = Brought()
    brought.add(Place("说法.csv", "row", 2), topic_id, "wording", "zh", "", "示例：家长会这样问")
    with database.transaction() as session:
        hold(session, Audited(login, now), ["说法.csv"], brought)


def approve_an_edit(database: Database, topic_id: str, now: datetime) -> tuple[int, int]:
    """Send a topic's open draft to review and approve it. Returns the revision and its version, ready to publish."""
    with database.transaction() as session:
        row = open_draft(session, Audited("chen", now), topic_id)
        send_to_review(session, Audited("chen", now), row.id or 0, row.version, ())
        review(session, Audited("lin", now), row.id or 0, row.version, approved=True, note="")
        session.refresh(row)
        return row.id or 0, row.version


def _edit_and_publish(session: Session, chen: Audited, lin: Audited, topic_id: str) -> None:
    row = open_draft(session, chen, topic_id)
    row = save_draft(session, chen, row.id or 0, row.version, _asked_once_more(texts_of(row), "多了一种问法"), "note")
    send_to_review(session, chen, row.id or 0, row.version, ())
    review(session, lin, row.id or 0, row.version, approved=True, note="")
    publish(session, lin, row.id or 0, row.version)


def _asked_once_more(texts: Texts, wording: str) -> Texts:
    return Texts(texts.entry, f"{texts.wordings_zh}{wording}\n", texts.wordings_en)


def _join(rows: Rows, more: Rows) -> None:
    for table, written in more.items():
        rows.setdefault(table, []).extend(written)
