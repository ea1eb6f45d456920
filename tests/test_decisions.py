"""One table of messages with what the bot decides on them, on the real index."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.conversation.router import language_of
from bot.questions.asking import Question
from bot.wiring import Knowing

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "decisions.yaml").read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["says"] for case in CASES])
def test_a_message_is_decided_as_the_table_says(case: dict[str, Any], knowing: Knowing) -> None:
    outcome = knowing.asking.ask(Question(case["says"], language_of(case["says"]) or "zh", case.get("age")))
    told = f"{case['why']}: {outcome.decision} {outcome.urgency} {outcome.topic_ids} {outcome.confidence:.2f}"
    if "decision" in case:
        assert outcome.decision == case["decision"], told
    if "decision_not" in case:
        assert outcome.decision != case["decision_not"], told
    if "topic" in case:
        assert outcome.topic_ids[0] == case["topic"], told
    if "urgency" in case:
        assert outcome.urgency == case["urgency"], told


def test_every_row_says_what_it_protects_and_something_to_check() -> None:
    for case in CASES:
        assert case["why"]
        assert {"decision", "decision_not", "urgency"} & set(case)
        assert set(case) <= {"says", "age", "decision", "decision_not", "topic", "urgency", "why"}
