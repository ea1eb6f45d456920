"""The sparse spelling of topics gives what the whole matrix would give, before and after an edit."""

import numpy as np
import pytest

from index.heads import Spelling
from index.topic_spelling import TopicSpelling

WIDTH, TOPICS = 60, 7


def profiles(count: int = TOPICS, seed: int = 3) -> list[np.ndarray]:
    """Weights at half precision of which most are zero; the last topic has none at all."""
    generator = np.random.default_rng(seed)
    weights = generator.random((count, WIDTH)) * (generator.random((count, WIDTH)) < 0.2)
    weights[-1] = 0
    return list(weights.astype(np.float16))


def message(*rows: int) -> Spelling:
    return Spelling(np.array(rows, dtype=np.int64), np.linspace(0.2, 0.6, len(rows), dtype=np.float32))


MESSAGES = (message(), message(5), message(59, 0, 17, 3), message(*range(WIDTH)))


def of_matrix(matrix: list[np.ndarray], spelling: Spelling) -> np.ndarray:
    return spelling.weights @ np.stack(matrix, axis=1)[spelling.rows].astype(np.float32)


@pytest.mark.parametrize("spelling", MESSAGES, ids=lambda one: f"{len(one.rows)} n-grams")
def test_similarities_are_those_of_the_whole_matrix(spelling: Spelling) -> None:
    found = TopicSpelling.of(profiles(), WIDTH).similarities(spelling)
    assert found.dtype == np.float32
    assert found == pytest.approx(of_matrix(profiles(), spelling), abs=1e-6)


def test_a_profile_comes_back_as_it_was() -> None:
    spelling = TopicSpelling.of(profiles(), WIDTH)
    assert all((spelling.profile(place) == one).all() for place, one in enumerate(profiles()))


def test_profiles_taken_in_later_are_the_same_as_those_it_was_made_of() -> None:
    after = [*profiles(), *profiles(2, seed=9)]
    after[2] = profiles(seed=5)[2]
    edited = TopicSpelling.of(profiles(), WIDTH).with_places(2)
    edited = edited.replaced({2: after[2], TOPICS: after[TOPICS], TOPICS + 1: after[TOPICS + 1]})
    made = TopicSpelling.of(after, WIDTH)
    assert edited.count == made.count == TOPICS + 2
    for name in ("starts", "topics", "weights"):
        assert getattr(edited, name).tolist() == getattr(made, name).tolist()
        assert getattr(edited, name).dtype == getattr(made, name).dtype


def test_a_place_that_nothing_points_to_is_like_nothing() -> None:
    spelling = TopicSpelling.of(profiles(), WIDTH).with_places(1)
    assert spelling.similarities(MESSAGES[-1])[-1] == 0.0
