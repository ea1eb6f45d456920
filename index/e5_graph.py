"""Write multilingual-e5-small as an ONNX graph with 8-bit weights: three times as fast as the 4-bit engine.

Needs numpy, onnx and onnxruntime, not torch; takes some ten seconds, once for an adapter. Only the pieces that a
normalised Chinese or English message can hold are kept (a third of the vocabulary).
"""

import logging
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from index.adapter import ADAPTER, adapted
from index.e5_tokenizer import make_tokenizer
from index.int8_encoder import MODEL_FILE, TOKENIZER_FILE
from index.normalise import to_simplified
from index.packed_e5 import PIECE_MARK, PackedE5, read_packed

_SPECIAL_PIECES = 5
_READABLE = re.compile(r"[\x20-\x7e\u00b0\u00b7\u2010-\u2027\u2030-\u205e\u20ac\u3000-\u303f\u4e00-\u9fff]*")


def prepare_graph(folder: Path, adapter: Path = ADAPTER) -> None:
    """Write model and tokenizer into `folder`, complete or not at all."""
    packed = adapted(read_packed(), adapter)
    rows = kept_rows(packed)
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".preparing-", dir=folder.parent))
    tokenizer = make_tokenizer([packed.pieces[row] for row in rows], rows.index(packed.unknown))
    tokenizer.save(str(scratch / TOKENIZER_FILE))
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
    from onnxruntime.quantization import QuantType, quantize_dynamic

    exact = folder / "exact.onnx"
    onnx.save(_model(packed, rows), str(exact))
    advice = logging.getLogger()
    advice_level = advice.level
    advice.setLevel(logging.ERROR)  # it recommends a step that this graph does not need
    try:
        quantize_dynamic(str(exact), str(folder / MODEL_FILE), per_channel=True, weight_type=QuantType.QInt8)
    finally:
        advice.setLevel(advice_level)
    exact.unlink()


class _Graph:
    """Collects the constants and steps of a graph; every step returns the name of its result."""

    def __init__(self) -> None:
        self.constants: list[Any] = []
        self.steps: list[Any] = []

    def constant(self, name: str, values: Any) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def step(self, operation: str, inputs: list[str], result: str, **attributes: Any) -> str:
        from onnx import helper

        self.steps.append(helper.make_node(operation, inputs, [result], **attributes))
        return result

    def normed(self, value: str, weights: tuple[Any, Any], result: str, epsilon: float) -> str:
        scale = self.constant(f"{result}.scale", weights[0])
        shift = self.constant(f"{result}.shift", weights[1])
        return self.step("LayerNormalization", [value, scale, shift], result, axis=-1, epsilon=epsilon)


def _model(packed: PackedE5, rows: list[int]) -> Any:
    """Ids and their places in, vectors of length 1 out: BERT as published, and the mean over all pieces.

    Texts of one run must have the same number of pieces: there is no mask, since each text is encoded alone.
    """
    from onnx import TensorProto, helper

    graph, shape, tensors = _Graph(), packed.shape, packed.tensors
    words = graph.constant("words", tensors["emb.word"][rows])
    types = tensors["emb.type"].reshape(-1, shape.hidden)
    places = graph.constant("places", tensors["emb.pos"].reshape(-1, shape.hidden) + types[0])
    word = graph.step("Gather", [words, "ids"], "word")
    place = graph.step("Gather", [places, "at"], "place")
    both = graph.step("Add", [word, place], "both")
    hidden = graph.normed(both, (tensors["emb.ln.w"], tensors["emb.ln.b"]), "hidden", shape.epsilon)
    graph.constant("one", np.float32(1))
    graph.constant("split", np.array([0, 0, shape.heads, shape.hidden // shape.heads], np.int64))
    graph.constant("join", np.array([0, 0, shape.hidden], np.int64))
    graph.constant("root", np.float32(1 / np.sqrt(shape.hidden // shape.heads)))
    graph.constant("half", np.float32(0.5))
    graph.constant("root_half", np.float32(1 / np.sqrt(2)))
    for layer in range(shape.layers):
        hidden = _layer(graph, packed, layer, hidden)
    graph.constant("pieces", np.array([1], np.int64))
    graph.constant("last", np.array([-1], np.int64))
    mean = graph.step("ReduceMean", [hidden, "pieces"], "mean", keepdims=0)
    length = graph.step("ReduceL2", [mean, "last"], "length", keepdims=1)
    graph.step("Div", [mean, length], "vectors")
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT64, ["texts", "pieces"]),
        helper.make_tensor_value_info("at", TensorProto.INT64, ["pieces"]),
    ]
    outputs = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", shape.hidden])]
    made = helper.make_graph(graph.steps, "multilingual-e5-small", inputs, outputs, graph.constants)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def _layer(graph: _Graph, packed: PackedE5, layer: int, hidden: str) -> str:
    tensors, epsilon = packed.tensors, packed.shape.epsilon
    here = f"l{layer}"

    def linear(part: str, value: str) -> str:
        weights = graph.constant(f"{here}.{part}.w", tensors[f"{here}.{part}.w"].T)
        bias = graph.constant(f"{here}.{part}.b", tensors[f"{here}.{part}.b"])
        product = graph.step("MatMul", [value, weights], f"{here}.{part}.product")
        return graph.step("Add", [product, bias], f"{here}.{part}")

    def by_head(part: str, order: list[int]) -> str:
        parted = graph.step("Reshape", [linear(part, hidden), "split"], f"{here}.{part}.parted")
        return graph.step("Transpose", [parted], f"{here}.{part}.heads", perm=order)

    query, value = by_head("q", [0, 2, 1, 3]), by_head("v", [0, 2, 1, 3])
    key = by_head("k", [0, 2, 3, 1])
    score = graph.step("Mul", [graph.step("MatMul", [query, key], f"{here}.dot"), "root"], f"{here}.score")
    attention = graph.step("Softmax", [score], f"{here}.attention", axis=-1)
    context = graph.step("MatMul", [attention, value], f"{here}.context")
    turned = graph.step("Transpose", [context], f"{here}.turned", perm=[0, 2, 1, 3])
    joined = graph.step("Reshape", [turned, "join"], f"{here}.joined")
    added = graph.step("Add", [linear("ao", joined), hidden], f"{here}.attended_sum")
    attended = graph.normed(added, (tensors[f"{here}.aln.w"], tensors[f"{here}.aln.b"]), f"{here}.attended", epsilon)
    inner = linear("fi", attended)
    bend = graph.step("Erf", [graph.step("Mul", [inner, "root_half"], f"{here}.scaled")], f"{here}.bend")
    gate = graph.step("Mul", [inner, graph.step("Add", [bend, "one"], f"{here}.raised")], f"{here}.gate")
    gelu = graph.step("Mul", [gate, "half"], f"{here}.gelu")
    outer = graph.step("Add", [linear("fo", gelu), attended], f"{here}.outer_sum")
    return graph.normed(outer, (tensors[f"{here}.oln.w"], tensors[f"{here}.oln.b"]), f"{here}.outer", epsilon)
