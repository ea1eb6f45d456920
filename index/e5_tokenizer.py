"""The tokenizer of multilingual-e5-small from its pieces, for whichever engine runs the model."""

from typing import Any

from index.packed_e5 import PIECE_MARK

START, END = "<s>", "</s>"


def make_tokenizer(pieces: list[tuple[str, float]], unknown: int) -> Any:
    """A `tokenizers.Tokenizer` that cuts a text as the model was trained to read it."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=unknown, byte_fallback=False))
    spaces = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), spaces])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=PIECE_MARK, prepend_scheme="always", split=False)
    ids = {text: place for place, (text, _) in enumerate(pieces)}
    marks = [(START, ids[START]), (END, ids[END])]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}", pair=None, special_tokens=marks
    )
    return tokenizer
