"""An edit is taken into a prepared index at once, and what it finds is what a full build would find."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from bot.questions.asking import Asking
from index.adjuster import Adjuster
from index.assemble import index_folder, open_retriever
from index.build import build
from index.hashing_encoder import HashingEncoder
from index.retriever import Retriever
from knowledge.guide import Guide
from knowledge.load import Shipped
from knowledge.topics import Topic

TOPIC = "care.teeth"


def retriever_of(asking: Asking) -> Retriever:
    return asking._retriever


def edited(guide: Guide, edition: str) -> Guide:
    """The same guide with one passage rewritten and two wordings added to one topic."""
    entry = guide.entries[TOPIC]
    first = entry.zh.passages[0]
    paragraph = replace(first.paragraphs[0], text="紫色长颈鹿牙刷每天早晚各用一次。")
    passages = (replace(first, paragraphs=(paragraph,)), *entry.zh.passages[1:])
    new = replace(entry, zh=replace(entry.zh, passages=passages))
    texts = (*guide.wordings["zh"][TOPIC], "长颈鹿牙刷哪里买", "紫色长颈鹿牙刷好用伐")
    wordings = {**guide.wordings, "zh": {**guide.wordings["zh"], TOPIC: texts}}
    return replace(guide, entries={**guide.entries, TOPIC: new}, wordings=wordings, edition=edition)


def test_an_unchanged_guide_gives_the_same_retriever(quick_asking: Asking, sampled: Shipped) -> None:
    base = retriever_of(quick_asking)
    assert Adjuster(base, sampled.guide).retriever_for(sampled.guide) is base


def test_new_words_are_found_at_once(quick_asking: Asking, sampled: Shipped) -> None:
    base = retriever_of(quick_asking)
    after = Adjuster(base, sampled.guide).retriever_for(edited(sampled.guide, "edited"))
    question = "紫色长颈鹿牙刷"
    assert after.find(question).ranked[0].topic_id == TOPIC
    before = base.find(question).parts["wordings"].get(TOPIC, -1.0)
    assert after.find(question).parts["wordings"][TOPIC] > before + 0.2


def test_what_is_taken_in_is_what_a_build_prepares(quick_asking: Asking, sampled: Shipped, tmp_path: Path) -> None:
    base, guide = retriever_of(quick_asking), edited(sampled.guide, "edited")
    after = Adjuster(base, sampled.guide).retriever_for(guide)
    encoder = HashingEncoder()
    shipped = replace(sampled, guide=guide)
    build(shipped, encoder, index_folder(tmp_path, "edited", encoder), tmp_path / "v.npz", print, date(2026, 11, 24))
    full, _ = open_retriever(tmp_path, guide, encoder, "flat")
    place = full.prepared.topic_ids.index(TOPIC)
    assert np.allclose(after.prepared.topic_centres[place], full.prepared.topic_centres[place], atol=0.01)
    assert sorted(np.bincount(after.prepared.passage_topics)) == sorted(np.bincount(full.prepared.passage_topics))
    texts = [text for texts in list(guide.wordings["zh"].values())[:40] for text in texts[:3]]
    same = [after.find(text).ranked[0].topic_id == full.find(text).ranked[0].topic_id for text in texts]
    assert sum(same) >= 0.97 * len(same)


def test_a_withdrawn_entry_has_no_passages_and_is_still_known(quick_asking: Asking, sampled: Shipped) -> None:
    entries = {topic_id: entry for topic_id, entry in sampled.guide.entries.items() if topic_id != TOPIC}
    after = Adjuster(retriever_of(quick_asking), sampled.guide).retriever_for(replace(sampled.guide, entries=entries))
    assert after.prepared.topic_ids.index(TOPIC) not in set(after.prepared.passage_topics.tolist())
    assert after.find(sampled.guide.wordings["zh"][TOPIC][0]).ranked[0].topic_id == TOPIC


def test_going_back_finds_what_was_found_before(quick_asking: Asking, sampled: Shipped) -> None:
    base = retriever_of(quick_asking)
    adjuster = Adjuster(base, sampled.guide)
    adjuster.retriever_for(edited(sampled.guide, "edited"))
    assert adjuster.retriever_for(sampled.guide) is base


def test_a_topic_that_the_index_was_not_fitted_on_is_found_and_the_others_stay(
    quick_asking: Asking, sampled: Shipped
) -> None:
    base, guide = retriever_of(quick_asking), sampled.guide
    own = Topic("care.own-1", (0, 36), "滑板车怎么选", "Choosing a scooter", own=True)
    texts = ("紫色长颈鹿滑板车怎么选", "滑板车多大能骑", "踏板滑行车好不好")
    wordings = {**guide.wordings, "zh": {**guide.wordings["zh"], own.id: texts}}
    added = replace(guide, topics={**guide.topics, own.id: own}, wordings=wordings, edition="added")
    after = Adjuster(base, guide).retriever_for(added)
    assert after.prepared.topic_ids == (*base.prepared.topic_ids, own.id)
    assert after.find("滑板车买哪种").ranked[0].topic_id == own.id
    others = [texts[0] for topic_id, texts in guide.wordings["zh"].items() if texts][::10]
    same = sum(base.find(text).ranked[0].topic_id == after.find(text).ranked[0].topic_id for text in others)
    assert same == len(others)
