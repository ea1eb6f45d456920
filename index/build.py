"""Prepare an edition for searching: encode its texts, fit the heads, write everything into one folder.

The folder is written beside its place and moved there when it is complete: a reader never sees half an index.
"""

import json
import shutil
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.chunking import Chunk, passage_chunks, wording_chunks
from index.encoder import Encoder, Vectors
from index.fitting import (
    READER_STRENGTH,
    Texts,
    fit_head,
    fit_spelling,
    fit_spelling_head,
    fixed_iterations,
    on_other_cores,
)
from index.heads import Head, Spelling, SpellingModel
from index.labelled import Labelled, labelled_messages
from index.manifest import FORMAT, Manifest
from index.result import MESSAGE_KINDS
from index.retriever import Fusion, Prepared, centre_vectors
from index.topic_profile import joined_spelling, topic_centre
from index.topic_spelling import TopicSpelling
from index.vector_store import Progress, VectorStore
from knowledge.load import Shipped

CALM_COUNTS, OTHERS_COUNT = 2.0, 0.1
FUSION = Path(__file__).parent / "fusion.json"
"""How much each way of looking counts; chosen by `qihui index tune`, kept in the repository."""


@dataclass(frozen=True)
class Fitted:
    """The arrays of a prepared index before they are written.

    `meanings`: the vector of every text once; `wording_rows` and `example_rows` list them, most texts stand in both.
    """

    topic_ids: tuple[str, ...]
    topic_months: NDArray[np.int64]
    centre: Vectors
    meanings: Vectors
    wording_rows: NDArray[np.int64]
    wording_topics: NDArray[np.int64]
    topic_centres: Vectors
    passages: Vectors
    passage_topics: NDArray[np.int64]
    passage_centre: Vectors
    example_rows: NDArray[np.int64]
    example_dangers: NDArray[np.int64]
    example_outside: NDArray[np.int64]
    spelling_model: SpellingModel
    topic_spelling: TopicSpelling
    heads: dict[str, Head]

    @property
    def wordings(self) -> Vectors:
        """The vector of every wording."""
        return self.meanings[self.wording_rows]

    @property
    def examples(self) -> Vectors:
        """The vector of every labelled message."""
        return self.meanings[self.example_rows]

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
        wordings=len(fitted.wording_rows),
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
    topics = np.array([place[chunk.topic_id] for chunk in wordings], dtype=np.int64)
    kinds = np.array(messages.kinds, dtype=np.int64)
    dangers = np.array(messages.dangers, dtype=np.int64)
    doctors = np.array(messages.doctors, dtype=np.int64)
    # the sparse fits use one core, the rest what is left
    with fixed_iterations(), on_other_cores(), ThreadPoolExecutor(1) as beside:
        spelled = beside.submit(_read_spelling, {*texts, *messages.texts})
        spelling = beside.submit(_fit_spelling_head, spelled, texts, topics)
        distinct = {text: row for row, text in enumerate(dict.fromkeys([*texts, *messages.texts]))}
        wording_rows = np.array([distinct[text] for text in texts], dtype=np.int64)
        example_rows = np.array([distinct[text] for text in messages.texts], dtype=np.int64)
        raw = store.vectors(list(distinct), passages=False)
        centre = raw[wording_rows].mean(axis=0, dtype=np.float32)
        meanings = centre_vectors(raw, centre)
        vectors = meanings[wording_rows]
        raw_passages = store.vectors([chunk.text for chunk in passages], passages=True)
        passage_centre = raw_passages.mean(axis=0) if passages else np.zeros_like(centre)
        passage_vectors = centre_vectors(raw_passages, passage_centre)
        spelling_model, read = spelled.result()
        width = len(spelling_model.vocabulary)
        of_topics = Texts(vectors, [read[text] for text in texts])
        of_messages = Texts(meanings[example_rows], [read[text] for text in messages.texts])
        progress(f"fitting on {len(texts)} wordings of {len(topic_ids)} topics, {width} n-grams")
        kind = beside.submit(_fit_reader, of_messages, kinds, len(MESSAGE_KINDS), width)
        heads = {"meaning": fit_head(of_topics, topics, len(topic_ids), width, meaning=True, spelling=False)}
        heads |= fit_danger_heads(of_messages, messages, width)
        heads["doctor"] = _fit_reader(of_messages, doctors, 2, width)
        heads |= {"spelling": spelling.result(), "kind": kind.result()}
    progress("fitted")
    return Fitted(
        topic_ids=topic_ids,
        topic_months=np.array([guide.topics[topic_id].months for topic_id in topic_ids], dtype=np.int64),
        centre=centre,
        meanings=meanings,
        wording_rows=wording_rows,
        wording_topics=topics,
        topic_centres=np.stack([topic_centre(vectors[topics == number]) for number in range(len(topic_ids))]),
        passages=passage_vectors,
        passage_centre=passage_centre,
        passage_topics=np.array([place[chunk.topic_id] for chunk in passages], dtype=np.int64),
        example_rows=example_rows,
        example_dangers=dangers,
        example_outside=np.array(messages.outside, dtype=np.int64),
        spelling_model=spelling_model,
        topic_spelling=_joined_spelling(of_topics.spellings, topics, len(topic_ids), width),
        heads=heads,
    )


