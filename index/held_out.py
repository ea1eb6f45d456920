"""Messages looked at by an index that never saw them: what a choice of weights is judged on."""

import zlib
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.build import fit
from index.chunking import Chunk
from index.exact_index import ExactIndex
from index.heads import Floats
from index.labelled import labelled_messages
from index.normalise import normalise
from index.result import Finding
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
    conclude,
    danger_features,
    fuse,
    scope_features,
    share_of_neighbours,
    topic_parts,
)
from index.vector_store import Progress, VectorStore
from knowledge.age import read_age
from knowledge.danger_signs import DangerMatch, notice
from knowledge.load import Shipped

LEAST_STYLES = 3

NOT_CHOSEN = Fusion(
    dict.fromkeys(PARTS, 1.0),
    (0.0,) * len(CONFIDENCE_FEATURES),
    (0.0,) * len(DANGER_FEATURES),
    (0.0,) * len(SCOPE_FEATURES),
)
"""Weights before any were chosen."""


@dataclass(frozen=True)
class HeldOut:
    """A message that the fitted parts never saw: what each says of it, and what is right.

    `topic_id`, `right`: its topic and the place of that, None where it has none. `kind`: a place in `MESSAGE_KINDS`. `finding`: what the
    index would answer with the weights it was looked at with; its probabilities mean nothing where none were given.
    `calm`: 1 where it only sounds like a danger. `match`: the rule of danger signs
    that fires on it.
    """

    text: str
    finding: Finding
    parts: dict[str, Floats]
    topic_id: str | None
    right: int | None
    kind: int
    danger: int
    calm: int
    match: DangerMatch | None
    danger_signs: tuple[float, ...]
    scope_signs: tuple[float, ...]


def _fold_of(topic_id: str, style: str, text: str, folds: int, *, whole_style: bool) -> int:
    return zlib.crc32(f"{topic_id}\n{style}".encode() if whole_style else text.encode()) % folds


def look_at_fold(
    shipped: Shipped,
    store: VectorStore,
    fold: int,
    folds: int,
    progress: Progress,
    *,
    styles: bool = False,
    fusion: Fusion = NOT_CHOSEN,
) -> list[HeldOut]:
    """Fit on everything but part `fold` (from 0) of `folds`, and look at that part.

    `styles`: a style of writing of a topic is held out whole; otherwise single messages are.
    """
    of_topic: dict[tuple[str, str], set[str]] = defaultdict(set)
    for wording in shipped.wordings:
        of_topic[wording.topic_id, wording.language].add(wording.style)
    held: dict[str, str] = {}
    seen: list[Chunk] = []
    for wording in shipped.wordings:
        whole_style = styles and len(of_topic[wording.topic_id, wording.language]) >= LEAST_STYLES
        text = normalise(wording.text)
        if _fold_of(wording.topic_id, wording.style, wording.text, folds, whole_style=whole_style) == fold:
            held[text] = wording.topic_id
        else:
            seen.append(Chunk(wording.topic_id, text))
    messages = labelled_messages(shipped)
    wordings = {normalise(wording.text) for wording in shipped.wordings}
    out = [
        row
        for row, text in enumerate(messages.texts)
        if text in held or (text not in wordings and _fold_of("", "", text, folds, whole_style=False) == fold)
    ]
    outside = set(out)
    known = messages.part([row for row in range(len(messages.texts)) if row not in outside])
    progress(f"fold {fold + 1} of {folds}{', styles' if styles else ''}: {len(out)} messages held out")
    fitted = fit(shipped, store, seen, known, progress)
    prepared = fitted.prepared(fusion)
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
        named = read_age(text).age_months
        read = Read(vectors[row], spelling, parts, danger, other, named)
        match, noticed = notice(text, unseen.ages[row] if named is None else named, shipped.danger_signs)
        looked.append(
            HeldOut(
                text=text,
                finding=conclude(prepared, read, None, noticed),
                parts=parts,
                topic_id=held.get(text),
                right=place.get(held[text]) if text in held else None,
                kind=unseen.kinds[row],
                danger=unseen.dangers[row],
                calm=unseen.calms[row],
                match=match,
                danger_signs=danger_features(prepared, read, noticed),
                scope_signs=scope_features(prepared, read),
            )
        )
    return looked


def ranks_of(looked: list[HeldOut], weights: dict[str, float]) -> NDArray[np.int64]:
    """The place of the right topic for each message that has one, 0 for the first."""
    ranks: NDArray[np.int64] = np.empty(len(looked), dtype=np.int64)
    for row, one in enumerate(looked):
        fused = fuse(one.parts, weights)
        ranks[row] = int((fused > fused[one.right]).sum())
    return ranks
