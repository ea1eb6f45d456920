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
from index.e5_tokenizer import piece_model
from index.int8_encoder import MODEL_FILE, PIECES_FILE, WEIGHTS_FILE
from index.normalise import to_simplified
from index.packed_e5 import PIECE_MARK, PackedE5, read_packed

_FUSED = "com.microsoft"
"""The runtime's own domain of fused steps."""

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
    from onnxruntime.quantization import QuantType, quantize_dynamic

    exact, quantized = folder / "exact.onnx", folder / "quantized.onnx"
    onnx.save(_model(packed, rows), str(exact))
    advice = logging.getLogger()
    advice_level = advice.level
    advice.setLevel(logging.ERROR)  # it recommends a step that this graph does not need
    try:
        quantize_dynamic(
            str(exact),
            str(quantized),
            op_types_to_quantize=["MatMul", "Attention", "Gather"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},  # fused steps tell no type
        )
    finally:
        advice.setLevel(advice_level)
    onnx.save(  # the runtime maps weights that lie beside the graph, instead of reading and copying them
        onnx.load(str(quantized)), str(folder / MODEL_FILE), save_as_external_data=True, location=WEIGHTS_FILE
    )
    exact.unlink()
    quantized.unlink()


class _Graph:
    """Collects the constants and steps of a graph; every step returns the name of its result."""

    def __init__(self) -> None:
        self.constants: list[Any] = []
        self.steps: list[Any] = []

    def constant(self, name: str, values: Any) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def step(self, operation: str, inputs: list[str], result: str, domain: str = "", **attributes: Any) -> str:
        from onnx import helper

        self.steps.append(helper.make_node(operation, inputs, [result], domain=domain, **attributes))
        return result


def _model(packed: PackedE5, rows: list[int]) -> Any:
    """Ids and their places in, vectors of length 1 out: BERT as published, and the mean over all pieces.

    Texts of one run must have the same number of pieces: there is no mask, since each text is encoded alone.
    """
    from onnx import TensorProto, helper

    graph, shape, tensors = _Graph(), packed.shape, packed.tensors
    types = tensors["emb.type"].reshape(-1, shape.hidden)
    words = graph.constant("words", tensors["emb.word"][rows])
    places = graph.constant("places", tensors["emb.pos"].reshape(-1, shape.hidden) + types[0])
    word, place = graph.step("Gather", [words, "ids"], "word"), graph.step("Gather", [places, "at"], "place")
    both = graph.step("Add", [word, place], "both")
    scale, shift = graph.constant("scale", tensors["emb.ln.w"]), graph.constant("shift", tensors["emb.ln.b"])
    hidden = graph.step("LayerNormalization", [both, scale, shift], "embedded", axis=-1, epsilon=shape.epsilon)
    for layer in range(shape.layers):
        hidden = _layer(graph, packed, f"l{layer}", hidden)
    pieces = graph.constant("pieces", np.array([1], np.int64))
    last = graph.constant("last", np.array([-1], np.int64))
    mean = graph.step("ReduceMean", [hidden, pieces], "mean", keepdims=0)
    length = graph.step("ReduceL2", [mean, last], "length", keepdims=1)
    graph.step("Div", [mean, length], "vectors")
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT64, ["texts", "pieces"]),
        helper.make_tensor_value_info("at", TensorProto.INT64, ["pieces"]),
    ]
    outputs = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", shape.hidden])]
    made = helper.make_graph(graph.steps, "multilingual-e5-small", inputs, outputs, graph.constants)
    versions = [helper.make_opsetid("", 18), helper.make_opsetid(_FUSED, 1)]
    return helper.make_model(made, opset_imports=versions, ir_version=9)


def _layer(graph: _Graph, packed: PackedE5, here: str, hidden: str) -> str:
    """One layer: attention in the runtime's fused step, its output, and the feed-forward part, each with its norm."""
    tensors, shape = packed.tensors, packed.shape

    def constant(name: str) -> str:
        return graph.constant(f"{here}.{name}", tensors[f"{here}.{name}"])

    def linear(part: str, value: str) -> str:
        weights = graph.constant(f"{here}.{part}.w", tensors[f"{here}.{part}.w"].T)
        product = graph.step("MatMul", [value, weights], f"{here}.{part}")
        return graph.step("Add", [product, constant(f"{part}.b")], f"{here}.{part}.shifted")

    def added(part: str, norm: str, value: str, before: str) -> str:
        both = graph.step("Add", [linear(part, value), before], f"{here}.{part}.both")
        inputs = [both, constant(f"{norm}.w"), constant(f"{norm}.b")]
        return graph.step("LayerNormalization", inputs, f"{here}.{norm}", axis=-1, epsilon=shape.epsilon)

    three = graph.constant(f"{here}.qkv.w", np.concatenate([tensors[f"{here}.{part}.w"].T for part in "qkv"], axis=1))
    bias = graph.constant(f"{here}.qkv.b", np.concatenate([tensors[f"{here}.{part}.b"] for part in "qkv"]))
    seen = graph.step("Attention", [hidden, three, bias], f"{here}.seen", _FUSED, num_heads=shape.heads)
    attended = added("ao", "aln", seen, hidden)
    inner = graph.step("Gelu", [linear("fi", attended)], f"{here}.inner", _FUSED)
    return added("fo", "oln", inner, attended)
