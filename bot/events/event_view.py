"""What a list of events shows: which week, where, in which language, for which ages. Pure.

A value, and the same as the data of a button.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from knowledge.districts import DISTRICTS, slug_of

WEEKS_SHOWN = 8
CITY = "city"
SPOKEN = ("zh", "en")


@dataclass(frozen=True)
class EventView:
    """`week`: 0 for the next seven days. `where`: a district's short name, "city", empty for near the family's home.

    `spoken`: "zh" or "en", empty for any language. `all_ages`: also what fits no child of the family.
    """

    week: int = 0
    where: str = ""
    spoken: str = ""
    all_ages: bool = False

    def but(self, **changes: Any) -> "EventView":
        """The same list with something changed."""
        return replace(self, **changes)

    @property
    def data(self) -> str:
        """The part of a button's data that says this; short, because a button holds 64 bytes."""
        parts = (str(self.week), self.where, self.spoken, "all" if self.all_ages else "")
        return ":".join(parts).rstrip(":")

    @property
    def draft(self) -> Mapping[str, str]:
        """The same as the draft of an open step."""
        return {"view": self.data}


def view_of(data: str) -> EventView:
    """What a button's data says; whatever is unknown counts as not said."""
    return _view(data.split(":"))


def _view(parts: Sequence[str]) -> EventView:
    week, where, spoken, ages = (*parts, "", "", "", "")[:4]
    number = int(week) if week.isascii() and week.isdigit() and len(week) < 4 else 0
    known = where == CITY or any(slug_of(zh) == where for zh, _en in DISTRICTS)
    return EventView(
        min(number, WEEKS_SHOWN - 1), where if known else "", spoken if spoken in SPOKEN else "", ages == "all"
    )
