"""What a command answers from: the same edition as the families of this installation, or the shipped one."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import Misconfigured
from bot.questions.asking import Asking
from bot.settings import Settings
from bot.wiring import Knowing, open_knowledge, open_opinion
from index.assemble import open_retriever
from index.manifest import IndexStale
from knowledge.load import load

if TYPE_CHECKING:
    from bot.database import Database
    from index.retriever import Retriever
    from knowledge.load import Shipped

log = logging.getLogger(__name__)


def open_served_knowledge(settings: Settings, *, shipped: bool = False) -> Knowing:
    """What families are answered from: what staff published in the database of the settings, where there is one.

    Nothing is written, no database is made, and what is scheduled for later stays so. `shipped`: the product's own files
    whatever the database says.
    Raises: Misconfigured: see `open_knowledge`; the database cannot be read.
    """
    knowing = open_knowledge(settings)
    database = None if shipped else _database_there(settings)
    if database is None:
        return knowing
    served = published_of(settings, database, knowing)
    if served.guide.edition == knowing.shipped.guide.edition:
        return knowing
    log.info("answering from edition %s, as published here", served.guide.edition)
    retriever = _retriever(settings, knowing, served)
    asking = Asking(served, retriever, settings.danger_threshold, open_opinion(settings))
    return replace(knowing, shipped=served, asking=asking, retriever=retriever)


def _database_there(settings: Settings) -> "Database | None":
    """The database of the settings; None where it would be a file that nobody made yet."""
    from sqlalchemy.engine import make_url

    from bot.database import Database

    url = make_url(settings.effective_database_url)
    on_file = url.get_backend_name() == "sqlite"
    if on_file and (not url.database or not Path(url.database).is_file()):
        return None
    return Database(settings.effective_database_url)


def published_of(settings: Settings, database: "Database", knowing: Knowing) -> "Shipped":
    """The edition that is served by the database.

    Raises: Misconfigured: it cannot be read.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from bot.guide_wiring import published_guide

    files = load() if settings.only_signed else knowing.shipped
    try:
        return published_guide(database, knowing.shipped, files)
    except SQLAlchemyError as error:
        message = "the database cannot be read, so what is published is not known; mend it, or ask with --shipped"
        raise Misconfigured(message) from error
    finally:
        database.engine.dispose()


def _retriever(settings: Settings, knowing: Knowing, served: "Shipped") -> "Retriever":
    """The search as the running bot has it: fitted to this edition where that was done, else adjusted."""
    try:
        return open_retriever(settings.index_folder, served.guide, knowing.encoder, settings.vector_index)[0]
    except IndexStale:
        from index.adjuster import Adjuster

        return Adjuster(knowing.retriever, knowing.shipped.guide).retriever_for(served.guide)
