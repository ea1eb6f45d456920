"""Every topic is looked for by its own wordings, each by an index that never saw it."""

import pytest

from bot.errors import Misconfigured
from bot.preparing import check_fusion
from bot.reach import FOUND_AMONG, Reach, measure_reach
from index.assemble import read_fusion
from index.build import FUSION
from index.hashing_encoder import HashingEncoder
from index.labelled import labelled_messages
from index.normalise import normalise
from index.vector_store import VectorStore
from knowledge.load import Shipped

PARTS = 2


@pytest.fixture(scope="module")
def reach(sampled: Shipped, tmp_path_factory: pytest.TempPathFactory) -> Reach:
    store = VectorStore(tmp_path_factory.mktemp("reach") / "v.npz", HashingEncoder(), lambda _message: None)
    return measure_reach(sampled, store, read_fusion(FUSION), 0.8, lambda _message: None, folds=PARTS)


def test_every_wording_is_looked_for_once(reach: Reach, sampled: Shipped) -> None:
    looked_for = sum(len(places) for places in reach.topics.values())
    assert looked_for == len({normalise(wording.text) for wording in sampled.wordings})


def test_what_went_astray_is_what_is_not_among_the_first_three(reach: Reach) -> None:
    places = [place for one in reach.topics.values() for place in one]
    assert len(reach.strays) == sum(place >= FOUND_AMONG for place in places)
    assert all(right != first for right, first, _ in reach.strays)
    assert reach.figures()["among three"] == pytest.approx(1 - len(reach.strays) / len(places), abs=1e-3)


def test_every_danger_and_every_calm_look_alike_is_judged_once(reach: Reach, sampled: Shipped) -> None:
    messages = labelled_messages(sampled)
    dangers = {text for text, danger in zip(messages.texts, messages.dangers, strict=True) if danger}
    assert len(reach.recalled) == len(dangers)
    assert len(reach.alarmed) == len({normalise(one.text) for one in sampled.examples.calm} - dangers)
    assert len(reach.missed) == reach.recalled.count(False)
    assert len(reach.cried) == reach.alarmed.count(True)


def test_weights_chosen_with_another_encoder_are_refused() -> None:
    with pytest.raises(Misconfigured, match="qihui index tune"):
        check_fusion(FUSION, HashingEncoder())
