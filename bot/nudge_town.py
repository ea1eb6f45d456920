"""A town of made-up families for a year: they join, read what the sender sends, answer it, and ask for silence.

Planned by `plan_nudges` and sent by the `Sender`, with the rules of the product; answers are written as the buttons
write them, many in one transaction. Time goes in steps, and only where something happens.
"""

import asyncio
import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select, update
from sqlmodel import Session, col

from bot.care.care_rows import DoseRow, EntryRow, NudgeAnswerRow, VisitRow
from bot.care.nudge_plan import HANDBOOK, Nudge
from bot.care.plan_nudges import CARDS, plan_children, setup_for, sweep
from bot.care.sealed_entries import sealed_entry
from bot.conversation.sending_rules import sending_rules
from bot.database import Database
from bot.made_up_families import DAYS, STARTS_ON, MadeUpFamily, Wish, downtimes, instant_on
from bot.nudge_families import FamilyTables
from bot.nudge_look_back import LookingBack
from bot.nudge_watch import NudgeWatch, Year
from bot.outreach.contact import remember_contact
from bot.outreach.family_budget import Limits
from bot.outreach.muting import choose_topic, stop_child, stop_everything
from bot.outreach.outgoing import LANES
from bot.outreach.outreach_rows import OutgoingRow
from bot.outreach.sender import Sender
from bot.outreach.sending_pace import Pace
from bot.sealing import Keyring

TICK = timedelta(hours=3)
"""A step of the clock; what is due within one happens at its end."""

SWEEP_EVERY_DAYS = 20
"""Planning twice changes nothing, so a daily sweep and this one write the same rows; this one runs in less time."""

CHANNEL = "town"


@dataclass(frozen=True)
class Wished:
    """A family asks for silence."""

    wish: Wish
    family: MadeUpFamily


@dataclass(frozen=True)
class Answered:
    """A chat answers a nudge. `how`: done, later, declined or booked."""

    how: str
    child_id: str
    chat: str
    nudge: Nudge


class TownClock:
    """The town's time; `at` is moved by hand. See `bot.clock.Clock`."""

    def __init__(self, zone: ZoneInfo, at: datetime) -> None:
        self.zone, self.at = zone, at

    def now(self) -> datetime:
        """This instant (UTC)."""
        return self.at

    def today(self) -> date:
        """The town's calendar day."""
        return self.day_of(self.at)

    def day_of(self, instant: datetime) -> date:
        """The town's calendar day of an instant."""
        return instant.astimezone(self.zone).date()


