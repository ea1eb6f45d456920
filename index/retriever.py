"""One message in, a `Finding` out: every way of looking, fused.

Order: encode once; compare with wordings (mean of the three closest of a topic, and the topic's centre), with
passages, and by spelling; add the fitted heads; put each part on one scale over the topics; sum. It decides nothing.
"""

from dataclasses import dataclass, replace

import numpy as np

from index.age_fit import age_misfit
from index.encoder import Encoder, Vectors
from index.heads import Floats, Head, Spelling, SpellingModel, softmax
from index.result import MESSAGE_KINDS, Finding, Ranked
from index.topic_spelling import TopicSpelling
from index.vector_index import Rows, VectorIndex
from knowledge.age import read_age
from knowledge.danger_signs import Noticed
from knowledge.topics import OLDEST_MONTH

CLOSEST_WORDINGS = 3
SEARCH_WIDTH = 400
"""Wordings looked at; a topic that is not among them is not among the first five either."""

SHOWN = 8
SHORT_CHARACTERS = 12
LEAN_OF_SHORT = 0.75
"""How much a message as short as that is read through the one before it."""


@dataclass(frozen=True)
class Fusion:
    """How much each part counts, and how parts become probabilities (chosen by `index.tune`)."""

    weights: dict[str, float]
    confidence_weights: tuple[float, ...]
    danger_weights: tuple[float, ...]
    scope_weights: tuple[float, ...]


PARTS = ("wordings", "centre", "passages", "spelling", "meaning_head", "spelling_head")
CONFIDENCE_FEATURES = ("bias", "lead", "top", "probability", "agreement")
DANGER_FEATURES = (
    "bias",
    "meaning_head",
    "spelling_head",
    "neighbours",
    "rule",
    "doubtful_rule",
    "rule_of_120",
    "well",
)
SCOPE_FEATURES = ("bias", "kind_head", "neighbours", "top", "probability", "young_child", "older_person")
NOTHING_NOTICED = Noticed()
NEIGHBOURS = 8
NEIGHBOUR_SHARPNESS = 8.0
"""How much more the closest of the neighbours counts than the eighth."""


@dataclass(frozen=True)
class Prepared:
    """Everything fitted for one edition and encoder. Arrays are row by row what their names say.

    `topic_months` has shape (topics, 2): the ages in months that a topic is about, from and to.
    """

    topic_ids: tuple[str, ...]
    topic_months: Rows
    emergency_ids: tuple[str, ...]
    centre: Vectors
    wording_topics: Rows
    topic_centres: Vectors
    passage_topics: Rows
    passage_centre: Vectors
    spelling_model: SpellingModel
    topic_spelling: TopicSpelling
    meaning_head: Head
    spelling_head: Head
    kind_head: Head
    danger_meaning_head: Head
    danger_spelling_head: Head
    doctor_head: Head
    example_dangers: Rows
    example_outside: Rows
    fusion: Fusion


