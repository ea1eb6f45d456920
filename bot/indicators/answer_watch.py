"""What the alarms look at besides sending: how sure answers are, review dates, the search, tickets."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, func, select

from bot.curation.curation_rows import GuideTopicRow, RevisionRow
from bot.outreach.alarms import Certainty, LateTicket, Snapshot
from bot.outreach.watching import take_snapshot
from bot.questions.question_log import QuestionRow

RECENT, BEFORE = timedelta(days=7), timedelta(days=28)
SEARCHED = ("answer", "choices", "no_answer")


def watched(
    session: Session, now: datetime, today: date, *, fitted: bool = True, late_tickets: Sequence[LateTicket] = ()
) -> Snapshot:
    """Everything the alarms look at.

    `late_tickets`: questions to people past their clock. `fitted`: whether this process searches with an index fitted to what is published; True where it does not search.
    """
    past = select(func.count()).where(
        col(GuideTopicRow.published_id).is_not(None), col(GuideTopicRow.review_by) < today
    )
    published = select(func.max(RevisionRow.published_at))
    return replace(
        take_snapshot(session, now, late_tickets),
        index_behind_since=None if fitted else session.execute(published).scalar(),
        sure_now=_certainty(session, now - RECENT, now),
        sure_before=_certainty(session, now - RECENT - BEFORE, now - RECENT),
        reviews_past=session.execute(past).scalar_one(),
    )


def _certainty(session: Session, since: datetime, until: datetime) -> Certainty | None:
    # the kinds are sifted out of the span's rows, so that the index on the instant is used and not the one on the kind
    searched = col(QuestionRow.decision).in_(SEARCHED)
    statement = select(func.avg(QuestionRow.confidence).filter(searched), func.count().filter(searched)).where(
        col(QuestionRow.asked_at) >= since, col(QuestionRow.asked_at) < until
    )
    mean, questions = session.execute(statement).one()
    return None if mean is None else Certainty(float(mean), questions)
