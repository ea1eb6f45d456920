"""Files that staff brought: held until a person says yes, then kept as drafts, never published."""

import json
import logging
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from bot.audit_log import Audited, note_change_by
from bot.curation.curation_rows import GuideTopicRow
from bot.curation.drafting import open_draft, save_draft
from bot.curation.import_pieces import Brought, brought_of
from bot.curation.import_plan import ImportPlan, Planned, Standing
from bot.curation.import_rows import GuideImportRow
from bot.curation.revisions import add_revision, history, revision, texts_of, topic_row
from bot.errors import Refusal

log = logging.getLogger(__name__)

HELD_HOURS = 24


def hold(session: Session, by: Audited, files: Iterable[str], brought: Brought) -> None:
    """Hold what was read for its owner, instead of what they brought before; what is older than a day is let go."""
    too_old = by.now - timedelta(hours=HELD_HOURS)
    session.execute(
        delete(GuideImportRow).where((col(GuideImportRow.made_at) < too_old) | (col(GuideImportRow.login) == by.who))
    )
    text = json.dumps(brought.as_values(), ensure_ascii=False)
    session.add(GuideImportRow(login=by.who, files=", ".join(files)[:500], brought=text, made_at=by.now))


def held(session: Session, login: str, now: datetime) -> tuple[GuideImportRow, Brought] | None:
    """What a person brought last and has not decided about; None where there is nothing, or it is older than a day.

    What an earlier version of the program held and this one cannot read counts as nothing: it is to be brought again.
    """
    row = session.get(GuideImportRow, login)
    if row is None or row.made_at < now - timedelta(hours=HELD_HOURS):
        return None
    try:
        return row, brought_of(json.loads(row.brought))
    except (KeyError, ValueError) as error:
        log.warning("files held for %s are of another version and are left aside (%s)", login, type(error).__name__)
        return None


def let_go(session: Session, login: str) -> None:
    """Forget what a person brought."""
    session.execute(delete(GuideImportRow).where(col(GuideImportRow.login) == login))


def standing_of(session: Session, topic_ids: Iterable[str], login: str) -> dict[str, Standing]:
    """Where topics stand for a person who brings texts: their own draft is gone on from, another's is left alone."""
    wanted = set(topic_ids)
    rows = {row.topic_id: row for row in session.exec(select(GuideTopicRow)).all() if row.topic_id in wanted}
    return {topic_id: _standing(session, rows.get(topic_id), login) for topic_id in wanted}


def _standing(session: Session, topic: GuideTopicRow | None, login: str) -> Standing:
    if topic is None:
        return Standing(None)
    if topic.open_id is not None:
        row = revision(session, topic.open_id)
        others = [name for name in row.authors.split(",") if name and name != login]
        free = row.state == "draft" and not others
        return Standing(texts_of(row), "" if free else ", ".join(others) or login)
    if topic.published_id is not None:
        return Standing(texts_of(revision(session, topic.published_id)))
    last = next((row for row in history(session, topic.topic_id) if row.state == "withdrawn"), None)
    return Standing(texts_of(last) if last is not None else None)


def keep(session: Session, by: Audited, plan: ImportPlan, chosen: Collection[str], files: str) -> list[str]:
    """Make drafts of the chosen topics; returns their ids.

    Raises: Refusal: none was chosen, or somebody saved meanwhile.
    """
    drafts = [one for one in plan.drafts if one.topic_id in chosen]
    if not drafts:
        raise Refusal("refused.import_none")
    for one in drafts:
        if session.get(GuideTopicRow, one.topic_id) is not None:
            topic_row(session, one.topic_id)  # held until the end: nobody saves between this look and the keeping
    standing = standing_of(session, [one.topic_id for one in drafts], by.who)
    if any(standing[one.topic_id] != Standing(one.before) for one in drafts):
        raise Refusal("refused.import_moved_on")
    for one in drafts:
        _keep_one(session, by, one, note=f"<- {files}")
    kept = [one.topic_id for one in drafts]
    after = {"files": files, "drafts": ", ".join(kept), "faults": len(plan.faults)}
    note_change_by(session, by, "guide.import", kept[0] if len(kept) == 1 else "guide", after=after)
    let_go(session, by.who)
    return kept


def _keep_one(session: Session, by: Audited, one: Planned, note: str) -> None:
    texts = one.texts
    if texts is None:
        message = f"{one.topic_id} has nothing to keep"
        raise RuntimeError(message)
    if one.outcome == "changed":
        row = open_draft(session, by, one.topic_id)
        save_draft(session, by, row.id or 0, row.version, texts, note)
        return
    if session.get(GuideTopicRow, one.topic_id) is None:
        session.add(GuideTopicRow(topic_id=one.topic_id))
        session.flush()
    topic = topic_row(session, one.topic_id)
    if topic.open_id is not None or topic.published_id is not None:
        raise Refusal("refused.import_moved_on")
    row = add_revision(session, by, one.topic_id, texts, "draft", None, note)
    topic.open_id = row.id
    session.add(topic)
    note_change_by(session, by, "guide.draft", one.topic_id, after={"revision": row.number})
    save_draft(session, by, row.id or 0, row.version, texts, note)  # takes off a signature that nobody here gave
