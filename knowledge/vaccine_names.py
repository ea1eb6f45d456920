"""What families call a vaccine -> its codes in the calendar. Pure; `load_calendars` opens the file.

A short name that stands for several vaccines ("乙脑") gives all of them, so that the family is asked and nothing is
guessed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from knowledge.faults import GuideFault, Problem
from knowledge.schedule import Product

_BEHIND = r"(?:疫苗|针剂?)?(?:\s*vaccines?)?"
_WHICH_ONE = (
    r"(?:[\s,，]*(?:第?\s*[一二三四五六1-6]\s*(?:[针剂次]|岁)|(?:dose|no\.?|#)\s*[1-6]\b|[1-6](?:st|nd|rd|th)\s+dose)"
    r"|[-#]?[1-6](?![\d./年月日-]))?"
)


@dataclass(frozen=True)
class NameFound:
    """A vaccine's name in a text, from `start` up to, not including, `end`. Several `codes`: the name is not enough."""

    codes: tuple[str, ...]
    words: str
    start: int
    end: int


@dataclass(frozen=True)
class VaccineNames:
    """Every name in lower case with its codes, and the pattern that finds them, the longest first."""

    codes: Mapping[str, tuple[str, ...]]
    pattern: re.Pattern[str]

    def find(self, text: str) -> tuple[NameFound, ...]:
        """The names in a text, in order; a number of the dose behind the name ("第2针", "dose 2") belongs to it."""
        found = []
        for match in self.pattern.finditer(text):
            codes = self.codes[" ".join(match["name"].lower().split())]
            found.append(NameFound(codes, match["name"], match.start(), match.end()))
        return tuple(found)


def read_vaccine_names(raw: dict[str, Any], file: str, products: Mapping[str, Product]) -> VaccineNames:
    """The names from their YAML, checked against the calendar's products.

    Raises: GuideFault: a code is not in the calendar, or a name stands for two vaccines without saying so.
    """
    problems = []
    names: dict[str, tuple[str, ...]] = {}
    of_code = {
        code: [code, one.name_zh, one.name_en, one.name_zh.removesuffix("疫苗")] for code, one in products.items()
    }
    for code, more in raw.get("names", {}).items():
        if code not in products:
            problems.append(f"{code} is no vaccine of the calendar")
        of_code.setdefault(code, []).extend(more)
    several = {str(name).lower(): tuple(codes) for name, codes in raw.get("several", {}).items()}
    problems += [f"{name}: {code} is no vaccine" for name in several for code in several[name] if code not in products]
    for code, written in of_code.items():
        for name in dict.fromkeys(str(one).lower() for one in written):
            if names.get(name, (code,)) != (code,) or name in several:
                problems.append(f"{name} stands for {code} and for another; list it under several")
            names[name] = (code,)
    names |= several
    if set(raw) - {"names", "several"}:
        problems.append("only names and several are read")
    if problems:
        raise GuideFault([Problem(file, 0, problem) for problem in problems])
    return VaccineNames(names, _pattern(names))


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    written = "|".join(_written(name) for name in longest_first)
    return re.compile(rf"(?P<name>{written}){_BEHIND}{_WHICH_ONE}", re.IGNORECASE)


def _written(name: str) -> str:
    body = r"\s+".join(re.escape(part) for part in name.split())
    before = r"(?<![A-Za-z0-9])" if name[0].isascii() and name[0].isalpha() else ""
    return before + body + (r"(?![A-Za-z])" if name[-1].isascii() and name[-1].isalpha() else "")
