"""How often a family's chat is written to without having asked: once a day, three times a week. Pure.

The decision is a value: go, or hold until an instant, with the reason that the ledger keeps. A day is a calendar day
of the family's zone, a week is seven of them in a row. What is urgent (an event of today was cancelled) and what
answers a person who is talking goes at once. Bulk leaves one message of the week to reminders: a card must not take the
place of a vaccine.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.outreach.quiet_hours import QuietHours, is_quiet, next_opening, opening_on

EXEMPT = frozenset({"live", "urgent"})
BULK = "bulk"
WEEK_DAYS = 7

HoldReason = Literal["quiet_hours", "day_budget", "week_budget"]


@dataclass(frozen=True)
class Limits:
    """What a family's chat is spared. `kept_for_reminders`: so many of a week's messages are closed to bulk."""

    per_day: int = 1
    per_week: int = 3
    kept_for_reminders: int = 1
    quiet: QuietHours = field(default_factory=QuietHours)

    def __post_init__(self) -> None:
        if not 1 <= self.per_day <= self.per_week or not 0 <= self.kept_for_reminders < self.per_week:
            message = (
                f"{self.per_day} a day, {self.per_week} a week, {self.kept_for_reminders} kept for reminders: at least "
                "1 a day, no fewer a week than a day, and fewer kept than a week has"
            )
            raise ValueError(message)


@dataclass(frozen=True)
class Go:
    """It may leave now."""


@dataclass(frozen=True)
class HoldUntil:
    """Not before `at` (UTC); then the gate is asked again."""

    at: datetime
    reason: HoldReason


def gate(
    now: datetime, zone: ZoneInfo, lane: str, sent_recently: Sequence[datetime], spread_key: str, limits: Limits
) -> Go | HoldUntil:
    """Whether a proactive message may leave to one chat now.

    `lane`: live, urgent, reminder or bulk. `sent_recently`: when proactive messages left to this chat, at least those
    of the last eight days; several that left as one message stand once. `spread_key`: the chat.
    """
    if lane in EXEMPT:
        return Go()
    today = now.astimezone(zone).date()
    sent_on = Counter(at.astimezone(zone).date() for at in sent_recently)
    most = limits.per_week - (limits.kept_for_reminders if lane == BULK else 0)
    first_reason: HoldReason | None = None
    for ahead in range(WEEK_DAYS + 1):
        day = today + timedelta(days=ahead)
        in_week = sum(sent_on[day - timedelta(days=back)] for back in range(WEEK_DAYS))
        if sent_on[day] >= limits.per_day:
            first_reason = first_reason or "day_budget"
        elif in_week >= most:
            first_reason = first_reason or "week_budget"
        elif ahead > 0:
            return HoldUntil(opening_on(day, zone, limits.quiet, spread_key), first_reason or "quiet_hours")
        elif not is_quiet(now, zone, limits.quiet):
            return Go()
        else:
            opens = next_opening(now, zone, limits.quiet, spread_key)
            if opens.astimezone(zone).date() == today:
                return HoldUntil(opens, "quiet_hours")
            first_reason = "quiet_hours"
    later = today + timedelta(days=WEEK_DAYS)  # a clock that was put back: what was sent lies ahead of now
    return HoldUntil(opening_on(later, zone, limits.quiet, spread_key), first_reason or "week_budget")
