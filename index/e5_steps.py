"""How a graph computes multilingual-e5-small: exactly, to measure its values, or with 8-bit products, to serve.

8-bit values need to know how large the values become. A few channels of this model are a hundred times as large as the
others, in every text alike; so every channel is divided by a factor of its own before the cut to 8 bits and its weights
are multiplied by it (Xiao et al., SmoothQuant, ICML 2023). The factors are constants: a text's vector does not depend
on the texts it is encoded with.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from index.packed_e5 import Floats, PackedE5

FUSED = "com.microsoft"
"""The runtime's own domain of fused steps."""

SMOOTHING = 0.85
"""How much of a channel's size goes over to its weights: 1 all of it. Measured: .85 stays closest to exact vectors."""

_SMALLEST_VALUE, _SMALLEST_WEIGHT = 1e-3, 1e-4
_LEVELS = 255


@dataclass(frozen=True)
class Range:
    """The lowest and the highest value of each channel of a step's input, shape (channels,) each."""

    low: Floats
    high: Floats


class Steps:
    """Collects the constants and steps of a graph; every step returns the name of its result."""

    def __init__(self) -> None:
        self.constants: list[Any] = []
        self.nodes: list[Any] = []

    def constant(self, name: str, values: Any) -> str:
        """A value that does not change."""
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def step(self, operation: str, inputs: list[str], result: str, domain: str = "", **attributes: Any) -> str:
        """One step of the graph."""
        from onnx import helper

        self.nodes.append(helper.make_node(operation, inputs, [result], domain=domain, **attributes))
        return result


class Products(Protocol):
    """The part of the computing that can be done at 8 bits; `weights` have the shape (in, out)."""

    steps: Steps

    def rows(self, name: str, table: Floats, ids: str) -> str:
        """The rows of a table that `ids` names."""

    def linear(self, name: str, value: str, weights: Floats, bias: Floats) -> str:
        """A linear map."""

    def attention(self, name: str, value: str, weights: Floats, bias: Floats, heads: int) -> str:
        """Query, key and value in one product, and what the pieces of a text make of each other."""


class ExactProducts:
    """Everything in single precision; `measured` names the inputs that 8 bits will have to hold."""

    def __init__(self) -> None:
        self.steps = Steps()
        self.measured: list[str] = []

    def rows(self, name: str, table: Floats, ids: str) -> str:
        """See `Products`."""
        return self.steps.step("Gather", [self.steps.constant(f"{name}.rows", table), ids], name)

    def linear(self, name: str, value: str, weights: Floats, bias: Floats) -> str:
        """See `Products`."""
        self.measured.append(value)
        product = self.steps.step("MatMul", [value, self.steps.constant(f"{name}.w", weights)], f"{name}.product")
        return self.steps.step("Add", [product, self.steps.constant(f"{name}.b", bias)], name)

    def attention(self, name: str, value: str, weights: Floats, bias: Floats, heads: int) -> str:
        """See `Products`."""
        self.measured.append(value)
        inputs = [value, self.steps.constant(f"{name}.w", weights), self.steps.constant(f"{name}.b", bias)]
        return self.steps.step("Attention", inputs, name, FUSED, num_heads=heads)


class EightBitProducts:
    """Weights at 8 bits with a scale for each output, values at 8 bits within the ranges that were measured."""

    def __init__(self, ranges: dict[str, Range]) -> None:
        self.steps = Steps()
        self._ranges = ranges

    def rows(self, name: str, table: Floats, ids: str) -> str:
        """See `Products`."""
        sizes = _size(table, axis=1)
        constant, step = self.steps.constant, self.steps.step
        bytes_ = step("Gather", [constant(f"{name}.rows", _eight_bits(table, sizes)), ids], f"{name}.bytes")
        values = step("Cast", [bytes_], f"{name}.values", to=1)  # 1: single precision
        return step("Mul", [values, step("Gather", [constant(f"{name}.sizes", sizes), ids], f"{name}.size")], name)

    def linear(self, name: str, value: str, weights: Floats, bias: Floats) -> str:
        """See `Products`."""
        cut, level, zero, eight, sizes = self._cut(name, value, weights)
        inputs = [cut, eight, level, sizes, zero, "", self.steps.constant(f"{name}.b", bias)]
        return self.steps.step("MatMulIntegerToFloat", inputs, name, FUSED)

    def attention(self, name: str, value: str, weights: Floats, bias: Floats, heads: int) -> str:
        """See `Products`."""
        cut, level, zero, eight, sizes = self._cut(name, value, weights)
        none = self.steps.constant(f"{name}.none", np.zeros(weights.shape[1], np.int8))
        inputs = [cut, eight, self.steps.constant(f"{name}.b", bias), level, sizes, "", zero, none]
        return self.steps.step("QAttention", inputs, name, FUSED, num_heads=heads)

    def _cut(self, name: str, value: str, weights: Floats) -> tuple[str, str, str, str, str]:
        """The value at 8 bits, the size of one of its levels, its zero, the weights at 8 bits and their sizes."""
        constant, step, range_ = self.steps.constant, self.steps.step, self._ranges[value]
        factor = _smoothing(range_, weights)
        low, high = float((range_.low / factor).min()), float((range_.high / factor).max())
        level = max(high - min(low, 0.0), _SMALLEST_VALUE) / _LEVELS
        zero = round(-min(low, 0.0) / level)
        smooth = step("Mul", [value, constant(f"{name}.factor", (1 / factor).astype(np.float32))], f"{name}.smooth")
        level_name = constant(f"{name}.level", np.array(level, np.float32))
        zero_name = constant(f"{name}.zero", np.array(zero, np.uint8))
        cut = step("QuantizeLinear", [smooth, level_name, zero_name], f"{name}.cut")
        moved = weights * factor[:, None]
        sizes = _size(moved, axis=0)
        eight = constant(f"{name}.w", _eight_bits(moved, sizes))
        return cut, level_name, zero_name, eight, constant(f"{name}.sizes", sizes.ravel())


