"""The sentences of the staff pages in both languages, by key; Chinese is the original."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

import yaml

from knowledge.topics import LANGUAGES, Language

FOLDER = Path(__file__).parent / "locales"


@lru_cache(maxsize=1)
def staff_catalogue() -> dict[Language, dict[str, str]]:
    """Every phrase by language and key."""
    return {language: _read(language) for language in LANGUAGES}


def _read(language: Language) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted(FOLDER.glob(f"*.{language}.yaml")):
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
        found |= {str(key): str(text).strip() for key, text in raw.items()}
    return found


def word(key: str, language: Language, values: Mapping[str, str | int | date] | None = None) -> str:
    """The sentence for a key; a missing key is a bug and raises KeyError."""
    return staff_catalogue()[language][key].format_map(dict(values or {}))
