"""Running text, of a Word file or a PDF, as pieces: topics one after the other, with the guide's fixed headings. Pure.

A topic begins with a line like 编号：care.teeth or ID: care.teeth, its fields follow, then the Chinese and the English
text and the wordings. Headings are known by their words, with or without #; in a PDF a line goes on in the next until
its citation ends it.
"""

import re
from dataclasses import dataclass
from typing import Literal

from bot.curation.import_pieces import FIELD_PARTS, ID_NAMES, TEXT_PARTS, Brought, Part, Place, part_named
from bot.curation.imported_markdown import TOPIC_ID, band_of
from knowledge.topics import Language

Look = Literal["", "title", "section", "band", "bullet"]
"""What the file's own layout says of a line; empty where it says nothing."""

_FIELD = re.compile(r"^([^:：]{1,20})\s*[:：]\s*(.*)$")
_BULLET = re.compile(r"^(?:[-*•·●▪◦‣–]|\uf0b7)\s+(.*)$")
_MARKED = re.compile(r"^(#{1,3})\s+(.*)$")
_CITED = re.compile(r"\[@[A-Za-z0-9_]+\]$")
_LOOKS: dict[int, Look] = {1: "title", 2: "section", 3: "band"}
_BULLETED = frozenset({"do", "dont", "see_doctor", "call_120"})


@dataclass
class _Open:
    """A line that may go on in the next one."""

    place: Place
    text: str
    bullet: bool = False


