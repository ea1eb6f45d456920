"""Read one entry's Markdown file into an `Entry`, or say line by line what is wrong with it.

The form is fixed and documented in `knowledge/README.md`. Reading is strict: a heading, field or citation that is
not understood is refused, never skipped, because a lost line in a health text is a wrong text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

import yaml

from knowledge.faults import EntryFault, Problem
from knowledge.guide import SKILLS, AgeBand, BandPassage, Cited, Entry, Side, Signature, SourceUse
from knowledge.topics import Language, Topic

HEADINGS: dict[Language, tuple[str, ...]] = {
    "zh": ("简答", "分月龄", "这样做", "不要做", "什么时候看医生", "什么时候打120", "说法不同时"),
    "en": ("Short answer", "By age", "Do", "Don't", "See a doctor", "Call 120", "Where guidelines differ"),
}
OPTIONAL_HEADING = 6  # the place of "where guidelines differ" in HEADINGS

_BAND = {
    "zh": re.compile(r"^(\d{1,2})-(\d{1,2})个月$"),
    "en": re.compile(r"^(\d{1,2})-(\d{1,2}) months$"),
}
_CITATION = re.compile(r"\[@([A-Za-z0-9_]+)\]")
_FIELDS = {"id", "skill", "sources", "related", "to_verify", "written_on", "review_by", "signed_by"}


@dataclass(frozen=True)
class _Line:
    number: int
    text: str


class _Findings:
    """Collects problems of one file, so that an editor sees all of them at once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def add(self, line: int, message: str) -> None:
        self.problems.append(Problem(self.file, line, message))


def read_entry(text: str, file: str, topics: dict[str, Topic]) -> Entry:
    """Turn the file's text into an entry.

    Raises: EntryFault: with every problem found, each with its line and what to do.
    """
    findings = _Findings(file)
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---" or "---" not in (line.strip() for line in lines[1:]):
        raise EntryFault([Problem(file, 1, "start the file with a block of fields between two lines of ---")])
    end = next(i for i, line in enumerate(lines[1:], start=1) if line.strip() == "---")
    fields = _read_fields("\n".join(lines[1:end]), findings)
    body = [_Line(n, line.rstrip()) for n, line in enumerate(lines, start=1) if n > end + 1]
    sides = _read_sides(body, findings)
    topic = topics.get(str(fields.get("id")))
    if fields and topic is None:
        findings.add(2, f"id {fields.get('id')!r} is not in data/topics.yaml; use an id from there")
    if findings.problems or topic is None:
        raise EntryFault(findings.problems)
    entry = _build(fields, topic, sides, findings)
    if findings.problems or entry is None:
        raise EntryFault(findings.problems)
    return entry


def _read_fields(text: str, findings: _Findings) -> dict[str, Any]:
    try:
        fields = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = (mark.line + 2) if mark else 2
        problem = getattr(error, "problem", None) or str(error)
        findings.add(line, f"the fields are not valid YAML ({problem}); check quotes, colons and indentation")
        return {}
    if not isinstance(fields, dict):
        findings.add(2, "the fields must be lines of `name: value`")
        return {}
    for missing in sorted(_FIELDS - set(fields)):
        findings.add(2, f"field {missing!r} is missing; see the form in knowledge/README.md")
    for unknown in sorted(set(map(str, fields)) - _FIELDS):
        findings.add(2, f"field {unknown!r} is not known; remove it or correct its spelling")
    return fields


def _read_sides(body: list[_Line], findings: _Findings) -> dict[Language, tuple[str, dict[int, list[_Line]]]]:
    """Split the body at its two `# Title` lines and their fixed `## ` headings."""
    sides: dict[Language, tuple[str, dict[int, list[_Line]]]] = {}
    language: Language | None = None
    section: int | None = None
    for line in body:
        if line.text.startswith("# "):
            language = "zh" if "zh" not in sides else "en"
            if language in sides:
                findings.add(line.number, "a third title; an entry has one Chinese and one English side")
                break
            sides[language] = (line.text[2:].strip(), {})
            section = None
        elif line.text.startswith("## "):
            section = _section_of(line, language, sides, findings)
        elif line.text.strip():
            if language is None or section is None:
                findings.add(line.number, "text outside a section; put it under one of the fixed headings")
            else:
                sides[language][1][section].append(line)
    for wanted in get_args(Language):
        if wanted not in sides:
            name = "Chinese" if wanted == "zh" else "English"
            findings.add(0, f"the {name} side is missing; both languages are required")
            continue
        for place, heading in enumerate(HEADINGS[wanted]):
            if place not in sides[wanted][1] and place != OPTIONAL_HEADING:
                findings.add(0, f"section '## {heading}' is missing")
    return sides


def _section_of(
    line: _Line,
    language: Language | None,
    sides: dict[Language, tuple[str, dict[int, list[_Line]]]],
    findings: _Findings,
) -> int | None:
    heading = line.text[3:].strip().replace("\u2019", "'")
    if language is None or heading not in HEADINGS[language]:
        known = ", ".join(HEADINGS[language]) if language else "a title line first"
        findings.add(line.number, f"heading {heading!r} is not of the form; expected one of: {known}")
        return None
    place = HEADINGS[language].index(heading)
    sections = sides[language][1]
    if place in sections:
        findings.add(line.number, f"section '{heading}' stands twice; join them")
    elif sections and place < max(sections):
        findings.add(line.number, f"section '{heading}' is out of order; follow the order in knowledge/README.md")
    sections.setdefault(place, [])
    return place


