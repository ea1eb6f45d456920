"""When the next call to Telegram may leave: pure arithmetic over instants.

Two promises. In any window of one second no more calls leave for a token than its limit, whoever sends them; and the
calls are spread evenly, so nothing bursts after a silence. Each call gets an instant of its own and may leave up to
`LEAVES_WITHIN` after it; since late calls move together, slots are counted in windows longer by `SLACK`.

The limit has two shares. The common one is a row of evenly spaced slots, a lane may book the further ahead the higher it
is, so that a higher lane is next without asking twice. Live chat also has a share of its own that may be used at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import TypeAlias

from bot.outreach.outgoing import Lane

WINDOW = timedelta(seconds=1)
GROUP_WINDOW = timedelta(minutes=1)

LEAVES_WITHIN = timedelta(milliseconds=150)
"""A call that has not left so long after its slot has lost it."""

SLACK = timedelta(milliseconds=250)
"""`LEAVES_WITHIN` and a tenth of a second more: the way to Telegram is not always equally long."""

MOST_PER_SECOND = 30
"""Source: Telegram's Bots FAQ, "no more than 30 messages per second"; more with paid broadcast."""

MOST_PER_MINUTE_IN_GROUP = 20
"""Source: Telegram's Bots FAQ."""

LIVE_BURST = timedelta(seconds=3)
"""A reply of several messages to one person does not wait between them, up to so many seconds of the one-per-second
limit: the FAQ allows short bursts. They are paid back before anything else goes to that chat."""

AHEAD: Mapping[Lane, timedelta] = {
    "live": timedelta(seconds=5),
    "urgent": timedelta(seconds=1),
    "reminder": timedelta(milliseconds=60),
    "bulk": timedelta(milliseconds=20),
}
"""How far ahead of now a lane may book slots of the common share."""

FARTHEST_AHEAD = timedelta(seconds=10)
"""No slot is booked farther ahead; where one seems to be, the clock was set back."""


@dataclass(frozen=True)
class Limits:
    """What a token may do. `per_second` None: no limit (benches; a Bot API server of one's own).

    `live`: how many of them are kept for live chat.
    """

    per_second: int | None = MOST_PER_SECOND
    live: int = 5

    @property
    def common_spacing(self) -> timedelta:
        """The time between two slots of the common share."""
        return _spacing(WINDOW, (self.per_second or 0) - self.live)


def limits_of(per_second: int) -> Limits:
    """The limits of a token that may send so many in a second: one sixth is kept for live chat."""
    return Limits(per_second, per_second // 6)


@dataclass(frozen=True)
class TokenState:
    """What is known of a token. Instants are UTC.

    `next_at`: the first free slot of the common share. `live_at`: the newest slots of live chat's own share, oldest
    first. A halt lasts from `halted_at` until `halted_until`.
    """

    next_at: datetime | None = None
    live_at: tuple[datetime, ...] = ()
    halted_at: datetime | None = None
    halted_until: datetime | None = None


@dataclass(frozen=True)
class Wish:
    """Somebody wants one call to a chat to leave."""

    chat_key: str
    lane: Lane
    is_group: bool = False


@dataclass(frozen=True)
class Go:
    """A slot is taken: the call leaves not before `at` and not after `leave_by`; whoever is too late asks anew."""

    at: datetime
    leave_by: datetime


@dataclass(frozen=True)
class WaitUntil:
    """Nothing is taken; it is no use to ask before `at`. `halted`: because Telegram bade us be silent."""

    at: datetime
    halted: bool = False


Grant: TypeAlias = Go | WaitUntil


def grant(
    state: TokenState, chat_free_at: datetime | None, wish: Wish, now: datetime, limits: Limits
) -> tuple[Grant, TokenState, datetime | None]:
    """Answer one wish. Returns the answer, and what holds of the token and of the chat afterwards.

    `chat_free_at`: when the chat may get its next message, None where it has had none of late. A later wish must not
    carry an earlier `now` (the caller asks the clock while it holds the token); a clock that was set back by more than
    any booking is seen and costs at most `FARTHEST_AHEAD`.
    """
    state = after_clock_was_set_back(state, now)
    if state.halted_until is not None and state.halted_until > now:
        return WaitUntil(state.halted_until, halted=True), state, chat_free_at
    if limits.per_second is None:
        return Go(now, now + LEAVES_WITHIN), state, None
    chat_free_at = _sane(chat_free_at, now)
    chat_from = _chat_from(chat_free_at, wish)
    if chat_from is not None and chat_from > now:
        return WaitUntil(chat_from), state, chat_free_at
    at, booked = _slot(state, wish, now, limits)
    if booked is None:
        return WaitUntil(max(now, at - AHEAD[wish.lane])), state, chat_free_at
    return Go(at, at + LEAVES_WITHIN), booked, max(chat_free_at or at, at) + chat_spacing(wish)


def halted(state: TokenState, now: datetime, after_s: float) -> TokenState:
    """Telegram bids this token be silent for `after_s` seconds; a longer halt that holds already stays."""
    state = after_clock_was_set_back(state, now)
    until = now + timedelta(seconds=after_s)
    if state.halted_until is not None and state.halted_until >= until:
        return state
    return replace(state, halted_at=now, halted_until=until)


def after_clock_was_set_back(state: TokenState, now: datetime) -> TokenState:
    """What holds when the clock has been set back: a halt begins anew, bookings of a future that was are dropped."""
    if state.halted_at is not None and state.halted_until is not None and now < state.halted_at - FARTHEST_AHEAD:
        state = replace(state, halted_at=now, halted_until=now + (state.halted_until - state.halted_at))
    if any(at > now + FARTHEST_AHEAD for at in (state.next_at, *state.live_at) if at is not None):
        # what was booked before the jump may leave now: begin behind a whole window
        state = replace(state, next_at=now + WINDOW + SLACK, live_at=())
    return state


def chat_spacing(wish: Wish) -> timedelta:
    """The time between two messages to one chat, the slack of leaving late included."""
    return _spacing(GROUP_WINDOW, MOST_PER_MINUTE_IN_GROUP) if wish.is_group else WINDOW + SLACK


def _chat_from(chat_free_at: datetime | None, wish: Wish) -> datetime | None:
    if chat_free_at is None:
        return None
    return chat_free_at - LIVE_BURST if wish.lane == "live" and not wish.is_group else chat_free_at


def _slot(state: TokenState, wish: Wish, now: datetime, limits: Limits) -> tuple[datetime, TokenState | None]:
    """The instant of the next slot for this lane, and the token with it booked; None where it is too far ahead."""
    common_at = max(now, state.next_at or now)
    if wish.lane == "live" and limits.live:
        newest = state.live_at[-limits.live :]
        own_at = max(now, newest[-1]) if newest else now
        if len(newest) == limits.live:
            own_at = max(own_at, newest[0] + WINDOW + SLACK)
        if own_at <= common_at:
            return own_at, replace(state, live_at=(*newest, own_at)[-limits.live :])
    if common_at > now + AHEAD[wish.lane]:
        return common_at, None
    return common_at, replace(state, next_at=common_at + limits.common_spacing)


def _spacing(window: timedelta, count: int) -> timedelta:
    """So far apart that no window, longer by the slack, holds more than `count`; up to the next microsecond."""
    return timedelta(microseconds=ceil((window + SLACK) / timedelta(microseconds=1) / count))


def _sane(at: datetime | None, now: datetime) -> datetime | None:
    """A chat's next instant, unless only a clock that was set back can have written it."""
    return None if at is not None and at > now + GROUP_WINDOW else at
