"""Choose how much each way of looking counts, and how what is seen becomes a probability, on messages held out.

Weights are chosen on two ways of holding out at once: single messages (many others of the topic are known) and whole
styles (a writer's manner is never on both sides), because real parents write unlike anybody we know. The
probabilities are fitted on both as well. The result is a small table (`index/fusion.json`) that people can read; it is
kept in the repository and used by every index.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from index.build import OTHERS_COUNT
from index.heads import Floats
from index.held_out import HeldOut, look_at_fold, ranks_of
from index.result import MESSAGE_KINDS
from index.retriever import (
    CONFIDENCE_FEATURES,
    DANGER_FEATURES,
    PARTS,
    SCOPE_FEATURES,
    Fusion,
    confidence_features,
    fuse,
)
from index.vector_store import Progress, VectorStore
from knowledge.load import Shipped

FOLDS = 4
LOOKED_FOLDS = 2
"""How many of the parts are looked at, each way: more change nothing but the time (measured)."""

LEAST = {"spelling": 1.0, "spelling_head": 2.0}
"""What the parts by spelling count at least. The adapter of the encoder has seen every wording, those held out here
too, which flatters the parts by meaning; on questions it never saw (`tests/judged`) these are better."""

STEPS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
ROUNDS = 2
SAMPLE = 3000
"""Held-out questions of each way of holding out that the weights are chosen on, taken evenly."""


@dataclass(frozen=True)
class Tuned:
    """The chosen table with its figures on the held-out messages: single ones, and whole styles of writing."""

    encoder: str
    edition: str
    fusion: Fusion
    messages: int
    first_right: float
    among_three: float
    strangers: int
    strangers_first_right: float
    strangers_among_three: float

    def write(self, path: Path) -> None:
        """Write the table for people and for `index.assemble`."""
        table = {
            "encoder": self.encoder,
            "edition": self.edition,
            "weights": self.fusion.weights,
            "confidence": dict(zip(CONFIDENCE_FEATURES, self.fusion.confidence_weights, strict=True)),
            "danger": dict(zip(DANGER_FEATURES, self.fusion.danger_weights, strict=True)),
            "scope": dict(zip(SCOPE_FEATURES, self.fusion.scope_weights, strict=True)),
            "held_out": {
                "messages": self.messages,
                "first_right": round(self.first_right, 4),
                "among_three": round(self.among_three, 4),
                "of_styles_held_out": self.strangers,
                "of_styles_first_right": round(self.strangers_first_right, 4),
                "of_styles_among_three": round(self.strangers_among_three, 4),
            },
        }
        path.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


def tune(shipped: Shipped, store: VectorStore, progress: Progress) -> Tuned:
    """Fit on everything but one part, look at that part, twice in two ways; then choose. Deterministic."""
    single = [
        one for fold in range(LOOKED_FOLDS) for one in look_at_fold(shipped, store, fold, FOLDS, progress, styles=False)
    ]
    strange = [
        one for fold in range(LOOKED_FOLDS) for one in look_at_fold(shipped, store, fold, FOLDS, progress, styles=True)
    ]
    asked = [one for one in single if one.right is not None]
    strangers = [one for one in strange if one.right is not None]
    sample = asked[:: max(1, len(asked) // SAMPLE)] + strangers[:: max(1, len(strangers) // SAMPLE)]
    weights = _choose_weights(sample, progress)
    first, three = _shares(asked, weights)
    strangers_first, strangers_three = _shares(strangers, weights)
    fusion = Fusion(
        weights=weights,
        confidence_weights=_fit_confidence(asked + strangers, weights),
        danger_weights=_fit_danger(single, progress),
        scope_weights=_fit_scope(single, progress),
    )
    return Tuned(
        store.encoder_name,
        shipped.guide.edition,
        fusion,
        len(asked),
        first,
        three,
        len(strangers),
        strangers_first,
        strangers_three,
    )


def _shares(looked: list[HeldOut], weights: dict[str, float]) -> tuple[float, float]:
    ranks = ranks_of(looked, weights)
    return float((ranks == 0).mean()), float((ranks < 3).mean())


def _fit_confidence(looked: list[HeldOut], weights: dict[str, float]) -> tuple[float, ...]:
    fused = [fuse(one.parts, weights) for one in looked]
    right = np.array([int(np.argmax(values)) == one.right for values, one in zip(fused, looked, strict=True)])
    features = np.array([confidence_features(one.parts, values) for one, values in zip(looked, fused, strict=True)])
    model = LogisticRegression(C=10.0, fit_intercept=False, max_iter=500).fit(features, right)
    return tuple(round(float(weight), 4) for weight in model.coef_[0])


def _fit_danger(looked: list[HeldOut], progress: Progress) -> tuple[float, ...]:
    """The probability of a danger: what is to be told apart is a danger and its calm look-alike, so these count most."""
    dangers = np.array([one.danger for one in looked])
    calms = np.array([one.calm for one in looked])
    counts = np.where((dangers == 1) | (calms == 1), 1.0, OTHERS_COUNT)
    signs = np.array([one.danger_signs for one in looked])
    weights, probability = _logistic(signs, dangers, counts=counts)
    _say_curve("danger signs", probability[dangers == 1], probability[calms == 1], progress)
    return weights


def _fit_scope(looked: list[HeldOut], progress: Progress) -> tuple[float, ...]:
    """The probability of being a question for the guide."""
    known = [one for one in looked if MESSAGE_KINDS[one.kind] in {"question", "out_of_scope"}]
    inside = np.array([int(MESSAGE_KINDS[one.kind] == "question") for one in known])
    weights, probability = _logistic(np.array([one.scope_signs for one in known]), inside, balance="balanced")
    _say_curve("questions for the guide", probability[inside == 1], probability[inside == 0], progress)
    return weights


def _logistic(
    signs: Floats, labels: NDArray[np.int64], counts: NDArray[np.float64] | None = None, balance: str | None = None
) -> tuple[tuple[float, ...], Floats]:
    model = LogisticRegression(C=10.0, fit_intercept=False, max_iter=500, class_weight=balance)
    weights = model.fit(signs, labels, sample_weight=counts).coef_[0]
    return tuple(round(float(weight), 4) for weight in weights), 1 / (1 + np.exp(-signs @ weights))


def _say_curve(name: str, right: Floats, wrong: Floats, progress: Progress) -> None:
    for threshold in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        found, wrongly = float(np.mean(right >= threshold)), float(np.mean(wrong >= threshold))
        progress(f"{name} at {threshold}: found {found:.3f}, wrongly {wrongly:.3f}")


def _choose_weights(sample: list[HeldOut], progress: Progress) -> dict[str, float]:
    """One part after the other, twice: the step that puts the right topic highest (mean of first and third place)."""
    weights = {part: LEAST.get(part, 1.0) for part in PARTS}
    best = _quality(sample, weights)
    for _ in range(ROUNDS):
        for part in PARTS:
            for step in (step for step in STEPS if step >= LEAST.get(part, 0.0)):
                tried = {**weights, part: step}
                if not any(tried.values()):
                    continue
                quality = _quality(sample, tried)
                if quality > best + 1e-6:
                    best, weights = quality, tried
    progress(f"weights {weights}, quality {best:.4f}")
    return weights


def _quality(sample: list[HeldOut], weights: dict[str, float]) -> float:
    ranks = ranks_of(sample, weights)
    return float(((ranks == 0).mean() + (ranks < 3).mean()) / 2)
