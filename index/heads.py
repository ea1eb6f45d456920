"""The fitted part of the index at run time: plain matrices, read by numpy alone (no torch, no scikit-learn).

A message is two feature vectors: its meaning (the encoder's vector, centred) and its spelling (character n-grams,
TF-IDF). Each head is a softmax over one or both.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.encoder import Vectors
from index.ngrams import ngrams

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Spelling:
    """TF-IDF over character n-grams: `rows` are places in the vocabulary, `weights` have length 1 together."""

    rows: Ints
    weights: Floats


@dataclass(frozen=True)
class SpellingModel:
    """The vocabulary with its inverse document frequencies."""

    vocabulary: dict[str, int]
    idf: Floats

    def read(self, text: str) -> Spelling:
        """The features of a normalised text; n-grams that the guide's data never saw count for nothing."""
        counts: dict[int, int] = {}
        for gram in ngrams(text):
            place = self.vocabulary.get(gram)
            if place is not None:
                counts[place] = counts.get(place, 0) + 1
        rows = np.fromiter(counts, dtype=np.int64, count=len(counts))
        frequency = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        weights = (1.0 + np.log(frequency)) * self.idf[rows] if counts else frequency
        length = float(np.linalg.norm(weights))
        return Spelling(rows, (weights / length if length > 0 else weights).astype(np.float32))


@dataclass(frozen=True)
class Head:
    """Logits of a softmax: `meaning` has shape (dim, classes), `spelling` (vocabulary, classes); None: not used."""

    bias: Floats
    meaning: NDArray[np.floating] | None
    spelling: NDArray[np.floating] | None

    def logits(self, vector: Vectors, spelling: Spelling) -> Floats:
        """One logit a class, shape (classes,)."""
        total = self.bias.copy()
        if self.meaning is not None:
            total += vector @ self.meaning
        if self.spelling is not None and len(spelling.rows):
            total += spelling.weights @ self.spelling[spelling.rows].astype(np.float32)
        return total


def softmax(logits: Floats) -> Floats:
    """Probabilities that sum to one."""
    shifted = np.exp(logits - logits.max())
    return np.asarray(shifted / shifted.sum(), dtype=np.float32)
