"""The page about events says what the rule says."""

import re
from datetime import timedelta
from typing import get_args

from bot.events import offer_clock, seats
from bot.events.booking_notices import DAY_BEFORE_HOUR, SOON
from bot.events.chances import FEWEST_BOOKINGS
from bot.events.event_search import LINKED_WITHIN
from bot.events.event_sweep import KEPT_FOR, RELEASE_HOUR
from bot.events.event_table import COLUMNS
from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "events.md").read_text(encoding="utf-8")


def test_every_state_and_every_column_is_on_the_page() -> None:
    assert [state for state in get_args(seats.State) if state not in PAGE] == []
    assert [column for column in COLUMNS if f"`{column}`" not in PAGE] == []


def test_the_numbers_on_the_page_are_those_of_the_rule() -> None:
    said = [
        (seats.HOLD_FOR, r"held --> expired: (\d+) minutes", "minutes"),
        (seats.LAST_OFFER_BEFORE, r"in the last (\d+) hours offers end", "hours"),
        (seats.TURNED_AWAY_COUNTS_FOR, r"turned away in the last (\d+) days", "days"),
        (offer_clock.LONGEST, r"at most (\d+) hours and at least", "hours"),
        (offer_clock.SHORTEST, r"at least (\d+) minutes", "minutes"),
        (SOON, r"the start is within (\d+) hours", "hours"),
        (LINKED_WITHIN, r"starts within (\d+) days", "days"),
        (KEPT_FOR, r"let go (\d+) days after", "days"),
    ]
    for span, pattern, unit in said:
        assert timedelta(**{unit: int(re.search(pattern, PAGE)[1])}) == span, pattern
    assert f"at most {seats.MOST_PRIORITY}" in PAGE
    assert offer_clock.SHARE == 12
    assert "one twelfth" in PAGE
    assert f"from {offer_clock.DAY_BEGINS} to {offer_clock.DAY_ENDS} o'clock" in PAGE
    assert f"fewer than {FEWEST_BOOKINGS} such seats" in PAGE
    assert f"the day before at {DAY_BEFORE_HOUR}:00" in PAGE
    assert f"at {RELEASE_HOUR}:00 the evening before" in PAGE
