"""faiss holds the vectors: exact inner product while the guide is small, a graph index for large collections."""

from typing import Any

import faiss
import numpy as np

from index.encoder import Vectors
from index.vector_index import Flags, Rows

_untyped: Any = faiss
"""What its stubs tell otherwise than the library does."""

GRAPH_LINKS = 32
GRAPH_SEARCH_WIDTH = 128
ONE = 1
"""Threads of one search: sharing out the work of one message costs more than the work (measured: 11 ms of processor
time instead of 0.4 for 17,000 vectors on two busy cores). Messages are answered side by side instead."""


class FaissIndex:
    """`kind` "flat" is exact; "hnsw" is approximate and pays from some hundred thousand vectors on."""

    def __init__(self, vectors: Vectors, kind: str = "flat") -> None:
        dim = int(vectors.shape[1])
        self._index: Any
        self._is_graph = kind == "hnsw"
        if kind == "flat":
            half = faiss.ScalarQuantizer.QT_fp16  # what is prepared is kept at half precision: nothing is lost
            self._index = faiss.IndexScalarQuantizer(dim, half, faiss.METRIC_INNER_PRODUCT)
        elif kind == "hnsw":
            self._index = faiss.IndexHNSWFlat(dim, GRAPH_LINKS, faiss.METRIC_INNER_PRODUCT)
        else:
            message = f"QIHUI_VECTOR_INDEX={kind} is not known; use flat or hnsw"
            raise ValueError(message)
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))

    def search(self, queries: Vectors, top_k: int, among: Flags | None = None) -> tuple[Vectors, Rows]:
        """See `VectorIndex`. `among`: looked at are only the rows that it flags, shape (rows,); None: all of them."""
        held = int(self._index.ntotal) if among is None else int(among.sum())
        top_k = min(top_k, held)
        bits = None if among is None else np.packbits(among, bitorder="little")
        chosen = None if bits is None else _untyped.IDSelectorBitmap(bits)
        if self._is_graph:
            asked = _untyped.SearchParametersHNSW(sel=chosen, efSearch=max(GRAPH_SEARCH_WIDTH, top_k))
        else:
            asked = _untyped.SearchParameters(sel=chosen)
        faiss.omp_set_num_threads(ONE)  # holds for the calling thread alone, so it is said at every search
        similarity, rows = self._index.search(np.ascontiguousarray(queries, dtype=np.float32), top_k, params=asked)
        for row in np.flatnonzero((rows < 0).any(axis=1)):  # a graph may find fewer: the last found stands in
            found = int((rows[row] >= 0).sum())
            similarity[row, found:], rows[row, found:] = similarity[row, found - 1], rows[row, found - 1]
        return similarity, rows

    def vectors(self) -> Vectors:
        """See `VectorIndex`."""
        return np.asarray(self._index.reconstruct_n(0, int(self._index.ntotal)), dtype=np.float32)

    def holding(self, vectors: Vectors) -> "FaissIndex":
        """See `VectorIndex`."""
        return FaissIndex(vectors, "hnsw" if self._is_graph else "flat")
