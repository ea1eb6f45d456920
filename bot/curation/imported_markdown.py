"""An entry's Markdown file, or a file of wordings, as pieces. Pure.

A heading, field or line that is not understood is a fault with its line: a lost line in a health text is a wrong text.
"""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from bot.curation.import_pieces import (
    FIELD_PARTS,
    TEXT_PARTS,
    Brought,
    Part,
    Place,
    part_named,
    parts_in_words,
)
from knowledge.topics import LANGUAGES, Language

BAND = re.compile(r"^(\d{1,2})\s*[-–—~～至到]\s*(\d{1,2})\s*(?:个月|月龄|months?|mo)$", re.IGNORECASE)
TOPIC_ID = re.compile(r"^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+$")
_WORDING_PATH = re.compile(r"(?:^|/)wordings/(zh|en)/([a-z0-9-]+)/([a-z0-9.-]+)\.txt$")
_FIELD_OF: dict[str, Part] = {"sources": "source", **{part: part for part in FIELD_PARTS if part != "source"}}
_KNOWN_FIELDS = {"id", "signed_by", *_FIELD_OF}
_BASE_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the C one reads ten times faster where it exists


def band_of(text: str) -> str | None:
    """An age band like "4-12" of a heading like 4-12个月, None where it is none."""
    match = BAND.match(text.strip())
    return f"{int(match[1])}-{int(match[2])}" if match else None


def without_bullet(text: str) -> str:
    """The line without its leading dash."""
    return text[2:].strip() if text.startswith("- ") else text.strip()


def read_wording_file(text: str, file: str) -> Brought:
    """A file of wordings; its folder names language and topic."""
    brought = Brought()
    match = _WORDING_PATH.search(file.replace("\\", "/"))
    if match is None:
        brought.fault(
            Place(file, "file"),
            "",
            "wordings are taken from a zip alone, where the path wordings/zh/care/teeth.txt names the topic; zip the folder",
        )
        return brought
    language: Language = "zh" if match[1] == "zh" else "en"
    topic = f"{match[2]}.{match[3]}"
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            brought.add(Place(file, "line", number), topic, "wording", language, "", line.strip())
    return brought


def read_entry_file(text: str, file: str) -> Brought:
    """An entry's file as in the guide's folder."""
    brought = Brought()
    lines = text.splitlines()
    end = next((number for number, line in enumerate(lines[1:], start=1) if line.strip() == "---"), None)
    if not lines or lines[0].strip() != "---" or end is None:
        brought.fault(Place(file, "line", 1), "", "start the file with a block of fields between two lines of ---")
        return brought
    topic = _read_fields(lines[1:end], file, brought)
    if topic:
        _Body(file, topic, brought).read(lines, end + 1)
    return brought


def _read_fields(head: list[str], file: str, brought: Brought) -> str:
    """The fields as pieces; returns the topic's id, empty where there is none."""
    try:
        raw = yaml.load("\n".join(head), Loader=_BASE_LOADER)  # noqa: S506 - makes texts, lists and mappings alone
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "?"
        place = Place(file, "line", mark.line + 2 if mark else 2)
        brought.fault(place, "", f"the fields are not valid YAML ({problem}); check quotes, colons and indentation")
        return ""
    if not isinstance(raw, Mapping):
        brought.fault(Place(file, "line", 2), "", "the fields must be lines of `name: value`")
        return ""
    topic = raw.get("id")
    if not isinstance(topic, str) or not TOPIC_ID.match(topic):
        brought.fault(Place(file, "line", 2), "", "there is no topic id; write a line like id: care.teeth")
        return ""
    for name, value in raw.items():
        place = Place(file, "line", _line_of(head, str(name)))
        if name not in _KNOWN_FIELDS:
            brought.fault(place, topic, f"field {str(name)!r} is not known; remove it or correct its spelling")
        elif name in _FIELD_OF:
            _field(topic, _FIELD_OF[name], value, place, brought)
    return topic


def _line_of(head: list[str], name: str) -> int:
    return next((number for number, line in enumerate(head, start=2) if line.startswith(f"{name}:")), 2)


def _field(topic: str, part: Part, value: object, place: Place, brought: Brought) -> None:
    if part == "source":
        uses = value if isinstance(value, list) else []
        if not all(isinstance(use, Mapping) and set(use) == {"id", "section"} for use in uses):
            brought.fault(place, topic, "each item of sources is written {id: SOURCE, section: the part used}")
            return
        for use in uses:
            brought.add(place, topic, "source", "", str(use["id"]), str(use["section"]))
    elif part in {"related", "to_verify"}:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            brought.fault(place, topic, f"{part} must be a list of texts (an empty one is written [])")
            return
        for one in value or [""]:
            brought.add(place, topic, part, "", "", one)
    elif isinstance(value, str):
        brought.add(place, topic, part, "", "", value)
    else:
        brought.fault(place, topic, f"field {part!r} must be one text on its line")


class _Body:
    """Reads what stands under the fields."""

    def __init__(self, file: str, topic: str, brought: Brought) -> None:
        self.file, self.topic, self.brought = file, topic, brought
        self.title: tuple[Place, str] | None = None
        self.section: tuple[Part, Language] | None = None
        self.lost = False
        self.band = ""

    def read(self, lines: list[str], begin: int) -> None:
        for number, line in enumerate(lines[begin:], start=begin + 1):
            place, text = Place(self.file, "line", number), line.strip()
            if line.startswith("# "):
                self._title(place, line[2:].strip())
            elif line.startswith("## "):
                self._heading(place, line[3:].strip())
            elif line.startswith("### "):
                self._band(place, line[4:].strip())
            elif text:
                self._text(place, text)
        if self.title is not None:
            self.brought.fault(
                self.title[0], self.topic, "a title without a section below it; put the fixed headings under it"
            )

    def _title(self, place: Place, text: str) -> None:
        if self.title is not None:
            self._fault(place, "two titles without a section between them; keep one")
        self.title, self.section, self.lost, self.band = (place, text), None, False, ""

    def _heading(self, place: Place, text: str) -> None:
        named = part_named(text)
        self.band = ""
        if named is None or named[0] not in (*TEXT_PARTS, "wording") or named[1] not in LANGUAGES:
            self._fault(place, f"heading {text!r} is not of the form; expected one of: {parts_in_words()}")
            self.section, self.lost = None, True
            return
        part, language = named
        self.section, self.lost = (part, "zh" if language == "zh" else "en"), False
        if self.title is not None:
            self.brought.add(self.title[0], self.topic, "title", language, "", self.title[1])
            self.title = None

    def _band(self, place: Place, text: str) -> None:
        band = band_of(text)
        if band is None:
            example = "### 6-12个月"
            self._fault(place, f"age band {text!r} is not understood; write it like {example!r}")
        self.band = band or ""

    def _text(self, place: Place, text: str) -> None:
        if self.section is None:
            if not self.lost:
                self._fault(place, "text outside a section; put it under one of the fixed headings")
            return
        part, language = self.section
        if part == "by_age" and not self.band:
            self._fault(place, "a passage without an age band; put '### FROM-TO' above it")
            return
        key = self.band if part == "by_age" else ""
        bare = without_bullet(text) if part in {"do", "dont", "see_doctor", "call_120", "wording"} else text
        self.brought.add(place, self.topic, part, language, key, bare)

    def _fault(self, place: Place, message: str) -> None:
        self.brought.fault(place, self.topic, message)
