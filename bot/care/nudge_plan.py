"""Which nudges a child's calendar calls for in the next days: values and a day in, planned nudges out. Pure.

The same function decides twice: when nudges are written down, and again when one is about to be sent. What the plan no
longer holds then is not sent. A nudge is known by rule, offset and version, the version being the day it counts from:
planning twice gives the same nudges, and a day that moves gives new ones. Doses with the same day share a nudge.

Nothing that was due before the family joined has nudges of its own: it stands in the one message of the rule `backlog`.
So a family that joins late gets one "what is due now", whatever the age.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from bot.care.child_calendar import PRESSING, QUIET, ChildCalendar, Item
from bot.families.child import Child
from knowledge.child_age import CORRECTED_BELOW_MONTHS, TERM_WEEKS, child_age
from knowledge.nudge_rules import FURTHEST_DAYS, About, NudgeRule, NudgeRules, Topic

LAST_WINDOW_DAYS = 7
"""How long the last nudge of a rule may still be sent after its day."""

HANDBOOK = "handbook"
BIRTH_DOSES = frozenset({("HepB", 1), ("BCG", 1)})

Lane = Literal["reminder", "bulk"]


@dataclass(frozen=True)
class NudgeAnswer:
    """What a family said to a nudge. `until`: ask again on that day; None: settled for good (the handbook)."""

    code: str
    number: int
    until: date | None
    said_on: date


@dataclass(frozen=True)
class Situation:
    """A child as the nudges know it, for one caregiver.

    `started_on`: since when this person wants reminders of this child. `since`: the last day on which something was
    taken back or mended, never before `started_on`; what was planned before it is planned anew. `known_on`: by code,
    when a record that counts for it was last written. `offer`: a self-paid dose nobody has begun, None where there is
    none to speak of.
    """

    child: Child
    calendar: ChildCalendar
    started_on: date
    since: date
    known_on: Mapping[str, date] = field(default_factory=dict)
    answers: tuple[NudgeAnswer, ...] = ()
    offer: Item | None = None
    wants_cards: bool = False


@dataclass(frozen=True)
class Nudge:
    """One planned nudge. `due_on`: its day; `until_on`: from this day on it is too late for it.

    `version`: the day it counts from; `since`: see `Situation`. `items`: what it speaks of, empty where the rule says it
    all. `last`: no more of this rule follow. `card`: which card of the pack, 0 for none.
    """

    about: About
    offset: int
    version: date
    since: date
    due_on: date
    until_on: date
    topic: Topic
    items: tuple[Item, ...] = ()
    last: bool = False
    card: int = 0

    @property
    def name(self) -> str:
        """Rule, offset and version: what makes it this nudge and no other. Never twice, whatever happens between."""
        return f"{self.about}:{self.offset}:{self.version:%Y%m%d}.{self.since:%Y%m%d}"

    @property
    def lane(self) -> Lane:
        """Cards stand behind reminders."""
        return "bulk" if self.about == "card" else "reminder"

    @property
    def codes(self) -> tuple[str, ...]:
        """What it speaks of, in short."""
        return tuple(f"{item.code}-{item.number}" for item in self.items)


def planned(situation: Situation, rules: NudgeRules, today: date) -> tuple[Nudge, ...]:
    """The nudges that may still be sent and are due until the end of the horizon, soonest first.

    `situation.calendar` is the calendar as of `today`.
    """
    found = [
        nudge
        for nudge in (
            *_of_items(situation, rules, today),
            *_of_birth(situation, rules),
            *_cards(situation, rules, today),
        )
        if nudge.until_on > today and nudge.due_on <= today + timedelta(days=rules.horizon_days)
    ]
    return tuple(sorted(found, key=lambda nudge: (nudge.due_on, nudge.about, nudge.offset, nudge.version)))


def corrected_birth(child: Child, on: date) -> date:
    """The day that development is counted from: 40 weeks of gestation for a child born early, until it is two."""
    age = child_age(child.born_on, on, child.gestation_weeks)
    early_weeks = age.weeks_early if age.chronological.months < CORRECTED_BELOW_MONTHS else 0
    return child.born_on + timedelta(weeks=min(early_weeks, TERM_WEEKS))


def _of_items(situation: Situation, rules: NudgeRules, today: date) -> Iterator[Nudge]:
    groups: dict[tuple[About, date], list[Item]] = {}
    for item in situation.calendar.items:
        for about, version in _places(item, situation, rules):
            groups.setdefault((about, version), []).append(item)
    if situation.offer is not None and situation.offer.forecast.earliest_on is not None:
        groups["offer", situation.offer.forecast.earliest_on] = [situation.offer]
    for (about, version), items in groups.items():
        if (version - today).days > rules.horizon_days + FURTHEST_DAYS:
            continue
        yield from _of_group(rules.rules[about], version, tuple(items), situation)


def _places(item: Item, situation: Situation, rules: NudgeRules) -> Iterator[tuple[About, date]]:
    """Under which rules an item falls, and the day that each counts from."""
    if item.noted in QUIET or item.forecast.status == "hold" or item.on is None:
        return
    if item.kind == "dose" and not item.first:
        return
    closes_on = item.forecast.latest_on
    closing = rules.rules["closing"]
    short = closes_on is not None and (closes_on - item.on).days <= closing.window_at_most_days
    if short and closes_on is not None and _closes_for_good(item) and item.code not in closing.except_codes:
        yield "closing", closes_on
    if item.booked:
        yield "booked", item.on
        return
    snooze = _snoozed_until(item, situation)
    if snooze is not None:
        yield "again", snooze
    known_on = situation.known_on.get(item.code, situation.started_on)
    if item.on <= situation.started_on and known_on <= situation.started_on:
        pressing = item.forecast.status in PRESSING
        if pressing and item.code not in rules.rules["backlog"].except_codes:
            yield "backlog", situation.started_on
        return
    about: About = "dose" if item.kind == "dose" else "visit"
    if item.code not in rules.rules["visit"].except_codes:
        yield about, max(item.on, known_on)


def _closes_for_good(item: Item) -> bool:
    """A check-up can be made up for later; a screen of newborns and a dose with a last day cannot."""
    return item.kind == "dose" or item.forecast.series == item.code


def _snoozed_until(item: Item, situation: Situation) -> date | None:
    days = [one.until for one in situation.answers if (one.code, one.number) == (item.code, item.number) and one.until]
    return max(days, default=None)


def _of_group(rule: NudgeRule, version: date, items: tuple[Item, ...], situation: Situation) -> Iterator[Nudge]:
    offsets = rule.offsets
    for place, offset in enumerate(offsets):
        due_on = version + timedelta(days=offset)
        following = offsets[place + 1] if place + 1 < len(offsets) else None
        until_on = (
            due_on + timedelta(days=LAST_WINDOW_DAYS) if following is None else version + timedelta(days=following)
        )
        if rule.about == "closing":
            until_on = min(until_on, version + timedelta(days=1))
        wanted = tuple(item for item in items if _wanted(item, rule, due_on, situation))
        if wanted:
            is_last = following is None and rule.most_after > 0
            yield Nudge(
                rule.about, offset, version, situation.since, due_on, until_on, rule.topic, wanted, last=is_last
            )


def _wanted(item: Item, rule: NudgeRule, due_on: date, situation: Situation) -> bool:
    """Whether a nudge of this day speaks of an item: not of what lies before the family told us of it, nor is put off."""
    floor = max(situation.since, situation.known_on.get(item.code, situation.since))
    if due_on <= floor:
        return False
    if rule.about in {"closing", "again", "booked", "offer"}:
        return True
    snoozed_until = _snoozed_until(item, situation)
    return snoozed_until is None or due_on > snoozed_until


def _of_birth(situation: Situation, rules: NudgeRules) -> Iterator[Nudge]:
    """What belongs to the first weeks: the handbook, and the questions around the newborn visit."""
    born_on, calendar = situation.child.born_on, situation.calendar
    handbook, visit = rules.rules["handbook"], rules.rules["newborn_visit"]
    settled = any(answer.code == HANDBOOK and answer.until is None for answer in situation.answers)
    has_it = settled or any(
        item.kind == "dose" and (item.code, item.number) not in BIRTH_DOSES for item in calendar.done
    )
    if not has_it:
        for nudge in _counted(handbook, born_on, situation, ()):
            if (nudge.due_on - born_on).days <= handbook.until_age_days:
                yield nudge
    for item in calendar.items:
        if item.code in visit.codes and item.noted is None and not item.booked:
            yield from _counted(visit, born_on, situation, (item,))


def _counted(rule: NudgeRule, version: date, situation: Situation, items: tuple[Item, ...]) -> Iterator[Nudge]:
    snoozes = [one.until for one in situation.answers if one.code == rule.about and one.until is not None]
    floor = max([situation.since, *snoozes])
    for place, offset in enumerate(rule.offsets):
        due_on = version + timedelta(days=offset)
        after = rule.offsets[place + 1 : place + 2]
        until_on = version + timedelta(days=after[0]) if after else due_on + timedelta(days=LAST_WINDOW_DAYS)
        if due_on > floor:
            yield Nudge(rule.about, offset, version, situation.since, due_on, until_on, rule.topic, items)


def _cards(situation: Situation, rules: NudgeRules, today: date) -> Iterator[Nudge]:
    if not situation.wants_cards:
        return
    rule = rules.rules["card"]
    counted_from = corrected_birth(situation.child, today)
    this_week = max(0, (today - counted_from).days // 7)
    for week in range(this_week, this_week + rules.horizon_days // 7 + 1):
        due_on = counted_from + timedelta(weeks=week)
        if due_on > situation.since:
            until_on = due_on + timedelta(days=LAST_WINDOW_DAYS - 1)
            yield Nudge("card", week, counted_from, situation.since, due_on, until_on, rule.topic, card=week + 1)
