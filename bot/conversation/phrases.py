"""Our own sentences in both languages, by key. Chinese is the original; English says the same."""

from functools import lru_cache
from pathlib import Path

import yaml

from bot.messages import Value
from knowledge.topics import LANGUAGES, Language

FOLDER = Path(__file__).parent / "locales"


@lru_cache(maxsize=1)
def catalogue() -> dict[Language, dict[str, str]]:
    """Every phrase by language and key."""
    return {language: _read(language) for language in LANGUAGES}


def _read(language: Language) -> dict[str, str]:
    raw = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return {str(key): str(text).strip() for key, text in raw.items()}


def phrase(key: str, language: Language, values: dict[str, Value] | None = None) -> str:
    """The sentence for a key; a missing key is a bug and raises KeyError."""
    return catalogue()[language][key].format_map(values or {})


def age_words(age_months: int, language: Language) -> str:
    """An age as people say it: months below two years, then years and months."""
    if age_months < 24:
        return phrase("age.months", language, {"months": age_months})
    years, months = divmod(age_months, 12)
    if months == 0:
        return phrase("age.years", language, {"years": years})
    return phrase("age.years_months", language, {"years": years, "months": months})
