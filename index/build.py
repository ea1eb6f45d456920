"""Prepare an edition for searching: encode its texts, fit the heads, write everything into one folder.

Vectors are kept by the hash of their text, so that an edit encodes only what it changed. The folder is written
beside its place and moved there when it is complete: a reader never sees half an index.
"""

import json
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.chunking import Chunk, passage_chunks, wording_chunks
from index.encoder import Encoder, Vectors
from index.fitting import READER_STRENGTH, Texts, fit_head, fit_spelling, fit_spelling_head
from index.heads import Floats, Head, Spelling, SpellingModel
from index.manifest import FORMAT, Manifest
from index.normalise import normalise
from index.result import MESSAGE_KINDS, MessageKind
from index.retriever import Fusion, Prepared, centre_vectors
from index.topic_profile import joined_spelling, topic_centre
from index.vector_store import Progress, VectorStore
from knowledge.load import Shipped
from knowledge.wording_file import Level

FUSION = Path(__file__).parent / "fusion.json"
"""How much each way of looking counts; chosen by `qihui index tune`, kept in the repository."""


@dataclass(frozen=True)
class Labelled:
    """Messages of every kind with their labels, row by row; `texts` are normalised.

    `kinds`: places in `MESSAGE_KINDS`. `dangers`: 1 where the message tells of a danger happening now. `doctors`: 1
    where a doctor should see the child today or sooner.
    """

    texts: list[str]
    kinds: list[int]
    dangers: list[int]
    doctors: list[int]

    def part(self, rows: list[int]) -> "Labelled":
        """The messages of some rows."""
        return Labelled(
            texts=[self.texts[row] for row in rows],
            kinds=[self.kinds[row] for row in rows],
            dangers=[self.dangers[row] for row in rows],
            doctors=[self.doctors[row] for row in rows],
        )

    @property
    def outside(self) -> list[int]:
        """1 where the message is no question for the guide."""
        return [int(MESSAGE_KINDS[kind] == "out_of_scope") for kind in self.kinds]


@dataclass(frozen=True)
class Fitted:
    """The arrays of a prepared index before they are written."""

    topic_ids: tuple[str, ...]
    topic_months: NDArray[np.int64]
    centre: Vectors
    wordings: Vectors
    wording_topics: NDArray[np.int64]
    topic_centres: Vectors
    passages: Vectors
    passage_topics: NDArray[np.int64]
    passage_centre: Vectors
    examples: Vectors
    example_dangers: NDArray[np.int64]
    example_outside: NDArray[np.int64]
    spelling_model: SpellingModel
    topic_spelling: Floats
    heads: dict[str, Head]

    def prepared(self, fusion: Fusion) -> Prepared:
        """The same values as the retriever holds them."""
        return Prepared(
            topic_ids=self.topic_ids,
            topic_months=self.topic_months,
            emergency_ids=tuple(topic_id for topic_id in self.topic_ids if topic_id.startswith("emergency.")),
            centre=self.centre,
            wording_topics=self.wording_topics,
            topic_centres=self.topic_centres,
            passage_topics=self.passage_topics,
            passage_centre=self.passage_centre,
            spelling_model=self.spelling_model,
            topic_spelling=self.topic_spelling,
            meaning_head=self.heads["meaning"],
            spelling_head=self.heads["spelling"],
            kind_head=self.heads["kind"],
            danger_meaning_head=self.heads["danger_meaning"],
            danger_spelling_head=self.heads["danger_spelling"],
            doctor_head=self.heads["doctor"],
            example_dangers=self.example_dangers,
            example_outside=self.example_outside,
            fusion=fusion,
        )