def e5_model(products: Products, packed: PackedE5, rows: list[int]) -> Any:
    """Ids and their places in, vectors of length 1 out: BERT as published, and the mean over all pieces.

    Texts of one run must have the same number of pieces: there is no mask.
    """
    from onnx import TensorProto, helper

    steps, shape, tensors = products.steps, packed.shape, packed.tensors
    types = tensors["emb.type"].reshape(-1, shape.hidden)
    word = products.rows("word", tensors["emb.word"][rows], "ids")
    places = steps.constant("places", tensors["emb.pos"].reshape(-1, shape.hidden) + types[0])
    both = steps.step("Add", [word, steps.step("Gather", [places, "at"], "place")], "both")
    scale, shift = steps.constant("scale", tensors["emb.ln.w"]), steps.constant("shift", tensors["emb.ln.b"])
    hidden = steps.step("LayerNormalization", [both, scale, shift], "embedded", axis=-1, epsilon=shape.epsilon)
    for layer in range(shape.layers):
        hidden = _layer(products, packed, f"l{layer}", hidden)
    pieces = steps.constant("pieces", np.array([1], np.int64))
    last = steps.constant("last", np.array([-1], np.int64))
    mean = steps.step("ReduceMean", [hidden, pieces], "mean", keepdims=0)
    length = steps.step("ReduceL2", [mean, last], "length", keepdims=1)
    steps.step("Div", [mean, length], "vectors")
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT64, ["texts", "pieces"]),
        helper.make_tensor_value_info("at", TensorProto.INT64, ["pieces"]),
    ]
    outputs = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", shape.hidden])]
    made = helper.make_graph(steps.nodes, "multilingual-e5-small", inputs, outputs, steps.constants)
    versions = [helper.make_opsetid("", 18), helper.make_opsetid(FUSED, 1)]
    return helper.make_model(made, opset_imports=versions, ir_version=9)


def _layer(products: Products, packed: PackedE5, here: str, hidden: str) -> str:
    """One layer: attention in the runtime's fused step, its output, and the feed-forward part, each with its norm."""
    steps, tensors, shape = products.steps, packed.tensors, packed.shape

    def linear(part: str, value: str) -> str:
        return products.linear(f"{here}.{part}", value, tensors[f"{here}.{part}.w"].T, tensors[f"{here}.{part}.b"])

    def normed(norm: str, value: str, before: str) -> str:
        both = steps.step("Add", [value, before], f"{here}.{norm}.both")
        constants = [steps.constant(f"{here}.{norm}.{which}", tensors[f"{here}.{norm}.{which}"]) for which in "wb"]
        return steps.step("LayerNormalization", [both, *constants], f"{here}.{norm}", axis=-1, epsilon=shape.epsilon)

    weights = np.concatenate([tensors[f"{here}.{part}.w"].T for part in "qkv"], axis=1)
    bias = np.concatenate([tensors[f"{here}.{part}.b"] for part in "qkv"])
    seen = products.attention(f"{here}.seen", hidden, weights, bias, shape.heads)
    attended = normed("aln", linear("ao", seen), hidden)
    inner = steps.step("Gelu", [linear("fi", attended)], f"{here}.inner", FUSED)
    return normed("oln", linear("fo", inner), attended)


def _smoothing(range_: Range, weights: Floats) -> Floats:
    """By what each channel is divided, shape (channels,); their geometric mean is 1."""
    values = np.maximum(np.maximum(np.abs(range_.low), np.abs(range_.high)), _SMALLEST_VALUE)
    held = np.maximum(np.abs(weights).max(axis=1), _SMALLEST_WEIGHT)
    factor = values**SMOOTHING / held ** (1 - SMOOTHING)
    return np.asarray(factor / np.exp(np.log(factor).mean()), dtype=np.float32)


def _size(values: Floats, axis: int) -> Floats:
    """What one of the 127 levels on each side of zero is worth, for each column (axis 0) or row (axis 1)."""
    return np.asarray(np.maximum(np.abs(values).max(axis=axis, keepdims=True), 1e-12) / 127, dtype=np.float32)


def _eight_bits(values: Floats, sizes: Floats) -> Any:
    return np.clip(np.rint(values / sizes), -127, 127).astype(np.int8)
