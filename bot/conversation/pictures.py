"""Pictures that a reply promised are drawn here, after the transaction: no writer ever waits for a drawing."""

import logging
from collections.abc import Callable
from dataclasses import replace

from bot.care import growth_picture
from bot.messages import Attachment
from bot.rendered import RenderedReply

log = logging.getLogger(__name__)

DRAWINGS: dict[str, Callable[[str], bytes]] = {growth_picture.DRAWING: growth_picture.draw}
"""Who draws what: from a picture's values to a PNG."""


def drawn(reply: RenderedReply) -> RenderedReply:
    """The reply with its picture. What cannot be drawn is logged, and the words go out without it."""
    if reply.picture is None:
        return reply
    try:
        content = DRAWINGS[reply.picture.drawing](reply.picture.values)
    except Exception as error:  # noqa: BLE001 - what was written down must be told, with a picture or without
        log.error("a picture could not be drawn (%s)", type(error).__name__)  # noqa: TRY400 - a trace may hold values
        return replace(reply, picture=None)
    return replace(reply, attachment=Attachment(reply.picture.name, "image/png", content), picture=None)
