"""Resource packs: what the shipped series promise, and how a broken one is refused."""

from datetime import date
from typing import Any

import pytest

from knowledge.faults import GuideFault
from knowledge.load import Shipped
from knowledge.packs import MOST_CHARACTERS, read_pack

TOPICS = {"play.0-6m", "sleep.safe"}


def pack(**changes: Any) -> dict[str, Any]:
    card = {"at": 1, "zh": "看看宝宝的眼睛。", "en": "Look at your baby's eyes.", "topic": "play.0-6m"}
    whole = {"id": "x", "title_zh": "一", "title_en": "One", "pace": "week", "readers": "all", "cards": [card]}
    return {**whole, "written_on": date(2026, 11, 24), **changes}


def test_a_good_pack_is_read() -> None:
    assert read_pack(pack(), "packs/x.yaml", TOPICS).cards[0].text("en") == "Look at your baby's eyes."


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"pace": "month"}, "pace is week_of_age"),
        ({"colour": "red"}, "unknown field colour"),
        ({"cards": [{"at": 1, "zh": "长" * (MOST_CHARACTERS + 1), "en": "x", "topic": "sleep.safe"}]}, "at most 200"),
        ({"cards": [{"at": 1, "zh": "好", "en": "x", "topic": "no.topic"}]}, "no topic no.topic"),
        ({"cards": [{"at": 1, "zh": "好", "en": "x", "topic": "sleep.safe", "picture": "a"}]}, "unknown field picture"),
        ({"cards": [{"at": 1, "zh": "好", "en": "x", "topic": "sleep.safe"}] * 2}, "must rise"),
        ({"cards": [{"zh": "好"}]}, "needs id"),
    ],
)
def test_a_broken_pack_is_told_what_to_mend(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(GuideFault, match=says):
        read_pack(pack(**changes), "packs/x.yaml", TOPICS)


def test_the_right_choice_must_be_one_of_the_choices() -> None:
    question = {"zh": "?", "en": "?", "choices_zh": ["是", "否"], "choices_en": ["yes", "no"], "right": 2}
    cards = [{"at": 1, "zh": "好", "en": "x", "topic": "sleep.safe", "question": question}]
    with pytest.raises(GuideFault, match="one of them right"):
        read_pack(pack(cards=cards), "packs/x.yaml", TOPICS)


def test_the_shipped_series_are_the_six_that_families_were_promised(shipped: Shipped) -> None:
    assert set(shipped.packs) == {
        "by-age",
        "first-100-days",
        "grandparents",
        "seven-skills",
        "starting-nursery",
        "starting-solids",
    }
    weeks = [card.at for card in shipped.packs["by-age"].cards]
    assert weeks == list(range(1, 157)), "one card for each week of the first three years"
    lessons = shipped.packs["grandparents"].cards
    assert len(lessons) == 8
    assert all(lesson.question is not None for lesson in lessons)
    assert len(shipped.packs["seven-skills"].cards) >= 7
