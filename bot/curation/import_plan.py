"""What would become of the topics that files bring: new drafts, changed ones, none, and why not. Pure.

Nothing is kept of a topic that lost a line, stands in two files, or has a draft that somebody else is at.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from bot.curation.assembling import Assembled, Parts, assemble, parts_of, parts_of_texts
from bot.curation.entry_form import Texts, form_of
from bot.curation.import_pieces import (
    SINGLE_PARTS,
    WHOLE_FILE,
    Brought,
    Fault,
    Part,
    Piece,
    Place,
)
from knowledge.faults import Problem

Outcome = Literal["new", "changed", "same", "held", "faulty"]


@dataclass(frozen=True)
class Standing:
    """Where a topic stands: the texts that are laid under, None where it has none yet.

    `held_by`: whose open revision must not be written over, empty where there is none.
    """

    base: Texts | None
    held_by: str = ""


@dataclass(frozen=True)
class Finding:
    """What the house's check says of a draft: in which part at which line, and the place in the file, None if not there."""

    place: Place | None
    part: str
    line: int
    message: str


@dataclass(frozen=True)
class Planned:
    """What becomes of one topic. `texts` is None where nothing would be kept."""

    topic_id: str
    outcome: Outcome
    before: Texts | None
    texts: Texts | None
    findings: tuple[Finding, ...] = ()
    held_by: str = ""


@dataclass(frozen=True)
class ImportPlan:
    """Everything that would be done, and every line that could not be taken."""

    topics: tuple[Planned, ...]
    faults: tuple[Fault, ...]

    @property
    def drafts(self) -> tuple[Planned, ...]:
        """The topics that would get a draft."""
        return tuple(one for one in self.topics if one.texts is not None)

    @property
    def mark(self) -> str:
        """Changes with anything that would be done."""
        digest = hashlib.sha256()
        for one in self.topics:
            digest.update(f"{one.topic_id}\x1e{one.outcome}\x1e{one.texts!r}\x1e".encode())
        return digest.hexdigest()[:16]


def plan_import(
    brought: Brought,
    known_topics: Iterable[str],
    standing: Mapping[str, Standing],
    check: Callable[[str, Texts], list[Problem]],
    today: date,
) -> ImportPlan:
    """Decide about every topic. `standing`: of every known topic that is brought. `check`: what is wrong with a draft."""
    known = set(known_topics)
    by_topic: dict[str, list[Piece]] = {}
    for piece in brought.pieces:
        by_topic.setdefault(piece.topic, []).append(piece)
    faults = list(brought.faults)
    planned = []
    for topic_id, pieces in by_topic.items():
        if topic_id not in known:
            message = f"topic {topic_id} is not in the guide's list; take an id from the list of the guide"
            faults.append(Fault(pieces[0].place, topic_id, message))
            continue
        faults += _twice(topic_id, pieces)
        base = standing[topic_id].base
        if base is not None and parts_of_texts(topic_id, base) is None:
            message = f"the draft of {topic_id} is not of the form; mend or discard it, then bring the file again"
            faults.append(Fault(pieces[0].place, topic_id, message))
        files = {piece.place.file for piece in pieces}
        lost = any(one.topic == topic_id or (one.topic == WHOLE_FILE and one.place.file in files) for one in faults)
        planned.append(_plan_topic(topic_id, pieces, standing[topic_id], check, today, lost=lost))
    return ImportPlan(tuple(planned), tuple(faults))


def _twice(topic_id: str, pieces: list[Piece]) -> list[Fault]:
    """Parts that two files bring, or that stand twice and can stand once only."""
    first: dict[tuple[Part, str], Piece] = {}
    told: set[tuple[Part, str]] = set()
    faults = []
    for piece in pieces:
        key = (piece.part, piece.language)
        before = first.setdefault(key, piece)
        if key in told or before is piece:
            continue
        if before.place.file != piece.place.file:
            told.add(key)
            message = f"{topic_id} stands in {before.place.file} too; bring it in one file"
            faults.append(Fault(piece.place, topic_id, message))
        elif piece.part in SINGLE_PARTS:
            told.add(key)
            faults.append(Fault(piece.place, topic_id, f"{piece.part} of {topic_id} stands twice; keep one"))
    return faults


def _plan_topic(
    topic_id: str,
    pieces: list[Piece],
    standing: Standing,
    check: Callable[[str, Texts], list[Problem]],
    today: date,
    *,
    lost: bool,
) -> Planned:
    base = standing.base
    if lost:
        return Planned(topic_id, "faulty", base, None)
    under: Parts = {}
    if base is not None:
        under = parts_of_texts(topic_id, base) or {}
    given = parts_of(pieces)
    assembled = _assembled(topic_id, under, given, base, today)
    if base is not None and assembled.texts == base:
        return Planned(topic_id, "same", base, None)
    if standing.held_by:
        return Planned(topic_id, "held", base, None, held_by=standing.held_by)
    findings = tuple(_finding(assembled, problem) for problem in check(topic_id, assembled.texts))
    return Planned(topic_id, "changed" if base is not None else "new", base, assembled.texts, findings)


def _assembled(topic_id: str, under: Parts, given: Parts, base: Texts | None, today: date) -> Assembled:
    """The texts with what the file does not name as it was, to the letter where nothing of it differs."""
    signed_by = form_of(base.entry).signed_by if base is not None else None
    before = assemble(topic_id, under, signed_by)
    after = assemble(topic_id, {**under, **given}, signed_by)
    texts = after.texts
    if base is not None:
        texts = Texts(
            base.entry if texts.entry == before.texts.entry else texts.entry,
            base.wordings_zh if _lines(texts.wordings_zh) == _lines(base.wordings_zh) else texts.wordings_zh,
            base.wordings_en if _lines(texts.wordings_en) == _lines(base.wordings_en) else texts.wordings_en,
        )
    if (base is None or texts.entry != base.entry) and ("written_on", "") not in given:
        dated = Piece(Place("", "file"), topic_id, "written_on", "", "", today.isoformat())
        after = assemble(topic_id, {**under, **given, ("written_on", ""): (dated,)}, signed_by)
        texts = replace(texts, entry=after.texts.entry)
    return replace(after, texts=texts)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _finding(assembled: Assembled, problem: Problem) -> Finding:
    return Finding(assembled.place_of(problem), problem.file, problem.line, problem.message)
