"""Nudges written into the outbox: for a child when something changed, and for every child once a day.

What is planned and not there yet is ordered; what waits and is planned no longer is withheld with the reason. Both in
the caller's transaction, so that a record and what it means for nudges are there together or not at all. Doing it twice
changes nothing.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from bot.care.child_calendar import ChildCalendar
from bot.care.nudge_plan import Nudge, Situation, planned
from bot.care.nudge_reading import ChildFile, calendar_on, offer_on, read_files, situation_of
from bot.care.nudge_truth import why_not
from bot.database import Database
from bot.families.rosters import child_ids_after
from bot.outreach.muting import Choices, choices_of
from bot.outreach.outbox import Order, enqueue_many, place_of_content
from bot.outreach.outgoing import WAITING
from bot.outreach.outreach_rows import OutgoingRow
from bot.outreach.quiet_hours import QuietHours, opening_on
from bot.outreach.withdrawing import withdraw_keys
from bot.sealing import Keyring
from knowledge.load_calendars import Calendars, load_calendars
from knowledge.load_nudges import Nudging, load_nudges

KINDS = ("nudge", "card")
CHILDREN_AT_ONCE = 40
"""In one transaction of the sweep: about 60 ms, so long whoever else wants to write waits on SQLite. More at once saves
nothing (1.4 ms a child at 25 as at 250)."""

CARDS = "cards"

PLAN_REASONS = frozenset({"done", "declined", "booked", "later", "moved"})
"""Why the plan takes a nudge away, see `nudge_truth`. It may hold it again: two doses of one day share a nudge, one of
them is booked and then done, and the other's day turns out to be that day still."""

AGAIN = "+"
"""Between the key of a nudge and how often it was taken away before."""


@dataclass(frozen=True)
class NudgeSetup:
    """What nudges go by besides the child: the calendars, the rules, the family's zone and its quiet hours."""

    zone: ZoneInfo
    quiet: QuietHours = field(default_factory=QuietHours)
    calendars: Calendars = field(default_factory=load_calendars)
    nudging: Nudging = field(default_factory=load_nudges)

    def day_of(self, instant: datetime) -> date:
        """The family's calendar day of an instant."""
        return instant.astimezone(self.zone).date()


@lru_cache(maxsize=8)
def setup_for(zone: ZoneInfo) -> NudgeSetup:
    """The shipped rules and calendars in a zone."""
    return NudgeSetup(zone)


@dataclass(frozen=True)
class Replanned:
    """What planning did: how many nudges hold, how many were new, how many were withheld."""

    planned: int = 0
    ordered: int = 0
    withheld: int = 0

    def __add__(self, other: "Replanned") -> "Replanned":
        return Replanned(self.planned + other.planned, self.ordered + other.ordered, self.withheld + other.withheld)


def plan_children(
    session: Session, keys: Keyring, child_ids: Sequence[str], setup: NudgeSetup, now: datetime
) -> Replanned:
    """Bring the outbox in line with what is true now of these children. A child that is gone took its rows along."""
    files = read_files(session, keys, child_ids, setup.day_of)
    there = _there(session, child_ids, now)
    pairs = [(one.chat_key, child_id) for child_id, file in files.items() for one in file.on_file.caring]
    chosen: Mapping[tuple[str, str | None], Choices] = choices_of(session, pairs)
    done, today = Replanned(), setup.day_of(now)
    orders: list[Order] = []
    to_withhold: defaultdict[str, list[str]] = defaultdict(list)
    for child_id, file in files.items():
        wanted, reasons, situations = orders_for(file, calendar_on(file, setup.calendars, today), chosen, setup, today)
        rows: defaultdict[str, list[_Waiting]] = defaultdict(list)
        for row in there.get(child_id, ()):
            rows[row.key.partition(AGAIN)[0]].append(row)
        for key, order in wanted.items():
            if all(row.was_taken_away for row in rows[key]):
                orders.append(replace(order, key=f"{key}{AGAIN}{len(rows[key])}") if rows[key] else order)
        for row in there.get(child_id, ()):
            if row.key.partition(AGAIN)[0] not in wanted and row.state in WAITING:
                to_withhold[_reason_to_withhold(keys, row, reasons, situations)].append(row.key)
        done += Replanned(len(wanted), 0, 0)
    withheld = sum(withdraw_keys(session, gone, reason, now) for reason, gone in to_withhold.items())
    return done + Replanned(0, enqueue_many(session, keys, orders, now), withheld)


def sweep(database: Database, keys: Keyring, setup: NudgeSetup, now: datetime) -> Replanned:
    """Plan every child, so many in each transaction. For once a day; an interrupted sweep is simply begun again."""
    done, last = Replanned(), ""
    while True:
        with database.transaction() as session:
            child_ids = child_ids_after(session, last, CHILDREN_AT_ONCE)
            if not child_ids:
                return done
            done += plan_children(session, keys, child_ids, setup, now)
        last = child_ids[-1]


