"""Measures what a draft would change, in a process of its own: `python -m bot.draft_impact`.

Takes a `DraftMark` as JSON on its input, writes an `Impact`, or null where the draft is another one by now, to its
output. It gives way to everything else on the machine, only reads, and ends with another code than 0 where it cannot.
"""

import json
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import asdict

from bot.admin.guide_desk import RememberingEncoder
from bot.admin.impact import Impact, both_editions, measure
from bot.admin.impact_questions import DraftMark, questions_to_ask
from bot.asking_wiring import published_of
from bot.curation.curation_rows import OPEN_STATES, RevisionRow
from bot.curation.living_guide import Edition
from bot.curation.revisions import text_hash, texts_of
from bot.database import Database
from bot.questions.asking import Asking
from bot.settings import Settings, read_settings
from bot.wiring import open_knowledge, open_opinion
from index.adjuster import Adjuster
from index.retriever import Retriever
from knowledge.load import Shipped

NICE = 5
MOST_CPU_S = 600


def main() -> None:
    """Measure the draft that is named on the input."""
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    found = measured_apart(read_settings(), DraftMark(**json.load(sys.stdin)))
    json.dump(asdict(found) if found is not None else None, sys.stdout)


def measured_apart(settings: Settings, mark: DraftMark) -> Impact | None:
    """Open what answers questions, and measure.

    Raises: Misconfigured: see `open_served_knowledge`.
    """
    knowing, database = open_knowledge(settings), Database(settings.effective_database_url)
    served, found, opinion = published_of(settings, database, knowing), knowing.retriever, open_opinion(settings)
    once = RememberingEncoder(found.encoder)
    base = Retriever(once, found.prepared, found.wordings, found.passages, found.examples)

    def make_asking(edition: Edition) -> Asking:
        return Asking(edition.shipped, edition.retriever, settings.danger_threshold, opinion)

    return measured(database, Adjuster(base, knowing.shipped.guide), served, make_asking, mark)


def measured(
    database: Database, adjuster: Adjuster, served: Shipped, make_asking: Callable[[Edition], Asking], mark: DraftMark
) -> Impact | None:
    """The impact of a draft on what is served; None where the draft is another one by now, or gone."""
    with database.reading() as session:
        draft = session.get(RevisionRow, mark.revision_id)
        if draft is None or draft.state not in OPEN_STATES or text_hash(texts_of(draft)) != mark.text_hash:
            return None
        topic_id, texts, questions = draft.topic_id, texts_of(draft), questions_to_ask(session)
    before, after = both_editions(adjuster, served, make_asking, topic_id, texts)
    return measure(before, after, questions)


if __name__ == "__main__":
    main()
