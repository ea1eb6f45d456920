"""The start page: what must be looked at now, who is here, what waits in the guide, and who waits for an answer."""

from fastapi import Response

from bot.admin.guide_list import WORK, is_work, listed_topics
from bot.admin.page_call import Call
from bot.admin.ticket_pages import how_late, how_many_wait
from bot.conversation.phrases import phrase
from bot.curation.fit_book import fit_standing
from bot.indicators.answer_watch import watched
from bot.outreach.alarms import alarms


def start_page(call: Call) -> Response:
    """What waits, as figures that lead to the list behind them, under the alarms that stand."""
    listed = listed_topics(call)
    counts = {name: sum(is_work(one, name) for one in listed) for name in WORK}
    edition = call.house.desk.shipped.guide.edition
    with call.house.database.reading() as session:
        fit = fit_standing(session)
    waits, standing = how_many_wait(call), _standing(call)
    return call.show("start.html", counts=counts, edition=edition, tickets=waits, alarms=standing, fit=fit)


def _standing(call: Call) -> list[str]:
    """The alarms as the staff's chats hear them."""
    late = how_late(call)
    with call.house.database.reading() as session:
        snapshot = watched(session, call.now, call.today, late)
    return [phrase(f"alarm.{one.name}", call.language, one.values) for one in alarms(snapshot)]