def _read_spelling(texts: set[str]) -> tuple[SpellingModel, dict[str, Spelling]]:
    model = fit_spelling(sorted(texts))
    return model, {text: model.read(text) for text in texts}


def _fit_spelling_head(
    spelled: Future[tuple[SpellingModel, dict[str, Spelling]]], texts: list[str], topics: NDArray[np.int64]
) -> Head:
    model, read = spelled.result()
    return fit_spelling_head([read[text] for text in texts], topics, len(model.vocabulary))


def _fit_reader(texts: Texts, labels: NDArray[np.int64], classes: int, width: int) -> Head:
    return fit_head(texts, labels, classes, width, meaning=True, spelling=True, balanced=True, strength=READER_STRENGTH)


def fit_danger_heads(texts: Texts, messages: Labelled, width: int) -> dict[str, Head]:
    """Two readers of danger signs, one by meaning and one by spelling.

    Together with the neighbours and the rules they are better than one reader of both (measured by `qihui index
    reach`): what they must tell apart is a danger from its calm look-alike, so these count most.
    """
    labels, counts = np.array(messages.dangers, dtype=np.int64), danger_counts(messages)
    by_meaning = fit_head(texts, labels, 2, width, meaning=True, spelling=False, strength=1.0, counts=counts)
    by_spelling = fit_head(texts, labels, 2, width, meaning=False, spelling=True, strength=5.0, counts=counts)
    return {"danger_meaning": by_meaning, "danger_spelling": by_spelling}


def danger_counts(messages: Labelled) -> NDArray[np.float64]:
    """How much each message counts where dangers are learnt: look-alikes twice a danger, other messages a tenth."""
    dangers, calms = np.array(messages.dangers) == 1, np.array(messages.calms) == 1
    return np.where(dangers, 1.0, np.where(calms, CALM_COUNTS, OTHERS_COUNT))


def _joined_spelling(spellings: list[Spelling], topics: NDArray[np.int64], count: int, width: int) -> TopicSpelling:
    of_topic: list[list[Spelling]] = [[] for _ in range(count)]
    for spelling, topic in zip(spellings, topics.tolist(), strict=True):
        of_topic[topic].append(spelling)
    return TopicSpelling.of([joined_spelling(one, width) for one in of_topic], width)


def _write(fitted: Fitted, folder: Path) -> None:
    arrays: dict[str, Any] = {
        "centre": fitted.centre,
        "topic_months": fitted.topic_months,
        "meanings": fitted.meanings.astype(np.float16),
        "wording_rows": fitted.wording_rows,
        "wording_topics": fitted.wording_topics,
        "topic_centres": fitted.topic_centres,
        "passages": fitted.passages.astype(np.float16),
        "passage_topics": fitted.passage_topics,
        "passage_centre": fitted.passage_centre,
        "example_rows": fitted.example_rows,
        "example_dangers": fitted.example_dangers,
        "example_outside": fitted.example_outside,
        "idf": fitted.spelling_model.idf,
        "topic_spelling_starts": fitted.topic_spelling.starts,
        "topic_spelling_topics": fitted.topic_spelling.topics,
        "topic_spelling_weights": fitted.topic_spelling.weights,
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
