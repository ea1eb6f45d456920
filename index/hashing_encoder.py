"""A deterministic encoder without a model: character n-grams hashed into a vector.

For tests and for trying the product where no model may be installed (`QIHUI_ENCODER=hashing`). It knows spelling,
not meaning.
"""

import zlib

import numpy as np

from index.encoder import Vectors
from index.ngrams import ngrams


class HashingEncoder:
    """Same text, same vector, on every machine."""

    name = "hashing-256"
    dim = 256

    def encode_queries(self, texts: list[str]) -> Vectors:
        """Encode parents' messages; see `Encoder`."""
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            for gram in ngrams(text) or ["。"]:
                digest = zlib.crc32(gram.encode())
                vectors[row, digest % self.dim] += 1.0 if digest & 0x10000 else -1.0
            length = float(np.linalg.norm(vectors[row]))
            if length == 0.0:  # the signs cancelled out
                vectors[row, 0] = 1.0
            else:
                vectors[row] /= length
        return vectors

    def encode_passages(self, texts: list[str]) -> Vectors:
        """Encode texts of the guide; see `Encoder`."""
        return self.encode_queries(texts)