class NudgeTown:
    """One zone, one database, so many families."""

    def __init__(
        self,
        database: Database,
        zone: ZoneInfo,
        families: Sequence[MadeUpFamily],
        dice: random.Random,
        tick: timedelta = TICK,
    ) -> None:
        self._tick = tick
        self._database, self._dice, self._keys = database, dice, Keyring([b"k" * 32])
        self._setup, self._clock = setup_for(zone), TownClock(zone, instant_on(STARTS_ON, zone, dice, 0, 1))
        limits, self._down = Limits(), downtimes(dice)
        self._watch = NudgeWatch(self._keys, self._setup, limits, self._clock.now, self._heard)
        self._watch.year.children = sum(len(family.children) for family in families)
        rules = replace(sending_rules(self._keys, zone, limits), composers=self._watch.composers())
        self._sender = Sender(
            database, self._keys, self._clock, {CHANNEL: self._watch}, rules, pace=Pace(in_flight=200, poll_s=0.001)
        )
        self._events: list[tuple[datetime, int, MadeUpFamily | Wished | Answered]] = []
        self._looking_back = LookingBack(database, self._keys, self._setup, self._watch)
        self._settled: dict[tuple[str, str, int], date] = {}
        self._stances: dict[tuple[str, str, int], tuple[type[EntryRow], str]] = {}
        self._numbers = 0
        for family in families:
            self._push(family.joined_at, family)
            for at, wish in family.wishes:
                self._push(at, Wished(wish, family))

    def run(self) -> Year:
        """The whole year; what happened in it."""
        ends_at = instant_on(STARTS_ON + timedelta(days=DAYS), self._clock.zone, self._dice, 0, 1)
        sweep_at = self._clock.at
        with asyncio.Runner() as runner:
            while (now := self._next(sweep_at)) < ends_at:
                self._clock.at = now
                self._happen(now)
                if now >= sweep_at:
                    sweep(self._database, self._keys, self._setup, now)
                    self._looking_back.look(now)
                    sweep_at += timedelta(days=SWEEP_EVERY_DAYS)
                if self._down_until(now) is None:
                    runner.run(self._sender.drain())
        return self._watch.year

    # what comes next

    def _push(self, at: datetime, what: MadeUpFamily | Wished | Answered) -> None:
        self._numbers += 1
        heapq.heappush(self._events, (at, self._numbers, what))

    def _next(self, sweep_at: datetime) -> datetime:
        waits = [sweep_at, *(at for at, _, _ in self._events[:1])]
        table = OutgoingRow.__table__  # type: ignore[attr-defined]
        with self._database.reading() as session:
            for lane in LANES:
                soonest = select(func.min(table.c.next_try_at)).where(
                    table.c.lane == lane, table.c.next_try_at.is_not(None)
                )
                due_at = session.execute(soonest).scalar_one()
                if due_at is not None:
                    waits.append(self._down_until(due_at) or due_at)
        now, soonest_at = self._clock.at, min(waits)
        ticks = max(1, -(-(soonest_at - now) // self._tick))
        return now + ticks * self._tick

    def _down_until(self, instant: datetime) -> datetime | None:
        """Until when nothing is sent; None while the sender runs."""
        return max((until for begin, until in self._down if begin <= instant < until), default=None)

    # what families do

    def _happen(self, now: datetime) -> None:
        """Everything that came up to now, and what it means for nudges, in one transaction as in a turn."""
        due = []
        while self._events and self._events[0][0] <= now:
            due.append(heapq.heappop(self._events)[2])
        if not due:
            return
        with self._database.transaction() as session:
            changed: set[str] = set()
            self._join(session, [one for one in due if isinstance(one, MadeUpFamily)], now, changed)
            rows: dict[type[EntryRow], list[dict[str, object]]] = {}
            for what in due:
                if isinstance(what, Wished):
                    self._wish(session, what, now)
                    changed.update(one.id for one in what.family.children)
                elif isinstance(what, Answered):
                    self._answer(session, rows, what, now)
                    changed.add(what.child_id)
            for table, written in rows.items():
                session.execute(insert(table), written)
            plan_children(session, self._keys, sorted(changed), self._setup, now)

    def _join(self, session: Session, families: Sequence[MadeUpFamily], now: datetime, changed: set[str]) -> None:
        tables = FamilyTables(self._keys)
        for family in families:
            tables.add(family.id, family.chats, ((one.id, one.born_on, one.given) for one in family.children), now)
            changed.update(one.id for one in family.children)
        tables.write(session)
        for family in families:
            for chat in family.chats:
                remember_contact(session, self._keys, chat, CHANNEL, chat, "zh", now)
                if family.wants_cards:
                    choose_topic(session, chat, CARDS, now, wanted=True)

    def _wish(self, session: Session, asked: Wished, now: datetime) -> None:
        chat, child_id = asked.family.chats[0], asked.family.children[0].id
        if asked.wish == "stop":
            stop_everything(session, chat, now)
            self._watch.stopped_chats[chat] = now
        elif asked.wish == "stop_child":
            stop_child(session, None, child_id, now)
            self._watch.stopped_children[child_id] = now
        else:
            choose_topic(session, chat, "checkups", now, wanted=False)

    def _heard(self, now: datetime, chat: str, child_id: str, nudge: Nudge) -> None:
        """What a family does about a nudge, some hours or days later; half of them do nothing."""
        # a mixture of its own for each nudge: the order in which a sender takes its messages is nobody's promise
        dice = random.Random(f"{chat} {child_id} {nudge.name}")  # noqa: S311 - repeatable
        mood, soon = dice.random(), now + timedelta(minutes=dice.randrange(60, 120 * 60))
        if mood < 0.35:
            days = [item.on for item in nudge.items if item.on is not None]
            begins = instant_on(max(days), self._clock.zone, dice, 8, 20) if days else soon
            self._push(max(soon, begins), Answered("done", child_id, chat, nudge))
        elif mood < 0.5:
            what = "later" if mood < 0.42 else "declined" if mood < 0.45 else "booked"
            self._push(soon if what != "later" else now + timedelta(minutes=5), Answered(what, child_id, chat, nudge))

    def _answer(
        self, session: Session, rows: dict[type[EntryRow], list[dict[str, object]]], answered: Answered, now: datetime
    ) -> None:
        """As the buttons below a nudge write it. What another caregiver has settled meanwhile is let be."""
        today, what, child_id, chat, nudge = (
            self._setup.day_of(now), answered.how, answered.child_id, answered.chat, answered.nudge,
        )  # fmt: skip
        if nudge.about == "handbook" and what == "done":
            plain: dict[str, object] = {"code": HANDBOOK, "number": 1, "until": None}
            self._write(rows, NudgeAnswerRow, child_id, chat, plain, now)
        for item in nudge.items:
            about = (child_id, item.code, item.number)
            if about in self._settled and (today - self._settled[about]).days < 28:
                continue
            table, numbered = (DoseRow, "dose") if item.kind == "dose" else (VisitRow, "number")
            plain = {"code": item.code, "how": what, "on": None, numbered: item.number}
            if what == "later":
                until = (today + timedelta(days=self._setup.nudging.rules.snooze_days)).isoformat()
                answer = {"code": item.code, "number": item.number, "until": until}
                self._write(rows, NudgeAnswerRow, child_id, chat, answer, now)
                continue
            if what == "done":
                plain |= {"how": "given", "on": today.isoformat()}
                self._settled[about] = today
            else:
                if about in self._stances:
                    before, row_id = self._stances[about]
                    session.execute(update(before).where(col(before.id) == row_id).values(undone_at=now))
                if what == "booked":
                    plain["on"] = (today + timedelta(days=5)).isoformat()
            row_id = self._write(rows, table, child_id, chat, plain, now)
            if what != "done":
                self._stances[about] = (table, row_id)

    def _write(
        self,
        rows: dict[type[EntryRow], list[dict[str, object]]],
        table: type[EntryRow],
        child_id: str,
        chat: str,
        plain: dict[str, object],
        now: datetime,
    ) -> str:
        self._numbers += 1
        row_id = f"e{self._numbers:x}"
        entry = sealed_entry(self._keys, table, row_id, plain)
        row = {"id": row_id, "child_id": child_id, "entry": entry, "created_at": now, "created_by": chat}
        rows.setdefault(table, []).append(row)
        return row_id
