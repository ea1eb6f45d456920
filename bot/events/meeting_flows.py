"""The guided dialogues of this room that families see: service points and home visits."""

from bot.events.place_flow import place_flow
from bot.events.visit_flow import visit_flow
from bot.flow import Flow

MEETING_FLOWS: dict[str, Flow] = {flow.name: flow for flow in (place_flow(), visit_flow())}
