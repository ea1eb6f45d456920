"""What a file brings, in the smallest pieces: one line of one topic each, with its place in the file. Pure.

Every format is read into these pieces and every export is made of them, so that a table, a Word file and a folder of
Markdown say the same thing in the same words.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

from knowledge.entry_file import HEADINGS
from knowledge.topics import LANGUAGES, Language

Part = Literal[
    "skill", "source", "related", "to_verify", "written_on", "review_by",
    "title", "short", "by_age", "do", "dont", "see_doctor", "call_120", "differs",
    "wording",
]  # fmt: skip
PARTS: tuple[Part, ...] = get_args(Part)
FIELD_PARTS: tuple[Part, ...] = PARTS[:6]
TEXT_PARTS: tuple[Part, ...] = PARTS[7:14]
"""In the order of `knowledge.entry_file.HEADINGS`."""

SINGLE_PARTS: frozenset[Part] = frozenset({"skill", "written_on", "review_by", "title"})
CLEARABLE: frozenset[Part] = frozenset({"related", "to_verify", "differs"})
"""A part that a file may empty by naming it without a text."""

PART_NAMES: dict[Language, dict[Part, str]] = {
    "zh": {
        "skill": "类别", "source": "来源", "related": "相关主题", "to_verify": "待核", "written_on": "写于",
        "review_by": "复核日期", "title": "标题", **dict(zip(TEXT_PARTS, HEADINGS["zh"], strict=True)), "wording": "说法",
    },
    "en": {
        "skill": "Skill", "source": "Source", "related": "Related", "to_verify": "To verify", "written_on": "Written on",
        "review_by": "Review by", "title": "Title", **dict(zip(TEXT_PARTS, HEADINGS["en"], strict=True)),
        "wording": "Wordings",
    },
}  # fmt: skip
ID_NAMES = frozenset({"id", "topic", "topic id", "编号", "主题编号"})
WHOLE_FILE = "*"
"""Stands for every topic of the file: a fault that may concern any of them."""

PlaceKind = Literal["line", "row", "paragraph", "page", "file"]


@dataclass(frozen=True)
class Place:
    """Where in which file; `number` counts from 1 and is 0 for the whole file."""

    file: str
    kind: PlaceKind
    number: int = 0


@dataclass(frozen=True)
class Piece:
    """One line of a topic. `language` is empty for fields. `key`: the age band ("4-12") or the source's id, else empty."""

    place: Place
    topic: str
    part: Part
    language: Language | Literal[""]
    key: str
    text: str


@dataclass(frozen=True)
class Fault:
    """What could not be taken, and what to do, in English (see `problem_words`).

    `topic`: whose line was lost, so that it is not kept; empty where nobody's was, `WHOLE_FILE` where it may be anybody's.
    """

    place: Place
    topic: str
    message: str


@dataclass
class Brought:
    """Everything that was read of the files at hand."""

    pieces: list[Piece] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def add(self, place: Place, topic: str, part: Part, language: Language | Literal[""], key: str, text: str) -> None:
        """Note a piece down."""
        self.pieces.append(Piece(place, topic, part, language, key, text))

    def fault(self, place: Place, topic: str, message: str) -> None:
        """Note a fault down."""
        self.faults.append(Fault(place, topic, message))

    def take(self, other: "Brought") -> None:
        """Add what another file brought."""
        self.pieces += other.pieces
        self.faults += other.faults

    def as_values(self) -> dict[str, list[list[str | int]]]:
        """Plain values for JSON."""
        pieces: list[list[str | int]] = [
            [p.place.file, p.place.kind, p.place.number, p.topic, p.part, p.language, p.key, p.text]
            for p in self.pieces
        ]
        faults: list[list[str | int]] = [
            [f.place.file, f.place.kind, f.place.number, f.topic, f.message] for f in self.faults
        ]
        return {"pieces": pieces, "faults": faults}


def brought_of(values: dict[str, list[list[str | int]]]) -> Brought:
    """What `Brought.as_values` wrote; a value of another form raises ValueError."""
    brought = Brought()
    for file, kind, number, topic, part, language, key, text in values["pieces"]:
        if part not in PARTS or language not in ("", *LANGUAGES):
            message = f"no piece of the guide: {part} {language}"
            raise ValueError(message)
        place = _place(file, kind, number)
        brought.add(place, str(topic), part, language, str(key), str(text))  # type: ignore[arg-type] # looked at above
    for file, kind, number, topic, sentence in values["faults"]:
        brought.fault(_place(file, kind, number), str(topic), str(sentence))
    return brought


def _place(file: str | int, kind: str | int, number: str | int) -> Place:
    if kind not in get_args(PlaceKind):
        message = f"no kind of place: {kind}"
        raise ValueError(message)
    return Place(str(file), kind, int(number))  # type: ignore[arg-type] # looked at above


def _plain(name: str) -> str:
    return " ".join(name.replace("\u2019", "'").replace("_", " ").casefold().split())


_KNOWN: dict[str, tuple[Part, Language | Literal[""]]] = {
    _plain(name): (part, "" if part in FIELD_PARTS else language)
    for language in LANGUAGES
    for part, name in PART_NAMES[language].items()
}
_KNOWN |= {
    _plain(part): (part, "" if part in FIELD_PARTS else _KNOWN.get(_plain(part), ("wording", ""))[1]) for part in PARTS
}
_KNOWN |= {"wording": ("wording", ""), "sources": ("source", "")}


def part_named(name: str) -> tuple[Part, Language | Literal[""]] | None:
    """A part by its name in either language, with the language that the name gives away; None where there is none."""
    return _KNOWN.get(_plain(name))


def parts_in_words() -> str:
    """The names of all parts, for a sentence that asks for one of them."""
    return ", ".join(dict.fromkeys([*PART_NAMES["zh"].values(), *PART_NAMES["en"].values()]))


def topics_of(pieces: Iterable[Piece]) -> list[str]:
    """The topics that pieces belong to, in the order of their first piece."""
    return list(dict.fromkeys(piece.topic for piece in pieces))
