"""Choose how much each way of looking counts, and how what is seen becomes a probability, on messages held out.

Weights are chosen on two ways of holding out at once: single messages (many others of the topic are known) and whole
styles (a writer's manner is never on both sides), because real parents write unlike anybody we know. The
probabilities are fitted on both as well. The result is a small table (`index/fusion.json`) that people can read; it is
kept in the repository and used by every index.
"""

import json
import zlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from index.build import fit, labelled_messages
from index.chunking import Chunk
from index.exact_index import ExactIndex
from index.heads import Floats
from index.normalise import normalise
from index.result import MESSAGE_KINDS
from index.retriever import (
    CONFIDENCE_FEATURES,
    DANGER_FEATURES,
    NEIGHBOURS,
    PARTS,
    SCOPE_FEATURES,
    SEARCH_WIDTH,
    Fusion,
    Read,
    centre_vectors,
    confidence_features,
    danger_features,
    fuse,
    scope_features,
    share_of_neighbours,
    topic_parts,
)
from index.vector_store import Progress, VectorStore
from knowledge.load import Shipped

FOLDS = 4
LOOKED_FOLDS = 2
"""How many of the parts are looked at, each way: more change nothing but the time (measured)."""

STEPS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
ROUNDS = 2
LEAST_STYLES = 3
SAMPLE = 3000
"""Held-out questions of each way of holding out that the weights are chosen on, taken evenly."""


