"""Every vector index gives what the exact one gives: the closest first, similarity higher is closer."""

import numpy as np
import pytest

from index.exact_index import ExactIndex
from index.faiss_index import FaissIndex
from index.listed_rows import ListedRows


def unit_vectors(count: int, dim: int = 24, seed: int = 7) -> np.ndarray:
    """Vectors as a prepared index holds them: of length 1, at half precision."""
    vectors = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / lengths).astype(np.float16).astype(np.float32)


INDEXES = {"exact": ExactIndex, "faiss flat": FaissIndex, "faiss hnsw": lambda v: FaissIndex(v, "hnsw")}


@pytest.mark.parametrize("make", INDEXES.values(), ids=INDEXES)
def test_a_vector_is_closest_to_itself(make) -> None:
    vectors = unit_vectors(300)
    similarity, rows = make(vectors).search(vectors[:20], 5)
    assert rows[:, 0].tolist() == list(range(20))
    assert similarity[:, 0] == pytest.approx(np.ones(20), abs=1e-3)


@pytest.mark.parametrize("make", INDEXES.values(), ids=INDEXES)
def test_similarity_falls_from_the_first_row_to_the_last(make) -> None:
    similarity, _ = make(unit_vectors(300)).search(unit_vectors(10, seed=8), 30)
    assert (np.diff(similarity, axis=1) <= 1e-6).all()


@pytest.mark.parametrize("make", INDEXES.values(), ids=INDEXES)
def test_asking_for_more_than_there_is_gives_all_there_is(make) -> None:
    similarity, rows = make(unit_vectors(4)).search(unit_vectors(2, seed=9), 50)
    assert rows.shape == similarity.shape == (2, 4)
    assert sorted(rows[0].tolist()) == [0, 1, 2, 3]


def test_flat_faiss_agrees_with_the_exact_index() -> None:
    vectors, queries = unit_vectors(500), unit_vectors(40, seed=10)
    exact_similarity, exact_rows = ExactIndex(vectors).search(queries, 10)
    similarity, rows = FaissIndex(vectors).search(queries, 10)
    assert rows.tolist() == exact_rows.tolist()
    assert similarity == pytest.approx(exact_similarity, abs=1e-5)


def test_the_graph_index_finds_nearly_all_of_the_closest() -> None:
    vectors, queries = unit_vectors(2000), unit_vectors(50, seed=11)
    _, exact_rows = ExactIndex(vectors).search(queries, 10)
    _, rows = FaissIndex(vectors, "hnsw").search(queries, 10)
    found = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(rows.tolist(), exact_rows.tolist(), strict=True)])
    assert found >= 0.9


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="QIHUI_VECTOR_INDEX=tree"):
        FaissIndex(unit_vectors(3), "tree")


LISTED = np.array([7, 3, 250, 3, 299, 0, *range(40, 140)], dtype=np.int64)
"""Rows of an index of 300 vectors in an order of their own, row 3 twice."""


@pytest.mark.parametrize("top_k", [1, 5, 40, 500])
def test_listed_rows_are_found_as_by_an_index_that_holds_them(top_k: int) -> None:
    vectors, queries = unit_vectors(300), unit_vectors(20, seed=12)
    similarity, rows = ListedRows(FaissIndex(vectors), LISTED).search(queries, top_k)
    exact_similarity, exact_rows = ExactIndex(vectors[LISTED]).search(queries, top_k)
    assert rows.tolist() == exact_rows.tolist()
    assert similarity == pytest.approx(exact_similarity, abs=1e-5)


def test_listed_rows_give_the_similarities_of_a_copy_to_the_last_bit() -> None:
    vectors, queries = unit_vectors(300), unit_vectors(20, seed=12)
    shared, _ = ListedRows(FaissIndex(vectors), LISTED).search(queries, 40)
    copied, _ = FaissIndex(vectors[LISTED]).search(queries, 40)
    assert (shared == copied).all()


def test_listed_rows_of_a_graph_leave_out_what_is_not_listed() -> None:
    listed = np.arange(0, 2000, 3)
    vectors, queries = unit_vectors(2000), unit_vectors(50, seed=11)
    _, exact_rows = ExactIndex(vectors[listed]).search(queries, 10)
    _, rows = ListedRows(FaissIndex(vectors, "hnsw"), listed).search(queries, 10)
    found = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(rows.tolist(), exact_rows.tolist(), strict=True)])
    assert found >= 0.9


def test_listed_rows_give_their_vectors_and_hold_others() -> None:
    vectors = unit_vectors(300)
    listed = ListedRows(FaissIndex(vectors), LISTED)
    assert (listed.vectors() == vectors[LISTED]).all()
    assert listed.holding(vectors[:4]).vectors().shape == (4, 24)
