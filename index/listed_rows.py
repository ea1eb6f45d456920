"""Some rows of one vector index as an index of their own, without a second copy of their vectors."""

from typing import Protocol

import numpy as np

from index.encoder import Vectors
from index.vector_index import Flags, Rows, VectorIndex


class SelectiveIndex(VectorIndex, Protocol):
    """A vector index that can leave rows out of a search."""

    def search(self, queries: Vectors, top_k: int, among: Flags | None = None) -> tuple[Vectors, Rows]:
        """The same among the rows that `among` flags."""
        ...


class ListedRows:
    """A `VectorIndex` whose row number n is the row `rows[n]` of `held`; a row may be listed several times."""

    def __init__(self, held: SelectiveIndex, rows: Rows) -> None:
        self._held = held
        self._rows = rows
        self._places = np.argsort(rows, kind="stable")
        self._count_of = np.bincount(rows)
        self._start_of = np.cumsum(self._count_of) - self._count_of
        self._among = self._count_of > 0

    def search(self, queries: Vectors, top_k: int) -> tuple[Vectors, Rows]:
        """See `VectorIndex`; among the places of one row the first comes first."""
        similarity, held_rows = self._held.search(queries, top_k, self._among)
        top_k = min(top_k, len(self._rows))
        found = [self._listed(*one, top_k) for one in zip(similarity, held_rows, strict=True)]
        return np.stack([values for values, _ in found]), np.stack([places for _, places in found])

    def _listed(self, similarity: Vectors, held_rows: Rows, top_k: int) -> tuple[Vectors, Rows]:
        """Every found row as often as it is listed."""
        counts = self._count_of[held_rows]
        ends = np.cumsum(counts)
        at = np.repeat(self._start_of[held_rows] - ends + counts, counts) + np.arange(ends[-1] if len(ends) else 0)
        return np.repeat(similarity, counts)[:top_k], self._places[at[:top_k]]

    def vectors(self) -> Vectors:
        """See `VectorIndex`."""
        return self._held.vectors()[self._rows]

    def holding(self, vectors: Vectors) -> VectorIndex:
        """See `VectorIndex`; these it holds itself."""
        return self._held.holding(vectors)
