"""Whether every topic is found by its own wordings, and danger by its own messages, each looked at unseen.

A tenth of everything is left out at a time, for leaving out one message at a time would mean fitting thirty thousand
times; what is found here is found with nine tenths of the wordings, so the figures are a little low.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.questions.triage import Urgent, by_reading
from index.held_out import HeldOut, look_at_fold, ranks_of
from index.metrics import share
from index.retriever import Fusion
from index.vector_store import VectorStore
from knowledge.load import Shipped

FOLDS = 10
FOUND_AMONG = 3
EASY = 0.95
"""What a topic should reach among the first three."""


@dataclass
class Reach:
    """What was found of what was left out, message by message.

    `topics`: topic id to one place of the right topic (0 for the first) a wording. `strays`: (right topic, topic put
    first, wording) where the right one is not among the first three. `recalled`, `alarmed`: whether the alarm was given,
    for messages of a danger and for calm ones that look like it. `missed`, `cried`: those that went wrong.
    """

    topics: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    strays: list[tuple[str, str, str]] = field(default_factory=list)
    recalled: list[bool] = field(default_factory=list)
    alarmed: list[bool] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    cried: list[tuple[str, str]] = field(default_factory=list)

    def figures(self) -> dict[str, float | int | None]:
        """The shares over all messages, and how many topics are below `EASY`."""
        places = [place for one in self.topics.values() for place in one]
        return {
            "wordings": len(places),
            "first right": share([place == 0 for place in places]),
            "among three": share([place < FOUND_AMONG for place in places]),
            "topics": len(self.topics),
            "topics below .95 among three": len(self.hard_topics()),
            "danger messages": len(self.recalled),
            "danger found": share(self.recalled),
            "calm look-alikes": len(self.alarmed),
            "false alarms": share(self.alarmed),
        }

    def hard_topics(self) -> list[tuple[str, float]]:
        """Topics that are among the first three for less than `EASY` of their wordings, the hardest first."""
        shares = [(topic, sum(p < FOUND_AMONG for p in places) / len(places)) for topic, places in self.topics.items()]
        return sorted(((topic, found) for topic, found in shares if found < EASY), key=lambda pair: pair[1])


def measure_reach(
    shipped: Shipped,
    store: VectorStore,
    fusion: Fusion,
    danger_threshold: float,
    progress: Callable[[str], None],
    folds: int = FOLDS,
) -> Reach:
    """Leave out every tenth in turn and look for it."""
    reach = Reach()
    for fold in range(folds):
        looked = look_at_fold(shipped, store, fold, folds, progress, fusion=fusion)
        asked = [one for one in looked if one.topic_id is not None]
        for one, place in zip(asked, ranks_of(asked, fusion.weights).tolist(), strict=True):
            reach.topics[one.topic_id or ""].append(place)
            if place >= FOUND_AMONG:
                reach.strays.append((one.topic_id or "", one.finding.ranked[0].topic_id, one.text))
        for one in looked:
            if one.danger or one.calm:
                urgent = by_reading(one.finding, one.match, danger_threshold)
                _note(reach, one, urgent)
    return reach


def _note(reach: Reach, one: HeldOut, urgent: Urgent | None) -> None:
    if one.danger:
        reach.recalled.append(urgent is not None)
        if urgent is None:
            reach.missed.append(one.text)
        return
    reach.alarmed.append(urgent is not None)
    if urgent is not None:
        reach.cried.append((f"{urgent.topic_id} {urgent.probability:.2f}", one.text))
