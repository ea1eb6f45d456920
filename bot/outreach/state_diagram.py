"""The states of an outgoing message as a mermaid diagram, drawn from `outgoing.TRANSITIONS`. Pure."""

import re
from collections import defaultdict

from bot.outreach.outgoing import STATES, TRANSITIONS, WAITING, State

_BLOCK = re.compile(r"```mermaid\nstateDiagram-v2\n.*?```", re.DOTALL)


def diagram() -> str:
    """The diagram, one arrow for all that leads from one state to another."""
    arrows: dict[tuple[State, State], list[str]] = defaultdict(list)
    for (state, happening), after in TRANSITIONS.items():
        arrows[state, after].append(happening)
    lines = ["stateDiagram-v2", "    [*] --> queued: enqueued"]
    ordered = sorted(arrows.items(), key=lambda arrow: [STATES.index(state) for state in arrow[0]])
    lines += [f"    {state} --> {other}: {', '.join(happenings)}" for (state, other), happenings in ordered]
    ends = [state for state in STATES if state not in WAITING and state != "sending"]
    lines += [f"    {state} --> [*]" for state in ends]
    return "\n".join(lines)


def with_diagram(page: str) -> str:
    """The page with its diagram as the code has it.

    Raises: ValueError: the page has no diagram to replace.
    """
    if not _BLOCK.search(page):
        message = "the page has no mermaid block that begins with stateDiagram-v2"
        raise ValueError(message)
    return _BLOCK.sub(lambda _: f"```mermaid\n{diagram()}\n```", page, count=1)
