"""Read the guide's data folder into values. Files are opened here, in the other `load_*` files, and in `place_files`.

A malformed entry is left out and reported, and the rest of the guide still serves; a malformed register of topics or
sources is a `GuideFault`, because nothing can be checked without them.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from knowledge.danger_signs import DangerSigns, read_danger_signs
from knowledge.data_folder import DATA, OWN_TOPICS, entry_path, fingerprint, read_yaml
from knowledge.dose_request import DosePatterns, read_dose_patterns
from knowledge.entry_file import read_entry
from knowledge.examples import Example, Examples
from knowledge.faults import EntryFault, GuideFault, Problem
from knowledge.guide import Entry, Guide, Source
from knowledge.packs import Pack, read_pack
from knowledge.place_files import read_place_files
from knowledge.places import Place
from knowledge.topics import LANGUAGES, Language, Topic
from knowledge.wording_file import Wording, read_wordings


@dataclass(frozen=True)
class Shipped:
    """A guide with the rules, labelled messages, packs and places beside it.

    `places` holds sample rows too; they are marked. `problems` is what was wrong (empty when all is well).
    """

    guide: Guide
    danger_signs: DangerSigns
    dose_patterns: DosePatterns
    wordings: tuple[Wording, ...]
    examples: Examples
    packs: dict[str, Pack]
    places: tuple[Place, ...]
    problems: tuple[Problem, ...]


def load(data: Path = DATA, *, only_signed: bool = False, own_places: Path | None = None) -> Shipped:
    """Read a data folder. `only_signed` leaves out every entry that no clinician has signed.

    `own_places`: the operator's own register of places (see `place_files.import_places`); it need not exist.

    Raises: GuideFault: topics.yaml, sources.yaml or an examples file cannot be read.
    """
    topics = read_topics(data)
    sources = read_sources(data)
    entries, problems = _read_entries(data, topics)
    wordings, wording_problems = read_all_wordings(data, topics)
    packs, pack_problems = _read_packs(data, set(topics))
    places, place_problems = read_place_files(own_places, data)
    by_language: dict[Language, dict[str, tuple[str, ...]]] = {language: {} for language in LANGUAGES}
    for wording in wordings:
        of_language = by_language[wording.language]
        of_language[wording.topic_id] = (*of_language.get(wording.topic_id, ()), wording.text)
    if only_signed:
        entries = {topic_id: entry for topic_id, entry in entries.items() if entry.signed_by is not None}
    guide = Guide(topics, sources, entries, by_language, fingerprint(data, only_signed=only_signed), only_signed)
    return Shipped(
        guide=guide,
        danger_signs=read_danger_signs(read_yaml(data / "danger_signs.yaml", data)),
        dose_patterns=read_dose_patterns(read_yaml(data / "dose_patterns.yaml", data)),
        wordings=wordings,
        examples=read_examples(data),
        packs=packs,
        places=places,
        problems=(*problems, *wording_problems, *pack_problems, *place_problems),
    )


def read_topics(data: Path) -> dict[str, Topic]:
    """The topics by id, in the order of the file; then those that an installation added (`own_topics.yaml`), if any."""
    topics = _topics_of(data / "topics.yaml", data, own=False)
    added = data / OWN_TOPICS
    return topics | (_topics_of(added, data, own=True) if added.is_file() else {})


def _topics_of(path: Path, data: Path, *, own: bool) -> dict[str, Topic]:
    topics = {}
    for item in read_yaml(path, data).get("topics", []):
        try:
            (first, last), kind = item["months"], item.get("kind", "guidance")
            topic = Topic(item["id"], (int(first), int(last)), item["zh"], item["en"], kind, own)
        except (KeyError, TypeError, ValueError) as error:
            message = f"topic {item!r} needs id, months [from, to], zh and en ({error!r})"
            raise GuideFault([Problem(path.name, 0, message)]) from error
        topics[topic.id] = topic
    return topics


def read_sources(data: Path) -> dict[str, Source]:
    """The register of sources by id."""
    raw = read_yaml(data / "sources.yaml", data)
    sources = {}
    for source_id, item in raw.get("sources", {}).items():
        try:
            sources[source_id] = Source(id=source_id, **item)
        except TypeError as error:
            message = f"source {source_id} has a missing or unknown field ({error}); see knowledge/README.md"
            raise GuideFault([Problem("sources.yaml", 0, message)]) from error
    return sources


def _read_entries(data: Path, topics: dict[str, Topic]) -> tuple[dict[str, Entry], list[Problem]]:
    entries: dict[str, Entry] = {}
    problems: list[Problem] = []
    for path in sorted((data / "guide").rglob("*.md")):
        name = path.relative_to(data).as_posix()
        try:
            entry = read_entry(path.read_text(encoding="utf-8"), name, topics)
        except EntryFault as fault:
            problems.extend(fault.problems)
            continue
        if entry_path(data, entry.topic.id) != path:
            home = entry_path(data, entry.topic.id).relative_to(data)
            problems.append(Problem(name, 2, f"the entry {entry.topic.id} lives in {home}; move it there"))
            continue
        entries[entry.topic.id] = entry
    in_topic_order = {topic_id: entries[topic_id] for topic_id in topics if topic_id in entries}
    return in_topic_order, problems


def read_all_wordings(data: Path, topics: dict[str, Topic]) -> tuple[tuple[Wording, ...], list[Problem]]:
    """Every wording of every topic, Chinese first, in the order of topics.yaml."""
    wordings: list[Wording] = []
    problems: list[Problem] = []
    for language in LANGUAGES:
        folder = data / "wordings" / language
        found = {}
        for path in sorted(folder.rglob("*.txt")):
            topic_id = ".".join(path.relative_to(folder).with_suffix("").parts)
            if topic_id in topics:
                found[topic_id] = path
            else:
                name = path.relative_to(data).as_posix()
                problems.append(Problem(name, 0, f"no topic {topic_id} in topics.yaml; rename the file"))
        for topic_id in topics:
            if topic_id in found:
                wordings.extend(read_wordings(found[topic_id].read_text(encoding="utf-8"), topic_id, language))
    return tuple(wordings), problems


def _read_packs(data: Path, topic_ids: set[str]) -> tuple[dict[str, Pack], list[Problem]]:
    packs: dict[str, Pack] = {}
    problems: list[Problem] = []
    for path in sorted((data / "packs").glob("*.yaml")):
        name = path.relative_to(data).as_posix()
        try:
            pack = read_pack(read_yaml(path, data), name, topic_ids)
        except GuideFault as fault:
            problems.extend(fault.problems)
            continue
        if pack.id != path.stem:
            problems.append(Problem(name, 1, f"the pack {pack.id} lives in packs/{pack.id}.yaml; rename the file"))
            continue
        packs[pack.id] = pack
    return packs, problems


def read_examples(data: Path) -> Examples:
    """The labelled messages beside the guide.

    Raises: GuideFault: a line is not JSON or lacks a field.
    """
    return Examples(
        out_of_scope=_read_example_file(data, "out_of_scope.jsonl"),
        dose=_read_example_file(data, "dose_requests.jsonl"),
        calm=_read_example_file(data, "calm_examples.jsonl"),
        danger=_read_example_file(data, "danger_examples.jsonl"),
        smalltalk=_read_example_file(data, "smalltalk_examples.jsonl"),
    )


def _read_example_file(data: Path, name: str) -> tuple[Example, ...]:
    examples = []
    try:
        text = (data / name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise GuideFault([Problem(name, 0, "the file is missing; restore it from the repository")]) from error
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            example = Example(
                text=row["q"],
                language=row["lang"],
                kind=row.get("kind", "calm"),
                level=row.get("level"),
                topic_id=row.get("topic"),
                age_months=row.get("age_months"),
            )
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            message = f'write one JSON object with "q" and "lang" a line ({error})'
            raise GuideFault([Problem(name, number, message)]) from error
        examples.append(example)
    return tuple(examples)