def build(
    shipped: Shipped,
    encoder: Encoder,
    folder: Path,
    cache: Path,
    progress: Progress,
    made_on: date,
    fusion: Path = FUSION,
) -> Manifest:
    """Prepare `shipped` in `folder` (replaced if it exists), with the weights of `fusion`. Returns its manifest."""
    store = VectorStore(cache, encoder, progress)
    fitted = fit(shipped, store, wording_chunks(shipped.guide), labelled_messages(shipped), progress)
    store.save()
    chosen = json.loads(fusion.read_text(encoding="utf-8"))
    manifest = Manifest(
        format=FORMAT,
        edition=shipped.guide.edition,
        encoder=encoder.name,
        topics=len(fitted.topic_ids),
        entries=len(shipped.guide.entries),
        wordings=len(fitted.wordings),
        passages=len(fitted.passages),
        made_on=made_on.isoformat(),
        tuned_for=chosen.get("encoder", ""),
        held_out=chosen.get("held_out", {}),
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    _write(fitted, scratch)
    shutil.copyfile(fusion, scratch / FUSION.name)
    manifest.write(scratch)
    if folder.exists():
        shutil.rmtree(folder)
    scratch.rename(folder)
    return manifest


def fit(shipped: Shipped, store: VectorStore, wordings: list[Chunk], messages: Labelled, progress: Progress) -> Fitted:
    """Fit everything on the given texts (all of them for serving, a part when an evaluation holds some out)."""
    guide = shipped.guide
    topic_ids = tuple(topic_id for topic_id in guide.topics if any(c.topic_id == topic_id for c in wordings))
    place = {topic_id: number for number, topic_id in enumerate(topic_ids)}
    passages = [chunk for chunk in passage_chunks(guide) if chunk.topic_id in place]
    texts = [chunk.text for chunk in wordings]
    raw = store.vectors(texts, passages=False)
    centre = raw.mean(axis=0, dtype=np.float32)
    vectors = centre_vectors(raw, centre)
    topics = np.array([place[chunk.topic_id] for chunk in wordings], dtype=np.int64)
    raw_passages = store.vectors([chunk.text for chunk in passages], passages=True)
    passage_centre = raw_passages.mean(axis=0) if passages else np.zeros_like(centre)
    passage_vectors = centre_vectors(raw_passages, passage_centre)

    spelling_model = fit_spelling(sorted({*texts, *messages.texts}))
    width = len(spelling_model.vocabulary)
    progress(f"fitting on {len(texts)} wordings of {len(topic_ids)} topics, {width} n-grams")

    of_topics = Texts(vectors, [spelling_model.read(text) for text in texts])
    heads = {
        "meaning": fit_head(of_topics, topics, len(topic_ids), width, meaning=True, spelling=False),
        "spelling": fit_spelling_head(of_topics, topics, width),
    }
    message_vectors = centre_vectors(store.vectors(messages.texts, passages=False), centre)
    of_messages = Texts(message_vectors, [spelling_model.read(text) for text in messages.texts])
    kinds = np.array(messages.kinds, dtype=np.int64)
    dangers = np.array(messages.dangers, dtype=np.int64)
    heads["kind"] = _fit_reader(of_messages, kinds, len(MESSAGE_KINDS), width)
    heads |= fit_danger_heads(of_messages, dangers, width)
    doctors = np.array(messages.doctors, dtype=np.int64)
    heads["doctor"] = _fit_reader(of_messages, doctors, 2, width)
    progress("fitted")
    return Fitted(
        topic_ids=topic_ids,
        topic_months=np.array([guide.topics[topic_id].months for topic_id in topic_ids], dtype=np.int64),
        centre=centre,
        wordings=vectors,
        wording_topics=topics,
        topic_centres=np.stack([topic_centre(vectors[topics == number]) for number in range(len(topic_ids))]),
        passages=passage_vectors,
        passage_centre=passage_centre,
        passage_topics=np.array([place[chunk.topic_id] for chunk in passages], dtype=np.int64),
        examples=message_vectors,
        example_dangers=dangers,
        example_outside=np.array(messages.outside, dtype=np.int64),
        spelling_model=spelling_model,
        topic_spelling=_joined_spelling(of_topics.spellings, topics, len(topic_ids), width),
        heads=heads,
    )


def _fit_reader(texts: Texts, labels: NDArray[np.int64], classes: int, width: int) -> Head:
    return fit_head(texts, labels, classes, width, meaning=True, spelling=True, balanced=True, strength=READER_STRENGTH)


def fit_danger_heads(texts: Texts, labels: NDArray[np.int64], width: int) -> dict[str, Head]:
    """Two readers of danger signs, one by meaning and one by spelling.

    Together with the neighbours they are better than one reader of both (measured by `qihui index tune`).
    """
    strength = READER_STRENGTH
    by_meaning = fit_head(texts, labels, 2, width, meaning=True, spelling=False, balanced=True, strength=strength)
    by_spelling = fit_head(texts, labels, 2, width, meaning=False, spelling=True, balanced=True, strength=strength)
    return {"danger_meaning": by_meaning, "danger_spelling": by_spelling}


def labelled_messages(shipped: Shipped) -> Labelled:
    """Every message that we know, with its labels; calm look-alikes of danger signs are questions."""
    labelled = Labelled([], [], [], [])

    def add(text: str, kind: MessageKind, level: Level | None = None) -> None:
        labelled.texts.append(normalise(text))
        labelled.kinds.append(MESSAGE_KINDS.index(kind))
        labelled.dangers.append(int(level in {"call_120", "go_now"}))
        labelled.doctors.append(int(level in {"call_120", "go_now", "same_day"}))

    for wording in shipped.wordings:
        add(wording.text, "question", wording.level)
    examples = shipped.examples
    for example in examples.calm:
        add(example.text, "question", example.level)
    for example in examples.dose:
        add(example.text, "dose" if example.kind == "dose" else "question")
    for example in examples.out_of_scope:
        add(example.text, "out_of_scope")
    for example in examples.smalltalk:
        add(example.text, "smalltalk")
    return labelled


def _joined_spelling(spellings: list[Spelling], topics: NDArray[np.int64], count: int, width: int) -> Floats:
    of_topic: list[list[Spelling]] = [[] for _ in range(count)]
    for spelling, topic in zip(spellings, topics.tolist(), strict=True):
        of_topic[topic].append(spelling)
    return np.stack([joined_spelling(one, width) for one in of_topic], axis=1)


def _write(fitted: Fitted, folder: Path) -> None:
    arrays: dict[str, Any] = {
        "centre": fitted.centre,
        "topic_months": fitted.topic_months,
        "wordings": fitted.wordings.astype(np.float16),
        "wording_topics": fitted.wording_topics,
        "topic_centres": fitted.topic_centres,
        "passages": fitted.passages.astype(np.float16),
        "passage_topics": fitted.passage_topics,
        "passage_centre": fitted.passage_centre,
        "examples": fitted.examples.astype(np.float16),
        "example_dangers": fitted.example_dangers,
        "example_outside": fitted.example_outside,
        "idf": fitted.spelling_model.idf,
        "topic_spelling": fitted.topic_spelling,
    }
    for name, head in fitted.heads.items():
        arrays[f"{name}_bias"] = head.bias
        if head.meaning is not None:
            arrays[f"{name}_meaning"] = head.meaning
        if head.spelling is not None:
            arrays[f"{name}_spelling"] = head.spelling
    np.savez(folder / "arrays.npz", **arrays)
    words = {"topics": list(fitted.topic_ids), "vocabulary": list(fitted.spelling_model.vocabulary)}
    (folder / "words.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
