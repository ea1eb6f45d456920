"""The plain ways, to be compared with in the same run: BM25, and dense search for the closest wording."""

from typing import Protocol

import numpy as np

from index.chunking import wording_chunks
from index.encoder import Encoder
from index.exact_index import ExactIndex
from index.ngrams import ngrams
from index.normalise import normalise
from knowledge.guide import Guide


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
    """The closest wording by the encoder's similarity as it comes, without anything fitted."""

    name = "dense"

    def __init__(self, guide: Guide, encoder: Encoder) -> None:
        chunks = wording_chunks(guide)
        self._encoder = encoder
        self._topics = [chunk.topic_id for chunk in chunks]
        self._index = ExactIndex(encoder.encode_queries([chunk.text for chunk in chunks]))

    def rank(self, text: str) -> list[str]:
        """See `Baseline`."""
        _, rows = self._index.search(self._encoder.encode_queries([normalise(text)]), 200)
        return list(dict.fromkeys(self._topics[row] for row in rows[0].tolist()))[:10]
