"""The page between a button and what reaches people: what will happen, to how many, and nothing before it is agreed to.

The form that comes back says for how many it was agreed. Where more would be told by then, it is asked once more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import Response

from bot.admin.page_call import Call


@dataclass(frozen=True)
class Asked:
    """What is asked. `title`, `lead`, `button`: keys of phrases, `lead` may use {people}; `about`: what it is done to.

    `path`: where the form goes; `back`: the page to go back to; `kept`: further fields of the form. `facts`: heading
    (already in the reader's words) and text, shown as a list.
    """

    title: str
    lead: str
    button: str
    about: str
    path: str
    back: str
    people: int
    kept: Mapping[str, str] = field(default_factory=dict)
    facts: tuple[tuple[str, str], ...] = ()
    danger: bool = False


def ask(call: Call, asked: Asked) -> Response:
    """The page; where it was agreed to for fewer people than now, it says so."""
    if was_asked(call) and not call.refused:
        call.refused = call.w("confirm.more_now", people=asked.people)
    return call.show("confirm.html", asked=asked)


def was_asked(call: Call) -> bool:
    """Whether this form comes from the page of confirmation."""
    return "people" in call.form


def agreed(call: Call, people: int) -> bool:
    """Whether the form agrees to telling so many."""
    said = call.form.get("people", "")
    return said.isascii() and said.isdigit() and len(said) < 10 and people <= int(said)
