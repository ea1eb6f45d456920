"""What is wrong with a revision, by the house's own check, before anybody may send it on. Pure."""

from collections.abc import Mapping

from bot.curation.entry_form import Texts
from knowledge.check import LEAST_WORDINGS, check_entry
from knowledge.entry_file import read_entry
from knowledge.faults import EntryFault, Problem
from knowledge.guide import Entry, Guide
from knowledge.sameness import bare, near_duplicates
from knowledge.topics import LANGUAGES, Language, Topic
from knowledge.wording_file import read_wordings

ENTRY_FILE = "entry"
MOST_WORDING_CHARACTERS = 300
LEAST_OF_OWN: dict[Language, int] = {"zh": 12, "en": 6}
"""Of a topic that was added here: what parents really asked is worth more than many wordings, and must not wait for them."""


def proofread(
    topic_id: str,
    texts: Texts,
    topics: dict[str, Topic],
    source_ids: set[str],
    others: Mapping[str, str],
) -> tuple[Entry | None, list[Problem]]:
    """The entry, None where it cannot be read, and every problem of entry and wordings.

    A problem's `file` is "entry", "wordings.zh" or "wordings.en". `others`: the bare wordings of other topics with
    their topic (see `knowledge.sameness.bare`).
    """
    problems: list[Problem] = []
    entry = None
    try:
        entry = read_entry(texts.entry, ENTRY_FILE, topics)
    except EntryFault as fault:
        problems += fault.problems
    if entry is not None:
        problems += check_entry(entry, topics, source_ids)
        if entry.topic.id != topic_id:
            problems.append(Problem(ENTRY_FILE, 2, f"the id must stay {topic_id}; write it back"))
    written: dict[Language, str] = {"zh": texts.wordings_zh, "en": texts.wordings_en}
    least = LEAST_OF_OWN if topics[topic_id].own else LEAST_WORDINGS
    for language in LANGUAGES:
        problems += _check_wordings(written[language], topic_id, language, others, least[language])
    return entry, sorted(problems)


def bare_wordings(guide: Guide) -> dict[str, str]:
    """Every wording of a guide without what does not tell wordings apart, with its topic."""
    return {
        bare(text): topic_id
        for language in LANGUAGES
        for topic_id, texts in guide.wordings[language].items()
        for text in texts
    }


def others_of(wordings: Mapping[str, str], topic_id: str) -> dict[str, str]:
    """Those of other topics."""
    return {text: home for text, home in wordings.items() if home != topic_id}


def _check_wordings(
    text: str, topic_id: str, language: Language, others: Mapping[str, str], least: int
) -> list[Problem]:
    file = f"wordings.{language}"
    wordings = read_wordings(text, topic_id, language)
    problems = []
    if len(wordings) < least:
        message = f"{len(wordings)} wordings, at least {least}; add how parents really ask"
        problems.append(Problem(file, 0, message))
    for before, after, share in near_duplicates([wording.text for wording in wordings]):
        message = f"{share:.0%} the same as line {wordings[before].line}; keep the one that fits best"
        problems.append(Problem(file, wordings[after].line, message))
    for wording in wordings:
        if len(wording.text) > MOST_WORDING_CHARACTERS:
            message = f"a wording of more than {MOST_WORDING_CHARACTERS} characters; keep what a parent would type"
            problems.append(Problem(file, wording.line, message))
        home = others.get(bare(wording.text))
        if home is not None:
            problems.append(Problem(file, wording.line, f"the same wording stands in topic {home}; keep it in one"))
    return problems
