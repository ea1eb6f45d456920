"""Take an edit of the guide into a prepared index in a moment: only what changed is encoded, the fitted heads stay.

Passages and wordings of an edited topic are replaced, with its centre and its spelling. The heads still know the
wordings they were fitted on; `qihui index build` fits them anew. A topic that the index does not know gets a place in
them that points to the middle of its wordings (`index.imprinting`), until then.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np

from index.chunking import Chunk, passage_chunks, wording_chunks
from index.encoder import Vectors
from index.imprinting import imprinted, with_places
from index.retriever import Retriever, centre_vectors
from index.topic_profile import joined_spelling, topic_centre
from index.vector_index import Rows, VectorIndex
from knowledge.guide import Guide
from knowledge.topics import LANGUAGES, Topic


class Adjuster:
    """Makes retrievers for later editions out of one prepared retriever. Not for several threads at once.

    `guide` is the edition that `base` was prepared from. What was encoded once is remembered.
    """

    def __init__(self, base: Retriever, guide: Guide) -> None:
        self._base = base
        self._guide = guide
        self._encoded: dict[tuple[bool, str], Vectors] = {}

    @cached_property
    def _wordings(self) -> list[Chunk]:
        return self._known_only(wording_chunks(self._guide))

    @cached_property
    def _passages(self) -> list[Chunk]:
        return self._known_only(passage_chunks(self._guide))

    def _known_only(self, chunks: list[Chunk]) -> list[Chunk]:
        places = set(self._base.prepared.topic_ids)
        return [chunk for chunk in chunks if chunk.topic_id in places]

    def retriever_for(self, guide: Guide) -> Retriever:
        """A retriever that finds what `guide` says."""
        base, added = self._base, self._added_topics(guide)
        prepared, wordings, passages = base.prepared, base.wordings, base.passages
        if added:
            prepared = with_places(prepared, added)
        places = {topic_id: place for place, topic_id in enumerate(prepared.topic_ids)}
        changed = {topic_id for topic_id in places if _asked_otherwise(self._guide, guide, topic_id)}
        if changed:
            fresh = wording_chunks(_part(guide, changed))
            chunks, vectors = self._replaced(wordings, self._wordings, fresh, changed, self._query_vectors)
            topics = np.array([places[chunk.topic_id] for chunk in chunks], dtype=np.int64)
            centres, width = prepared.topic_centres.copy(), len(prepared.spelling_model.vocabulary)
            profiles = {}
            for topic_id in {chunk.topic_id for chunk in fresh}:
                place = places[topic_id]
                centres[place] = topic_centre(vectors[topics == place])
                read = [prepared.spelling_model.read(chunk.text) for chunk in fresh if chunk.topic_id == topic_id]
                profiles[place] = joined_spelling(read, width)
            spelling = prepared.topic_spelling.replaced(profiles)
            prepared = replace(prepared, wording_topics=topics, topic_centres=centres, topic_spelling=spelling)
            prepared = imprinted(prepared, len(added))
            wordings = wordings.holding(vectors)
        changed = {topic_id for topic_id in places if _said_otherwise(self._guide, guide, topic_id)}
        if changed:
            fresh = passage_chunks(_part(guide, changed))
            chunks, vectors = self._replaced(passages, self._passages, fresh, changed, self._passage_vectors)
            rows: Rows = np.array([places[chunk.topic_id] for chunk in chunks], dtype=np.int64)
            prepared = replace(prepared, passage_topics=rows)
            passages = passages.holding(vectors)
        if wordings is base.wordings and passages is base.passages:
            return base
        return Retriever(base.encoder, prepared, wordings, passages, base.examples)

    def _added_topics(self, guide: Guide) -> list[Topic]:
        """Topics with wordings that the index has no place for."""
        known = set(self._base.prepared.topic_ids)
        asked = {topic_id for language in LANGUAGES for topic_id, texts in guide.wordings[language].items() if texts}
        return [topic for topic_id, topic in guide.topics.items() if topic_id in asked - known]

    def _replaced(
        self,
        index: VectorIndex,
        before: list[Chunk],
        fresh: list[Chunk],
        changed: set[str],
        encode: "Callable[[list[str]], Vectors]",
    ) -> tuple[list[Chunk], Vectors]:
        """The rows of all other topics as they are, then those of the changed ones."""
        vectors = index.vectors()
        kept = [row for row, chunk in enumerate(before) if chunk.topic_id not in changed]
        known = {chunk.text: row for row, chunk in enumerate(before) if chunk.topic_id in changed}
        new_texts = list(dict.fromkeys(chunk.text for chunk in fresh if chunk.text not in known))
        encoded = dict(zip(new_texts, encode(new_texts), strict=True)) if new_texts else {}
        rows = [vectors[known[c.text]] if c.text in known else encoded[c.text] for c in fresh]
        added = np.stack(rows) if rows else vectors[:0]
        return [before[row] for row in kept] + fresh, np.concatenate([vectors[kept], added])

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


def _asked_otherwise(before: Guide, after: Guide, topic_id: str) -> bool:
    return any(before.wordings[one].get(topic_id) != after.wordings[one].get(topic_id) for one in LANGUAGES)


def _said_otherwise(before: Guide, after: Guide, topic_id: str) -> bool:
    old, new = before.entries.get(topic_id), after.entries.get(topic_id)
    return old is not new and old != new


def _part(guide: Guide, topic_ids: set[str]) -> Guide:
    """The guide with nothing but these topics."""
    wordings = {
        one: {key: texts for key, texts in guide.wordings[one].items() if key in topic_ids} for one in LANGUAGES
    }
    entries = {key: entry for key, entry in guide.entries.items() if key in topic_ids}
    return replace(guide, wordings=wordings, entries=entries)