def _cited(line: _Line, text: str, findings: _Findings) -> Cited:
    ids = tuple(_CITATION.findall(text))
    plain = _CITATION.sub("", text).strip()
    if not ids:
        findings.add(line.number, "no source; end the line with [@ID] of an id in data/sources.yaml")
    if not plain:
        findings.add(line.number, "a citation without a statement; write the sentence before it")
    if "[@" in plain:
        findings.add(line.number, "a citation is not understood; write it as [@ID] with letters and digits only")
    return Cited(plain, ids, line.number)


def _paragraphs(lines: list[_Line], findings: _Findings) -> tuple[Cited, ...]:
    return tuple(_cited(line, line.text.strip(), findings) for line in lines)


def _bullets(lines: list[_Line], heading: str, findings: _Findings) -> tuple[Cited, ...]:
    bullets = []
    for line in lines:
        if not line.text.startswith("- "):
            findings.add(line.number, f"under '{heading}' every line is a bullet; start it with '- '")
            continue
        bullets.append(_cited(line, line.text[2:].strip(), findings))
    if not bullets:
        findings.add(0, f"section '{heading}' is empty; write at least one bullet")
    return tuple(bullets)


def _band_blocks(lines: list[_Line], language: Language, findings: _Findings) -> Iterator[tuple[AgeBand, list[_Line]]]:
    band: AgeBand | None = None
    block: list[_Line] = []
    for line in lines:
        if not line.text.startswith("### "):
            if band is None:
                findings.add(line.number, "a passage without an age band; put '### FROM-TO' above it")
            block.append(line)
            continue
        if band is not None:
            yield band, block
        block = []
        heading = line.text[4:].strip()
        match = _BAND[language].match(heading)
        if match is None:
            example = "### 6-12个月" if language == "zh" else "### 6-12 months"
            findings.add(line.number, f"age band {heading!r} is not understood; write it like {example!r}")
            band = AgeBand(0, 0)
            continue
        band = AgeBand(int(match[1]), int(match[2]))
        if band.from_month >= band.to_month:
            findings.add(line.number, f"age band {heading!r} ends before it begins; put the younger age first")
    if band is not None:
        yield band, block


def _read_side(title: str, sections: dict[int, list[_Line]], language: Language, findings: _Findings) -> Side | None:
    names = HEADINGS[language]
    short = _paragraphs(sections[0], findings)
    if len(short) != 1:
        findings.add(sections[0][0].number if sections[0] else 0, f"'{names[0]}' must be one paragraph on one line")
        return None
    passages = []
    for band, block in _band_blocks(sections[1], language, findings):
        if not block:
            findings.add(0, f"the band {band.from_month}-{band.to_month} under '{names[1]}' has no text")
        passages.append(BandPassage(band, _paragraphs(block, findings)))
    if not passages:
        findings.add(0, f"section '{names[1]}' has no age band; write at least one '### FROM-TO' with its passage")
    bullets = [_bullets(sections[place], names[place], findings) for place in (2, 3, 4, 5)]
    differs = _paragraphs(sections.get(OPTIONAL_HEADING, []), findings)
    return Side(title, short[0], tuple(passages), bullets[0], bullets[1], bullets[2], bullets[3], differs)


def _build(
    fields: dict[str, Any],
    topic: Topic,
    sides: dict[Language, tuple[str, dict[int, list[_Line]]]],
    findings: _Findings,
) -> Entry | None:
    zh, en = (_read_side(*sides[language], language, findings) for language in get_args(Language))
    if fields["skill"] not in SKILLS:
        findings.add(2, f"skill {fields['skill']!r} is not one of {', '.join(SKILLS)}")
    dates = {}
    for name in ("written_on", "review_by"):
        if not isinstance(fields[name], date):
            findings.add(2, f"{name} must be a date like 2026-11-24")
        dates[name] = fields[name]
    sources = _read_sources(fields["sources"], findings)
    signed_by = _read_signature(fields["signed_by"], findings)
    for name in ("related", "to_verify"):
        if not isinstance(fields[name], list) or not all(isinstance(item, str) for item in fields[name]):
            findings.add(2, f"{name} must be a list of texts (an empty one is written [])")
    if findings.problems or zh is None or en is None:
        return None
    return Entry(
        topic=topic,
        skill=fields["skill"],
        zh=zh,
        en=en,
        sources=sources,
        related=tuple(fields["related"]),
        to_verify=tuple(fields["to_verify"]),
        written_on=dates["written_on"],
        review_by=dates["review_by"],
        signed_by=signed_by,
        file=findings.file,
    )


def _read_sources(raw: object, findings: _Findings) -> tuple[SourceUse, ...]:
    uses = []
    for item in raw if isinstance(raw, list) else [None]:
        if not isinstance(item, dict) or set(item) != {"id", "section"}:
            findings.add(2, "each item of sources is written {id: SOURCE, section: the part used}")
            continue
        uses.append(SourceUse(str(item["id"]), str(item["section"])))
    return tuple(uses)


def _read_signature(raw: object, findings: _Findings) -> Signature | None:
    if raw is None:
        return None
    if isinstance(raw, dict) and set(raw) == {"name", "qualification", "date"} and isinstance(raw["date"], date):
        return Signature(str(raw["name"]), str(raw["qualification"]), raw["date"])
    findings.add(2, "signed_by is null or {name: .., qualification: .., date: 2026-11-24}")
    return None
