"""How every topic is spelled: of the matrix (n-grams, topics) only what is not zero, a twentieth of it.

By n-gram, because a question brings a few dozen of them and asks for all topics. (scipy's sparse matrices would cost
more memory than they save here.)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.heads import Floats, Spelling


@dataclass(frozen=True)
class TopicSpelling:
    """TF-IDF of the topics' wordings, each topic joined to one text (see `index.topic_profile`).

    N-gram number `g` stands in the topics `topics[starts[g]:starts[g + 1]]`, with the `weights` of the same places;
    `count`: how many topics there are.
    """

    count: int
    starts: NDArray[np.int32]
    topics: NDArray[np.uint16]
    weights: NDArray[np.float16]

    @classmethod
    def of(cls, profiles: Sequence[Floats], width: int) -> "TopicSpelling":
        """Of one profile a topic, in the topics' order, each of shape (width,): a weight for every n-gram."""
        empty = cls(0, np.zeros(width + 1, np.int32), np.zeros(0, np.uint16), np.zeros(0, np.float16))
        return empty.with_places(len(profiles)).replaced(dict(enumerate(profiles)))

    def similarities(self, spelling: Spelling) -> Floats:
        """The inner product of a message with every topic, shape (topics,)."""
        begins, ends = self.starts[spelling.rows], self.starts[spelling.rows + 1]
        lengths = ends - begins
        at = np.repeat(ends - np.cumsum(lengths), lengths) + np.arange(lengths.sum())
        products = np.repeat(spelling.weights, lengths) * self.weights[at]
        return np.bincount(self.topics[at], products, self.count).astype(np.float32)

    def profile(self, place: int) -> Floats:
        """One topic's weights, shape (n-grams,)."""
        own = self.topics == place
        weights = np.zeros(len(self.starts) - 1, np.float32)
        weights[self._grams()[own]] = self.weights[own]
        return weights

    def with_places(self, more: int) -> "TopicSpelling":
        """The same with places for more topics at the end, which nothing points to yet."""
        return replace(self, count=self.count + more)

    def replaced(self, profiles: Mapping[int, Floats]) -> "TopicSpelling":
        """The same with other profiles at some topics' places."""
        kept = ~np.isin(self.topics, list(profiles))
        grams, topics, weights = [self._grams()[kept]], [self.topics[kept]], [self.weights[kept]]
        for place, profile in profiles.items():
            own = np.flatnonzero(profile)
            grams.append(own)
            topics.append(np.full(len(own), place, np.uint16))
            weights.append(profile[own].astype(np.float16))
        joined = np.concatenate(grams)
        order = np.lexsort((np.concatenate(topics), joined))
        counts = np.bincount(joined, minlength=len(self.starts) - 1)
        return TopicSpelling(
            self.count,
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            np.concatenate(topics)[order],
            np.concatenate(weights)[order],
        )

    def _grams(self) -> NDArray[np.int64]:
        """The n-gram of every weight."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
