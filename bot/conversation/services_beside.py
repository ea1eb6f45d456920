"""What goes beside an answer about a service: the places that fit, the way to a home visit. Here because the rooms do not know each other."""

from dataclasses import replace

from bot.events.place_flow import places_for_answer
from bot.flow import Visit, button
from bot.messages import Reply

VISIT_TOPICS = frozenset({"service.home-visit", "checkup.newborn-visit"})


def with_services(reply: Reply, visit: Visit, topic_id: str, text: str) -> Reply:
    """The answer with fitting service points below it and a button to what can be arranged; else as it was."""
    if topic_id in VISIT_TOPICS:
        reply = replace(reply, buttons=(*reply.buttons, (button("button.visit_ask", "visit:show"),)))
    beside = places_for_answer(visit, topic_id, text)
    if beside is None:
        return reply
    return replace(reply, lines=(*reply.lines, *beside.lines), buttons=(*reply.buttons, *beside.buttons))
