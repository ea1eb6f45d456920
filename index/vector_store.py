"""Vectors of the guide's texts, kept by the hash of their text, so that an edit encodes only what it changed."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.encoder import Encoder, Vectors

Progress = Callable[[str], None]

_BATCH = 4096
"""So many texts are handed to the encoder at once, which runs those of one length together."""


class VectorStore:
    """Vectors by the hash of their text, in one file an encoder; survives editions."""

    def __init__(self, path: Path, encoder: Encoder, progress: Progress) -> None:
        self._path = path
        self._encoder = encoder
        self._progress = progress
        self._known: dict[str, NDArray[np.float16]] = {}
        if path.is_file():
            with np.load(path) as stored:
                self._known = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))

    @property
    def encoder_name(self) -> str:
        """Whose vectors these are."""
        return self._encoder.name

    def vectors(self, texts: list[str], *, passages: bool) -> Vectors:
        """The vectors of the texts in order, encoding those that are new."""
        keys = [hashlib.sha256(f"{'p' if passages else 'q'}\n{text}".encode()).hexdigest()[:24] for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        encode = self._encoder.encode_passages if passages else self._encoder.encode_queries
        todo = list(missing.items())
        for start in range(0, len(todo), _BATCH):
            batch = todo[start : start + _BATCH]
            rows = encode([text for _, text in batch]).astype(np.float16)
            self._known.update({key: row for (key, _), row in zip(batch, rows, strict=True)})
            self._progress(
                f"encoded {min(start + _BATCH, len(todo))} of {len(todo)} {'passages' if passages else 'messages'}"
            )
        if not keys:
            return np.zeros((0, self._encoder.dim), dtype=np.float32)
        return np.stack([self._known[key] for key in keys]).astype(np.float32)

    def save(self) -> None:
        """Keep what is known for the next edition."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        scratch = self._path.with_name(f".{os.getpid()}-{self._path.name}")  # ends in .npz, as numpy wants it
        np.savez(scratch, keys=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))
        scratch.replace(self._path)