def plan_all(session: Session, keys: Keyring, setup: NudgeSetup, now: datetime) -> Replanned:
    """Plan every child in one transaction: for a rehearsal that is rolled back."""
    done, last = Replanned(), ""
    while child_ids := child_ids_after(session, last, CHILDREN_AT_ONCE):
        done, last = done + plan_children(session, keys, child_ids, setup, now), child_ids[-1]
    return done


def situations_of(
    file: ChildFile,
    calendar: ChildCalendar | None,
    chosen: Mapping[tuple[str, str | None], Choices],
    setup: NudgeSetup,
) -> dict[str, Situation | str]:
    """By caregiver: the child's situation for them, or why there is none (a reason for the ledger).

    `calendar`: the child's on the day asked about, None where what is on record cannot be true.
    """
    on_file = file.on_file
    asked = calendar is not None and on_file.agreed_at is not None
    offer = offer_on(file, calendar, setup.calendars, setup.nudging.rules) if asked and calendar is not None else None
    found: dict[str, Situation | str] = {}
    for one in on_file.caring:
        choices = chosen[one.chat_key, on_file.child.id]
        reason = choices.stopped_because(on_file.child.id, "*")
        if on_file.agreed_at is None:
            found[one.chat_key] = "no_consent"
        elif reason is not None:
            found[one.chat_key] = reason
        elif calendar is None:
            found[one.chat_key] = "record_fault"
        else:
            wants_cards = choices.stopped_because(on_file.child.id, CARDS) is None
            resumed_at = choices.resumed_at(on_file.child.id)
            situation = situation_of(
                file,
                calendar,
                setup.calendars,
                offer,
                one.chat_key,
                resumed_at,
                setup.day_of,
                wants_cards=wants_cards,
            )
            found[one.chat_key] = situation or "left"
    return found


def order_of(nudge: Nudge, file: ChildFile, chat_key: str, setup: NudgeSetup) -> Order:
    """A planned nudge as an order: from the morning of its day, at this chat's own second, until its time is over."""
    child = file.on_file.child
    subject = f"child:{child.id}"
    content = {"nudge": nudge.name, "codes": " ".join(nudge.codes)}
    return Order(
        chat_key=chat_key,
        kind="card" if nudge.about == "card" else "nudge",
        subject=subject,
        key=f"{subject}:{nudge.name}:{chat_key}",
        topic=nudge.topic,
        lane=nudge.lane,
        due_at=opening_on(nudge.due_on, setup.zone, setup.quiet, chat_key),
        expires_at=datetime.combine(nudge.until_on, time(0), setup.zone).astimezone(UTC),
        content=content,
        family_id=child.family_id,
    )


def orders_for(
    file: ChildFile,
    calendar: ChildCalendar | None,
    chosen: Mapping[tuple[str, str | None], Choices],
    setup: NudgeSetup,
    today: date,
) -> tuple[dict[str, Order], dict[str, str], dict[str, Situation]]:
    """The orders that hold, by key; why there are none, by caregiver; the situations of the others."""
    orders: dict[str, Order] = {}
    reasons: dict[str, str] = {}
    situations: dict[str, Situation] = {}
    plans: dict[tuple[date, date, bool], tuple[Nudge, ...]] = {}
    for chat_key, situation in situations_of(file, calendar, chosen, setup).items():
        if isinstance(situation, str):
            reasons[chat_key] = situation
            continue
        situations[chat_key] = situation
        same = (situation.started_on, situation.since, situation.wants_cards)
        if same not in plans:  # two parents who joined on one day have one plan
            plans[same] = planned(situation, setup.nudging.rules, today)
        for nudge in plans[same]:
            order = order_of(nudge, file, chat_key, setup)
            orders[order.key] = order
    return orders, reasons, situations


@dataclass(frozen=True)
class _Waiting:
    id: str
    key: str
    chat_key: str
    state: str
    content: str | None
    reason: str | None
    left_at: datetime | None

    @property
    def was_taken_away(self) -> bool:
        """Whether the plan itself took it away, unsent: what it holds again is ordered again."""
        return self.state == "withheld" and self.left_at is None and self.reason in PLAN_REASONS


def _there(session: Session, child_ids: Sequence[str], now: datetime) -> dict[str, list[_Waiting]]:
    """The nudges of these children whose time is not over, whatever became of them."""
    table = OutgoingRow.__table__  # type: ignore[attr-defined]
    columns = (table.c[name] for name in ("child_id", *_Waiting.__dataclass_fields__))
    statement = select_columns(*columns).where(
        col(OutgoingRow.child_id).in_(child_ids), col(OutgoingRow.kind).in_(KINDS), col(OutgoingRow.expires_at) > now
    )
    found: dict[str, list[_Waiting]] = {}
    for child_id, *values in session.execute(statement):
        found.setdefault(child_id, []).append(_Waiting(*values))
    return found


def _reason_to_withhold(
    keys: Keyring, row: _Waiting, reasons: Mapping[str, str], situations: Mapping[str, Situation]
) -> str:
    situation = situations.get(row.chat_key)
    if situation is None:
        return reasons.get(row.chat_key, "left")
    codes: list[str] = []
    if row.content is not None:
        codes = json.loads(keys.open(row.content, place_of_content(row.id)))["codes"].split()
    return why_not(codes, situation)
