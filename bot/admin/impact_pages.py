"""Which questions the open draft of a topic would answer differently. The page answers at once; the measure runs beside."""

from fastapi import Response
from sqlmodel import Session

from bot.admin.guide_pages import topic_of
from bot.admin.impact_questions import DraftMark, mark_of, still_there
from bot.admin.page_call import Call
from bot.curation.revisions import revision, topic_row
from bot.errors import Refusal


def impact_page(call: Call) -> Response:
    """What was found of the draft as it stands; where nobody has asked for it, the measure begins."""
    topic = topic_of(call, call.path["topic_id"])
    with call.reading() as session:
        mark = _mark(call, session)
    standing = call.house.impacts.look(mark)
    changed = []
    if standing.impact is not None:
        with call.reading() as session:
            changed = still_there(session, standing.impact.changed)
    return call.show("impact.html", topic=topic, standing=standing, impact=standing.impact, changed=changed)


def measure_again(call: Call) -> Response:
    """Measure the draft once more, with what parents have asked since."""
    with call.reading() as session:
        mark = _mark(call, session)
    call.house.impacts.look_anew(mark)
    return call.go(f"/guide/{call.path['topic_id']}/impact")


def _mark(call: Call, session: Session) -> DraftMark:
    row = topic_row(session, call.path["topic_id"])
    if row.open_id is None:
        raise Refusal("refused.impact_no_draft")
    return mark_of(session, revision(session, row.open_id), call.house.desk.shipped.guide.edition)
