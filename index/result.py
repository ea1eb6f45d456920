"""What a search says: values only, decided upon elsewhere (`bot/questions/answer_policy`)."""

from dataclasses import dataclass
from typing import Literal

MessageKind = Literal["question", "out_of_scope", "dose", "smalltalk"]
MESSAGE_KINDS: tuple[MessageKind, ...] = ("question", "out_of_scope", "dose", "smalltalk")


@dataclass(frozen=True)
class Ranked:
    """A topic and how close it is: `similarity` is the fused one, comparable within one search only."""

    topic_id: str
    similarity: float


@dataclass(frozen=True)
class Finding:
    """The answer of the index to one message.

    `ranked`: best topics first. `confidence`: probability in 0..1 that the first topic is right, given that the
    message is a question for the guide. `kinds`: probability of each kind of message. `in_scope`: probability in 0..1
    that it is a question for the guide rather than for somebody else. `danger`: probability in 0..1
    that a danger sign is told of as happening now; `doctor`: that a doctor should see the child today or sooner;
    `danger_topic_id`: the emergency that it resembles most.
    `parts`: the similarity of the first topics by each way of looking, for people who ask why.
    """

    ranked: tuple[Ranked, ...]
    confidence: float
    kinds: dict[MessageKind, float]
    in_scope: float
    danger: float
    doctor: float
    danger_topic_id: str
    parts: dict[str, dict[str, float]]
