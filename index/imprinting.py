"""Places for topics that a prepared index was not fitted on: their heads point to the middle of their wordings.

A linear head finds a class by a direction, a length and a bias. The direction of a new class is the mean of its few
examples, length and bias those of the classes that were fitted; it needs no fit and leaves the others as they are.
Source: H. Qi, M. Brown, D. Lowe, Low-Shot Learning with Imprinted Weights, CVPR 2018.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index.heads import Head
from index.retriever import Prepared
from knowledge.topics import Topic


def with_places(prepared: Prepared, topics: Sequence[Topic]) -> Prepared:
    """The same with places for these topics at the end, which nothing points to yet."""
    count, centres = len(topics), prepared.topic_centres
    return replace(
        prepared,
        topic_ids=(*prepared.topic_ids, *(topic.id for topic in topics)),
        topic_months=np.concatenate([prepared.topic_months, np.array([topic.months for topic in topics])]),
        topic_centres=np.concatenate([centres, np.zeros((count, centres.shape[1]), centres.dtype)]),
        topic_spelling=prepared.topic_spelling.with_places(count),
    )


def imprinted(prepared: Prepared, count: int) -> Prepared:
    """The same with heads that know the last `count` topics by their centres and their spelling."""
    if not count:
        return prepared
    topics = len(prepared.topic_ids)
    centres = prepared.topic_centres[-count:].T
    spelling = np.stack([prepared.topic_spelling.profile(place) for place in range(topics - count, topics)], axis=1)
    return replace(
        prepared,
        meaning_head=_wider(prepared.meaning_head, centres, spelling),
        spelling_head=_wider(prepared.spelling_head, centres, spelling),
    )


def _wider(head: Head, centres: NDArray[np.floating], spelling: NDArray[np.floating]) -> Head:
    count = centres.shape[1]
    return Head(
        np.concatenate([head.bias, np.full(count, head.bias.mean(), head.bias.dtype)]),
        _with_columns(head.meaning, centres),
        _with_columns(head.spelling, spelling),
    )


def _with_columns(fitted: NDArray[np.floating] | None, directions: NDArray[np.floating]) -> NDArray[np.floating] | None:
    """The fitted columns, then the directions with the fitted ones' mean length."""
    if fitted is None:
        return None
    length = float(np.linalg.norm(fitted.astype(np.float32), axis=0).mean())
    own = directions.astype(np.float32)
    lengths = np.maximum(np.linalg.norm(own, axis=0), 1e-9)
    return np.concatenate([fitted, (own / lengths * length).astype(fitted.dtype)], axis=1)
