"""Reasons in words, in the reader's language, each sentence with the ids of its sources. Pure."""

from collections.abc import Mapping
from datetime import date

from knowledge.calendar_days import Span, day_words
from knowledge.forecast import Reason, Value
from knowledge.schedule import Product, Sentence
from knowledge.topics import LANGUAGES, Language


def words(
    reason: Reason, language: Language, sentences: Mapping[str, Sentence], products: Mapping[str, Product]
) -> str:
    """One sentence with its source ids behind it: "满8个月可以打，最早2026年9月1日。[NIP26, NIP21]"."""
    sentence = sentences[reason.name]
    values = {name: _worded(name, value, language, products) for name, value in reason.values.items()}
    sources = sentence.sources or reason.sources
    cited = f"[{', '.join(sources)}]" if sources else ""
    told = sentence.text(language).format(**values)
    return f"{told}{cited}" if language == "zh" else f"{told} {cited}".rstrip()


def paragraph(
    reasons: tuple[Reason, ...],
    language: Language,
    sentences: Mapping[str, Sentence],
    products: Mapping[str, Product],
) -> str:
    """All reasons of a row as one paragraph."""
    told = [words(reason, language, sentences, products) for reason in reasons]
    return ("" if language == "zh" else " ").join(told)


def both_languages(
    reasons: tuple[Reason, ...], sentences: Mapping[str, Sentence], products: Mapping[str, Product]
) -> str:
    """The paragraph in Chinese and, on the next line, in English."""
    return "\n".join(paragraph(reasons, language, sentences, products) for language in LANGUAGES)


def _worded(name: str, value: Value, language: Language, products: Mapping[str, Product]) -> str:
    if isinstance(value, date):
        return day_words(value, language)
    if isinstance(value, Span):
        return value.age_words(language) if name == "age" else value.words(language)
    product = products.get(value) if isinstance(value, str) else None
    return str(value) if product is None else product.name(language)
