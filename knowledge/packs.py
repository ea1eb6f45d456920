"""Resource packs (资源包): series of short cards, each with a link to its entry. Values and their checks; pure.

A card is at most `MOST_CHARACTERS` Chinese characters, so that it reads at a glance in a chat.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from knowledge.faults import GuideFault, Problem
from knowledge.topics import Language

MOST_CHARACTERS = 200
MOST_WORDS = 120

Pace = Literal["week_of_age", "day", "week"]
"""`week_of_age`: card n belongs to week n of the child's life. `day`, `week`: one after the other from the start."""


@dataclass(frozen=True)
class Question:
    """A question at the end of a lesson; `right` is the place of the right choice, from 0."""

    zh: str
    en: str
    choices_zh: tuple[str, ...]
    choices_en: tuple[str, ...]
    right: int


@dataclass(frozen=True)
class Card:
    """One message of a series. `at`: week of age, or place in the series from 1. `topic_id`: where to read on."""

    at: int
    zh: str
    en: str
    topic_id: str
    question: Question | None

    def text(self, language: Language) -> str:
        """The card in the reader's language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Pack:
    """A series of cards. `readers`: for whom it is written."""

    id: str
    title_zh: str
    title_en: str
    pace: Pace
    readers: Literal["parents", "grandparents", "all"]
    cards: tuple[Card, ...]
    written_on: date


def read_pack(raw: dict[str, Any], file: str, topic_ids: set[str]) -> Pack:
    """A pack from its YAML, checked.

    Raises: GuideFault: a field is missing or unknown, a card is too long, or points to no topic; says what to do.
    """
    problems: list[Problem] = []
    try:
        cards = tuple(_read_card(dict(item), file, topic_ids, problems) for item in raw["cards"])
        pack = Pack(
            id=str(raw["id"]),
            title_zh=str(raw["title_zh"]),
            title_en=str(raw["title_en"]),
            pace=raw["pace"],
            readers=raw["readers"],
            cards=cards,
            written_on=raw["written_on"],
        )
    except (KeyError, TypeError, ValueError) as error:
        message = f"a pack needs id, title_zh, title_en, pace, readers, written_on and cards ({error!r})"
        raise GuideFault([Problem(file, 0, message)]) from error
    unknown = sorted(set(raw) - {"id", "title_zh", "title_en", "pace", "readers", "cards", "written_on"})
    if unknown:
        problems.append(Problem(file, 0, f"unknown field {', '.join(unknown)}; remove it or correct its name"))
    if pack.pace not in {"week_of_age", "day", "week"} or pack.readers not in {"parents", "grandparents", "all"}:
        problems.append(Problem(file, 0, "pace is week_of_age, day or week; readers are parents, grandparents or all"))
    places = [card.at for card in cards]
    if places != sorted(set(places)):
        problems.append(Problem(file, 0, "the cards' `at` must rise without repeating"))
    if problems:
        raise GuideFault(problems)
    return pack


def _read_card(raw: dict[str, Any], file: str, topic_ids: set[str], problems: list[Problem]) -> Card:
    asked = raw.pop("question", None)
    question = None
    if asked is not None:
        asked = dict(asked)
        asked["choices_zh"], asked["choices_en"] = tuple(asked["choices_zh"]), tuple(asked["choices_en"])
        question = Question(**asked)
        if len(question.choices_zh) != len(question.choices_en) or not 0 <= question.right < len(question.choices_zh):
            problems.append(
                Problem(file, 0, f"card {raw.get('at')}: as many choices in both languages, one of them right")
            )
    card = Card(at=int(raw.pop("at")), zh=raw.pop("zh"), en=raw.pop("en"), topic_id=raw.pop("topic"), question=question)
    if raw:
        problems.append(Problem(file, 0, f"card {card.at}: unknown field {', '.join(sorted(raw))}"))
    if card.topic_id not in topic_ids:
        problems.append(Problem(file, 0, f"card {card.at}: no topic {card.topic_id} in topics.yaml"))
    if len(card.zh) > MOST_CHARACTERS:
        problems.append(Problem(file, 0, f"card {card.at}: {len(card.zh)} characters, at most {MOST_CHARACTERS}"))
    if len(card.en.split()) > MOST_WORDS:
        problems.append(Problem(file, 0, f"card {card.at}: {len(card.en.split())} words, at most {MOST_WORDS}"))
    return card
