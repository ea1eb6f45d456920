"""A year of made-up families through the real plan and sender, on both databases; `qihui bench --only nudges` runs 10,000."""

from bot.database import Database
from bot.nudge_year import ZONES, simulate_town

CHILDREN = 6


def test_a_year_has_no_message_at_night_none_too_many_none_after_a_stop_and_no_dose_forgotten(
    any_database: Database,
) -> None:
    year = simulate_town(any_database, ZONES[1], CHILDREN)
    assert year.children == CHILDREN
    assert year.messages > 100
    assert year.due_doses > 3
    assert year.faults == dict.fromkeys(year.faults, 0)
