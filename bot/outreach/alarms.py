"""What silence means: alarms as rules over a snapshot. Pure.

A bot that stopped sending makes no noise of its own, so each rule here speaks when something did not happen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, get_args

from bot.jobs import Standing

AlarmName = Literal[
    "no_nudge",
    "queue_old",
    "job_silent",
    "job_failing",
    "unknown_open",
    "announcement_paused",
    "index_stale",
    "similarity_falling",
    "ticket_came",
    "ticket_urgent",
    "tickets_late",
    "reviews_past",
]
ALARMS: tuple[AlarmName, ...] = get_args(AlarmName)

NO_NUDGE_FOR = timedelta(hours=24)
FAMILIES_THAT_MEAN_A_NUDGE_A_DAY = 50
"""So many families with reminders are due several nudges a day; with fewer, a quiet day is no news."""

QUEUE_OLDER_THAN = timedelta(minutes=10)
UNKNOWN_OPEN_FOR = timedelta(minutes=5)
"""Doubtful sends are closed by policy within a minute; one that stays open longer means that nobody does it."""

PERIODS_OF_SILENCE = 2
SHORTEST_SILENCE = timedelta(minutes=2)
"""A job that runs every few seconds may miss a beat at a restart."""


INDEX_BEHIND_FOR = timedelta(minutes=30)
"""What staff published is found at once; that the search was also fitted to it takes minutes."""

CERTAINTY_LOST = 0.08
"""A fall of the mean confidence, from four weeks to one, that chance does not explain with `QUESTIONS_THAT_TELL`."""

QUESTIONS_THAT_TELL = 50


@dataclass(frozen=True)
class Certainty:
    """How sure answers were: the mean confidence of so many questions that the guide was searched for."""

    mean: float
    questions: int


@dataclass(frozen=True)
class LateTicket:
    """A question to a person that waits longer than it may, or (`late` False) an urgent one that nobody has taken yet.

    `minutes`: in the counsellors' hours; of an urgent one every minute. `since`: when the words came that wait.
    """

    label: str
    minutes: int
    urgent: bool
    claimed: bool
    late: bool = True
    since: datetime | None = None


@dataclass(frozen=True)
class Snapshot:
    """What the alarms look at. Instants are UTC; None where there is nothing.

    `watched_since`: when the first worker began. `families_reminded`: how many families agreed to reminders.
    `oldest_due_at`: the earliest instant at which a waiting message should have been looked at by the sender, with
    those that wait for good reasons (quiet hours, budget, a halt) counted from the end of that reason.
    `oldest_unknown_at`: when the oldest send that is still in doubt was made.
    `paused_by_itself`: ids of announcements that were paused by a rule and not by a person. `late_tickets`: questions to
    people past their clock or urgent, the longest first; out of the counsellors' hours urgent ones alone.
    `index_behind_since`: since when the search is not fitted to what is published. `sure_now`, `sure_before`: the last
    week, and the four before it. `reviews_past`: entries past their review date.
    """

    now: datetime
    watched_since: datetime | None = None
    families_reminded: int = 0
    last_nudge_at: datetime | None = None
    queued: int = 0
    oldest_due_at: datetime | None = None
    unknown: int = 0
    oldest_unknown_at: datetime | None = None
    jobs: Sequence[Standing] = ()
    paused_by_itself: Sequence[str] = ()
    late_tickets: Sequence[LateTicket] = ()
    index_behind_since: datetime | None = None
    sure_now: Certainty | None = None
    sure_before: Certainty | None = None
    reviews_past: int = 0


@dataclass(frozen=True)
class Alarm:
    """One alarm. `about`: the job or announcement, empty where there is one only. `values` fill its phrase."""

    name: AlarmName
    about: str = ""
    values: Mapping[str, str | int] = field(default_factory=dict)


def came(label: str, since: datetime | None) -> Alarm:
    """An urgent question to a person that has just come; each time it waits anew is an alarm of its own."""
    return Alarm("ticket_came", f"{label} {since:%m%d-%H%M}" if since else label, {"label": label})


def alarms(snapshot: Snapshot) -> list[Alarm]:
    """Every alarm that stands, in a fixed order."""
    found = [*_no_nudge(snapshot), *_queue_old(snapshot), *_unknown_open(snapshot)]
    for job in snapshot.jobs:
        found += _job_silent(job, snapshot.now)
        if job.last_outcome in {"failed", "overdue"}:
            found.append(Alarm("job_failing", job.name, {"job": job.name, "error": job.last_error or "overdue"}))
    found += [Alarm("announcement_paused", one, {"id": one}) for one in snapshot.paused_by_itself]
    return [*found, *_late_tickets(snapshot.late_tickets), *_about_answers(snapshot)]


def _late_tickets(late: Sequence[LateTicket]) -> list[Alarm]:
    """Each urgent one by itself, the others together: of ten that wait a person needs one sentence."""
    found = [came(one.label, one.since) for one in late if one.urgent and not one.late]
    found += [
        Alarm("ticket_urgent", one.label, {"label": one.label, "minutes": one.minutes})
        for one in late
        if one.urgent and one.late
    ]
    calm = [one for one in late if not one.urgent]
    if calm:
        hours = int(max(one.minutes for one in calm) / 60)
        found.append(Alarm("tickets_late", values={"count": len(calm), "hours": hours}))
    return found


def _about_answers(snapshot: Snapshot) -> list[Alarm]:
    found, behind = [], snapshot.index_behind_since
    if behind is not None and snapshot.now - behind > INDEX_BEHIND_FOR:
        found.append(Alarm("index_stale", values={"minutes": _minutes(snapshot.now - behind)}))
    now, before = snapshot.sure_now, snapshot.sure_before
    if now is not None and before is not None and _lost_certainty(before, now):
        values = {"now": f"{now.mean:.2f}", "before": f"{before.mean:.2f}"}
        found.append(Alarm("similarity_falling", values=values))
    if snapshot.reviews_past:
        found.append(Alarm("reviews_past", values={"count": snapshot.reviews_past}))
    return found


def _lost_certainty(before: Certainty, now: Certainty) -> bool:
    enough = min(now.questions, before.questions) >= QUESTIONS_THAT_TELL
    return enough and round(before.mean - now.mean, 4) >= CERTAINTY_LOST


def _no_nudge(snapshot: Snapshot) -> list[Alarm]:
    since = max((at for at in (snapshot.last_nudge_at, snapshot.watched_since) if at is not None), default=None)
    enough = snapshot.families_reminded >= FAMILIES_THAT_MEAN_A_NUDGE_A_DAY
    if not enough or since is None or snapshot.now - since <= NO_NUDGE_FOR:
        return []
    values = {"hours": _hours(snapshot.now - since), "families": snapshot.families_reminded}
    return [Alarm("no_nudge", values=values)]


def _queue_old(snapshot: Snapshot) -> list[Alarm]:
    oldest = snapshot.oldest_due_at
    if oldest is None or snapshot.now - oldest <= QUEUE_OLDER_THAN:
        return []
    return [Alarm("queue_old", values={"minutes": _minutes(snapshot.now - oldest), "queued": snapshot.queued})]


def _unknown_open(snapshot: Snapshot) -> list[Alarm]:
    oldest = snapshot.oldest_unknown_at
    if oldest is None or snapshot.now - oldest <= UNKNOWN_OPEN_FOR:
        return []
    return [Alarm("unknown_open", values={"count": snapshot.unknown, "minutes": _minutes(snapshot.now - oldest)})]


def _job_silent(job: Standing, now: datetime) -> list[Alarm]:
    silent = now - (job.started_at or job.known_since)
    if silent <= max(PERIODS_OF_SILENCE * job.every, SHORTEST_SILENCE):
        return []
    return [Alarm("job_silent", job.name, {"job": job.name, "minutes": _minutes(silent)})]


def _minutes(span: timedelta) -> int:
    return int(span / timedelta(minutes=1))


def _hours(span: timedelta) -> int:
    return int(span / timedelta(hours=1))
