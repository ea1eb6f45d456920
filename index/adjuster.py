"""Take an edit of the guide into a prepared index in a moment: only what changed is encoded, the fitted heads stay.

Passages and wordings of an edited topic are replaced, with its centre and its spelling. The heads still know the
wordings they were fitted on; `qihui index build` fits them anew. A topic that the index does not know stays unknown.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from index.chunking import Chunk, passage_chunks, wording_chunks
from index.encoder import Vectors
from index.retriever import Retriever, centre_vectors
from index.topic_profile import joined_spelling, topic_centre
from index.vector_index import Rows, VectorIndex
from knowledge.guide import Guide


class Adjuster:
    """Makes retrievers for later editions out of one prepared retriever. Not for several threads at once.

    `guide` is the edition that `base` was prepared from. What was encoded once is remembered.
    """

    def __init__(self, base: Retriever, guide: Guide) -> None:
        self._base = base
        places = set(base.prepared.topic_ids)
        self._wordings = [chunk for chunk in wording_chunks(guide) if chunk.topic_id in places]
        self._passages = [chunk for chunk in passage_chunks(guide) if chunk.topic_id in places]
        self._encoded: dict[tuple[bool, str], Vectors] = {}

    def retriever_for(self, guide: Guide) -> Retriever:
        """A retriever that finds what `guide` says."""
        base = self._base
        places = {topic_id: place for place, topic_id in enumerate(base.prepared.topic_ids)}
        prepared, wordings, passages = base.prepared, base.wordings, base.passages
        after = [chunk for chunk in wording_chunks(guide) if chunk.topic_id in places]
        changed = _changed(self._wordings, after)
        if changed:
            taken = self._replaced(wordings, self._wordings, after, changed, self._query_vectors)
            chunks, vectors = taken
            topics = np.array([places[chunk.topic_id] for chunk in chunks], dtype=np.int64)
            centres, spelling = prepared.topic_centres.copy(), prepared.topic_spelling.copy()
            for topic_id in changed & {chunk.topic_id for chunk in chunks}:
                place = places[topic_id]
                centres[place] = topic_centre(vectors[topics == place])
                read = [prepared.spelling_model.read(chunk.text) for chunk in chunks if chunk.topic_id == topic_id]
                spelling[:, place] = joined_spelling(read, len(spelling))
            prepared = replace(prepared, wording_topics=topics, topic_centres=centres, topic_spelling=spelling)
            wordings = wordings.holding(vectors)
        after = [chunk for chunk in passage_chunks(guide) if chunk.topic_id in places]
        changed = _changed(self._passages, after)
        if changed:
            chunks, vectors = self._replaced(passages, self._passages, after, changed, self._passage_vectors)
            rows: Rows = np.array([places[chunk.topic_id] for chunk in chunks], dtype=np.int64)
            prepared = replace(prepared, passage_topics=rows)
            passages = passages.holding(vectors)
        if wordings is base.wordings and passages is base.passages:
            return base
        return Retriever(base.encoder, prepared, wordings, passages, base.examples)

    def _replaced(
        self,
        index: VectorIndex,
        before: list[Chunk],
        after: list[Chunk],
        changed: set[str],
        encode: "Callable[[list[str]], Vectors]",
    ) -> tuple[list[Chunk], Vectors]:
        """The rows of all other topics as they are, then those of the changed ones."""
        vectors = index.vectors()
        kept = [row for row, chunk in enumerate(before) if chunk.topic_id not in changed]
        known = {chunk.text: row for row, chunk in enumerate(before)}
        fresh = [chunk for chunk in after if chunk.topic_id in changed]
        new_texts = list(dict.fromkeys(chunk.text for chunk in fresh if chunk.text not in known))
        encoded = dict(zip(new_texts, encode(new_texts), strict=True)) if new_texts else {}
        rows = [vectors[known[c.text]] if c.text in known else encoded[c.text] for c in fresh]
        return [before[row] for row in kept] + fresh, np.stack([*vectors[kept], *rows])

    def _query_vectors(self, texts: list[str]) -> Vectors:
        return centre_vectors(self._remembered(texts, passages=False), self._base.prepared.centre)

    def _passage_vectors(self, texts: list[str]) -> Vectors:
        return centre_vectors(self._remembered(texts, passages=True), self._base.prepared.passage_centre)

    def _remembered(self, texts: list[str], *, passages: bool) -> Vectors:
        missing = [text for text in texts if (passages, text) not in self._encoded]
        if missing:
            encoder = self._base.encoder
            vectors = encoder.encode_passages(missing) if passages else encoder.encode_queries(missing)
            self._encoded.update({(passages, text): row for text, row in zip(missing, vectors, strict=True)})
        return np.stack([self._encoded[passages, text] for text in texts])


def _changed(before: list[Chunk], after: list[Chunk]) -> set[str]:
    """The topics whose texts are not the same in both, in the same order."""
    old, new = _by_topic(before), _by_topic(after)
    return {topic_id for topic_id in old.keys() | new.keys() if old.get(topic_id) != new.get(topic_id)}


def _by_topic(chunks: list[Chunk]) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for chunk in chunks:
        texts.setdefault(chunk.topic_id, []).append(chunk.text)
    return texts
