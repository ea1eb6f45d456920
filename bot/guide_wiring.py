"""The guide that a process serves, put together: files, database, index."""

import logging
from collections.abc import Callable

from sqlalchemy import inspect

from bot.audit_log import Audited
from bot.clock import Clock
from bot.curation.living_guide import LivingGuide
from bot.curation.published_edition import laid_over, read_overlay
from bot.curation.revisions import text_hash
from bot.curation.shipped_edition import PRODUCT, follow_files, read_shipped_texts
from bot.database import Database
from index.retriever import Retriever
from knowledge.data_folder import DATA
from knowledge.guide import Guide
from knowledge.load import Shipped

log = logging.getLogger(__name__)


def open_living_guide(
    database: Database,
    clock: Clock,
    base: Shipped,
    retriever: Retriever,
    files: Shipped,
    open_prepared: Callable[[Guide], Retriever | None],
) -> LivingGuide:
    """What follows the database. The product's files are taken in first: revision 1 at the first start.

    `files`: the whole shipped edition; `base`: what is served of it, with the retriever that was prepared from it.
    """
    texts = read_shipped_texts(DATA, files.guide)
    with database.transaction() as session:
        taken = follow_files(session, Audited(PRODUCT, clock.now()), texts, files.guide)
    if taken is not None and taken.conflicts:
        log.warning(
            "the new edition differs from what was edited here in %d topics; see /admin/guide", len(taken.conflicts)
        )
    hashes = {topic_id: text_hash(text) for topic_id, text in texts.items()}
    return LivingGuide(database, clock, base, retriever, hashes, open_prepared)


def published_guide(database: Database, base: Shipped, files: Shipped) -> Shipped:
    """The edition that is served by the database; `base` where nothing was taken in yet, or no tables are there.

    `base`, `files`: as in `open_living_guide`, so that both give an edition the same name.
    """
    if not inspect(database.engine).has_table("guide_own_topic"):
        return base
    hashes = {topic_id: text_hash(text) for topic_id, text in read_shipped_texts(DATA, files.guide).items()}
    with database.reading() as session:
        return laid_over(base, read_overlay(session, hashes))
