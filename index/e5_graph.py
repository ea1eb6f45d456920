"""Write multilingual-e5-small as an ONNX graph with 8-bit products: three times as fast as the 4-bit engine.

Needs numpy, onnx and onnxruntime, not torch; takes some seconds, once for an adapter. Only the pieces that a normalised
Chinese or English message can hold are kept (a third of the vocabulary).
"""

import re
import shutil
import tempfile
from pathlib import Path

import numpy as np

from index.adapter import ADAPTER, adapted
from index.e5_steps import EightBitProducts, ExactProducts, Range, e5_model
from index.e5_tokenizer import piece_model
from index.int8_encoder import MODEL_FILE, MOST_PIECES, PIECES_FILE, WEIGHTS_FILE, as_input, cut_pieces
from index.normalise import to_simplified
from index.packed_e5 import PIECE_MARK, Floats, PackedE5, read_packed

RANGE_TEXTS = Path(__file__).parent / "range_texts.txt"
"""160 questions and 20 passages of the guide as it once was, one a line. They stay as they are: another text would mean
another encoder."""

_SPECIAL_PIECES = 5
_READABLE = re.compile(r"[\x20-\x7e\u00b0\u00b7\u2010-\u2027\u2030-\u205e\u20ac\u3000-\u303f\u4e00-\u9fff]*")


def prepare_graph(folder: Path, adapter: Path = ADAPTER) -> None:
    """Write model, weights and pieces into `folder`, complete or not at all."""
    packed = adapted(read_packed(), adapter)
    rows = kept_rows(packed)
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".preparing-", dir=folder.parent))
    pieces = piece_model([packed.pieces[row] for row in rows], rows.index(packed.unknown))
    (scratch / PIECES_FILE).write_bytes(pieces)
    _write_model(packed, rows, scratch)
    if folder.exists():
        shutil.rmtree(folder)
    scratch.rename(folder)


def kept_rows(packed: PackedE5) -> list[int]:
    """The pieces that can stand in a normalised message (see `index.normalise`), in their order."""
    kept = list(range(_SPECIAL_PIECES))
    for row in range(_SPECIAL_PIECES, len(packed.pieces)):
        text = packed.pieces[row][0].replace(PIECE_MARK, "")
        if _READABLE.fullmatch(text) and text == text.lower() and text == to_simplified(text):
            kept.append(row)
    return kept


def _write_model(packed: PackedE5, rows: list[int], folder: Path) -> None:
    import onnx

    ranges = _measured_ranges(packed, rows, folder)
    onnx.save(  # the runtime maps weights that lie beside the graph, instead of reading and copying them
        e5_model(EightBitProducts(ranges), packed, rows),
        str(folder / MODEL_FILE),
        save_as_external_data=True,
        location=WEIGHTS_FILE,
    )


def _measured_ranges(packed: PackedE5, rows: list[int], folder: Path) -> dict[str, Range]:
    """How large the values become that will be held at 8 bits, over the texts of `RANGE_TEXTS`, by the exact model."""
    import onnx
    from onnx import TensorProto, helper
    from onnxruntime import InferenceSession, SessionOptions
    from sentencepiece import SentencePieceProcessor

    exact = ExactProducts()
    model = e5_model(exact, packed, rows)
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in exact.measured)
    path = folder / "exact.onnx"
    onnx.save(model, str(path))
    options = SessionOptions()
    options.log_severity_level = 3
    session = InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    path.unlink()
    pieces = SentencePieceProcessor(model_file=str(folder / PIECES_FILE))
    lows: dict[str, list[Floats]] = {name: [] for name in exact.measured}
    highs: dict[str, list[Floats]] = {name: [] for name in exact.measured}
    for text in RANGE_TEXTS.read_text(encoding="utf-8").splitlines():
        seen = session.run(exact.measured, as_input([cut_pieces(pieces, text, MOST_PIECES)]))
        for name, values in zip(exact.measured, seen, strict=True):
            lows[name].append(values[0].min(axis=0))
            highs[name].append(values[0].max(axis=0))
    return {name: Range(np.min(lows[name], axis=0), np.max(highs[name], axis=0)) for name in exact.measured}
