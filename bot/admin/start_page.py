"""The start page: who is here, what waits in the guide, and who waits for an answer."""

from fastapi import Response

from bot.admin.guide_pages import WORK, is_work, listed_topics
from bot.admin.page_call import Call
from bot.admin.ticket_pages import how_many_wait


def start_page(call: Call) -> Response:
    """What waits, as figures that lead to the list behind them."""
    listed = listed_topics(call)
    counts = {name: sum(is_work(one, name) for one in listed) for name in WORK}
    edition = call.house.desk.shipped.guide.edition
    return call.show("start.html", counts=counts, edition=edition, tickets=how_many_wait(call))
