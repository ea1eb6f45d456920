"""Milestones and warning signs: the list of the age reached, one sign is enough to show the doctor, never a label."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.child_age import add_months, child_age
from knowledge.data_folder import DATA, read_yaml
from knowledge.faults import GuideFault, InputFault
from knowledge.load_growth import load_milestones
from knowledge.milestone_words import milestone_lines, outcome_lines
from knowledge.milestones import REPLIES, Outcome, Questionnaire, outcome, questionnaire, read_milestones

ON = date(2026, 11, 24)


def asked_at(months: int, weeks: int | None = None) -> Questionnaire:
    return questionnaire(load_milestones(), child_age(add_months(ON, -months), ON, weeks))


def words_of(result: Outcome, language: str = "zh") -> str:
    return "\n".join(outcome_lines(load_milestones(), result, language))


@pytest.mark.parametrize(
    ("months", "list_of"),
    [(0, 0), (2, 0), (3, 3), (5, 3), (6, 6), (7, 6), (8, 8), (11, 8), (12, 12), (17, 12), (18, 18), (23, 18),
     (24, 24), (29, 24), (30, 30), (35, 30), (36, 36), (47, 36)],
)  # fmt: skip
def test_the_list_is_that_of_the_age_reached(months: int, list_of: int) -> None:
    asked = asked_at(months)
    assert asked.step.from_month == list_of
    assert [sign.id for sign in asked.step.signs] == ([f"w{list_of}{letter}" for letter in "abcd"] if list_of else [])
    assert ("lost_skill" in {sign.id for sign in asked.questions}) is bool(list_of)


def test_a_child_born_early_is_asked_by_corrected_age_until_two_years() -> None:
    assert asked_at(13).step.from_month == 12
    assert asked_at(13, weeks=30).step.from_month == 8
    assert asked_at(25, weeks=30).step.from_month == 24
    lines = milestone_lines(load_milestones(), asked_at(13, weeks=30), "zh")
    assert "实际满13个月，矫正月龄满10个月" in lines[0]
    young = questionnaire(load_milestones(), child_age(date(2026, 11, 1), ON, 30))
    assert "还没到原来的预产期" in milestone_lines(load_milestones(), young, "zh")[0]
    assert "due date" in milestone_lines(load_milestones(), young, "en")[0]


def test_one_sign_is_enough_and_the_list_is_shown() -> None:
    asked = asked_at(12)
    result = outcome(asked, {"w12a": "yes", "w12b": "no", "w12c": "unsure"})
    assert result.advice == "show_doctor"
    text = words_of(result)
    assert "给社区儿保医生看" in text
    assert "叫他名字，没有反应" in text
    assert "听力" in text, "hearing first where it is about sounds"
    assert "不会用拇指和食指捏小东西" in text, "what is unsure is named too"
    assert "不会学着挥手再见" not in text
    assert "child-health doctor" in words_of(result, "en")


def test_answers_without_a_sign() -> None:
    asked = asked_at(12)
    none = {sign.id: "no" for sign in asked.questions}
    assert outcome(asked, none).advice == "carry_on"
    assert "心里要是一直放不下" in words_of(outcome(asked, none))
    assert outcome(asked, none | {"w12c": "unsure"}).advice == "ask_at_visit"
    few = outcome(asked, {"w12a": "no"})
    assert few.advice == "unfinished"
    assert "还有4条没答" in words_of(few)


def test_lost_skills_name_what_would_be_urgent() -> None:
    text = words_of(outcome(asked_at(24), {"lost_skill": "yes"}))
    assert "120" in text
    assert "儿保医生" in text


@given(st.integers(3, 47), st.data())
def test_no_answers_ever_hide_a_sign(months: int, data: st.DataObject) -> None:
    asked = asked_at(months)
    replies = {s.id: data.draw(st.sampled_from(REPLIES)) for s in asked.questions if data.draw(st.booleans())}
    result = outcome(asked, replies)
    assert (result.advice == "show_doctor") is ("yes" in replies.values())
    for language in ("zh", "en"):
        lines = outcome_lines(load_milestones(), result, language)
        assert all(f"· {sign.text(language)}" in lines for sign in result.signs)


def test_what_was_not_asked_is_refused() -> None:
    with pytest.raises(InputFault, match="w18a is not asked at this age"):
        outcome(asked_at(12), {"w18a": "yes"})
    with pytest.raises(InputFault, match="end before 48 months"):
        asked_at(48)


def test_before_three_months_there_is_no_list_and_something_to_play() -> None:
    lines = milestone_lines(load_milestones(), asked_at(1), "zh")
    assert "满3个月以前没有要对的表" in lines[-1]
    assert any("趴" in line for line in lines)


def test_what_children_do_belongs_to_the_age_it_is_shown_at() -> None:
    steps = load_milestones().steps
    assert (steps[0].from_month, steps[-1].before_month) == (0, 48)
    for step in steps:
        assert step.doing
        assert step.play
        assert all(step.from_month <= item.about_months <= step.before_month for item in step.doing)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda raw: raw["steps"][1].update(from_month=4), "begins where the one before does not end"),
        (lambda raw: raw["steps"][1]["signs"][0].update(id="w6a"), "the sign w6a stands twice"),
        (lambda raw: raw["steps"][0]["doing"][0].update(sources=["NOBODY"]), "no source NOBODY"),
        (lambda raw: raw["steps"][0]["doing"][0].update(sources=[]), "missing or unknown"),
        (lambda raw: raw["steps"][0].update(topics=["play.nothing"]), "no topic play.nothing"),
        (lambda raw: raw["steps"][0].update(extra=1), "missing or unknown"),
        (lambda raw: raw["words"]["en"].pop("ask"), "words in one language only: ask"),
        (lambda raw: raw.pop("always"), "missing or unknown"),
    ],
)
def test_a_malformed_file_says_what_is_wrong(change, says: str) -> None:
    raw = read_yaml(DATA / "milestones.yaml", DATA)
    sources = {"CDCMS22", "WHOPASS19", "PED10", "SHDEV24", "WHONCF", "GBTOY", "TUOYUSAFE", "WARN22", "ASD22"}
    topics = {topic for step in raw["steps"] for topic in step["topics"]}
    change(raw)
    with pytest.raises(GuideFault) as caught:
        read_milestones(raw, "milestones.yaml", sources, topics)
    assert says in str(caught.value)
