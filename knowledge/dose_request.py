"""Whether a message asks how much of a medicine to give: the guide never answers that. Pure; the words are data."""

import re
from dataclasses import dataclass
from typing import Any

from knowledge.faults import GuideFault, Problem

FILE = "dose_patterns.yaml"


@dataclass(frozen=True)
class DosePatterns:
    """A message asks for a dose when a medicine and an amount are both named and `unless` is not."""

    medicine: re.Pattern[str]
    amount: re.Pattern[str]
    unless: re.Pattern[str]


def asks_for_dose(text: str, patterns: DosePatterns) -> bool:
    """Whether the words of a normalised message ask for an amount of a medicine."""
    if patterns.unless.search(text):
        return False
    return bool(patterns.medicine.search(text) and patterns.amount.search(text))


def names_medicine(text: str, patterns: DosePatterns) -> bool:
    """Whether a medicine is named at all."""
    return patterns.medicine.search(text) is not None


def read_dose_patterns(raw: dict[str, Any]) -> DosePatterns:
    """The patterns from the data file's mapping.

    Raises: GuideFault: a pattern is missing or is not a regular expression.
    """
    try:
        return DosePatterns(re.compile(raw["medicine"]), re.compile(raw["amount"]), re.compile(raw["not"]))
    except (KeyError, TypeError, re.error) as error:
        problem = Problem(FILE, 0, f"medicine, amount and not must be regular expressions ({error!r})")
        raise GuideFault([problem]) from error