@dataclass(frozen=True)
class HeldOut:
    """A message that the fitted parts never saw: what each says of it, and what is right.

    `right`: the place of its topic, None where it has none. `kind`: a place in `MESSAGE_KINDS`.
    """

    parts: dict[str, Floats]
    right: int | None
    kind: int
    danger: int
    danger_signs: tuple[float, ...]
    scope_signs: tuple[float, ...]


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
        one for fold in range(LOOKED_FOLDS) for one in _look_at_fold(shipped, store, fold, progress, styles=False)
    ]
    strange = [
        one for fold in range(LOOKED_FOLDS) for one in _look_at_fold(shipped, store, fold, progress, styles=True)
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
        danger_weights=_fit_reader("danger signs", single, DANGER_FEATURES, progress),
        scope_weights=_fit_reader("questions for the guide", single, SCOPE_FEATURES, progress),
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
    ranks = _ranks(looked, weights)
    return float((ranks == 0).mean()), float((ranks < 3).mean())


def _fit_confidence(looked: list[HeldOut], weights: dict[str, float]) -> tuple[float, ...]:
    fused = [fuse(one.parts, weights) for one in looked]
    right = np.array([int(np.argmax(values)) == one.right for values, one in zip(fused, looked, strict=True)])
    features = np.array([confidence_features(one.parts, values) for one, values in zip(looked, fused, strict=True)])
    model = LogisticRegression(C=10.0, fit_intercept=False, max_iter=500).fit(features, right)
    return tuple(round(float(weight), 4) for weight in model.coef_[0])


def _fit_reader(name: str, looked: list[HeldOut], names: tuple[str, ...], progress: Progress) -> tuple[float, ...]:
    """The weights of a probability from its signs; says how many are found and how many wrongly, by threshold."""
    if names is DANGER_FEATURES:
        features = np.array([one.danger_signs for one in looked])
        labels = np.array([one.danger for one in looked])
    else:
        known = [one for one in looked if MESSAGE_KINDS[one.kind] in {"question", "out_of_scope"}]
        features = np.array([one.scope_signs for one in known])
        labels = np.array([int(MESSAGE_KINDS[one.kind] == "question") for one in known])
    model = LogisticRegression(C=10.0, fit_intercept=False, max_iter=500, class_weight="balanced")
    weights = model.fit(features, labels).coef_[0]
    probability = 1 / (1 + np.exp(-features @ weights))
    for threshold in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        found = float(np.mean(probability[labels == 1] >= threshold))
        wrong = float(np.mean(probability[labels == 0] >= threshold))
        progress(f"{name} at {threshold}: found {found:.3f}, wrongly {wrong:.3f}")
    return tuple(round(float(weight), 4) for weight in weights)


def _fold_of(topic_id: str, style: str, text: str, *, whole_style: bool) -> int:
    return zlib.crc32(f"{topic_id}\n{style}".encode() if whole_style else text.encode()) % FOLDS


def _look_at_fold(
    shipped: Shipped, store: VectorStore, fold: int, progress: Progress, *, styles: bool
) -> list[HeldOut]:
    of_topic: dict[tuple[str, str], set[str]] = defaultdict(set)
    for wording in shipped.wordings:
        of_topic[wording.topic_id, wording.language].add(wording.style)
    held: dict[str, str] = {}
    seen: list[Chunk] = []
    for wording in shipped.wordings:
        whole_style = styles and len(of_topic[wording.topic_id, wording.language]) >= LEAST_STYLES
        text = normalise(wording.text)
        if _fold_of(wording.topic_id, wording.style, wording.text, whole_style=whole_style) == fold:
            held[text] = wording.topic_id
        else:
            seen.append(Chunk(wording.topic_id, text))
    messages = labelled_messages(shipped)
    wordings = {normalise(wording.text) for wording in shipped.wordings}
    out = [
        row
        for row, text in enumerate(messages.texts)
        if text in held or (text not in wordings and _fold_of("", "", text, whole_style=False) == fold)
    ]
    outside = set(out)
    known = messages.part([row for row in range(len(messages.texts)) if row not in outside])
    progress(f"fold {fold + 1} of {FOLDS}{', styles' if styles else ''}: {len(out)} messages held out")
    fitted = fit(shipped, store, seen, known, progress)
    none = Fusion(
        dict.fromkeys(PARTS, 1.0),
        (0.0,) * len(CONFIDENCE_FEATURES),
        (0.0,) * len(DANGER_FEATURES),
        (0.0,) * len(SCOPE_FEATURES),
    )
    prepared = fitted.prepared(none)
    place = {topic_id: number for number, topic_id in enumerate(fitted.topic_ids)}
    unseen = messages.part(out)
    vectors = centre_vectors(store.vectors(unseen.texts, passages=False), fitted.centre)
    near_wordings = ExactIndex(fitted.wordings).search(vectors, SEARCH_WIDTH)
    near_passages = ExactIndex(fitted.passages).search(vectors, SEARCH_WIDTH)
    near_examples = ExactIndex(fitted.examples).search(vectors, NEIGHBOURS)
    looked = []
    for row, text in enumerate(unseen.texts):
        spelling = prepared.spelling_model.read(text)
        found = ((near_wordings[0][row], near_wordings[1][row]), (near_passages[0][row], near_passages[1][row]))
        parts = topic_parts(prepared, vectors[row], spelling, *found)
        similarity, examples = near_examples[0][row], near_examples[1][row]
        danger = share_of_neighbours(similarity, prepared.example_dangers[examples])
        other = share_of_neighbours(similarity, prepared.example_outside[examples])
        read = Read(vectors[row], spelling, parts, danger, other)
        looked.append(
            HeldOut(
                parts=parts,
                right=place.get(held[text]) if text in held else None,
                kind=unseen.kinds[row],
                danger=unseen.dangers[row],
                danger_signs=danger_features(prepared, read),
                scope_signs=scope_features(prepared, read),
            )
        )
    return looked


def _choose_weights(sample: list[HeldOut], progress: Progress) -> dict[str, float]:
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
    ranks = _ranks(sample, weights)
    return float(((ranks == 0).mean() + (ranks < 3).mean()) / 2)


def _ranks(looked: list[HeldOut], weights: dict[str, float]) -> NDArray[np.int64]:
    ranks: NDArray[np.int64] = np.empty(len(looked), dtype=np.int64)
    for row, one in enumerate(looked):
        fused = fuse(one.parts, weights)
        ranks[row] = int((fused > fused[one.right]).sum())
    return ranks
