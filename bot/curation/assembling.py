"""Pieces put together into an entry and its wordings, each line with the place it came from. Pure.

A part that the file does not name stays as it was; a part that it names is replaced as a whole.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.curation.entry_form import EntryForm, Texts, place_of_line, text_of
from bot.curation.import_pieces import TEXT_PARTS, Part, Piece, Place
from bot.curation.imported_markdown import read_entry_file, read_wording_file
from knowledge.entry_file import HEADINGS
from knowledge.faults import Problem
from knowledge.guide import Signature
from knowledge.topics import LANGUAGES, Language

Parts = Mapping[tuple[Part, str], tuple[Piece, ...]]
_BULLETS = frozenset({"do", "dont", "see_doctor", "call_120"})
_BAND_UNIT: dict[Language, str] = {"zh": "个月", "en": " months"}


@dataclass(frozen=True)
class Assembled:
    """A topic's texts with the places of their lines; a line that was there before has None."""

    texts: Texts
    form: EntryForm
    places: Mapping[str, tuple[Place | None, ...]]

    def place_of(self, problem: Problem) -> Place | None:
        """Where in the file a finding of the check comes from; None where the file does not say it."""
        if problem.file != "entry":
            return self._at(problem.file, problem.line)
        part, line = place_of_line(self.form, problem.line) if problem.line else ("fields", 0)
        return self._at(part, line)

    def _at(self, part: str, line: int) -> Place | None:
        places = self.places.get(part, ())
        return places[line - 1] if 0 < line <= len(places) else None


def parts_of(pieces: Iterable[Piece]) -> Parts:
    """The pieces of one topic by part and language, in their order."""
    found: dict[tuple[Part, str], list[Piece]] = {}
    for piece in pieces:
        found.setdefault((piece.part, piece.language), []).append(piece)
    return {key: tuple(ones) for key, ones in found.items()}


def parts_of_texts(topic_id: str, texts: Texts) -> Parts | None:
    """The same of a revision; None where its entry is not of the form, so that nothing can be laid over it."""
    brought = read_entry_file(texts.entry, "")
    if brought.faults:
        return None
    domain, rest = topic_id.split(".", 1)
    for language, text in (("zh", texts.wordings_zh), ("en", texts.wordings_en)):
        brought.take(read_wording_file(text, f"wordings/{language}/{domain}/{rest}.txt"))
    return parts_of(brought.pieces)


def assemble(topic_id: str, parts: Parts, signed_by: Signature | None = None) -> Assembled:
    """The texts of a topic's parts. What is missing is left out; the check then says so."""
    sides = {language: _side(parts, language) for language in LANGUAGES}
    written = {language: [(p.text, _known(p)) for p in parts.get(("wording", language), ())] for language in LANGUAGES}
    form = EntryForm(
        topic_id=topic_id,
        skill=_single(parts, "skill"),
        sources=tuple((piece.key, piece.text) for piece in parts.get(("source", ""), ()) if piece.key),
        related=tuple(piece.text for piece in parts.get(("related", ""), ()) if piece.text),
        to_verify=tuple(piece.text for piece in parts.get(("to_verify", ""), ()) if piece.text),
        written_on=_single(parts, "written_on"),
        review_by=_single(parts, "review_by"),
        signed_by=signed_by,
        zh=_joined(sides["zh"]),
        en=_joined(sides["en"]),
    )
    places: dict[str, tuple[Place | None, ...]] = {}
    for language in LANGUAGES:
        places[language] = tuple(place for _, place in sides[language])
        places[f"wordings.{language}"] = tuple(place for _, place in written[language])
    zh, en = (f"{_joined(written[language])}\n" if written[language] else "" for language in LANGUAGES)
    return Assembled(Texts(text_of(form), zh, en), form, places)


def _known(piece: Piece) -> Place | None:
    return piece.place if piece.place.file else None


def _single(parts: Parts, part: Part) -> str:
    pieces = parts.get((part, ""), ())
    return pieces[-1].text if pieces else ""


def _joined(lines: Iterable[tuple[str, Place | None]]) -> str:
    return "\n".join(text for text, _ in lines)


def _side(parts: Parts, language: Language) -> list[tuple[str, Place | None]]:
    """The lines of one language's text, blank ones included, so that the n-th line is the n-th place."""
    titles = parts.get(("title", language), ())
    there = [part for part in TEXT_PARTS if any(piece.text for piece in parts.get((part, language), ()))]
    if not titles and not there:
        return []
    lines: list[tuple[str, Place | None]] = [("# ", None)]
    if titles:
        lines = [(f"# {titles[-1].text}", _known(titles[-1]))]
    for place, part in enumerate(TEXT_PARTS):
        if part not in there:
            continue
        pieces = [piece for piece in parts[part, language] if piece.text]
        lines += [("", None), (f"## {HEADINGS[language][place]}", _known(pieces[0]))]
        if part == "by_age":
            lines += _bands(pieces, language)
        else:
            mark = "- " if part in _BULLETS else ""
            lines += [(f"{mark}{piece.text}", _known(piece)) for piece in pieces]
    return lines


def _bands(pieces: list[Piece], language: Language) -> list[tuple[str, Place | None]]:
    lines: list[tuple[str, Place | None]] = []
    band = ""
    for piece in pieces:
        if piece.key != band:
            lines += [("", None)] if lines else []
            lines.append((f"### {piece.key}{_BAND_UNIT[language]}", _known(piece)))
            band = piece.key
        lines.append((piece.text, _known(piece)))
    return lines
