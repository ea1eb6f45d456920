"""Fit the heads from the guide's data. Uses scikit-learn, so it is imported only when an index is prepared.

Deterministic: the same data and encoder give the same heads.
"""

import os
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from index.encoder import Vectors
from index.heads import Head, Spelling, SpellingModel
from index.ngrams import ngrams

LEAST_TEXTS_PER_NGRAM = 4
MEANING_STRENGTH = 12.0
"""Inverse regularisation of the head on meaning; chosen on held-out writers, flat between 5 and 30."""
SPELLING_STRENGTH = 12.0
MARGIN_STRENGTH = 0.5
READER_STRENGTH = 1.0
"""Of the heads with few classes, which read meaning and spelling together: stronger ones are sure of everything."""

MEANING_WEIGHT = 3.0
"""How much longer the meaning part is than the spelling part where a head reads both."""
_ITERATIONS = 40
_TOLERANCE = 1e-7
"""Low enough never to stop a fit early: on many classes a loose one stops it before it has begun (measured)."""


@contextmanager
def fixed_iterations() -> Iterator[None]:
    """Silence the warning that a fit has not converged: a fixed number of iterations is what we want.

    Around all fits that run side by side, for the filter of warnings belongs to the whole process.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def on_other_cores() -> threadpool_limits:
    """Inside it arithmetic uses one thread for each core but one: threads that outnumber the cores wait by spinning.

    Measured on two cores with a sparse fit beside it: 20 s instead of 52 for the whole guide.
    """
    return threadpool_limits(max(1, (os.cpu_count() or 1) - 1))


@dataclass(frozen=True)
class Texts:
    """Messages to fit on: their vectors (already centred) and their spelling."""

    vectors: Vectors
    spellings: list[Spelling]


def _spelling_matrix(spellings: list[Spelling], width: int) -> sparse.csr_matrix:
    """The spelling features as one sparse matrix, shape (texts, width)."""
    pointers = np.cumsum([0, *(len(one.rows) for one in spellings)])
    if not spellings:
        return sparse.csr_matrix((0, width), dtype=np.float32)
    rows = np.concatenate([one.rows for one in spellings])
    weights = np.concatenate([one.weights for one in spellings])
    return sparse.csr_matrix((weights, rows, pointers), shape=(len(spellings), width), dtype=np.float32)


def fit_spelling(texts: list[str]) -> SpellingModel:
    """The vocabulary of n-grams that stand in at least four texts, in order of first use."""
    seen: Counter[str] = Counter()
    for text in texts:
        seen.update(set(ngrams(text)))
    kept = [gram for gram, count in seen.items() if count >= LEAST_TEXTS_PER_NGRAM]
    vocabulary = {gram: place for place, gram in enumerate(sorted(kept))}
    counts = np.array([seen[gram] for gram in sorted(kept)], dtype=np.float32)
    idf = (np.log((1 + len(texts)) / (1 + counts)) + 1).astype(np.float32)
    return SpellingModel(vocabulary, idf)


def fit_spelling_head(spellings: list[Spelling], labels: NDArray[np.int64], width: int) -> Head:
    """One class against all others by the widest margin, on spelling alone; its values are no logits of a softmax.

    As right as a softmax on held-out questions, and fitted ten times as fast on two hundred classes.
    """
    model = LinearSVC(C=MARGIN_STRENGTH, max_iter=200, random_state=0)
    model.fit(_spelling_matrix(spellings, width), labels)
    return Head(model.intercept_.astype(np.float32), None, np.ascontiguousarray(model.coef_.T.astype(np.float16)))


def fit_head(
    texts: Texts,
    labels: NDArray[np.int64],
    classes: int,
    width: int,
    *,
    meaning: bool,
    spelling: bool,
    balanced: bool = False,
    strength: float | None = None,
    counts: NDArray[np.float64] | None = None,
) -> Head:
    """A softmax over `classes` (labels 0..classes-1, all of them present) on meaning, spelling or both.

    `counts`: how much each text counts, None for all alike.
    """
    features: Vectors | sparse.csr_matrix = texts.vectors
    if spelling:
        features = _spelling_matrix(texts.spellings, width)
        if meaning:
            features = sparse.hstack([sparse.csr_matrix(texts.vectors * MEANING_WEIGHT), features], format="csr")
    strength = strength or (SPELLING_STRENGTH if spelling else MEANING_STRENGTH)
    model = LogisticRegression(
        C=strength, max_iter=_ITERATIONS, class_weight="balanced" if balanced else None, tol=_TOLERANCE
    )
    model.fit(features, labels, sample_weight=counts)
    weights, bias = model.coef_.astype(np.float32), model.intercept_.astype(np.float32)
    if classes == 2:  # scikit-learn gives one row for two classes
        weights, bias = np.vstack([-weights / 2, weights / 2]), np.concatenate([-bias / 2, bias / 2])
    dim = texts.vectors.shape[1]
    meaning_weights = None
    if meaning:
        meaning_weights = np.ascontiguousarray(weights[:, :dim].T * (MEANING_WEIGHT if spelling else 1.0))
        weights = weights[:, dim:]
    spelling_weights = np.ascontiguousarray(weights.T.astype(np.float16)) if spelling else None
    return Head(bias, meaning_weights, spelling_weights)
