"""What the staff pages know of the guide: the edition served, drafts tried out, previews, and the check."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import nh3
from markupsafe import Markup

from bot.conversation.render import render
from bot.curation.entry_form import Texts
from bot.curation.living_guide import Edition, LivingGuide
from bot.curation.proofreading import bare_wordings, others_of, proofread
from bot.curation.published_edition import with_texts
from bot.database import Database
from bot.questions.answer_lines import lines_for, more_lines
from bot.questions.asking import Asking, Question
from bot.questions.entry_use import COUNTED_FOR, EntryUse, entry_use
from bot.rendered import RenderedReply
from index.encoder import Encoder, Vectors
from index.normalise import normalise
from index.retriever import Retriever, centre_vectors
from knowledge.faults import Problem
from knowledge.load import Shipped
from knowledge.topics import Language

MOST_REMEMBERED = 20_000
USE_REMEMBERED_FOR = timedelta(minutes=5)
_TELEGRAM_TAGS = {"b", "i"}


class RememberingEncoder:
    """The encoder with a memory, so that asking the same questions of two editions encodes them once."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dim = encoder.name, encoder.dim
        self._encoder = encoder
        self._known: dict[str, Vectors] = {}

    def encode_queries(self, texts: list[str]) -> Vectors:
        """See `Encoder`."""
        import numpy as np

        known = self._known  # another thread may begin a new memory meanwhile; this one is never emptied
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        fresh = dict(zip(missing, self._encoder.encode_queries(missing), strict=True)) if missing else {}
        rows = [fresh[text] if text in fresh else known[text] for text in texts]
        if len(known) + len(fresh) > MOST_REMEMBERED:
            known = self._known = {}
        known.update(fresh)
        return np.stack(rows)

    def encode_passages(self, texts: list[str]) -> Vectors:
        """See `Encoder`."""
        return self._encoder.encode_passages(texts)


@dataclass(frozen=True)
class Previewed:
    """A reply as a parent sees it. `telegram`: one piece of cleaned HTML a message."""

    reply: RenderedReply
    telegram: tuple[Markup, ...]


@dataclass
class GuideDesk:
    """`telegram_html` gives the messages of a reply as Telegram shows them; it loads aiogram when it is first asked."""

    living: LivingGuide
    make_asking: Callable[[Edition], Asking]
    telegram_html: Callable[[RenderedReply], Sequence[str]]
    _encoder: RememberingEncoder | None = None
    _bare: tuple[str, Mapping[str, str]] = field(default=("", {}))
    _use: tuple[datetime, Mapping[str, EntryUse]] | None = None

    @property
    def shipped(self) -> Shipped:
        """The edition that is served."""
        return self.living.current.shipped

    @property
    def is_fitted(self) -> bool:
        """Whether the search was fitted to the edition that is served."""
        return self.living.current.heads_fitted

    @property
    def encoder(self) -> RememberingEncoder:
        """The encoder with a memory."""
        if self._encoder is None:
            self._encoder = RememberingEncoder(self.living.current.retriever.encoder)
        return self._encoder

    def asking(self, edition: Edition) -> Asking:
        """Answers from an edition, with the memory of what was encoded before."""
        found = edition.retriever
        quick = Retriever(self.encoder, found.prepared, found.wordings, found.passages, found.examples)
        return self.make_asking(Edition(edition.shipped, quick, edition.heads_fitted))

    def vectors(self, texts: list[str]) -> Vectors:
        """The meanings of questions, centred, each of length 1."""
        centre = self.living.current.retriever.prepared.centre
        return centre_vectors(self.encoder.encode_queries([normalise(text) for text in texts]), centre)

    def problems(self, topic_id: str, texts: Texts) -> list[Problem]:
        """What the house's check finds in a revision."""
        guide = self.shipped.guide
        others = others_of(self._bare_wordings(), topic_id)
        return proofread(topic_id, texts, guide.topics, set(guide.sources), others)[1]

    def preview(self, topic_id: str, texts: Texts, language: Language, age_months: int | None) -> list[Previewed]:
        """The first answer and everything behind "more", as the parent will see them; empty where it cannot be read."""
        shipped = with_texts(self.shipped, topic_id, texts)
        entry = shipped.guide.entries.get(topic_id)
        if entry is None:
            return []
        asking = self.make_asking(Edition(shipped, self.living.current.retriever, heads_fitted=False))
        outcome = asking.answer_topic(Question("", language, age_months), topic_id)
        replies = [lines_for(outcome, shipped, 0), more_lines(entry, shipped.guide, language, age_months)]
        return [self.shown(render(reply, language)) for reply in replies]

    def shown(self, reply: RenderedReply) -> Previewed:
        """A reply in both looks. Telegram's markup is cleaned once more before it goes into a page."""
        pieces = [nh3.clean(piece, tags=_TELEGRAM_TAGS, attributes={}) for piece in self.telegram_html(reply)]
        return Previewed(reply, tuple(Markup(piece) for piece in pieces))  # noqa: S704 - cleaned in the line above

    def use(self, database: Database, now: datetime) -> Mapping[str, EntryUse]:
        """How each entry was used within `COUNTED_FOR`, as counted a few minutes ago at most: it reads many questions."""
        if self._use is None or not timedelta() <= now - self._use[0] < USE_REMEMBERED_FOR:
            with database.reading() as session:
                self._use = (now, entry_use(session, now - COUNTED_FOR))
        return self._use[1]

    def _bare_wordings(self) -> Mapping[str, str]:
        guide = self.shipped.guide
        if self._bare[0] != guide.edition:
            self._bare = (guide.edition, bare_wordings(guide))
        return self._bare[1]
