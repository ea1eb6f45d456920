"""What the alarms look at besides sending: how sure answers are, review dates, the search, tickets."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, func, select

from bot.curation.curation_rows import GuideTopicRow
from bot.curation.fit_book import fit_standing
from bot.outreach.alarms import Certainty, LateTicket, Snapshot
from bot.outreach.watching import take_snapshot
from bot.questions.question_log import QuestionRow

RECENT, BEFORE = timedelta(days=7), timedelta(days=28)
SEARCHED = ("answer", "choices", "no_answer")


def watched(session: Session, now: datetime, today: date, late_tickets: Sequence[LateTicket] = ()) -> Snapshot:
    """Everything the alarms look at: for the start page, the staff's chats and `qihui status` alike.

    `late_tickets`: questions to people that a person must look at (`ticket_desk.late_tickets`).
    """
    past = select(func.count()).where(
        col(GuideTopicRow.published_id).is_not(None), col(GuideTopicRow.review_by) < today
    )
    return replace(
        take_snapshot(session, now, late_tickets),
        index_behind_since=fit_standing(session).behind_since,
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
