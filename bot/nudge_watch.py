"""Looks over the sender's shoulder for a year: every message that leaves is held against what a family was promised.

The composers are the product's; what each of them lets go is noted, and judged when the transport gets the message.
Counted by the clock and the choices that the town keeps itself, not by what the database believes.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import Session

from bot.care.nudge_composer import Holding, read_truth, worded
from bot.care.nudge_plan import Nudge
from bot.care.plan_nudges import NudgeSetup
from bot.outreach.composing import Composer, Due, Part, Withhold
from bot.outreach.family_budget import Limits
from bot.outreach.quiet_hours import is_quiet
from bot.outreach.transport import Sent
from bot.rendered import RenderedReply
from bot.sealing import Keyring


@dataclass
class Year:
    """What a year brought. All of `faults` must be 0."""

    children: int = 0
    messages: int = 0
    due_doses: int = 0
    in_quiet_hours: int = 0
    over_budget: int = 0
    after_a_stop: int = 0
    outside_window: int = 0
    twice: int = 0
    not_nudged: int = 0
    second_summary: int = 0
    unexplained: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> dict[str, int]:
        """The figures that must be 0."""
        return {
            "in quiet hours": self.in_quiet_hours,
            "over budget": self.over_budget,
            "after a stop": self.after_a_stop,
            "outside the window": self.outside_window,
            "sent twice": self.twice,
            "due doses not nudged": self.not_nudged,
            "second summary on joining": self.second_summary,
            "not composed before": self.unexplained,
        }

    def __add__(self, other: "Year") -> "Year":
        names = [name for name in self.__dataclass_fields__ if name != "by_rule"]
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return Year(**sums, by_rule=self.by_rule + other.by_rule)


Heard = Callable[[datetime, str, str, Nudge], None]
"""(now, chat, child, nudge): a family has read a nudge."""


class NudgeWatch:
    """The composers that it watches, and the transport it watches at; `heard` is told of everything that arrives."""

    def __init__(
        self, keys: Keyring, setup: NudgeSetup, limits: Limits, now: Callable[[], datetime], heard: Heard
    ) -> None:
        self.year = Year()
        self.stopped_chats: dict[str, datetime] = {}
        self.stopped_children: dict[str, datetime] = {}
        self._keys, self._setup, self._limits, self._now, self._heard = keys, setup, limits, now, heard
        self._composed: defaultdict[str, dict[str, tuple[Due, Nudge]]] = defaultdict(dict)
        self._sent_on: defaultdict[str, list[date]] = defaultdict(list)
        self._names: set[tuple[str, str, str]] = set()
        self._summed_up: set[tuple[str, str]] = set()
        self._spoken: dict[tuple[str, str, str], date] = {}

    def composers(self) -> Mapping[str, Composer]:
        """The product's composers, with a note of what each says."""

        def compose(session: Session, due: Due, now: datetime) -> Part | Withhold:
            found = read_truth(session, self._keys, self._setup, due, now)
            if not isinstance(found, Holding):
                return found
            part = worded(session, self._keys, self._setup, due, found, now)
            if isinstance(part, Part):
                self._composed[due.chat_key][due.id] = (due, found.nudge)
            return part

        return {"nudge": compose, "card": compose}

    async def send(self, address: str, _reply: RenderedReply) -> Sent:
        """A message arrives in a chat, whose address is its key here."""
        now, year, zone = self._now(), self.year, self._setup.zone
        today = self._setup.day_of(now)
        year.messages += 1
        year.in_quiet_hours += is_quiet(now, zone, self._limits.quiet)
        days = self._sent_on[address]
        year.over_budget += days.count(today) >= self._limits.per_day
        year.over_budget += sum((today - day).days < 7 for day in days[-7:]) >= self._limits.per_week
        year.after_a_stop += now > self.stopped_chats.get(address, now)
        days.append(today)
        said = self._composed.pop(address, {})
        year.unexplained += not said
        for due, nudge in said.values():
            self._said(now, today, due, nudge)
        return Sent("1")

    async def close(self) -> None:
        """Nothing is open."""

    def spoke_of(self, chat: str, child_id: str, code: str, since: date) -> bool:
        """Whether this chat was told of a dose ("MMR-1") since a day."""
        last = self._spoken.get((chat, child_id, code))
        return last is not None and last >= since

    def _said(self, now: datetime, today: date, due: Due, nudge: Nudge) -> None:
        year, chat, child_id = self.year, due.chat_key, due.subject.removeprefix("child:")
        year.by_rule[nudge.about] += 1
        year.after_a_stop += now > self.stopped_children.get(child_id, now)
        year.outside_window += not (due.due_at <= now < due.expires_at and nudge.due_on <= today < nudge.until_on)
        year.twice += (chat, child_id, nudge.name) in self._names
        self._names.add((chat, child_id, nudge.name))
        if (nudge.about, nudge.offset) == ("backlog", 1):
            year.second_summary += (chat, child_id) in self._summed_up
            self._summed_up.add((chat, child_id))
        for code in nudge.codes:
            self._spoken[chat, child_id, code] = today
        self._heard(now, chat, child_id, nudge)
