"""Revisions as they lie in the database: read, written down with a number, and moved by one conditional change.

draft -> in review -> approved -> published is gone by `drafting` and `publishing`; each step is audited, in one
transaction.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from bot.audit_log import Audited
from bot.curation.curation_rows import GuideTopicRow, RevisionRow, State
from bot.curation.entry_form import Texts
from bot.errors import Refusal


def text_hash(texts: Texts) -> str:
    """Sixteen hex digits that change with the entry or its wordings."""
    whole = f"{texts.entry}\x1e{texts.wordings_zh}\x1e{texts.wordings_en}"
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def texts_of(row: RevisionRow) -> Texts:
    """What a revision holds."""
    return Texts(row.entry, row.wordings_zh, row.wordings_en)


def topic_row(session: Session, topic_id: str) -> GuideTopicRow:
    """Where a topic stands now, whatever was read of it before; held by this transaction until it ends.

    SQLite has one writer anyway.
    Raises: Refusal: no topic of that id was taken in.
    """
    held = select(GuideTopicRow).where(col(GuideTopicRow.topic_id) == topic_id).with_for_update()
    row = session.exec(held.execution_options(populate_existing=True)).first()
    if row is None:
        raise Refusal("refused.topic")
    return row


def revision(session: Session, revision_id: int | None) -> RevisionRow:
    """A revision by its id.

    Raises: Refusal: there is none.
    """
    row = session.get(RevisionRow, revision_id) if revision_id is not None else None
    if row is None:
        raise Refusal("refused.revision")
    return row


def history(session: Session, topic_id: str) -> list[RevisionRow]:
    """Every revision of a topic, newest first."""
    statement = select(RevisionRow).where(col(RevisionRow.topic_id) == topic_id)
    return list(session.exec(statement.order_by(col(RevisionRow.number).desc())).all())


def next_number(session: Session, topic_id: str) -> int:
    """The number of the next revision of a topic."""
    last = session.exec(select(func.max(RevisionRow.number)).where(col(RevisionRow.topic_id) == topic_id)).one()
    return int(last or 0) + 1


def add_revision(
    session: Session, by: Audited, topic_id: str, texts: Texts, state: State, based_on: int | None, note: str = ""
) -> RevisionRow:
    """Write a revision down and give it its number."""
    row = RevisionRow(
        topic_id=topic_id,
        number=next_number(session, topic_id),
        state=state,
        entry=texts.entry,
        wordings_zh=texts.wordings_zh,
        wordings_en=texts.wordings_en,
        text_hash=text_hash(texts),
        based_on=based_on,
        authors=by.who,
        note=note[:500],
        created_at=by.now,
        changed_at=by.now,
    )
    session.add(row)
    session.flush()
    return row


def move_revision(
    session: Session,
    by: Audited,
    row: RevisionRow,
    states: Sequence[State],
    to: State,
    version: int | None = None,
    **values: Any,
) -> None:
    """Change a revision only if nobody else has; the row is as changed afterwards.

    Raises: Refusal: somebody has.
    """
    known = version if version is not None else row.version
    where = (col(RevisionRow.id) == row.id, col(RevisionRow.version) == known, col(RevisionRow.state).in_(states))
    changed = values | {"state": to, "version": known + 1, "changed_at": by.now}
    moved = session.execute(update(RevisionRow).where(*where).values(**changed).returning(col(RevisionRow.id))).first()
    if moved is None:
        raise Refusal("refused.moved_on")
    session.refresh(row)