class Retriever:
    """Answers searches; safe for any number of threads. Its parts are never changed, another edition is another one."""

    def __init__(
        self, encoder: Encoder, prepared: Prepared, wordings: VectorIndex, passages: VectorIndex, examples: VectorIndex
    ) -> None:
        self.encoder = encoder
        self.prepared = prepared
        self.wordings = wordings
        self.passages = passages
        self.examples = examples

    def find(
        self,
        text: str,
        previous: str | None = None,
        age_months: int | None = None,
        noticed: Noticed = NOTHING_NOTICED,
    ) -> Finding:
        """Search for one normalised message; topics for quite another age than `age_months` fall back.

        `noticed`: what the rules of danger signs see in it.

        With `previous` (the normalised message before it) the ranking also looks at both read as one, the more the
        shorter the message: "一天几顿" after "刚开始吃米粉" is about first foods. What kind of message it is, and whether it tells of a danger,
        is read from the message alone.
        """
        if previous is None:
            return conclude(self.prepared, self._read([text])[0], age_months, noticed)
        alone, joined = self._read([text, f"{previous} {text}"])
        lean = LEAN_OF_SHORT if len(text) <= SHORT_CHARACTERS else 0.5
        parts = {name: _mix(scaled(values), scaled(joined.parts[name]), lean) for name, values in alone.parts.items()}
        parts["wordings"] = np.maximum(alone.parts["wordings"], joined.parts["wordings"])
        finding = conclude(self.prepared, replace(alone, parts=parts), age_months, noticed)
        both = conclude(self.prepared, joined, age_months, noticed)
        question = max(finding.kinds["question"], both.kinds["question"])
        in_scope = max(finding.in_scope, both.in_scope)
        return replace(finding, kinds=finding.kinds | {"question": question}, in_scope=in_scope)

    def _read(self, texts: list[str]) -> list["Read"]:
        centred = centre_vectors(self.encoder.encode_queries(texts), self.prepared.centre)
        wording_similarity, wording_rows = self.wordings.search(centred, SEARCH_WIDTH)
        passage_similarity, passage_rows = self.passages.search(centred, SEARCH_WIDTH)
        example_similarity, example_rows = self.examples.search(centred, NEIGHBOURS)
        reads = []
        for row, text in enumerate(texts):
            spelling = self.prepared.spelling_model.read(text)
            wordings = (wording_similarity[row], wording_rows[row])
            passages = (passage_similarity[row], passage_rows[row])
            parts = topic_parts(self.prepared, centred[row], spelling, wordings, passages)
            near, labels = example_similarity[row], example_rows[row]
            near_danger = share_of_neighbours(near, self.prepared.example_dangers[labels])
            near_outside = share_of_neighbours(near, self.prepared.example_outside[labels])
            named = read_age(text).age_months
            reads.append(Read(centred[row], spelling, parts, near_danger, near_outside, named))
        return reads


@dataclass(frozen=True)
class Read:
    """A message as every part reads it.

    `near_danger`, `near_outside`: share of its closest examples that tell of a danger, or are no question for the
    guide, 0..1. `named_months`: the age that it names, None for none.
    """

    vector: Vectors
    spelling: Spelling
    parts: dict[str, Floats]
    near_danger: float
    near_outside: float
    named_months: int | None


def share_of_neighbours(similarity: Vectors, labels: Rows) -> float:
    """The share of the closest examples whose label is 1, the closest counting most."""
    weights = np.exp(NEIGHBOUR_SHARPNESS * similarity)
    return float((weights * labels).sum() / weights.sum()) if len(weights) else 0.0


def danger_features(prepared: Prepared, read: Read, noticed: Noticed) -> tuple[float, ...]:
    """What tells of a danger: the two heads' logits, the neighbours, the rules; the names are `DANGER_FEATURES`."""
    meaning = prepared.danger_meaning_head.logits(read.vector, read.spelling)
    spelling = prepared.danger_spelling_head.logits(read.vector, read.spelling)
    heads = (float(meaning[1] - meaning[0]), float(spelling[1] - spelling[0]))
    rules = (noticed.sure, noticed.doubtful, noticed.call_120, noticed.well)
    return (1.0, *heads, read.near_danger, *map(float, rules))


def scope_features(prepared: Prepared, read: Read) -> tuple[float, ...]:
    """What tells a question for the guide from any other message; the names are `SCOPE_FEATURES`."""
    kinds = prepared.kind_head.logits(read.vector, read.spelling)
    margin = float(kinds[MESSAGE_KINDS.index("question")] - kinds[MESSAGE_KINDS.index("out_of_scope")])
    probability = float(softmax(read.parts["meaning_head"]).max())
    named = read.named_months
    young, older = named is not None and named <= OLDEST_MONTH, named is not None and named > OLDEST_MONTH
    top = float(read.parts["wordings"].max())
    return (1.0, margin, read.near_outside, top, probability, float(young), float(older))


def centre_vectors(vectors: Vectors, centre: Vectors) -> Vectors:
    """Take the common direction out of every vector; what is left tells topics apart (measured: +7 points)."""
    moved = vectors - centre
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.maximum(lengths, 1e-9), dtype=np.float32)


def topic_parts(
    prepared: Prepared,
    vector: Vectors,
    spelling: Spelling,
    wordings: tuple[Vectors, Rows],
    passages: tuple[Vectors, Rows],
) -> dict[str, Floats]:
    """Each way of looking as one number a topic, shape (topics,); the names are `PARTS`."""
    topics = len(prepared.topic_ids)
    return {
        "wordings": _mean_of_closest(*wordings, prepared.wording_topics, topics, CLOSEST_WORDINGS),
        "centre": prepared.topic_centres @ vector,
        "passages": _mean_of_closest(*passages, prepared.passage_topics, topics, 1),
        "spelling": prepared.topic_spelling.similarities(spelling),
        "meaning_head": prepared.meaning_head.logits(vector, spelling),
        "spelling_head": prepared.spelling_head.logits(vector, spelling),
    }