class TextReader:
    """Takes one line after the other. `wraps`: a line may be a piece of a paragraph, as in a PDF."""

    def __init__(self, brought: Brought, *, wraps: bool) -> None:
        self._brought = brought
        self._wraps = wraps
        self._topic = ""
        self._told_outside = False
        self._section: tuple[Part, Language] | None = None
        self._band = ""
        self._field: Part | None = None
        self._title: _Open | None = None
        self._lines: list[_Open] = []

    def feed(self, place: Place, text: str, look: Look = "") -> None:
        """Take the next line."""
        text = " ".join(text.split())
        if not text or set(text) <= {"-", "—", "_"}:
            return
        marked = _MARKED.match(text)
        if marked is not None and look != "bullet":
            look, text = _LOOKS[len(marked[1])], marked[2].strip()
        bullet = _BULLET.match(text)
        if bullet is not None:
            look, text = "bullet", bullet[1].strip()
        if (look != "bullet" and self._starts_topic(place, text)) or not self._topic:
            if not self._topic and not self._told_outside:
                self._told_outside = True
                self._brought.fault(
                    place,
                    "",
                    "this stands before the first topic id and was left out; a topic begins with a line like ID: care.teeth",
                )
            return
        self._within(place, text, look)

    def finish(self) -> None:
        """Take what is still open."""
        self._close_lines()
        if self._title is not None:
            message = "a title without a section below it; put the fixed headings under it"
            self._brought.fault(self._title.place, self._topic, message)
        self._title = None

    def _starts_topic(self, place: Place, text: str) -> bool:
        match = _FIELD.match(text)
        if match is None or match[1].strip().casefold() not in ID_NAMES:
            return False
        self.finish()
        self._section, self._band, self._field = None, "", None
        topic = match[2].strip()
        self._topic = topic if TOPIC_ID.match(topic) else ""
        self._told_outside = not self._topic
        if not self._topic:
            self._brought.fault(place, "", f"{topic[:40]!r} is no topic id; write one like care.teeth")
        return True

    def _within(self, place: Place, text: str, look: Look) -> None:
        named = part_named(text.rstrip(":："))
        if look != "bullet" and named is not None and named[0] in (*TEXT_PARTS, "wording") and named[1]:
            self._heading(named[0], "zh" if named[1] == "zh" else "en")
        elif look == "section":
            self._close_lines()
            self._section = None
            self._brought.fault(
                place, self._topic, f"heading {text[:40]!r} is not of the form; use the guide's headings"
            )
        elif look == "title":
            self._close_lines()
            if self._title is not None:
                message = "two titles without a section between them; keep one"
                self._brought.fault(place, self._topic, message)
            self._title, self._section, self._field, self._band = _Open(place, text), None, None, ""
        elif self._section is not None and self._section[0] == "by_age" and (look == "band" or band_of(text)):
            self._close_lines()
            self._band = band_of(text) or ""
            if not self._band:
                example = "### 6-12个月"
                message = f"age band {text[:40]!r} is not understood; write it like {example!r}"
                self._brought.fault(place, self._topic, message)
        elif self._section is None and self._title is None and look != "bullet" and self._is_field(place, text):
            return
        else:
            self._line(place, text, bullet=look == "bullet")

    def _is_field(self, place: Place, text: str) -> bool:
        """A field above the texts, which ends the one before it."""
        match = _FIELD.match(text)
        named = part_named(match[1]) if match else None
        if match is None or named is None or named[0] not in FIELD_PARTS:
            return False
        self._close_lines()
        self._field = named[0]
        self._lines = [_Open(place, match[2].strip())]
        return True

    def _heading(self, part: Part, language: Language) -> None:
        if part == "short" and self._title is None and self._lines and not _CITED.search(self._lines[-1].text):
            last = self._lines[-1]
            if not last.bullet and not (self._field and len(self._lines) == 1):
                self._title = self._lines.pop()  # a title that nothing marks stands right above the first heading
        self._close_lines()
        if self._title is not None:
            self._brought.add(self._title.place, self._topic, "title", language, "", self._title.text)
        self._title, self._field, self._section, self._band = None, None, (part, language), ""

    def _line(self, place: Place, text: str, *, bullet: bool) -> None:
        before = self._lines[-1] if self._lines else None
        if self._wraps and before is not None and not bullet and self._goes_on(before, text):
            before.text = joined(before.text, text)
        elif self._wraps and self._title is not None and self._section is None and not bullet:
            self._title.text = joined(self._title.text, text)
        else:
            self._lines.append(_Open(place, text, bullet))

    def _goes_on(self, before: _Open, text: str) -> bool:
        if self._section is None:
            return False  # above the texts: a title, or the rest of a field; known when the first heading comes
        if self._section[0] == "wording":
            return before.bullet
        return not _CITED.search(before.text) or text.startswith("[@")

    def _close_lines(self) -> None:
        lines, self._lines = self._lines, []
        if self._field is not None and self._section is None:
            for more in lines[1:]:
                lines[0].text = joined(lines[0].text, more.text)
            if lines:
                self._close_field(self._field, lines[0])
            self._field = None
            return
        for line in lines:
            self._close_line(line)

    def _close_field(self, part: Part, line: _Open) -> None:
        if part == "related":
            ids = line.text.replace(",", " ").replace("，", " ").replace("、", " ").split()
            for one in ids or [""]:
                self._brought.add(line.place, self._topic, part, "", "", one)
        elif part == "source":
            source_id, _, section = line.text.replace("，", ",").partition(",")
            self._brought.add(line.place, self._topic, part, "", source_id.strip(), section.strip())
        else:
            self._brought.add(line.place, self._topic, part, "", "", line.text)

    def _close_line(self, line: _Open) -> None:
        if self._section is None:
            message = f"{line.text[:30]!r} stands outside a section; put it under one of the fixed headings"
            self._brought.fault(line.place, self._topic, message)
            return
        part, language = self._section
        if part == "by_age" and not self._band:
            message = f"{line.text[:30]!r} has no age band; put a line like 6-12个月 above it"
            self._brought.fault(line.place, self._topic, message)
            return
        key = self._band if part == "by_age" else ""
        self._brought.add(line.place, self._topic, part, language, key, line.text)


def joined(before: str, after: str) -> str:
    """Two pieces of one line: a blank between them only where both sides are Latin, or a citation follows."""
    if not before or not after:
        return before or after
    latin = before[-1] < "\u2e80" and after[0] < "\u2e80"
    blank = " " if latin or after.startswith("[") else ""
    return f"{before}{blank}{after}"
