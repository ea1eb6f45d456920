"""Character n-grams: the lexical side, which needs no dictionary and no word cutting for Chinese."""

import re
from itertools import pairwise

_LATIN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_SPLIT = re.compile(r"[^0-9a-z\u4e00-\u9fff']+")


def ngrams(text: str) -> list[str]:
    """Chinese: every run of 1 to 3 characters; Latin letters and digits: whole words and word pairs.

    `text` is normalised (see `index.normalise`). Runs do not cross punctuation or spaces between Chinese characters.
    """
    grams: list[str] = []
    for piece in _SPLIT.split(text):
        chinese = ""
        position = 0
        for match in _LATIN.finditer(piece):
            chinese_part = piece[position : match.start()]
            grams.extend(_runs(chinese_part))
            grams.append(match[0])
            position = match.end()
        chinese = piece[position:]
        grams.extend(_runs(chinese))
    words = _LATIN.findall(text)
    grams.extend(f"{first} {second}" for first, second in pairwise(words))
    return grams


def _runs(text: str) -> list[str]:
    return [text[start : start + size] for size in (1, 2, 3) for start in range(len(text) - size + 1)]
