"""Choose how much each way of looking counts, and how a lead becomes a probability, on writers held out.

Wordings are split by the style they were written in, so that a writer's manner is never on both sides. The result is
a small table (`index/fusion.json`) that people can read; it is kept in the repository and used by every index.
"""

import json
import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from index.build import VectorStore, fit
from index.chunking import Chunk
from index.exact_index import ExactIndex
from index.heads import Floats
from index.normalise import normalise
from index.retriever import (
    CONFIDENCE_FEATURES,
    PARTS,
    SEARCH_WIDTH,
    Fusion,
    centre_vectors,
    confidence_features,
    fuse,
    topic_parts,
)
from knowledge.load import Shipped

FOLDS = 4
STEPS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
ROUNDS = 2
LEAST_STYLES = 3
SAMPLE = 3000
"""Held-out messages that the weights are chosen on, taken evenly."""


@dataclass(frozen=True)
class HeldOut:
    """A message that the fitted parts never saw: what each says of it, and which topic is right."""

    parts: dict[str, Floats]
    right: int


@dataclass(frozen=True)
class Tuned:
    """The chosen table with its figures on the held-out messages."""

    fusion: Fusion
    messages: int
    first_right: float
    among_three: float

    def write(self, path: Path) -> None:
        """Write the table for people and for `index.assemble`."""
        table = {
            "weights": self.fusion.weights,
            "confidence": dict(zip(CONFIDENCE_FEATURES, self.fusion.confidence_weights, strict=True)),
            "held_out": {
                "messages": self.messages,
                "first_right": round(self.first_right, 4),
                "among_three": round(self.among_three, 4),
            },
        }
        path.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


def tune(shipped: Shipped, store: VectorStore, progress: Callable[[str], None]) -> Tuned:
    """Fit on all writers but one group, look at that group, four times; then choose. Deterministic."""
    held_out = [one for fold in range(FOLDS) for one in _look_at_fold(shipped, store, fold, progress)]
    sample = held_out[:: max(1, len(held_out) // SAMPLE)]
    weights = _choose_weights(sample, progress)
    fused = [fuse(one.parts, weights) for one in held_out]
    right = np.array([int(np.argmax(values)) == one.right for values, one in zip(fused, held_out, strict=True)])
    three = np.array([one.right in np.argsort(-values)[:3] for values, one in zip(fused, held_out, strict=True)])
    features = np.array([confidence_features(one.parts, values) for one, values in zip(held_out, fused, strict=True)])
    model = LogisticRegression(C=10.0, fit_intercept=False, max_iter=500).fit(features, right)
    confidence = tuple(round(float(weight), 4) for weight in model.coef_[0])
    return Tuned(Fusion(weights, confidence), len(held_out), float(right.mean()), float(three.mean()))


def _fold_of(topic_id: str, style: str, text: str, styles: int) -> int:
    """Whole styles together where a topic has several; single wordings where it has one writer."""
    key = f"{style}" if styles >= LEAST_STYLES else text
    return zlib.crc32(f"{topic_id if styles < LEAST_STYLES else ''}\n{key}".encode()) % FOLDS


def _look_at_fold(shipped: Shipped, store: VectorStore, fold: int, progress: Callable[[str], None]) -> list[HeldOut]:
    styles: dict[tuple[str, str], set[str]] = defaultdict(set)
    for wording in shipped.wordings:
        styles[wording.topic_id, wording.language].add(wording.style)
    seen: list[Chunk] = []
    unseen: list[Chunk] = []
    for wording in shipped.wordings:
        count = len(styles[wording.topic_id, wording.language])
        chunk = Chunk(wording.topic_id, normalise(wording.text))
        (unseen if _fold_of(wording.topic_id, wording.style, wording.text, count) == fold else seen).append(chunk)
    progress(f"fold {fold + 1} of {FOLDS}: {len(unseen)} wordings held out")
    fitted = fit(shipped, store, seen, progress)
    prepared = fitted.prepared(Fusion(dict.fromkeys(PARTS, 1.0), (0.0,) * len(CONFIDENCE_FEATURES)))
    place = {topic_id: number for number, topic_id in enumerate(fitted.topic_ids)}
    unseen = [chunk for chunk in unseen if chunk.topic_id in place]
    vectors = centre_vectors(store.vectors([chunk.text for chunk in unseen], passages=False), fitted.centre)
    wordings = ExactIndex(fitted.wordings).search(vectors, SEARCH_WIDTH)
    passages = ExactIndex(fitted.passages).search(vectors, SEARCH_WIDTH)
    looked = []
    for row, chunk in enumerate(unseen):
        spelling = prepared.spelling_model.read(chunk.text)
        found = ((wordings[0][row], wordings[1][row]), (passages[0][row], passages[1][row]))
        looked.append(HeldOut(topic_parts(prepared, vectors[row], spelling, *found), place[chunk.topic_id]))
    return looked


def _choose_weights(sample: list[HeldOut], progress: Callable[[str], None]) -> dict[str, float]:
    """One part after the other, twice: the step that puts the right topic highest (mean of first and third place)."""
    weights = dict.fromkeys(PARTS, 1.0)
    best = _quality(sample, weights)
    for _ in range(ROUNDS):
        for part in PARTS:
            for step in STEPS:
                tried = {**weights, part: step}
                if not any(tried.values()):
                    continue
                quality = _quality(sample, tried)
                if quality > best + 1e-6:
                    best, weights = quality, tried
    progress(f"weights {weights}, quality {best:.4f}")
    return weights


def _quality(sample: list[HeldOut], weights: dict[str, float]) -> float:
    ranks: NDArray[np.int64] = np.empty(len(sample), dtype=np.int64)
    for row, one in enumerate(sample):
        fused = fuse(one.parts, weights)
        ranks[row] = int((fused > fused[one.right]).sum())
    return float(((ranks == 0).mean() + (ranks < 3).mean()) / 2)
