"""What one topic's wordings are together: the middle of their meanings, and one long text of their spelling."""

from collections.abc import Sequence

import numpy as np

from index.encoder import Vectors
from index.heads import Floats, Spelling


def topic_centre(vectors: Vectors) -> Vectors:
    """The mean of a topic's wordings (centred vectors, one a row), of length 1, shape (dim,)."""
    middle = vectors.mean(axis=0)
    return np.asarray(middle / max(float(np.linalg.norm(middle)), 1e-9), dtype=np.float32)


def joined_spelling(spellings: Sequence[Spelling], width: int) -> Floats:
    """A topic's wordings as one text: the TF-IDF that a question's spelling is compared with, shape (width,)."""
    joined = np.zeros(width, dtype=np.float32)
    for spelling in spellings:
        joined[spelling.rows] += spelling.weights
    np.log1p(joined, out=joined)
    joined /= max(float(np.linalg.norm(joined)), 1e-9)
    return joined.astype(np.float16)
