"""Two texts beside each other, line against line, where they differ. Pure."""

import difflib
from dataclasses import dataclass

from bot.curation.entry_form import Texts


@dataclass(frozen=True)
class Pair:
    """A stretch that differs, as it stands in either text; one of them may have nothing there."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]


def pairs(ours: str, theirs: str) -> list[Pair]:
    """Every stretch in which two texts differ, in their order; empty where they are the same."""
    first, second = ours.splitlines(), theirs.splitlines()
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    return [Pair(tuple(first[a:b]), tuple(second[c:d])) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]


def text_pairs(ours: Texts, theirs: Texts) -> list[tuple[str, list[Pair]]]:
    """The same of two revisions, by part; parts that are the same are left out."""
    parts = [
        ("entry", pairs(ours.entry, theirs.entry)),
        ("wordings_zh", pairs(ours.wordings_zh, theirs.wordings_zh)),
        ("wordings_en", pairs(ours.wordings_en, theirs.wordings_en)),
    ]
    return [(name, found) for name, found in parts if found]
