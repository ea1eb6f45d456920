"""Our own sentences in both languages, by key. Chinese is the original; English says the same."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

import yaml

from bot.messages import Say, Value
from knowledge.topics import LANGUAGES, Language

FOLDER = Path(__file__).parent / "locales"
_MONTHS_EN = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


@lru_cache(maxsize=1)
def catalogue() -> dict[Language, dict[str, str]]:
    """Every phrase by language and key."""
    return {language: _read(language) for language in LANGUAGES}


def _read(language: Language) -> dict[str, str]:
    raw = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return {str(key): str(text).strip() for key, text in raw.items()}


def phrase(key: str, language: Language, values: Mapping[str, Value] | None = None) -> str:
    """The sentence for a key; a missing key is a bug and raises KeyError."""
    filled = {name: _shown(value, language) for name, value in (values or {}).items()}
    return catalogue()[language][key].format_map(filled)


def day_words(day: date, language: Language) -> str:
    """A calendar day as people write it."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"


def _shown(value: Value, language: Language) -> str | int:
    if isinstance(value, Say):
        return phrase(value.key, language, value.values)
    if isinstance(value, tuple):
        return ("、" if language == "zh" else ", ").join(phrase(say.key, language, say.values) for say in value)
    return day_words(value, language) if isinstance(value, date) else value
