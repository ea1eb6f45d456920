"""The editors' proof-reader: what `qihui guide check` says about a data folder. Pure but for `main`.

An error keeps an entry from being right (an uncited statement, a missing language); there are no warnings that
nobody reads: what the house does not insist on is not reported.
"""

import re
import sys
from collections import Counter
from pathlib import Path

from knowledge.data_folder import DATA
from knowledge.entry_file import read_entry
from knowledge.faults import EntryFault, GuideFault, Problem
from knowledge.guide import Entry, Side
from knowledge.load import Shipped, load, read_sources, read_topics
from knowledge.sameness import near_duplicates
from knowledge.topics import LANGUAGES, Language, Topic
from knowledge.wording_file import Wording

SHORT_ANSWER_CHARACTERS = 160
SHORT_ANSWER_WORDS = 110
PASSAGE_CHARACTERS = 350
PASSAGE_WORDS = 220
EMERGENCY_SENTENCE_CHARACTERS = 60
LEAST_WORDINGS: dict[Language, int] = {"zh": 60, "en": 25}

_SENTENCE_END = re.compile(r"(?<=[。!?;\uff01\uff1f\uff1b])")
_MARKUP = re.compile(r"\*\*|__|\[[^\]]*\]\(|^\s*\||`|<[a-zA-Z/]")
_DOSE = re.compile(r"\d\s*(?:毫克|微克|mg|µg|mcg)\s*(?:\/|每|per\s)\s*(?:公斤|千克|kg)", re.IGNORECASE)


def check_shipped(shipped: Shipped) -> list[Problem]:
    """Every problem of a data folder, sorted by file and line."""
    problems = list(shipped.problems)
    for entry in shipped.guide.entries.values():
        problems.extend(check_entry(entry, shipped.guide.topics, set(shipped.guide.sources)))
    problems.extend(_check_wordings(shipped))
    return sorted(problems)


def check_entry(entry: Entry, topics: dict[str, Topic], source_ids: set[str]) -> list[Problem]:
    """What an editor must mend in one entry that could be read."""
    problems: list[Problem] = []

    def report(line: int, message: str) -> None:
        problems.append(Problem(entry.file, line, message))

    listed = {use.source_id for use in entry.sources}
    for source_id in sorted(listed - source_ids):
        report(2, f"source {source_id} is not in data/sources.yaml; add it there or correct the id")
    cited = {source_id for _, side in entry.sides for part in side.statements() for source_id in part.source_ids}
    for source_id in sorted(listed - cited):
        report(2, f"source {source_id} is listed but never cited; cite it or remove it")
    for _, side in entry.sides:
        for statement in side.statements():
            for source_id in sorted(set(statement.source_ids) - listed):
                report(statement.line, f"[@{source_id}] is cited but not listed under sources")
            if _MARKUP.search(statement.text):
                report(statement.line, "markup inside a sentence; the form is plain text")
            if _DOSE.search(statement.text):
                report(statement.line, "a dose by weight; the guide never gives a dose")
    for related in entry.related:
        if related not in topics:
            report(2, f"related topic {related} is not in data/topics.yaml")
    if entry.review_by <= entry.written_on:
        report(2, "review_by must be later than written_on")
    _check_bands(entry, report_to=problems)
    _check_same_substance(entry, report_to=problems)
    for language, side in entry.sides:
        problems.extend(_check_lengths(entry, language, side))
    return problems


def _check_bands(entry: Entry, report_to: list[Problem]) -> None:
    first, last = entry.topic.months
    for language, side in entry.sides:
        reached = first
        for passage in side.passages:
            line = passage.paragraphs[0].line if passage.paragraphs else 0
            if passage.band.from_month < reached:
                message = f"{language}: age bands overlap or go below {first} months; bands cover {first}-{last} once"
                report_to.append(Problem(entry.file, line, message))
            elif passage.band.from_month > reached:
                message = f"{language}: no band covers {reached}-{passage.band.from_month} months; add or widen one"
                report_to.append(Problem(entry.file, line, message))
            reached = max(reached, passage.band.to_month)
        if reached != last:
            message = f"{language}: bands end at {reached} months, the topic at {last}; make them meet"
            report_to.append(Problem(entry.file, 0, message))
    if [p.band for p in entry.zh.passages] != [p.band for p in entry.en.passages]:
        report_to.append(Problem(entry.file, 0, "the age bands differ between Chinese and English; make them the same"))


