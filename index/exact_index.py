"""The plain way, as the measure for the other: compare with every vector."""

import numpy as np

from index.encoder import Vectors
from index.vector_index import Rows


class ExactIndex:
    """Exact inner product by numpy."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = np.ascontiguousarray(vectors, dtype=np.float32)

    def search(self, queries: Vectors, top_k: int) -> tuple[Vectors, Rows]:
        """See `VectorIndex`."""
        similarity = queries @ self._vectors.T
        top_k = min(top_k, self._vectors.shape[0])
        rows = np.argsort(-similarity, axis=1, kind="stable")[:, :top_k].astype(np.int64)
        return np.take_along_axis(similarity, rows, axis=1), rows

    def vectors(self) -> Vectors:
        """See `VectorIndex`."""
        return self._vectors

    def holding(self, vectors: Vectors) -> "ExactIndex":
        """See `VectorIndex`."""
        return ExactIndex(vectors)
