"""What of the guide is encoded: every wording as a query, every entry's passages as passages."""

from dataclasses import dataclass

from index.normalise import normalise
from knowledge.guide import Guide
from knowledge.topics import LANGUAGES


@dataclass(frozen=True)
class Chunk:
    """A text of the guide with the topic it speaks for."""

    topic_id: str
    text: str


def passage_chunks(guide: Guide) -> list[Chunk]:
    """Title with short answer, and each age band's passage, in both languages."""
    chunks: list[Chunk] = []
    for entry in guide.entries.values():
        for language in LANGUAGES:
            side = entry.side(language)
            heads = [f"{side.title} {entry.topic.title(language)} {side.short_answer.text}"]
            bodies = [f"{side.title} {passage.text}" for passage in side.passages]
            chunks.extend(Chunk(entry.topic.id, normalise(text)) for text in heads + bodies)
    return chunks


def wording_chunks(guide: Guide) -> list[Chunk]:
    """Every wording, with the topic's own title as one more; also for topics that have no entry yet."""
    chunks: list[Chunk] = []
    for language in LANGUAGES:
        for topic_id, texts in guide.wordings[language].items():
            title = guide.topics[topic_id].title(language)
            chunks.extend(Chunk(topic_id, normalise(text)) for text in (title, *texts))
    return chunks
