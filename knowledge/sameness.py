"""Which texts say nearly the same: a set-similarity join over character trigrams. Pure.

Wordings written to one frame ("X怎么办", "Y怎么办") teach a search nothing; the check keeps them apart by a limit.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from math import ceil
from re import compile as compile_pattern

NEAR = 0.8
"""From this share of common trigrams (of all that either text has), two wordings count as the same."""

_MARKS = compile_pattern(r"[\W_]+")


def bare(text: str) -> str:
    """The text without marks, spaces and case: two wordings with the same bare form are one."""
    return _MARKS.sub("", text).casefold()


def trigrams(text: str) -> frozenset[str]:
    """Runs of three characters of the bare text, its edges included."""
    padded = f"^{bare(text)}$"
    return frozenset(padded[place : place + 3] for place in range(len(padded) - 2))


def near_duplicates(texts: list[str], limit: float = NEAR) -> Iterator[tuple[int, int, float]]:
    """Pairs (earlier place, later place, similarity) whose trigrams overlap by `limit` or more (Jaccard, 0..1).

    Every pair is found: a text's rarest trigrams alone must already meet those of any text that near (prefix filter).
    """
    sets = [trigrams(text) for text in texts]
    frequency = Counter(gram for grams in sets for gram in grams)
    holders: dict[str, list[int]] = defaultdict(list)
    for place, grams in enumerate(sets):
        rare_first = sorted(grams, key=lambda gram: (frequency[gram], gram))
        prefix = rare_first[: len(grams) - ceil(limit * len(grams)) + 1]
        candidates = {other for gram in prefix for other in holders[gram]}
        for other in sorted(candidates):
            smaller, larger = sorted((len(grams), len(sets[other])))
            if smaller < limit * larger:
                continue
            common = len(grams & sets[other])
            similarity = common / (len(grams) + len(sets[other]) - common)
            if similarity >= limit:
                yield other, place, similarity
        for gram in prefix:
            holders[gram].append(place)
