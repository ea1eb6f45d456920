"""Public holidays in China, for the sentence that a clinic may be closed. The only importer of the package `holidays`.

Days of a year whose holidays the State Council has not announced yet are the package's estimate; so the sentence says
"may be closed", never "is". Which days a clinic works is its own business.
"""

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from knowledge.topics import Language

if TYPE_CHECKING:
    from holidays import HolidayBase

_WORDS: dict[Language, str] = {"zh": "zh_CN", "en": "en_US"}
_BRIDGE = {"zh": "节假日调休", "en": "a public holiday"}
_IN_LIEU = ("休息日", "Day off")


def holiday_name(day: date, language: Language) -> str | None:
    """The public holiday of a day, None for an ordinary day (weekends too)."""
    name = _calendar(language).get(day)
    if name is None:
        return None
    if name.startswith(_IN_LIEU):
        return _BRIDGE[language]
    return str(name).partition("（")[0].partition(" (")[0].partition(";")[0].strip()


@lru_cache(maxsize=2)
def _calendar(language: Language) -> "HolidayBase":
    from holidays import country_holidays

    return country_holidays("CN", language=_WORDS[language])
