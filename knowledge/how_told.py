"""How a message tells of a sign: as denied, long over, only supposed, somebody else's. Pure.

The words are data (`told` in `data/danger_signs.yaml`), the same for every rule: a rule says what is dangerous, this
says whether the message claims it. Nothing here decides: a rule in doubt is weighed by the fitted reader. Letting the
words weigh beyond that was measured and changes nothing: the reader knows them already.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

DENIAL_REACH = 16
"""How many characters before a sign are searched for the word that denies it."""

GROUPS = ("over", "again", "supposed", "elsewhere", "feared")


@dataclass(frozen=True)
class Told:
    """What the words around a sign say of it, each True or False.

    `over`: it is long past, treated, healed. `supposed`: it is asked about in general, feared or prevented.
    `elsewhere`: somebody else's child, an adult, the news, a figure of speech, a game.
    """

    over: bool = False
    supposed: bool = False
    elsewhere: bool = False

    @property
    def in_doubt(self) -> bool:
        """Whether anything says that the sign is not this child's and not of today."""
        return self.over or self.supposed or self.elsewhere


@dataclass(frozen=True)
class TellingWords:
    """The words of `Told` as patterns.

    `again`: what was over is back, so it is not over. `denied` must match what stands directly before a sign. `feared`:
    a denial that is none ("不会是抽了吧"); it denies no sign that stands within it.
    """

    over: re.Pattern[str]
    again: re.Pattern[str]
    supposed: re.Pattern[str]
    elsewhere: re.Pattern[str]
    feared: re.Pattern[str]
    denied: re.Pattern[str]


def how_told(text: str, words: TellingWords) -> Told:
    """The flags of a normalised message."""
    return Told(
        over=words.over.search(text) is not None and words.again.search(text) is None,
        supposed=words.supposed.search(text) is not None,
        elsewhere=words.elsewhere.search(text) is not None,
    )


def claimed(pattern: re.Pattern[str], text: str, words: TellingWords) -> re.Match[str] | None:
    """The first place of a sign in a normalised text that is not denied ("没有抽", "no blood"); None for none."""
    feared = [match.span() for match in words.feared.finditer(text)]
    for match in pattern.finditer(text):
        before = text[max(0, match.start() - DENIAL_REACH) : match.start()]
        in_fear = any(start <= match.start() < end for start, end in feared)
        if in_fear or words.denied.search(before) is None:
            return match
    return None


@dataclass(frozen=True)
class Spelled:
    """One spelling for what frightened people write in several: dialect, typing errors, English without apostrophes."""

    pairs: tuple[tuple[re.Pattern[str], str], ...]

    def of(self, text: str) -> str:
        """A normalised text in the spelling that the rules are written in."""
        for pattern, instead in self.pairs:
            text = pattern.sub(instead, text)
        return text


def read_spelled(raw: list[list[str]], compiled: Callable[[str, str], re.Pattern[str]]) -> Spelled:
    """The pairs of the data file's `spelled`. Raises: TypeError, ValueError: one is not a pair."""
    return Spelled(tuple((compiled(pattern, "spelled"), instead) for pattern, instead in raw))


def read_telling_words(raw: dict[str, Any], compiled: Callable[[str, str], re.Pattern[str]]) -> TellingWords:
    """The words from the data file's `told`. Raises: KeyError, TypeError: a group is missing or malformed."""
    return TellingWords(
        **{name: compiled("|".join(raw[name]), f"told.{name}") for name in GROUPS},
        denied=compiled("(?:" + "|".join(raw["denied"]) + r")$", "told.denied"),
    )
