"""One made-up family's year of nudges, event by event, and the counts of what must not happen."""

import heapq
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from bot.care.child_calendar import ChildCalendar
from bot.care.nudge_plan import Nudge, NudgeAnswer, planned
from bot.care.nudge_reading import ChildFile, calendar_on
from bot.care.nudge_truth import still_planned
from bot.care.plan_nudges import NudgeSetup, orders_for, situations_of
from bot.care.record_values import DoseEntry, VisitEntry
from bot.families.child import Child
from bot.families.rosters import Caring, OnFile
from bot.outreach.family_budget import HoldUntil, Limits, gate
from bot.outreach.muting import EVERYTHING, Choices
from bot.outreach.outbox import Order
from bot.outreach.quiet_hours import is_quiet

STARTS_ON = date(2026, 1, 1)
DAYS = 365
SWEEP_EVERY_DAYS = 20
"""Planning twice changes nothing, so a daily sweep and this one write the same rows; this one runs in less time."""

NUDGED_WITHIN_DAYS = 14
"""So long after its day a dose must have been spoken of, where it is still open and nobody has put it off."""


@dataclass
class Year:
    """What a year brought. Everything but `children`, `messages`, `due_doses` and `by_rule` must be 0."""

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
        }


class FamilyYear:
    """One family's year: one child or two, one caregiver or two."""

    def __init__(
        self, setup: NudgeSetup, dice: random.Random, year: Year, down: list[tuple[datetime, datetime]], number: int
    ) -> None:
        self.setup, self.dice, self.year, self.down = setup, dice, year, down
        self.joined_at = self._instant(STARTS_ON + timedelta(days=dice.randrange(DAYS - 40)), 24)
        joined_on = setup.day_of(self.joined_at)
        age_days = dice.choice((dice.randrange(0, 30), dice.randrange(0, 36 * 30)))
        born_on = joined_on - timedelta(days=age_days)
        self.chats = [f"{number:031x}{place}" for place in range(dice.choice((1, 1, 2)))]
        self.choices = {chat: Choices() for chat in self.chats}
        caring = tuple(Caring(chat, self.joined_at) for chat in self.chats)
        self.files: dict[str, ChildFile] = {}
        for place in range(dice.choice((1, 1, 1, 1, 2))):
            other = born_on if dice.random() < 0.5 else born_on - timedelta(days=dice.randrange(300, 700))
            child = Child(f"{number:015x}{place}", f"{number:016x}", "豆豆", other if place else born_on)
            on_file = OnFile(child, self.joined_at, self.joined_at, None, caring)
            self.files[child.id] = ChildFile(on_file, (), (), (), {}, None)
        year.children += len(self.files)
        self.calendars: dict[str, tuple[ChildFile, ChildCalendar]] = {}
        self.rows: dict[str, Order] = {}
        self.ever: set[str] = set()
        self.waiting: list[tuple[datetime, int, str, tuple[str, ...]]] = []
        self.ticket = 0
        self.sent: dict[str, list[datetime]] = {chat: [] for chat in self.chats}
        self.spoken: dict[tuple[str, str, str], list[date]] = {}
        self.summaries: Counter[tuple[str, str]] = Counter()
        self.stopped_at: dict[str, datetime] = {}

    def run(self) -> None:
        """From the day of joining to the end of the year, event by event."""
        end = self._instant(STARTS_ON + timedelta(days=DAYS), 1)
        self._records_of_old()
        self._push(self.joined_at, "plan")
        for days in range(0, DAYS, SWEEP_EVERY_DAYS):
            self._push(self.joined_at + timedelta(days=days), "plan")
        if self.dice.random() < 0.1:
            self._push(self.joined_at + timedelta(days=self.dice.randrange(1, 200)), "stop")
        if self.dice.random() < 0.1:
            self._push(self.joined_at + timedelta(days=self.dice.randrange(1, 200)), "mute")
        while self.waiting and self.waiting[0][0] < end:
            now, _, what, about = heapq.heappop(self.waiting)
            if what == "plan":
                self._plan(now)
            elif what == "send":
                self._send(now, about[0])
            elif what in {"stop", "mute"}:
                self._choose(now, what)
            else:
                self._answer(now, what, about)

    def _records_of_old(self) -> None:
        """What was done before the family joined and was typed in on joining; some type in nothing."""
        wrote = self.dice.random() < 0.7
        for child_id, file in self.files.items():
            for _ in range(40 if wrote else 0):
                calendar = self._calendar(file, self.setup.day_of(self.joined_at))
                item = next((one for one in calendar.items if one.kind == "dose" and one.first and one.pressing), None)
                if item is None or item.forecast.status == "hold" or self.dice.random() < 0.05:
                    break
                on = max(item.forecast.earliest_on or file.on_file.child.born_on, file.on_file.child.born_on)
                file = self._with_dose(file, item.code, on, self.joined_at)  # noqa: PLW2901 - the file grows
            self.files[child_id] = file

    def _plan(self, now: datetime) -> None:
        """As `plan_nudges.plan_children` does it, with the rows in memory."""
        wanted: dict[str, Order] = {}
        for child_id, file in self.files.items():
            chosen = self._chosen(child_id)
            today = self.setup.day_of(now)
            orders, _, _ = orders_for(file, self._calendar(file, today), chosen, self.setup, today)
            wanted |= orders
        self._look_back(now)
        for key in [key for key in self.rows if key not in wanted]:
            del self.rows[key]
        for key, order in wanted.items():
            if key not in self.ever:
                self.ever.add(key)
                self.rows[key] = order
                self._push(max(now, order.due_at), "send", order.chat_key)

    def _send(self, now: datetime, chat: str) -> None:
        """As the sender does it: everything due for one chat, the gate, the last look, one message."""
        for begin, until in self.down:
            if begin <= now < until:
                self._push(until, "send", chat)
                return
        due = [order for order in self.rows.values() if order.chat_key == chat and order.due_at <= now]
        for order in [one for one in due if one.expires_at <= now]:
            del self.rows[order.key]
        due = [one for one in due if one.expires_at > now]
        if not due:
            return
        lane = "reminder" if any(one.lane == "reminder" for one in due) else "bulk"
        verdict = gate(now, self.setup.zone, lane, self.sent[chat], chat, Limits())
        if isinstance(verdict, HoldUntil):
            self._push(verdict.at, "send", chat)
            return
        due = [one for one in due if self.choices[chat].stopped_because(one.subject[6:], one.topic) is None]
        for order in due:
            self.rows.pop(order.key)
        spoken = [(order, nudge) for order in due if (nudge := self._truth(order, now)) is not None]
        if spoken:
            self._leaves(now, chat, spoken)

    def _truth(self, order: Order, now: datetime) -> Nudge | None:
        file = self.files[order.subject[6:]]
        chosen = self._chosen(order.subject[6:])
        calendar = self._calendar(file, self.setup.day_of(now))
        situation = situations_of(file, calendar, chosen, self.setup)[order.chat_key]
        if isinstance(situation, str):
            return None
        plan = planned(situation, self.setup.nudging.rules, self.setup.day_of(now))
        return still_planned(order.content["nudge"], plan)

    def _leaves(self, now: datetime, chat: str, spoken: list[tuple[Order, Nudge]]) -> None:
        """A message leaves: look whether it may, then let the family answer it."""
        year, zone, limits = self.year, self.setup.zone, Limits()
        today = self.setup.day_of(now)
        year.messages += 1
        year.in_quiet_hours += is_quiet(now, zone, limits.quiet)
        days = [self.setup.day_of(at) for at in self.sent[chat]]
        year.over_budget += days.count(today) >= limits.per_day
        year.over_budget += sum((today - day).days < 7 for day in days) >= limits.per_week
        year.after_a_stop += chat in self.stopped_at and now > self.stopped_at[chat]
        self.sent[chat].append(now)
        for order, nudge in spoken:
            year.by_rule[nudge.about] += 1
            year.outside_window += not order.due_at <= now < order.expires_at
            if (nudge.about, nudge.offset) == ("backlog", 1):
                self.summaries[chat, order.subject] += 1
                year.second_summary += self.summaries[chat, order.subject] > 1
            name = f"{order.subject}:{nudge.name}"
            year.twice += (chat, name, "") in self.spoken
            self.spoken.setdefault((chat, name, ""), []).append(today)
            for code in nudge.codes:
                self.spoken.setdefault((chat, order.subject[6:], code), []).append(today)
            self._decide(now, order.subject[6:], nudge)

    def _decide(self, now: datetime, child_id: str, nudge: Nudge) -> None:
        """What the family does about it, some hours or days later, at any hour."""
        for item in nudge.items:
            mood, about = self.dice.random(), (child_id, item.code, str(item.number), item.kind)
            soon = now + timedelta(hours=self.dice.randrange(1, 120))
            if mood < 0.35:
                self._push(max(soon, self._instant(item.on or STARTS_ON, 20)), "done", *about)
            elif mood < 0.42:
                self._push(now + timedelta(minutes=5), "later", *about)
            elif mood < 0.45:
                self._push(soon, "declined", *about)
            elif mood < 0.5:
                self._push(soon, "booked", *about)

    def _answer(self, now: datetime, what: str, about: tuple[str, ...]) -> None:
        child_id, code, number, kind = about
        file, today = self.files[child_id], self.setup.day_of(now)
        item = self._calendar(file, today).item(code, int(number))
        if item is None or item.forecast.status in {"done", "upcoming", "hold", "not_applicable"}:
            return
        if what == "later":
            until = today + timedelta(days=self.setup.nudging.rules.snooze_days)
            file = replace(file, answers=(*file.answers, NudgeAnswer(code, int(number), until, today)))
        elif kind == "visit":
            on = {"done": today, "booked": today + timedelta(days=5)}.get(what)
            how = "given" if what == "done" else what
            entry = VisitEntry(code, how, on, int(number))  # type: ignore[arg-type]
            kept = tuple(one for one in file.visits if (one.code, one.number) != (code, int(number)))
            file = replace(file, visits=(*kept, entry), written_on={**file.written_on, code: today})
        elif what == "done":
            file = self._with_dose(file, code, today, now)
        else:
            day = today + timedelta(days=5) if what == "booked" else None
            entry_of_dose = DoseEntry(code, what, day, int(number))  # type: ignore[arg-type]
            kept_doses = tuple(one for one in file.doses if (one.code, one.dose) != (code, int(number)))
            file = replace(file, doses=(*kept_doses, entry_of_dose), written_on={**file.written_on, code: today})
        self.files[child_id] = file
        self._plan(now)

    def _choose(self, now: datetime, what: str) -> None:
        chat = self.chats[0]
        topic = EVERYTHING if what == "stop" else "checkups"
        self.choices[chat] = Choices((*self.choices[chat].made, (None, topic, False, now)))
        if what == "stop":
            self.stopped_at[chat] = now
        self._plan(now)

    def _look_back(self, now: datetime) -> None:
        """Every dose whose day passed a while ago and that is still open must have been spoken of."""
        today = self.setup.day_of(now)
        for child_id, file in self.files.items():
            chosen = self._chosen(child_id)
            for chat, situation in situations_of(file, self._calendar(file, today), chosen, self.setup).items():
                if isinstance(situation, str):
                    continue
                for nudge in planned(situation, self.setup.nudging.rules, today):
                    past = (today - nudge.version).days
                    if nudge.about not in {"dose", "backlog"} or past < NUDGED_WITHIN_DAYS:
                        continue
                    put_off = {f"{one.code}-{one.number}" for one in file.answers}
                    for code in sorted(set(nudge.codes) - put_off):
                        name = (chat, child_id, f"due {code} {nudge.version}")
                        if name not in self.spoken:
                            self.spoken[name] = []
                            days = self.spoken.get((chat, child_id, code), ())
                            self.year.due_doses += 1
                            self.year.not_nudged += not any(day >= nudge.version - timedelta(days=7) for day in days)

    def _chosen(self, child_id: str) -> dict[tuple[str, str | None], Choices]:
        return {(chat, child_id): self.choices[chat] for chat in self.chats}

    def _calendar(self, file: ChildFile, today: date) -> ChildCalendar:
        known = self.calendars.get(file.on_file.child.id)
        if known is not None and known[0] is file and known[1].on == today:
            return known[1]
        calendar = calendar_on(file, self.setup.calendars, today)
        if calendar is None:
            message = f"a made-up child has a record that cannot be: {file}"
            raise RuntimeError(message)
        self.calendars[file.on_file.child.id] = (file, calendar)
        return calendar

    def _with_dose(self, file: ChildFile, code: str, on: date, now: datetime) -> ChildFile:
        written = {**file.written_on, code: self.setup.day_of(now)}
        kept = tuple(one for one in file.doses if one.how == "given" or one.code != code)
        entry = DoseEntry(code, "given", on, None)
        return file if entry in kept else replace(file, doses=(*kept, entry), written_on=written)

    def _instant(self, day: date, hours: int) -> datetime:
        """Some hour of a day, up to `hours`."""
        at = datetime(day.year, day.month, day.day, tzinfo=self.setup.zone).astimezone(UTC)
        return at + timedelta(seconds=self.dice.randrange(hours * 3600))

    def _push(self, at: datetime, what: str, *about: str) -> None:
        self.ticket += 1
        heapq.heappush(self.waiting, (at, self.ticket, what, about))
