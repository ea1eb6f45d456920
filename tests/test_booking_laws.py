"""Any order of steps keeps the law: claims within capacity, one live entry per family and event, nothing leaks.

The ordinary suite walks a sample; `pytest tests/test_booking_laws.py --hypothesis-profile full` takes at least 10,000
steps, counted as they are taken. Both fail where a kind of step never had an effect.
"""

from collections import Counter
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func
from sqlmodel import SQLModel, col, select

from bot.database import Database
from bot.errors import Refusal
from bot.events.bookings import cancel, change, check_in, confirm, hold
from bot.events.entries import Desk, Granted, Wish
from bot.events.event_rows import LIVE_STATES, BookingRow, EventRow
from bot.events.event_sweep import sweep_event
from bot.events.events import add_event, cancel_event, move, publish, resize
from bot.events.seat_claims import counted
from bot.events.seats import LAST_OFFER_BEFORE, Party
from bot.events.waiting_list import join, offer_freed
from bot.families.family_rows import FamilyRow
from tests.conftest import KEYS
from tests.event_builders import NOW, a_draft

FULL = settings.get_current_profile_name() == "full"
FAMILIES = [f"{number:016x}" for number in range(6)]
parties = st.builds(Party, st.integers(1, 3), st.integers(1, 2))
numbers = st.integers(0, 50)

NAMED = {
    "hold", "book", "expire", "cancel", "offer", "accept", "decline", "resize", "move", "check in", "reopen", "join",
    "lapse", "confirm", "change",
}  # fmt: skip
steps: Counter[str] = Counter()
"""How often each rule was taken."""
effects: Counter[str] = Counter()
"""How often each kind of step changed something."""


