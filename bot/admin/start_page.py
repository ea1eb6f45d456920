"""The start page: who is here, and what waits in the guide."""

from fastapi import Response

from bot.admin.guide_pages import WORK, is_work, listed_topics
from bot.admin.page_call import Call


def start_page(call: Call) -> Response:
    """What waits, as figures that lead to the list behind them."""
    listed = listed_topics(call)
    counts = {name: sum(is_work(one, name) for one in listed) for name in WORK}
    return call.show("start.html", counts=counts, edition=call.house.desk.shipped.guide.edition)