def _mean_of_closest(similarity: Vectors, rows: Rows, row_topics: Rows, topics: int, count: int) -> Floats:
    """The mean of a topic's `count` closest rows; the lowest similarity seen stands in for rows not among the found."""
    lowest = float(similarity[-1]) if len(similarity) else 0.0
    means = np.full(topics, lowest, dtype=np.float32)
    sums = np.zeros(topics, dtype=np.float32)
    taken = np.zeros(topics, dtype=np.int64)
    for value, topic in zip(similarity.tolist(), row_topics[rows].tolist(), strict=True):
        if taken[topic] < count:
            taken[topic] += 1
            sums[topic] += value
    seen = taken > 0
    means[seen] = (sums[seen] + lowest * (count - taken[seen])) / count
    return means


def scaled(values: Floats) -> Floats:
    """Over the topics: mean 0, spread 1; a part that says nothing stays 0."""
    spread = float(values.std())
    return np.asarray((values - values.mean()) / spread if spread > 1e-9 else values * 0, dtype=np.float32)


def _probability(weights: tuple[float, ...], features: tuple[float, ...]) -> float:
    logit = sum(weight * value for weight, value in zip(weights, features, strict=True))
    return float(1 / (1 + np.exp(-logit)))


def _mix(alone: Floats, joined: Floats, lean: float) -> Floats:
    return np.asarray(alone * (1 - lean) + joined * lean, dtype=np.float32)


def fuse(parts: dict[str, Floats], weights: dict[str, float]) -> Floats:
    """The weighted sum of the scaled parts, shape (topics,)."""
    total = np.zeros_like(next(iter(parts.values())))
    for name, values in parts.items():
        if weights.get(name):
            total += weights[name] * scaled(values)
    return np.asarray(total / sum(weights.values()), dtype=np.float32)


def confidence_features(parts: dict[str, Floats], fused: Floats) -> tuple[float, ...]:
    """What tells how far a first place can be trusted; the names are `CONFIDENCE_FEATURES`."""
    order = np.argsort(-fused, kind="stable")
    best, second = int(order[0]), int(order[1]) if len(order) > 1 else int(order[0])
    probability = float(softmax(parts["meaning_head"])[best])
    agreement = sum(int(np.argmax(values)) == best for values in parts.values()) / len(parts)
    return (1.0, float(fused[best] - fused[second]), float(parts["wordings"][best]), probability, agreement)


def conclude(prepared: Prepared, read: Read, age_months: int | None, noticed: Noticed) -> Finding:
    """The ranking and the probabilities as one value."""
    vector, spelling, parts = read.vector, read.spelling, read.parts
    fused = fuse(parts, prepared.fusion.weights) - age_misfit(prepared.topic_months, age_months)
    order = np.argsort(-fused, kind="stable")[:SHOWN]
    features = confidence_features(parts, fused)
    kinds = softmax(prepared.kind_head.logits(vector, spelling))
    emergencies = [place for place, topic_id in enumerate(prepared.topic_ids) if topic_id in prepared.emergency_ids]
    danger_topic = max(emergencies, key=lambda place: float(fused[place])) if emergencies else int(order[0])
    return Finding(
        ranked=tuple(Ranked(prepared.topic_ids[place], round(float(fused[place]), 4)) for place in order),
        confidence=_probability(prepared.fusion.confidence_weights, features),
        kinds={kind: float(kinds[place]) for place, kind in enumerate(MESSAGE_KINDS)},
        in_scope=_probability(prepared.fusion.scope_weights, scope_features(prepared, read)),
        danger=_probability(prepared.fusion.danger_weights, danger_features(prepared, read, noticed)),
        doctor=float(softmax(prepared.doctor_head.logits(vector, spelling))[1]),
        danger_topic_id=prepared.topic_ids[danger_topic],
        parts={
            name: {prepared.topic_ids[place]: round(float(values[place]), 4) for place in order[:3]}
            for name, values in parts.items()
        },
    )
