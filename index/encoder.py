"""What the index asks of an encoder, and its two ways of failing."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class EncoderUnavailable(Exception):
    """The encoder's files or packages are not on this machine; the message says which setting or package to mend."""


class Encoder(Protocol):
    """Turns texts into vectors whose inner product is their similarity.

    `name` goes into the manifest: vectors of different encoders must never meet.
    """

    name: str
    dim: int

    def encode_queries(self, texts: list[str]) -> Vectors:
        """Encode parents' messages. Returns float32, shape (len(texts), dim), each row of length 1."""
        ...

    def encode_passages(self, texts: list[str]) -> Vectors:
        """Encode texts of the guide. Returns float32, shape (len(texts), dim), each row of length 1."""
        ...
