"""When to answer, ask back or decline: a table of cases over values."""

from dataclasses import replace

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
    ("rule", "topic", "danger", "in_scope", "urgent"),
    [
        (None, None, 0.6, 0.9, True),
        (None, None, 0.4, 0.9, False),
        (None, None, 0.6, 0.1, False),  # hardly about a child: the reader must be surer
        (None, None, 0.97, 0.1, True),
        ("doubtful", "emergency.poisoning", 0.6, 0.1, True),
        ("doubtful", "emergency.poisoning", 0.4, 0.9, False),
        ("sure", "emergency.poisoning", 0.51, 0.9, True),
        ("sure", "emergency.poisoning", 0.44, 0.9, False),
        ("sure", "emergency.young-infant-fever", 0.05, 0.9, True),
        ("sure", "emergency.parent-crisis", 0.0, 0.1, True),
        ("sure", "emergency.abuse", 0.0, 0.9, True),
    ],
)
def test_what_a_rule_notices_and_what_is_read_lead_to_an_alarm_or_none(
    rule: str | None, topic: str | None, danger: float, in_scope: float, urgent: bool
) -> None:
    match = DangerMatch(topic, "go_now", rule == "doubtful", ("x",)) if topic else None
    decision = by_reading(finding(danger=danger, in_scope=in_scope), match, threshold=0.5)
    assert isinstance(decision, Urgent) == urgent
    if decision is not None and topic:
        assert decision.topic_id == topic


@pytest.mark.parametrize(("age", "urgent"), [(None, True), (2, True), (3, False), (18, False)])
def test_a_fever_alone_is_read_as_a_danger_under_three_months_only(age: int | None, urgent: bool) -> None:
    fever = replace(finding(danger=0.9), danger_topic_id="emergency.young-infant-fever")
    assert (by_reading(fever, None, 0.5, age) is not None) == urgent


def test_a_danger_read_beside_an_older_childs_fever_is_told_with_another_text() -> None:
    sure = replace(finding(danger=0.97), danger_topic_id="emergency.young-infant-fever")
    assert by_reading(sure, None, 0.5, 18) == Urgent("emergency.breathing-difficulty", "go_now", 0.97)
    ranked = (Ranked("health.fever", 1.0), Ranked("emergency.seizure", 0.9))
    assert by_reading(replace(sure, ranked=ranked), None, 0.5, 18) == Urgent("emergency.seizure", "go_now", 0.97)


@pytest.mark.parametrize(
    ("level", "doubtful", "danger", "urgent"),
    [
        ("call_120", False, 0.3, True),
        ("call_120", False, 0.29, False),
        ("call_120", True, 0.4, False),
        ("go_now", False, 0.5, True),
        ("go_now", False, 0.44, False),
    ],
)
def test_a_sure_rule_is_silent_only_where_the_reader_tells_of_calm(
    level: str, doubtful: bool, danger: float, urgent: bool
) -> None:
    match = DangerMatch("emergency.seizure", level, doubtful, ("x",))
    assert (by_reading(finding(danger=danger), match, 0.6) is not None) == urgent
