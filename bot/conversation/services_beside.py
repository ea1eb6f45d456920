"""What goes beside an answer about a service: the places that fit. Here because the rooms do not know each other."""

from dataclasses import replace

from bot.events.place_flow import places_for_answer
from bot.flow import Visit
from bot.messages import Reply


def with_services(reply: Reply, visit: Visit, topic_id: str, text: str) -> Reply:
    """The answer with the nearest fitting service points and their button below it; as it was where nothing fits."""
    beside = places_for_answer(visit, topic_id, text)
    if beside is None:
        return reply
    return replace(reply, lines=(*reply.lines, *beside.lines), buttons=(*reply.buttons, *beside.buttons))