def _check_same_substance(entry: Entry, report_to: list[Problem]) -> None:
    for name in ("do", "dont", "see_doctor", "call_120", "differs"):
        counts = {language: len(getattr(side, name)) for language, side in entry.sides}
        if len(set(counts.values())) > 1:
            message = f"'{name}' has {counts['zh']} points in Chinese and {counts['en']} in English; make them equal"
            report_to.append(Problem(entry.file, 0, message))


def _length(text: str, language: Language) -> int:
    return len(text.replace(" ", "").replace("\n", "")) if language == "zh" else len(text.split())


def _check_lengths(entry: Entry, language: Language, side: Side) -> list[Problem]:
    problems = []
    unit = "characters" if language == "zh" else "words"
    most_short = SHORT_ANSWER_CHARACTERS if language == "zh" else SHORT_ANSWER_WORDS
    most_passage = PASSAGE_CHARACTERS if language == "zh" else PASSAGE_WORDS
    short = _length(side.short_answer.text, language)
    if short > most_short:
        message = f"the short answer has {short} {unit}, at most {most_short}; move detail into the passages"
        problems.append(Problem(entry.file, side.short_answer.line, message))
    for passage in side.passages:
        length = _length(passage.text, language)
        if length > most_passage:
            message = f"the passage has {length} {unit}, at most {most_passage}; shorten it"
            problems.append(Problem(entry.file, passage.paragraphs[0].line, message))
    if entry.topic.kind == "emergency" and language == "zh":
        for statement in side.statements():
            longest = max((_length(sentence, "zh") for sentence in _SENTENCE_END.split(statement.text)), default=0)
            if longest > EMERGENCY_SENTENCE_CHARACTERS:
                message = f"a sentence of {longest} characters in an emergency; at most {EMERGENCY_SENTENCE_CHARACTERS}"
                problems.append(Problem(entry.file, statement.line, message))
    return problems


def _wording_file(wording: Wording) -> str:
    domain, rest = wording.topic_id.split(".", 1)
    return f"wordings/{wording.language}/{domain}/{rest}.txt"


def _check_wordings(shipped: Shipped) -> list[Problem]:
    problems = []
    wordings = shipped.wordings
    for before, after, share in near_duplicates([wording.text for wording in wordings]):
        first, second = wordings[before], wordings[after]
        message = f"{share:.0%} the same as {_wording_file(first)}:{first.line}; keep the one that fits best"
        problems.append(Problem(_wording_file(second), second.line, message))
    counts = Counter((wording.language, wording.topic_id) for wording in shipped.wordings)
    for topic_id in shipped.guide.entries:
        for language in LANGUAGES:
            count = counts[language, topic_id]
            if count < LEAST_WORDINGS[language]:
                domain, rest = topic_id.split(".", 1)
                message = f"{count} wordings, at least {LEAST_WORDINGS[language]}; add how parents really ask"
                problems.append(Problem(f"wordings/{language}/{domain}/{rest}.txt", 0, message))
    return problems


def main(files: list[str]) -> int:
    """Check single entry files (or, without any, the shipped folder); prints findings, returns the exit code."""
    problems: list[Problem] = []
    try:
        if not files:
            problems = check_shipped(load())
        topics, source_ids = read_topics(DATA), set(read_sources(DATA))
        for file in files:
            try:
                entry = read_entry(Path(file).read_text(encoding="utf-8"), file, topics)
            except EntryFault as fault:
                problems.extend(fault.problems)
                continue
            problems.extend(check_entry(entry, topics, source_ids))
    except GuideFault as fault:
        problems.extend(fault.problems)
    for problem in sorted(problems):
        sys.stdout.write(f"{problem}\n")
    sys.stdout.write(f"{len(problems)} problem(s)\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
