"""The guided dialogues of this room that families see: service points, home visits, passes, questions."""

from bot.events.event_questions import after_flow
from bot.events.pass_flow import pass_flow
from bot.events.place_flow import place_flow
from bot.events.visit_flow import visit_flow
from bot.flow import Flow

MEETING_FLOWS: dict[str, Flow] = {flow.name: flow for flow in (place_flow(), visit_flow(), pass_flow(), after_flow())}
