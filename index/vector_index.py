"""What the retriever asks of a vector index. Similarity is the inner product, higher is closer."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.encoder import Vectors

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]


class VectorIndex(Protocol):
    """Holds vectors by row number."""

    def search(self, queries: Vectors, top_k: int) -> tuple[Vectors, Rows]:
        """The `top_k` closest rows of each query, closest first: similarities and row numbers, shape (n, k).

        k is the smaller of `top_k` and the number of vectors held.
        """
        ...

    def vectors(self) -> Vectors:
        """Every vector by its row, shape (n, dim)."""
        ...

    def holding(self, vectors: Vectors) -> "VectorIndex":
        """Another index of the same kind over these vectors."""
        ...