class Booking(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.database = Database("sqlite://")
        SQLModel.metadata.create_all(self.database.engine)
        self.now = NOW
        self.ids: list[str] = []
        self.offers_seen: set[tuple[str, object]] = set()

    def teardown(self) -> None:
        self.database.engine.dispose()

    @initialize(capacity=st.integers(1, 6), seat_for=st.sampled_from(["child", "person"]), apart=st.booleans())
    def begin(self, capacity: int, seat_for: str, apart: bool) -> None:
        draft = a_draft(
            capacity=capacity, seat_for=seat_for, adult_capacity=capacity + 1 if apart else None, most_children=3
        )
        with self.database.transaction() as session:
            session.add_all(FamilyRow(id=one, created_at=NOW) for one in FAMILIES)
            session.flush()
            self.event = add_event(Desk(session, KEYS, NOW), draft)

    def at_desk(self, verb, *arguments, **more):
        steps[verb.__name__] += 1
        before = self.entries()
        answer = self.carried_out(verb, *arguments, **more)
        after = self.entries()
        kinds = kinds_of(verb.__name__, answer, before, after)
        effects.update(kinds)
        start = after["event"][2]
        assert "offer" not in kinds or self.now < start - LAST_OFFER_BEFORE, (
            "no offer in the last hours, none after the start"
        )
        return answer

    def entries(self) -> dict[str, tuple]:
        """State, size, offers that ran out and the time of coming in, by entry; the event's under "event"."""
        with self.database.transaction() as session:
            event = session.get(EventRow, self.event)
            rows = session.exec(select(BookingRow)).all()
            seen = {row.id: (row.state, row.children + row.adults, row.lapsed, row.checked_in_at) for row in rows}
            return seen | {"event": (event.status, event.capacity, event.starts_at)}

    def carried_out(self, verb, *arguments, **more):
        try:
            with self.database.transaction() as session:
                answer = verb(Desk(session, KEYS, self.now), *arguments, **more)
        except Refusal:
            return None
        if isinstance(answer, Granted) and answer.entry.id not in self.ids:
            self.ids.append(answer.entry.id)
        return answer

    def some(self, number: int) -> str:
        return self.ids[number % len(self.ids)]

    @rule(family=st.sampled_from(FAMILIES), party=parties, confirmed=st.booleans())
    def book(self, family: str, party: Party, confirmed: bool) -> None:
        self.at_desk(hold, Wish(self.event, family, party, f"chat{family}"), confirmed=confirmed)

    @rule(family=st.sampled_from(FAMILIES), party=parties)
    def join_list(self, family: str, party: Party) -> None:
        self.at_desk(join, Wish(self.event, family, party, f"chat{family}"))

    @precondition(lambda self: self.ids)
    @rule(number=numbers)
    def confirm_or_accept(self, number: int) -> None:
        self.at_desk(confirm, self.some(number))

    @precondition(lambda self: self.ids)
    @rule(number=numbers)
    def cancel_or_decline(self, number: int) -> None:
        self.at_desk(cancel, self.some(number))

    @precondition(lambda self: self.ids)
    @rule(number=numbers, party=parties)
    def resize_party(self, number: int, party: Party) -> None:
        self.at_desk(change, self.some(number), party)

    @precondition(lambda self: self.ids)
    @rule(number=numbers)
    def let_in(self, number: int) -> None:
        self.at_desk(check_in, self.some(number))

    @rule(capacity=st.integers(0, 8), adults=st.integers(0, 8))
    def resize_event(self, capacity: int, adults: int) -> None:
        self.at_desk(resize, self.event, capacity, adults)

    @rule(hours=st.integers(1, 96))
    def move_event(self, hours: int) -> None:
        start = self.now + timedelta(hours=hours)
        self.at_desk(move, self.event, start, start + timedelta(hours=2))

    @rule(wanted=st.sampled_from(["cancel", "reopen", "reopen"]))
    def cancel_or_reopen(self, wanted: str) -> None:
        self.at_desk(cancel_event if wanted == "cancel" else publish, self.event)

    @rule(minutes=st.integers(1, 600))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.at_desk(sweep_event, self.event)

    @rule()
    def distribute(self) -> None:
        self.at_desk(offer_freed, self.event)

    @invariant()
    def the_law_holds(self) -> None:
        if not hasattr(self, "event"):
            return
        with self.database.transaction() as session:
            event = session.get(EventRow, self.event)
            assert (event.taken, event.adults_taken, event.waiting) == counted(session, self.event)
            assert event.taken <= max(event.capacity, event.ceiling)
            assert event.ceiling in {event.capacity, event.taken}
            live = select(BookingRow.family_id, func.count()).where(col(BookingRow.state).in_(LIVE_STATES))
            assert all(count == 1 for _, count in session.execute(live.group_by(col(BookingRow.family_id))))
            offered = set(
                session.execute(
                    select(BookingRow.id, BookingRow.held_until).where(col(BookingRow.state) == "offered")
                ).all()
            )
            fresh = offered - {(one, until) for one, until in self.offers_seen}
            if fresh and event.starts_at - LAST_OFFER_BEFORE < self.now:
                assert all(until <= event.starts_at for _, until in fresh)
            self.offers_seen |= {tuple(one) for one in offered}


def kinds_of(verb: str, answer, before: dict, after: dict) -> set[str]:
    """What a step did, seen from the rows before and after it."""
    (status, capacity, start), (new_status, new_capacity, new_start) = before["event"], after["event"]
    event_steps = {"resize": capacity != new_capacity, "move": start != new_start}
    event_steps["reopen"] = (status, new_status) == ("cancelled", "published")
    kinds = {kind for kind, done in event_steps.items() if done}
    for one in after.keys() - {"event"}:
        (old, size, lapsed, _), (new, new_size, new_lapsed, let_in) = before.get(one, ("", 0, 0, None)), after[one]
        kinds |= {_MOVES[old, new]} if (old, new) in _MOVES else set()
        kinds |= {"lapse"} if new_lapsed > lapsed else set()
        kinds |= {"change"} if verb == "change" and old == new and size != new_size else set()
        kinds |= {"check in"} if let_in is not None and answer is True else set()
    return kinds


_MOVES = {
    ("", "held"): "hold", ("", "confirmed"): "book", ("", "waiting"): "join", ("", "offered"): "offer",
    ("waiting", "offered"): "offer", ("held", "confirmed"): "confirm", ("offered", "confirmed"): "accept",
    ("offered", "declined"): "decline", ("held", "expired"): "expire", ("confirmed", "cancelled"): "cancel",
}  # fmt: skip


def test_any_order_of_steps_keeps_the_law() -> None:
    steps.clear()
    effects.clear()
    most = settings(
        max_examples=250 if FULL else 15,
        stateful_step_count=60 if FULL else 25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Booking, settings=most)
    if FULL:
        print(f"\n{steps.total()} steps: {dict(steps)}; with an effect: {dict(effects)}")  # noqa: T201 - shown by -s
        assert steps.total() >= 10_000
        assert effects.keys() >= NAMED
