"""What is counted, one value a family, question, event: made by the nightly job, gone when it ends. Pure.

No name, no birth date and no address are in here; ids and chats only to count each once.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

RoleGroup = Literal["parents", "grandparents", "others", ""]
"""Who somebody is to the child; "" where nobody said."""

ROLE_GROUPS: tuple[RoleGroup, ...] = ("parents", "grandparents", "others", "")

_GROUPS: dict[str, RoleGroup] = {
    "mother": "parents", "father": "parents", "grandmother": "grandparents", "grandfather": "grandparents",
    "nanny": "others", "other": "others",
}  # fmt: skip


def group_of(kin: str | None) -> RoleGroup:
    """The group of a caregiver by what the children call them."""
    return _GROUPS.get(kin or "", "")


@dataclass(frozen=True, slots=True)
class Household:
    """A registered family that agreed to be counted. `district`: Chinese name, "" where not told.

    `reached`: in the last 90 days one of it got an answer with sources, or a message of ours. `active`: one of it wrote
    in that time. `came`: events it was let into within a year. `children`: under three years.
    """

    id: str
    district: str = ""
    children: int = 0
    active: bool = False
    reached: bool = False
    pushed: bool = False
    stopped: bool = False
    handbook: bool = False
    came: int = 0


@dataclass(frozen=True, slots=True)
class Carer:
    """A person of such a family. `asked`, `reached`: this person's own chat did, within 90 days."""

    chat: str
    family: str
    group: RoleGroup = ""
    asked: bool = False
    reached: bool = False


@dataclass(frozen=True, slots=True)
class Infant:
    """A child under one year. `wanted`: a home visit was asked for; `waited_days`: from then to the first visit."""

    family: str
    district: str = ""
    wanted: bool = False
    waited_days: float | None = None


@dataclass(frozen=True, slots=True)
class DosesDue:
    """Doses of one child whose official age fell within a year, and those of them given in time."""

    family: str
    due: int
    on_time: int
    district: str = ""


@dataclass(frozen=True, slots=True)
class AskedOnce:
    """One question. `topic`: the first one found, "" for none. `decision` as in the question log."""

    chat: str
    on: date
    topic: str
    decision: str
    group: RoleGroup = ""
    district: str = ""
    disliked: bool = False


@dataclass(frozen=True, slots=True)
class EventSeen:
    """An event that was published and took place within a year."""

    kind: str
    district: str
    host: str


@dataclass(frozen=True, slots=True)
class BookingSeen:
    """A confirmed place at an event that is over."""

    family: str
    kind: str
    came: bool
    district: str = ""


@dataclass(frozen=True, slots=True)
class SaidUseful:
    """A family's answer to "was it useful" after an event."""

    family: str
    kind: str
    yes: bool


@dataclass(frozen=True, slots=True)
class PlaceSeen:
    """A service point. `fresh`: looked up within 90 days."""

    kind: str
    district: str
    street: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class TicketWait:
    """A parent's ticket: hours from asking to the first answer by a person, None while there is none."""

    chat: str
    hours: float | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many children of 0-3 live in a district, by somebody else's count."""

    district: str
    children: int
    source: str


@dataclass(frozen=True)
class Town:
    """Everything counted for one quarter. `questions` are of the quarter, `questions_before` of the one before.

    `families`: how many there are, agreed or not. `pushes`: messages of ours sent in the quarter to agreed families.
    `tickets`: None where tickets are not kept.
    """

    families: int = 0
    households: tuple[Household, ...] = ()
    carers: tuple[Carer, ...] = ()
    infants: tuple[Infant, ...] = ()
    doses: tuple[DosesDue, ...] = ()
    questions: tuple[AskedOnce, ...] = ()
    questions_before: tuple[AskedOnce, ...] = ()
    events: tuple[EventSeen, ...] = ()
    bookings: tuple[BookingSeen, ...] = ()
    useful: tuple[SaidUseful, ...] = ()
    places: tuple[PlaceSeen, ...] = ()
    tickets: tuple[TicketWait, ...] | None = None
    estimates: tuple[Estimate, ...] = field(default=())
