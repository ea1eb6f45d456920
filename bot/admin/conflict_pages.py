"""Topics that were edited here and differ from a new edition of the product, both versions side by side."""

from dataclasses import dataclass

from fastapi import Response
from sqlmodel import Session, col, select

from bot.admin.page_call import Call
from bot.curation.curation_rows import GuideTopicRow, RevisionRow
from bot.curation.entry_form import Texts
from bot.curation.revisions import texts_of
from bot.curation.side_by_side import Pair, text_pairs

MOST_AT_ONCE = 20


@dataclass(frozen=True)
class Conflict:
    """One topic. `ours` is None where it was withdrawn here; `open`: a draft is open, so theirs cannot be taken now."""

    topic_id: str
    title: str
    ours: RevisionRow | None
    theirs: RevisionRow
    open: bool
    parts: list[tuple[str, list[Pair]]]


def conflicts_page(call: Call) -> Response:
    """Every topic with a new version that waits, the oldest twenty at once."""
    with call.reading() as session:
        statement = select(GuideTopicRow).where(col(GuideTopicRow.conflict_id).is_not(None))
        rows = session.exec(statement.order_by(col(GuideTopicRow.topic_id))).all()
        found = [_conflict(call, session, row) for row in rows[:MOST_AT_ONCE]]
    return call.show("conflicts.html", conflicts=[one for one in found if one is not None], count=len(rows))


def _conflict(call: Call, session: Session, row: GuideTopicRow) -> Conflict | None:
    theirs = session.get(RevisionRow, row.conflict_id)
    topic = call.house.desk.shipped.guide.topics.get(row.topic_id)
    if theirs is None or topic is None:
        return None
    ours = session.get(RevisionRow, row.published_id) if row.published_id is not None else None
    before = texts_of(ours) if ours is not None else Texts("", "", "")
    parts = text_pairs(before, texts_of(theirs))
    title = topic.title(call.language)
    return Conflict(row.topic_id, title, ours, theirs, row.open_id is not None, parts)
