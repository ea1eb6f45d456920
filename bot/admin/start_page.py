"""The start page: what must be looked at now, who is here, what waits in the guide, and who waits for an answer."""

from fastapi import Response

from bot.admin.guide_list import WORK, is_work, listed_topics
from bot.admin.page_call import Call
from bot.admin.ticket_pages import how_late, how_many_wait
from bot.indicators.answer_watch import watched
from bot.outreach.alarms import alarms


def start_page(call: Call) -> Response:
    """What waits, as figures that lead to the list behind them, under the alarms that stand."""
    listed = listed_topics(call)
    counts = {name: sum(is_work(one, name) for one in listed) for name in WORK}
    edition = call.house.desk.shipped.guide.edition
    return call.show("start.html", counts=counts, edition=edition, tickets=how_many_wait(call), alarms=_standing(call))


def _standing(call: Call) -> list[str]:
    """The alarms as sentences."""
    late = how_late(call)
    with call.house.database.reading() as session:
        snapshot = watched(session, call.now, call.today, fitted=call.house.desk.is_fitted, late_tickets=late)
    return [call.w(f"start.alarm.{one.name}", **one.values) for one in alarms(snapshot)]
