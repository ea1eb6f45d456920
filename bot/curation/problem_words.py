"""The check's findings in the editor's language. The check writes English; the Chinese stands beside each sentence.

The table `problem_words.yaml` holds pairs with the same names in braces, `table_words.yaml` those for tables of events
and service points, `import_words.yaml` those for files that are brought; a test reads the check's own source and fails
when one of its sentences has no pair.
"""

import re
from functools import lru_cache
from pathlib import Path

import yaml

from knowledge.topics import Language

FILES = tuple(Path(__file__).parent / name for name in ("problem_words.yaml", "table_words.yaml", "import_words.yaml"))
_NAME = re.compile(r"\\\{(\w+)\\\}")
_QUOTED = re.compile(r"^'(.*)'$", re.DOTALL)


@lru_cache(maxsize=1)
def _pairs() -> list[tuple[re.Pattern[str], str]]:
    raw = [pair for file in FILES for pair in yaml.safe_load(file.read_text(encoding="utf-8"))]
    return [(_pattern(pair["en"]), pair["zh"]) for pair in raw]


def _pattern(english: str) -> re.Pattern[str]:
    seen: set[str] = set()

    def part(match: re.Match[str]) -> str:
        name = match[1]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>.+?)"

    return re.compile(f"^{_NAME.sub(part, re.escape(english))}$", re.DOTALL)


def in_words(message: str, language: Language) -> str:
    """A finding as the reader reads it; the English where no pair fits."""
    if language == "en":
        return message
    for pattern, chinese in _pairs():
        match = pattern.match(message)
        if match is not None:
            return chinese.format_map({name: _QUOTED.sub(r"“\1”", value) for name, value in match.groupdict().items()})
    return message
