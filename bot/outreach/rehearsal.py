"""What would go out in the next days, by the same claiming, deciding and settling that send; nothing leaves.

The caller's transaction is rolled back afterwards. Nobody presses a button meanwhile, so what comes later stands for a
family that does not answer: the most that can go out.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from bot.outreach.claiming import claim, depart
from bot.outreach.departing import Departure, Rules, decide
from bot.outreach.outgoing import Timing
from bot.outreach.outreach_rows import OutgoingRow
from bot.outreach.settling import News, end_what_cannot_go, settle
from bot.sealing import Keyring

TICK = timedelta(minutes=15)
"""So exactly are instants rehearsed: what is due within a tick leaves at its end."""

RECIPIENTS_AT_ONCE = 1000


@dataclass
class RehearsedDay:
    """One day: messages that would leave, what they would be about, and what would not leave, by reason."""

    on: date
    messages: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    withheld: Counter[str] = field(default_factory=Counter)


def rehearse(
    session: Session,
    keys: Keyring,
    rules: Rules,
    zone: ZoneInfo,
    now: datetime,
    days: int,
    plan: Callable[[Session, datetime], object],
) -> Iterator[RehearsedDay]:
    """Day by day what would go out, from `now` on. `plan`: the daily planning, called at the start of every day.

    What is in a sender's hand at this moment counts as sent. Give a session that will be rolled back.
    """
    first = now.astimezone(zone).date()
    in_hand = update(OutgoingRow).where(col(OutgoingRow.state) == "sending")
    session.execute(in_hand.values(state="sent", left_at=now, sent_at=now, lease_until=None))
    for ahead in range(days):
        on = first + timedelta(days=ahead)
        ends_at = datetime.combine(on + timedelta(days=1), time(0), zone)
        plan(session, max(now, datetime.combine(on, time(0), zone)))
        day = RehearsedDay(on)
        while True:
            next_at = _next_at(session)
            if next_at is None or next_at >= ends_at:
                break
            now = max(now, _tick_after(next_at))
            _step(session, keys, rules, now, day)
        now = max(now, ends_at)
        yield day


def _step(session: Session, keys: Keyring, rules: Rules, now: datetime, day: RehearsedDay) -> None:
    timing = Timing()
    end_what_cannot_go(session, now)
    bundles = claim(session, keys, now, RECIPIENTS_AT_ONCE, timing)
    decisions = decide(session, keys, bundles, rules, now, {}, {})
    depart(session, [row for one in decisions.departures for row in one.rows], now, timing)
    arrived = [News(row, "arrived") for one in decisions.departures for row in one.rows]
    settle(session, [*decisions.news, *arrived], now, timing)
    for one in decisions.news:
        if one.happening == "put_back":
            day.held[one.reason or "later"] += 1
        else:
            day.withheld[one.reason or one.happening] += 1
    for departure in decisions.departures:
        _count(day, departure)


def _count(day: RehearsedDay, departure: Departure) -> None:
    day.messages += 1
    for row in departure.rows:
        day.kinds[f"{row.kind}/{row.topic}"] += 1


def _next_at(session: Session) -> datetime | None:
    return session.exec(
        select(func.min(OutgoingRow.next_try_at)).where(col(OutgoingRow.next_try_at).is_not(None))
    ).one()


def _tick_after(instant: datetime) -> datetime:
    whole = instant.replace(minute=0, second=0, microsecond=0)
    ticks = -(-(instant - whole) // TICK)
    return whole + ticks * TICK
