"""What a family asks for with a home visit, which request comes first, and who could go. Pure."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Literal, TypeVar, cast, get_args

Word = TypeVar("Word", bound=str)

NEWBORN_DAYS = 42
"""Newborns until this age come first.

Source: SHPLAN20, 二(二)4 asks for a visit to each newborn's family that wants one and names no age; six weeks is our
choice, to be confirmed by those who visit.
"""

Reason = Literal["feeding", "newborn", "sleep", "mood", "growth", "play"]
REASONS: tuple[Reason, ...] = get_args(Reason)

When = Literal["weekday_am", "weekday_pm", "weekend_am", "weekend_pm"]
WHENS: tuple[When, ...] = get_args(When)

Tongue = Literal["zh", "wu", "en"]
TONGUES: tuple[Tongue, ...] = get_args(Tongue)
"""Mandarin, Shanghainese, English."""


@dataclass(frozen=True)
class Request:
    """A family's wish. `street` None where it stayed open. Kept sealed: an area and a worry say much of a family."""

    district: str
    street: str | None
    reasons: tuple[Reason, ...]
    times: tuple[When, ...]
    tongue: Tongue

    def as_text(self) -> str:
        """The request as it is sealed."""
        return json.dumps(asdict(self), ensure_ascii=False)


def request_of(text: str) -> Request:
    """The request that `as_text` wrote."""
    plain = json.loads(text)
    return Request(
        district=plain["district"],
        street=plain["street"],
        reasons=known(REASONS, plain["reasons"]),
        times=known(WHENS, plain["times"]),
        tongue=cast("Tongue", plain["tongue"]),
    )


def known(words: tuple[Word, ...], chosen: Iterable[str]) -> tuple[Word, ...]:
    """Those of the words that were chosen, in their own order."""
    wanted = set(chosen)
    return tuple(word for word in words if word in wanted)


def is_newborn(born_on: date, today: date) -> bool:
    """Whether the child is in its first 42 days."""
    return 0 <= (today - born_on).days <= NEWBORN_DAYS


def urgency(born_on: date, today: date, asked_at: datetime) -> tuple[int, int, datetime]:
    """What to sort requests by: newborns first, the one with the fewest newborn days left before all; then who waits longest."""
    age_days = (today - born_on).days
    return (0, NEWBORN_DAYS - age_days, asked_at) if is_newborn(born_on, today) else (1, 0, asked_at)


@dataclass(frozen=True)
class Visitor:
    """Someone who goes to families' homes. `streets` empty: the whole of the districts."""

    id: str
    name: str
    organisation: str
    card: str
    districts: tuple[str, ...]
    streets: tuple[str, ...]
    tongues: tuple[Tongue, ...]
    most_a_day: int
    active: bool = True


@dataclass(frozen=True)
class Candidate:
    """A visitor who could go. `load`: visits still to carry out."""

    visitor: Visitor
    load: int
    same_street: bool
    same_tongue: bool


def candidates(request: Request, visitors: Iterable[tuple[Visitor, int]]) -> list[Candidate]:
    """Who could go, the best first: of the area, speaking the language, the street's own, with the least to do.

    Visitors who do not serve the district, or only other streets of it, are left out.
    """
    found = [
        Candidate(one, load, request.street in one.streets, request.tongue in one.tongues)
        for one, load in visitors
        if one.active and serves(one, request)
    ]
    return sorted(found, key=lambda one: (not one.same_tongue, not one.same_street, one.load, one.visitor.name))


def serves(visitor: Visitor, request: Request) -> bool:
    """Whether the request lies in the visitor's area."""
    in_street = not visitor.streets or request.street is None or request.street in visitor.streets
    return request.district in visitor.districts and in_street
