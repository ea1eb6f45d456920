"""Guided dialogues inside a conversation: whose step is open, what answers it, and how a dialogue goes on or ends.

A question that comes in between is answered first; then the dialogue offers to go on. A dialogue left alone for half an
hour takes no text for an answer any more; for a day it can still be taken up.
"""

import re
from dataclasses import replace

from bot.care.care_flows import CARE_FLOWS
from bot.conversation.session import Dialogue
from bot.events.booking_flow import booking_flow
from bot.events.meeting_flows import MEETING_FLOWS
from bot.families.family_flows import FLOWS as FAMILY_FLOWS
from bot.flow import GO_ON, Aside, Said, Step, Turn, Visit
from bot.messages import Reply, Say
from bot.questions.answer_policy import Answer
from bot.questions.asking import Outcome
from bot.questions.triage import DoseAsked, Urgent
from bot.tickets.ticket_flow import ticket_flow

BOOKING = booking_flow()
TICKET = ticket_flow()
FLOWS = FAMILY_FLOWS | CARE_FLOWS | {BOOKING.name: BOOKING, TICKET.name: TICKET} | MEETING_FLOWS

SURE_DANGER = 0.9
"""From this probability a text is a danger sign whatever step is open; a rule that fires has 1."""

SURE_QUESTION = 0.9
"""From this confidence a word that could be a nickname is taken for a question first."""

_OFFERED = "offered"
_LEAVE = re.compile(
    r"^(?:取消|算了|不填了|不加了|先不填了?|先不加了?|退出|不弄了|cancel|stop|quit|never ?mind|leave it)[。.!！]?$",
    re.IGNORECASE,
)


def hear(visit: Visit, dialogue: Dialogue, text: str, outcome: Outcome) -> Turn | Aside | None:
    """What the open step makes of a text; None where no step is open.

    A danger sign is never an answer to a step, except where a person will read it; it is answered all the same.
    """
    step = dialogue.step_open(visit.now)
    if step is None or step.flow not in FLOWS:
        return None
    sure_danger = isinstance(outcome.verdict, Urgent) and outcome.verdict.probability >= SURE_DANGER
    if sure_danger and not FLOWS[step.flow].hears_danger:
        return Aside(step, Reply(()))
    if _LEAVE.match(text.strip()):
        return Turn(Reply((Say("flow.left"),)))
    guide_knows = isinstance(outcome.verdict, Answer) and outcome.confidence >= SURE_QUESTION
    said = Said(text.strip(), guide_knows, isinstance(outcome.verdict, Urgent | DoseAsked), outcome.urgency)
    return FLOWS[step.flow].hear(visit, step, said)


def leave(visit: Visit, dialogue: Dialogue, word: str) -> Turn | None:
    """The end of the open step, where a word ("stop") means that; None where no step is open or it means something else."""
    step = dialogue.step_open(visit.now)
    return Turn(Reply((Say("flow.left"),))) if step is not None and _LEAVE.match(word.strip()) else None


def offer_later(visit: Visit, dialogue: Dialogue) -> Aside | None:
    """What is offered once, after an answer, to someone whose guided dialogue was left alone; None for nothing."""
    step = dialogue.step_kept(visit.now)
    if step is None or dialogue.step_open(visit.now) is not None or _OFFERED in step.draft:
        return None
    return Aside(replace(step, draft={**step.draft, _OFFERED: "yes"}), GO_ON)


def press(visit: Visit, dialogue: Dialogue, action: str, argument: str) -> Turn | None:
    """The answer to a button of a guided dialogue; None for a button of something else."""
    step = dialogue.step_kept(visit.now)
    if action == "flow":
        if argument == "off":
            return Turn(Reply((Say("flow.left" if step else "button_gone"),)))
        return Turn(Reply((Say("button_gone"),))) if step is None else FLOWS[step.flow].ask(visit, _fresh(step))
    if action not in FLOWS:
        return None
    return FLOWS[action].press(visit, None if step is None else _fresh(step), argument)


def _fresh(step: Step) -> Step:
    return replace(step, draft={name: value for name, value in step.draft.items() if name != _OFFERED})
