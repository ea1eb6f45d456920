"""The topics that the guide must cover. Their ids are a contract with everyone who judges answers."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

Kind = Literal["guidance", "emergency", "service"]

OLDEST_MONTH = 36
"""The guide is about children up to this age, the month of the third birthday included."""


@dataclass(frozen=True)
class Topic:
    """A topic of the contract: `months` is [from, to] in completed months of age, both included.

    `own`: an installation added it to those of the contract, because its parents ask for it.
    """

    id: str
    months: tuple[int, int]
    zh: str
    en: str
    kind: Kind = "guidance"
    own: bool = False

    @property
    def domain(self) -> str:
        """The first part of the id, which is also the folder of its entry."""
        return self.id.split(".", 1)[0]

    def title(self, language: Language) -> str:
        """The working title, for a topic that may have no entry yet."""
        return self.zh if language == "zh" else self.en
