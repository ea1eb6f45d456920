"""What a family is told about growth: places and what to do, in two languages, and never the name of a condition."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.faults import GuideFault
from knowledge.growth_assessment import Assessment, assess
from knowledge.growth_reading import Child, Measurement
from knowledge.growth_trend import lines_between
from knowledge.growth_words import growth_sentences, read_growth_words
from knowledge.load_growth import load_growth_standard, load_growth_words, load_milestones

NEVER = re.compile(
    r"肥胖|超重|消瘦|矮小|迟缓|落后|营养不良|低体重|小头|大头|巨大儿|异常|不正常|诊断|疾病|孤独症|自闭|障碍|缺陷"
    r"|obes|overweight|underweight|stunt|wast(?:ed|ing)|malnutr|abnormal|disorder|diagnos|delayed|autis|deficien|disease",
    re.IGNORECASE,
)
ON = date(2026, 11, 24)


def told(language: str, child: Child, measured: Measurement, *earlier: Measurement, **options: bool) -> str:
    found = assess(load_growth_standard(), child, measured, earlier, **options)
    return "\n".join(growth_sentences(load_growth_words()[language], found))


def boy() -> Child:
    return Child("m", date(2025, 11, 24))


def test_an_ordinary_child_is_told_the_place_and_to_look_at_the_direction() -> None:
    text = told("zh", boy(), Measurement(ON, 9.6, 75, 46))
    assert "体重9.6公斤：100个一样大的男孩里，大约48个比宝宝轻。" in text
    assert "都在P3到P97两条线之间" in text
    assert "看走势" in text
    assert "WS/T 423-2022" in text
    assert "120" not in text


@pytest.mark.parametrize(("language", "doctor"), [("zh", "儿保医生"), ("en", "child-health doctor")])
def test_a_place_outside_the_lines_is_shown_to_the_doctor(language: str, doctor: str) -> None:
    for weight, line in ((7.2, "P3"), (12.5, "P97")):
        text = told(language, boy(), Measurement(ON, weight))
        assert doctor in text
        assert line in text
    assert "120" in told(language, boy(), Measurement(ON, 7.2)), "low weight names what would be urgent"
    assert "120" not in told(language, boy(), Measurement(ON, length_cm=83))


def test_a_child_born_early_hears_both_ages() -> None:
    child = Child("f", date(2026, 5, 1), 32)
    text = told("zh", child, Measurement(ON, 5.8, 62, 41))
    assert "实际满6个月零23天，矫正月龄满4个月零29天" in text
    assert "按实际月龄看" in text
    assert "real age" in told("en", child, Measurement(ON, 5.8))


def test_before_the_due_date_no_curve_is_read() -> None:
    text = told("zh", Child("f", date(2026, 11, 1), 32), Measurement(ON, 2.1))
    assert "还没到原来的预产期" in text
    assert "100个" not in text


def test_in_doubt_only_the_question_is_said() -> None:
    text = told("zh", boy(), Measurement(ON, 19.2, 75))
    assert "您写的是斤吗？那就是9.6公斤。" in text
    assert "100个" not in text
    assert "Was it jin (斤)? Then it is 9.6 kg." in told("en", boy(), Measurement(ON, 19.2))


def test_falling_across_two_lines_is_named_with_its_day() -> None:
    text = told("zh", boy(), Measurement(ON, 8.4), Measurement(date(2026, 6, 1), 8.4))
    assert "和2026-06-01比，体重这次往下跨过了两条主要的线" in text


@pytest.mark.parametrize(
    ("before_on", "before", "now", "says"),
    [
        (date(2026, 6, 1), Measurement(ON, weight_kg=7.9), Measurement(ON, weight_kg=9.6), False),
        (date(2026, 11, 10), Measurement(ON, weight_kg=10.8), Measurement(ON, weight_kg=8.4), False),
        (date(2026, 6, 1), Measurement(ON, weight_kg=7.0), Measurement(ON, weight_kg=11.5), False),
        (date(2026, 6, 1), Measurement(ON, head_cm=42.0), Measurement(ON, head_cm=47.8), True),
    ],
    ids=["along the own line", "two weeks apart", "upwards in weight", "a head upwards"],
)
def test_only_what_counts_as_leaving_the_line_is_named(
    before_on: date, before: Measurement, now: Measurement, *, says: bool
) -> None:
    earlier = Measurement(before_on, before.weight_kg, before.length_cm, before.head_cm)
    found = assess(load_growth_standard(), boy(), now, (earlier,))
    assert bool(found.crossed) is says


def test_lines_between_two_places_do_not_depend_on_the_order() -> None:
    assert lines_between(0.5, -2) == lines_between(-2, 0.5) == 3
    assert lines_between(0.5, 0.9) == 0


@given(
    st.floats(0.5, 60),
    st.floats(30, 130),
    st.floats(25, 60),
    st.integers(0, 1826),
    st.sampled_from([None, 26, 33, 36]),
    st.sampled_from(["zh", "en"]),
    st.booleans(),
)
def test_no_measurement_is_ever_given_the_name_of_a_condition(
    weight: float, length: float, head: float, day: int, weeks: int | None, language: str, confirmed: bool
) -> None:
    child = Child("f", date(2020, 1, 1), weeks)
    on = date.fromordinal(child.born_on.toordinal() + day)
    text = told(language, child, Measurement(on, weight, length, head), confirmed=confirmed)
    assert text
    assert NEVER.search(text) is None
    assert not re.search(r"[{}]", text)


def test_no_word_about_growth_or_milestones_names_a_condition() -> None:
    words = [text for one in load_growth_words().values() for text in one.sentences.values()]
    milestones = load_milestones()
    words += [text for one in milestones.words.values() for text in one.values()]
    words += [
        line
        for step in milestones.steps
        for item in (*step.doing, *step.play, *step.signs)
        for line in (item.zh, item.en)
    ]
    assert [text for text in words if NEVER.search(text)] == []


def test_words_that_differ_between_the_languages_are_refused() -> None:
    with pytest.raises(GuideFault, match="a stands in one language only"):
        read_growth_words({"zh": {"a": "甲", "b": "乙"}, "en": {"b": "b"}}, "words.yaml")
    with pytest.raises(GuideFault, match="b is filled with other values"):
        read_growth_words({"zh": {"b": "{x}"}, "en": {"b": "{y}"}}, "words.yaml")


def test_an_assessment_keeps_the_earlier_points_in_order() -> None:
    days = (date(2026, 8, 1), date(2026, 3, 1))
    found: Assessment = assess(
        load_growth_standard(), boy(), Measurement(ON, 9.6), tuple(Measurement(day, 8) for day in days)
    )
    assert [one.on for one in found.earlier] == sorted(days)
