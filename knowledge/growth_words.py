"""What a family is told about growth, in sentences. Pure: fills `data/growth/words.yaml` from values.

Doubts are asked first and nothing is read beside them. The words inform about a place and say when to show it to the
child-health doctor; they name no condition (tests/test_growth_words.py holds the list of words that never appear).
"""

import string
from dataclasses import dataclass
from typing import Any

from knowledge.child_age import Age, ChildAge
from knowledge.faults import GuideFault, Problem
from knowledge.growth_assessment import Assessment
from knowledge.growth_reading import Reading
from knowledge.growth_standard import STANDING_FROM_DAY, percentile
from knowledge.topics import LANGUAGES, Language


@dataclass(frozen=True)
class GrowthWords:
    """The sentences of one language by dotted key (`doubt.slip`)."""

    sentences: dict[str, str]

    def say(self, key: str, **values: object) -> str:
        """The sentence of a key, filled."""
        return self.sentences[key].format(**values)


def read_growth_words(raw: dict[str, Any], file: str) -> dict[Language, GrowthWords]:
    """The words of every language, checked.

    Raises: GuideFault: a key stands in one language only, or its values differ.
    """
    words = {language: GrowthWords(_flat(raw.get(language) or {})) for language in LANGUAGES}
    first, *others = LANGUAGES
    problems = []
    for other in others:
        one, two = words[first].sentences, words[other].sentences
        for key in sorted(set(one) | set(two)):
            if key not in one or key not in two:
                problems.append(Problem(file, 0, f"{key} stands in one language only; write it in {first} and {other}"))
            elif not _values(two[key]) <= _values(one[key]) | {"quantity", "unit"}:
                problems.append(Problem(file, 0, f"{key} is filled with other values in {other} than in {first}"))
    if problems:
        raise GuideFault(problems)
    return words


def growth_sentences(words: GrowthWords, assessment: Assessment) -> list[str]:
    """What to tell the family, a paragraph a sentence; while doubts stand open, only the questions back."""
    age, readings, crossed = assessment.age, assessment.readings, assessment.crossed
    if assessment.doubts:
        return _doubt_lines(words, assessment)
    if age.before_term:
        return [words.say("age_line_before_term", weeks=age.weeks_early)]
    lines = [_age_line(words, age)]
    lines += [_reading_line(words, assessment, reading) for reading in readings]
    outside = [
        words.say(f"outside_of.{reading.place}", measure=words.say(f"measure.{reading.measure}"))
        for reading in readings
        if reading.place != "within"
    ]
    lines.append(words.say("outside", what=words.say("glue.list").join(outside)) if outside else words.say("within"))
    lines += [
        words.say(f"crossing_{one.direction}", since=one.since.isoformat(), measure=words.say(f"measure.{one.measure}"))
        for one in crossed
    ]
    light = any(one.place == "below_p3" and one.measure in _OF_WEIGHT for one in readings)
    if light or any(one.direction == "down" and one.measure in _OF_WEIGHT for one in crossed):
        lines.append(words.say("urgent"))
    return [*lines, words.say("standard")]


def _doubt_lines(words: GrowthWords, assessment: Assessment) -> list[str]:
    lines = []
    for doubt in assessment.doubts:
        unit = words.say(f"unit.{doubt.quantity}")
        asks = [words.say(f"slip.{slip.kind}", value=_number(slip.value), unit=unit) for slip in doubt.slips]
        line = words.say(
            f"doubt.{doubt.kind}",
            quantity=_quantity(words, doubt.quantity, assessment.age),
            given=_number(doubt.given),
            unit=unit,
            asks=words.say("glue.sentence").join(asks),
            before=_number(doubt.before or 0),
        )
        lines.append(line[:1].upper() + line[1:])
    lines.append(words.say("doubt.surely" if any(doubt.surely for doubt in assessment.doubts) else "doubt.confirm"))
    return lines


def _age_line(words: GrowthWords, age: ChildAge) -> str:
    real = _age(words, age.chronological)
    if age.corrected is None:
        return words.say("age_line", age=real)
    return words.say("age_line_corrected", weeks=age.weeks_early, age=real, corrected=_age(words, age.corrected))


def _age(words: GrowthWords, age: Age) -> str:
    return words.say("age", months=age.months, days=age.odd_days)


def _reading_line(words: GrowthWords, assessment: Assessment, reading: Reading) -> str:
    line = words.say(
        reading.measure,
        value=_number(reading.value),
        quantity=_quantity(words, "length", assessment.age).capitalize(),
        children=words.say(f"children.{assessment.child.sex}"),
        share=_share(words, reading.percentile or 0),
    )
    if assessment.age.corrected is None or reading.z_chronological is None or reading.measure == "weight_for_length":
        return line
    share = _share(words, percentile(reading.z_chronological))
    extra = words.say("real_age", measure=words.say(f"measure.{reading.measure}"), share=share)
    return line + words.say("glue.sentence") + extra


def _share(words: GrowthWords, share: float) -> str:
    if share < 1:
        return words.say("share.few")
    return words.say("share.most") if share > 99 else words.say("share.some", count=round(share))


def _quantity(words: GrowthWords, quantity: str, age: ChildAge) -> str:
    standing = quantity == "length" and age.used.days >= STANDING_FROM_DAY
    return words.say("quantity.height" if standing else f"quantity.{quantity}")


def _number(value: float) -> str:
    return f"{value:g}"


def _flat(raw: dict[str, Any], before: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in raw.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{before}{name}.")
        else:
            flat[f"{before}{name}"] = str(value)
    return flat


def _values(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


_OF_WEIGHT = {"weight_for_age", "weight_for_length"}
