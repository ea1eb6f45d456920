"""The edition that a process serves, and how it notices within a second that another one was published."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.audit_log import Audited
from bot.clock import Clock
from bot.curation.published_edition import Overlay, laid_over, read_counter, read_overlay
from bot.curation.publishing import publish_due
from bot.database import Database
from index.adjuster import Adjuster
from index.retriever import Retriever
from knowledge.guide import Guide
from knowledge.load import Shipped

POLL_EVERY_S = 1.0


@dataclass(frozen=True)
class Edition:
    """What is served: the guide with a retriever that finds it. `heads_fitted`: the index was prepared from it."""

    shipped: Shipped
    retriever: Retriever
    heads_fitted: bool


class LivingGuide:
    """Follows the database. `current` is replaced as a whole; a reader keeps the edition it began with.

    `base`: the files, with the retriever prepared from them and the hash of each topic's files. `open_prepared`: the
    retriever that was prepared from a guide, None where none was.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        base: Shipped,
        retriever: Retriever,
        hashes: Mapping[str, str],
        open_prepared: Callable[[Guide], Retriever | None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._base = base
        self._hashes = hashes
        self._open_prepared = open_prepared
        self._adjuster = Adjuster(retriever, base.guide)
        self._lock = threading.Lock()
        self._counter = -1
        self.current = Edition(base, retriever, heads_fitted=True)
        self._told = self.current

    @property
    def counter(self) -> int:
        """The state of the database that `current` was read from; -1 before the first look."""
        return self._counter

    def refresh(self) -> bool:
        """Publish what is due, and take in what was published. Returns whether `current` is another one now."""
        with self._lock:
            overlay = self._changed_overlay()
            if overlay is None:
                return False
            shipped = laid_over(self._base, overlay)
            changed = shipped.guide.edition != self.current.shipped.guide.edition
            if changed:
                self.current = self._edition_of(shipped)
            elif shipped.guide.topics != self.current.shipped.guide.topics:  # begun here, not published yet
                self.current = replace(self.current, shipped=shipped)
            self._counter = overlay.counter
            return changed

    def take_fitted(self) -> bool:
        """Use the heads that were fitted anew for the current edition, if they are there now."""
        with self._lock:
            if self.current.heads_fitted:
                return False
            prepared = self._open_prepared(self.current.shipped.guide)
            if prepared is None:
                return False
            self.current = Edition(self.current.shipped, prepared, heads_fitted=True)
            return True

    def has_news(self) -> bool:
        """Whether `current` is another one than when this was last asked, whoever made it so."""
        with self._lock:
            news, self._told = self.current is not self._told, self.current
            return news

    def _changed_overlay(self) -> Overlay | None:
        with self._database.transaction() as session:
            publish_due(session, Audited("qihui", self._clock.now()))
            if read_counter(session) == self._counter:
                return None
            return read_overlay(session, self._hashes)

    def _edition_of(self, shipped: Shipped) -> Edition:
        if shipped.guide.edition == self._base.guide.edition:
            return Edition(shipped, self._adjuster.retriever_for(shipped.guide), heads_fitted=True)
        prepared = self._open_prepared(shipped.guide)
        if prepared is not None:
            return Edition(shipped, prepared, heads_fitted=True)
        return Edition(shipped, self._adjuster.retriever_for(shipped.guide), heads_fitted=False)
