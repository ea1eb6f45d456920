"""When to answer, ask back or decline: a table of cases over values."""

import pytest

from bot.questions.answer_policy import Answer, Choices, NoAnswer, Smalltalk, decide
from bot.questions.triage import Urgent, by_reading
from index.result import Finding, Ranked
from knowledge.danger_signs import DangerMatch

WRITTEN = frozenset({"a", "b", "c", "d"})


def finding(
    ranked: str = "abcd", confidence: float = 0.9, danger: float = 0.0, in_scope: float = 1.0, **kinds: float
) -> Finding:
    shares = {"question": 1.0, "out_of_scope": 0.0, "dose": 0.0, "smalltalk": 0.0} | kinds
    topics = tuple(Ranked(topic, 1.0 - place / 10) for place, topic in enumerate(ranked))
    return Finding(topics, confidence, shares, in_scope, danger, 0.0, "emergency.choking", {})


@pytest.mark.parametrize(
    ("found", "age", "verdict"),
    [
        (finding(), None, Answer("a")),
        (finding(confidence=0.2), None, Choices(("a", "b", "c"))),
        (finding(smalltalk=0.9, question=0.1, in_scope=0.1), None, Smalltalk()),
        (finding(smalltalk=0.9, question=0.1, in_scope=0.8), None, Answer("a")),
        (finding(in_scope=0.3, confidence=0.95), None, Answer("a")),
        (finding(in_scope=0.3, confidence=0.7), None, NoAnswer("out_of_scope")),
        (finding(in_scope=0.1), None, NoAnswer("out_of_scope")),
        (finding(in_scope=0.1, confidence=0.99), None, NoAnswer("out_of_scope")),
        (finding(in_scope=0.1, smalltalk=0.9, question=0.1), None, Smalltalk()),
        (finding(), 96, NoAnswer("older_child")),
        (finding(), 420, Answer("a")),
        (finding("xabc"), None, NoAnswer("not_written", "x", ("a", "b"))),
        (finding("xyzab", confidence=0.2), None, NoAnswer("not_written", "x", ("a", "b"))),
        (finding("axyb", confidence=0.2), None, Choices(("a",))),
    ],
)
def test_a_finding_leads_to_its_verdict(found: Finding, age: int | None, verdict: object) -> None:
    assert decide(found, WRITTEN, age) == verdict


@pytest.mark.parametrize(
    ("danger", "doubtful", "urgent"), [(0.6, False, True), (0.4, False, False), (0.4, True, True), (0.1, True, False)]
)
def test_a_doubtful_rule_needs_only_a_little_support(danger: float, doubtful: bool, urgent: bool) -> None:
    match = DangerMatch("emergency.poisoning", "go_now", True, ("x",)) if doubtful else None
    decision = by_reading(finding(danger=danger), match, threshold=0.5, well=False)
    assert isinstance(decision, Urgent) == urgent
    if urgent and doubtful:
        assert decision.topic_id == "emergency.poisoning"
