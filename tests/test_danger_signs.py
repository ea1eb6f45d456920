"""The rules of danger signs as a table, and the fixed texts that are said then."""

from pathlib import Path

import pytest
import yaml

from index.normalise import normalise
from knowledge.danger_signs import find_danger, read_danger_signs
from knowledge.data_folder import DATA
from knowledge.faults import GuideFault
from knowledge.load import Shipped
from knowledge.topics import LANGUAGES

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "danger_signs.yaml").read_text(encoding="utf-8"))
RAW = yaml.safe_load((DATA / "danger_signs.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[f"{case['says']}-{case.get('months', '')}" for case in CASES])
def test_a_message_is_read_as_the_table_says(case: dict, shipped: Shipped) -> None:
    match = find_danger(normalise(case["says"]), case.get("months"), shipped.danger_signs)
    if case.get("calm"):
        assert match is None or match.doubtful
    elif case.get("doubtful"):
        assert match is not None
        assert match.doubtful
    else:
        assert match is not None
        assert not match.doubtful
        assert match.level == case["level"]
        assert match.topic_id == case.get("topic", match.topic_id)


def test_every_emergency_has_a_text_that_starts_with_120_and_is_short(shipped: Shipped) -> None:
    signs = shipped.danger_signs
    emergencies = {topic.id for topic in shipped.guide.topics.values() if topic.kind == "emergency"}
    assert set(signs.templates) == emergencies
    for topic_id, template in signs.templates.items():
        assert set(template.source_ids) <= set(shipped.guide.sources)
        for language in LANGUAGES:
            for level in ("call_120", "go_now"):
                assert "120" in signs.first_line(topic_id, level, language)
        for sentence in (template.zh.first, *template.zh.steps, *template.zh.dont):
            assert len(sentence) <= 60, sentence
        assert len(template.zh.steps) == len(template.en.steps)


def test_a_parent_in_crisis_is_given_help_lines_and_people(shipped: Shipped) -> None:
    text = shipped.danger_signs.templates["emergency.parent-crisis"]
    for said in ("\n".join((text.zh.first, *text.zh.steps)), "\n".join((text.en.first, *text.en.steps))):
        assert {"120", "110", "12356"} <= {number for number in ("120", "110", "12356") if number in said}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda raw: raw["signs"][0]["rows"].append({"all": ["(unclosed"]}), "is not a regular expression"),
        (lambda raw: raw["signs"][0].update(level="soon"), "is not one of"),
        (
            lambda raw: raw["signs"].append({"topic": "emergency.none", "level": "go_now", "rows": []}),
            "no text under templates",
        ),
        (lambda raw: raw.pop("told"), "missing or malformed"),
        (lambda raw: raw["told"].pop("denied"), "missing or malformed"),
    ],
)
def test_a_broken_rule_file_is_refused_with_what_to_mend(change, says: str) -> None:
    raw = yaml.safe_load(yaml.safe_dump(RAW, allow_unicode=True))
    change(raw)
    with pytest.raises(GuideFault, match=says):
        read_danger_signs(raw)
