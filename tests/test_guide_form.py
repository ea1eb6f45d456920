"""The guide's form is strict, a malformed entry is named with file, line and remedy, and the rest still serves."""

import shutil
from pathlib import Path
from statistics import median

import pytest

from knowledge.check import check_entry, check_shipped
from knowledge.data_folder import DATA
from knowledge.entry_file import read_entry
from knowledge.faults import EntryFault, GuideFault
from knowledge.guide import AgeBand
from knowledge.load import Shipped, load
from knowledge.report import coverage_page, verification_page
from knowledge.topics import LANGUAGES

GOOD = (DATA / "guide" / "health" / "fever.md").read_text(encoding="utf-8")


def problems_of(text: str, shipped: Shipped) -> str:
    """Everything that reading or checking says of an entry's text."""
    try:
        entry = read_entry(text, "x.md", shipped.guide.topics)
    except EntryFault as fault:
        return str(fault)
    return "\n".join(map(str, check_entry(entry, shipped.guide.topics, set(shipped.guide.sources))))


def test_the_shipped_guide_has_no_problem(shipped: Shipped) -> None:
    assert [str(problem) for problem in check_shipped(shipped)] == []


def test_every_topic_has_an_entry(shipped: Shipped) -> None:
    assert set(shipped.guide.entries) == set(shipped.guide.topics)
    assert len(shipped.guide.topics) == 209


def test_short_answers_and_passages_are_short(shipped: Shipped) -> None:
    sides = [entry.zh for entry in shipped.guide.entries.values()]
    assert median(len(side.short_answer.text) for side in sides) <= 120
    assert max(len(passage.text.replace("\n", "")) for side in sides for passage in side.passages) <= 350


def test_labelled_messages_are_many_enough_to_learn_from(shipped: Shipped) -> None:
    dangers = sum(wording.level in {"call_120", "go_now"} for wording in shipped.wordings)
    assert dangers >= 1200
    assert len(shipped.examples.calm) >= 1200
    assert len(shipped.examples.out_of_scope) >= 1500


def test_the_verification_page_lists_every_open_fact(shipped: Shipped) -> None:
    page = verification_page(shipped)
    for entry in shipped.guide.entries.values():
        for statement in entry.to_verify:
            assert statement in page


def test_the_coverage_page_has_a_row_for_every_topic(shipped: Shipped) -> None:
    page = coverage_page(shipped)
    assert all(f"| {topic_id} |" in page for topic_id in shipped.guide.topics)


def test_every_entry_answers_in_both_languages_for_every_age_of_its_topic(shipped: Shipped) -> None:
    for entry in shipped.guide.entries.values():
        first, last = entry.topic.months
        for language in LANGUAGES:
            side = entry.side(language)
            for age in range(first, last):
                passage = side.passage_for(age)
                assert passage is not None and passage.band.holds(age), f"{entry.topic.id} {language} {age}"


def test_half_of_the_chinese_wordings_avoid_the_words_of_the_title(shipped: Shipped) -> None:
    for topic_id, entry in shipped.guide.entries.items():
        texts = shipped.guide.wordings["zh"][topic_id]
        pairs = {entry.topic.zh[i : i + 2] for i in range(len(entry.topic.zh) - 1)}
        avoiding = sum(not any(pair in text for pair in pairs) for text in texts)
        assert avoiding >= len(texts) * 0.4, f"{topic_id}: only {avoiding} of {len(texts)}"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("skill: care", "skill: magic", "skill 'magic' is not one of"),
        ("skill: care", "skil: care", "field 'skill' is missing"),
        ("written_on: ", "written_on: someday # ", "written_on must be a date"),
        ("id: health.fever", "id: health.nothing", "is not in data/topics.yaml"),
        ("## 简答", "## 简单答", "heading '简单答' is not of the form"),
        ("## Short answer", "## Summary", "heading 'Summary' is not of the form"),
        ("### 3-6个月", "### 三到六个月", "is not understood; write it like '### 6-12个月'"),
        ("### 3-6个月", "### 6-3个月", "ends before it begins"),
        ("### 3-6个月", "### 3-7个月", "overlap"),
        ("### 3-6 months", "### 3-5 months", "no band covers 5-6 months"),
        ("[@NG143]", "", "no source; end the line with [@ID]"),
        ("[@NG143]", "[@NOSUCH]", "cited but not listed"),
        ("id: NG143", "id: NOSUCH", "is not in data/sources.yaml"),
        ("signed_by: null", "signed_by: Dr Who", "signed_by is null or"),
        ("related: [", "related: [no.topic, ", "related topic no.topic is not in"),
        ("---\nid", "--\nid", "start the file with a block of fields"),
        ("skill: care", 'skill: "care', "not valid YAML"),
    ],
)
def test_a_malformed_entry_is_told_what_to_mend(shipped: Shipped, old: str, new: str, says: str) -> None:
    assert old in GOOD
    assert says in problems_of(GOOD.replace(old, new), shipped)


def test_a_missing_language_is_told(shipped: Shipped) -> None:
    chinese_only = GOOD[: GOOD.index("\n# ", GOOD.index("\n# ") + 1)]
    assert "the English side is missing" in problems_of(chinese_only, shipped)


def test_a_dose_by_weight_is_never_accepted(shipped: Shipped) -> None:
    with_dose = GOOD.replace("## 这样做\n- ", "## 这样做\n- 布洛芬10毫克/公斤。", 1)
    assert "never gives a dose" in problems_of(with_dose, shipped)


def test_a_broken_entry_is_left_out_and_the_rest_still_serves(tmp_path: Path, shipped: Shipped) -> None:
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    (data / "guide" / "health" / "fever.md").write_text("not an entry", encoding="utf-8")
    partly = load(data)
    assert set(partly.guide.entries) == set(shipped.guide.entries) - {"health.fever"}
    assert any(problem.file == "guide/health/fever.md" and problem.line == 1 for problem in partly.problems)


def test_a_broken_register_stops_with_file_and_line(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    (data / "sources.yaml").write_text("sources:\n  A: {title_zh: [}\n", encoding="utf-8")
    with pytest.raises(GuideFault, match=r"sources\.yaml:2"):
        load(data)


def test_only_signed_entries_are_served_when_the_operator_says_so() -> None:
    assert load(only_signed=True).guide.entries == {}


@pytest.mark.parametrize(("age", "inside"), [(5, False), (6, True), (11, True), (12, False)])
def test_a_band_holds_its_first_month_and_not_its_last(age: int, inside: bool) -> None:
    assert AgeBand(6, 12).holds(age) is inside


def test_the_last_band_holds_the_third_birthday() -> None:
    assert AgeBand(24, 36).holds(36)
