"""Choose how much each way of looking counts, and how a lead becomes a probability, on writers held out.

Weights are chosen on two ways of holding out at once: single wordings (many others of the topic are known) and whole
styles (a writer's manner is never on both sides), because real parents write unlike anybody we know. The confidence is
fitted on single wordings, which is how a served index stands. The result is a small table (`index/fusion.json`) that people can read; it is kept in the repository and used by every index.
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

from index.build import VectorStore, danger_examples, fit, fit_danger_heads
from index.chunking import Chunk, wording_chunks
from index.exact_index import ExactIndex
from index.fitting import Texts, fit_spelling
from index.heads import Floats
from index.normalise import normalise
from index.retriever import (
    CONFIDENCE_FEATURES,
    DANGER_FEATURES,
    NEIGHBOURS,
    PARTS,
    SEARCH_WIDTH,
    Fusion,
    centre_vectors,
    confidence_features,
    danger_features,
    danger_of_neighbours,
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
            "danger": dict(zip(DANGER_FEATURES, self.fusion.danger_weights, strict=True)),
            "held_out": {
                "messages": self.messages,
                "first_right": round(self.first_right, 4),
                "among_three": round(self.among_three, 4),
            },
        }
        path.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


def tune(shipped: Shipped, store: VectorStore, progress: Callable[[str], None]) -> Tuned:
    """Fit on all writers but one group, look at that group, four times; then choose. Deterministic."""
    held_out = [one for fold in range(FOLDS) for one in _look_at_fold(shipped, store, fold, progress, styles=False)]
    strangers = [one for fold in range(FOLDS) for one in _look_at_fold(shipped, store, fold, progress, styles=True)]
    sample = held_out[:: max(1, len(held_out) // SAMPLE)] + strangers[:: max(1, len(strangers) // SAMPLE)]
    weights = _choose_weights(sample, progress)
    fused = [fuse(one.parts, weights) for one in held_out]
    right = np.array([int(np.argmax(values)) == one.right for values, one in zip(fused, held_out, strict=True)])
    three = np.array([one.right in np.argsort(-values)[:3] for values, one in zip(fused, held_out, strict=True)])
    features = np.array([confidence_features(one.parts, values) for one, values in zip(held_out, fused, strict=True)])
    model = LogisticRegression(C=10.0, fit_intercept=False, max_iter=500).fit(features, right)
    confidence = tuple(round(float(weight), 4) for weight in model.coef_[0])
    danger = _choose_danger_weights(shipped, store, progress)
    return Tuned(Fusion(weights, confidence, danger), len(held_out), float(right.mean()), float(three.mean()))


def _fold_of(topic_id: str, style: str, text: str, *, whole_style: bool) -> int:
    return zlib.crc32(f"{topic_id}\n{style}".encode() if whole_style else text.encode()) % FOLDS


def _look_at_fold(
    shipped: Shipped, store: VectorStore, fold: int, progress: Callable[[str], None], *, styles: bool
) -> list[HeldOut]:
    of_topic: dict[tuple[str, str], set[str]] = defaultdict(set)
    for wording in shipped.wordings:
        of_topic[wording.topic_id, wording.language].add(wording.style)
    seen: list[Chunk] = []
    unseen: list[Chunk] = []
    for wording in shipped.wordings:
        whole_style = styles and len(of_topic[wording.topic_id, wording.language]) >= LEAST_STYLES
        in_fold = _fold_of(wording.topic_id, wording.style, wording.text, whole_style=whole_style) == fold
        (unseen if in_fold else seen).append(Chunk(wording.topic_id, normalise(wording.text)))
    progress(f"fold {fold + 1} of {FOLDS}: {len(unseen)} wordings held out")
    fitted = fit(shipped, store, seen, progress)
    prepared = fitted.prepared(
        Fusion(dict.fromkeys(PARTS, 1.0), (0.0,) * len(CONFIDENCE_FEATURES), (0.0,) * len(DANGER_FEATURES))
    )
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


def _choose_danger_weights(shipped: Shipped, store: VectorStore, progress: Callable[[str], None]) -> tuple[float, ...]:
    """How the two readers and the neighbours become one probability, on labelled messages held out in turn."""
    wordings = [chunk.text for chunk in wording_chunks(shipped.guide)]
    centre = store.vectors(wordings, passages=False).mean(axis=0, dtype=np.float32)
    labelled = danger_examples(shipped)
    labels = np.array(labelled.labels, dtype=np.int64)
    vectors = centre_vectors(store.vectors(labelled.texts, passages=False), centre)
    model = fit_spelling(sorted({*wordings, *labelled.texts}))
    spellings = [model.read(text) for text in labelled.texts]
    folds = np.array([zlib.crc32(text.encode()) % FOLDS for text in labelled.texts])
    features = np.zeros((len(labels), len(DANGER_FEATURES)))
    for fold in range(FOLDS):
        seen, unseen = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        texts = Texts(vectors[seen], [spellings[row] for row in seen])
        heads = fit_danger_heads(texts, labels[seen], len(model.vocabulary))
        similarity, rows = ExactIndex(vectors[seen]).search(vectors[unseen], NEIGHBOURS)
        for place, row in enumerate(unseen):
            near = danger_of_neighbours(similarity[place], labels[seen][rows[place]])
            by_meaning = heads["danger_meaning"].logits(vectors[row], spellings[row])
            by_spelling = heads["danger_spelling"].logits(vectors[row], spellings[row])
            features[row] = danger_features(by_meaning, by_spelling, near)
    stacked = LogisticRegression(C=10.0, fit_intercept=False, max_iter=500, class_weight="balanced")
    weights = stacked.fit(features, labels).coef_[0]
    probability = 1 / (1 + np.exp(-features @ weights))
    for threshold in (0.5, 0.6, 0.7, 0.8, 0.9):
        found = float(np.mean(probability[labels == 1] >= threshold))
        alarms = float(np.mean(probability[labels == 0] >= threshold))
        progress(f"danger signs at {threshold}: recall {found:.3f}, false alarms {alarms:.3f} (reader alone)")
    return tuple(round(float(weight), 4) for weight in weights)


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
