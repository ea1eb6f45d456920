"""What fitting on parents' wordings changed in the encoder: a low-rank addition to each of its linear maps.

`index/adapter.npz` holds, for a map named `l0.q`, the halves `l0.q.a` (rank, in) and `l0.q.b` (out, rank) in half
precision; the map's weights become `w + b @ a`. Written by `qihui index tune --encoder`, kept in the repository.
"""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from index.packed_e5 import Floats, PackedE5

ADAPTER = Path(__file__).parent / "adapter.npz"


def adapter_mark(path: Path = ADAPTER) -> str:
    """Eight letters that tell one adapter from another; `plain` when there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8] if path.is_file() else "plain"


def adapted(packed: PackedE5, path: Path = ADAPTER) -> PackedE5:
    """The model with the adapter's additions; the model itself when there is no adapter.

    Raises: ValueError: the adapter belongs to a model of another shape.
    """
    if not path.is_file():
        return packed
    with np.load(path) as halves:
        names = sorted(name.removesuffix(".a") for name in halves.files if name.endswith(".a"))
        tensors: dict[str, Floats] = dict(packed.tensors)
        for name in names:
            addition = halves[f"{name}.b"].astype(np.float32) @ halves[f"{name}.a"].astype(np.float32)
            weights = tensors.get(f"{name}.w")
            if weights is None or weights.shape != addition.shape:
                message = f"{path.name} does not fit the encoder at {name}; run `qihui index tune --encoder`"
                raise ValueError(message)
            tensors[f"{name}.w"] = weights + addition
    return replace(packed, tensors=tensors)
