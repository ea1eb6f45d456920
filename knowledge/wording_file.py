"""Parents' own wordings, one message a line; `# name` lines say whose style the lines below are in."""

import re
from dataclasses import dataclass
from typing import Literal

from knowledge.topics import Language

Level = Literal["call_120", "go_now", "same_day", "none"]
LEVELS: tuple[Level, ...] = ("call_120", "go_now", "same_day", "none")
"""How soon something must be done, most urgent first."""

_NOW = re.compile(r"^now (call_120|go_now|same_day)$")


@dataclass(frozen=True)
class Wording:
    """One message as a parent would write it. `level` is set where the message tells of a danger happening now."""

    topic_id: str
    language: Language
    text: str
    style: str
    level: Level | None
    line: int


def read_wordings(text: str, topic_id: str, language: Language) -> list[Wording]:
    """The wordings of one file, in order; blank lines are passed over."""
    wordings = []
    style = "unnamed"
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith("#"):
            style = stripped.lstrip("# ").strip()
        elif stripped:
            match = _NOW.match(style)
            level: Level | None = match[1] if match else None  # type: ignore[assignment]
            wordings.append(Wording(topic_id, language, stripped, style, level, number))
    return wordings
