"""The start page: who is here, and what waits for them."""

from fastapi import Response

from bot.admin.page_call import Call


def start_page(call: Call) -> Response:
    """What this person should look at today."""
    return call.show("start.html")
