"""The guide of this moment: the shipped files with what staff published laid over them."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlmodel import Session, col, select

from bot.curation.curation_rows import GuideStateRow, GuideTopicRow, RevisionRow
from bot.curation.entry_form import Texts
from bot.curation.own_topics import own_topics
from bot.curation.publishing import STATE_ID
from bot.curation.revisions import texts_of
from knowledge.entry_file import read_entry
from knowledge.faults import EntryFault
from knowledge.guide import Entry, Guide
from knowledge.load import Shipped
from knowledge.topics import LANGUAGES, Language, Topic
from knowledge.wording_file import read_wordings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Overlay:
    """What is served instead of the files: texts by topic, None for a withdrawn entry.

    `counter` is the state of the database that it was read from. `own`: the topics that were added here, published or
    not.
    """

    counter: int
    only_signed: bool
    texts: Mapping[str, Texts | None]
    own: Mapping[str, Topic] = field(default_factory=dict)


def read_counter(session: Session) -> int:
    """The number that goes up whenever something else is served; 0 where nothing was taken in yet."""
    return session.exec(select(GuideStateRow.counter).where(col(GuideStateRow.id) == STATE_ID)).first() or 0


def read_overlay(session: Session, shipped_hashes: Mapping[str, str]) -> Overlay:
    """Read what differs from the files, whose hashes are given (see `revisions.text_hash`)."""
    state = session.get(GuideStateRow, STATE_ID)
    published = select(GuideTopicRow.topic_id, RevisionRow.id, RevisionRow.text_hash).join(
        RevisionRow, col(RevisionRow.id) == col(GuideTopicRow.published_id), isouter=True
    )
    texts: dict[str, Texts | None] = {}
    own = own_topics(session)
    for topic_id, revision_id, kept_hash in session.exec(published).all():
        if revision_id is None:
            if topic_id not in own:  # without files, one that is not published adds nothing to the edition
                texts[topic_id] = None
        elif kept_hash != shipped_hashes.get(topic_id):
            row = session.get(RevisionRow, revision_id)
            texts[topic_id] = texts_of(row) if row is not None else None
    return Overlay(state.counter if state else 0, bool(state and state.only_signed), texts, own)


def laid_over(base: Shipped, overlay: Overlay) -> Shipped:
    """The edition that is served. Its name is that of the files where nothing differs but topics not yet published."""
    only_signed = overlay.only_signed or base.guide.unsigned_hidden
    if overlay.own:
        base = replace(base, guide=replace(base.guide, topics={**base.guide.topics, **overlay.own}))
    guide = base.guide
    if not overlay.texts and only_signed == guide.unsigned_hidden:
        return base
    shipped = base
    for topic_id in sorted(overlay.texts):
        shipped = with_texts(shipped, topic_id, overlay.texts[topic_id])
    entries, topics = _titled(shipped.guide, overlay.own)
    if only_signed:
        entries = {topic_id: entry for topic_id, entry in entries.items() if entry.signed_by is not None}
    in_order = {topic_id: entries[topic_id] for topic_id in guide.topics if topic_id in entries}
    named = replace(
        shipped.guide,
        topics=topics,
        entries=in_order,
        edition=_edition(guide, overlay, only_signed),
        unsigned_hidden=only_signed,
    )
    return replace(shipped, guide=named)


def _titled(guide: Guide, own: Mapping[str, Topic]) -> tuple[dict[str, Entry], dict[str, Topic]]:
    """Entries and topics, in which a topic that was added here has the titles of its entry once there is one."""
    entries, topics = dict(guide.entries), dict(guide.topics)
    for topic_id in own.keys() & entries.keys():
        entry = entries[topic_id]
        topics[topic_id] = replace(topics[topic_id], zh=entry.zh.title, en=entry.en.title)
        entries[topic_id] = replace(entry, topic=topics[topic_id])
    return entries, topics


def with_texts(shipped: Shipped, topic_id: str, texts: Texts | None) -> Shipped:
    """The same edition with one topic's entry and wordings replaced; None takes the entry out and leaves its wordings.

    An entry that cannot be read is left out and logged: half a health text is worse than none.
    """
    guide = shipped.guide
    if topic_id not in guide.topics:
        return shipped
    entries = {key: entry for key, entry in guide.entries.items() if key != topic_id}
    if texts is None:
        return replace(shipped, guide=replace(guide, entries=entries))
    try:
        entries[topic_id] = read_entry(texts.entry, f"{topic_id} (database)", guide.topics)
    except EntryFault as fault:
        log.error("left out of the guide: %s", fault)  # noqa: TRY400 - the message says it all
    written: dict[Language, str] = {"zh": texts.wordings_zh, "en": texts.wordings_en}
    fresh = [wording for language in LANGUAGES for wording in read_wordings(written[language], topic_id, language)]
    by_language: dict[Language, dict[str, tuple[str, ...]]] = {language: {} for language in LANGUAGES}
    for language in LANGUAGES:
        mine = tuple(wording.text for wording in fresh if wording.language == language)
        by_language[language] = {**guide.wordings[language], topic_id: mine}
    wordings = (*(wording for wording in shipped.wordings if wording.topic_id != topic_id), *fresh)
    return replace(shipped, guide=replace(guide, entries=entries, wordings=by_language), wordings=wordings)


def _edition(guide: Guide, overlay: Overlay, only_signed: bool) -> str:  # noqa: FBT001 - a part of the name
    digest = hashlib.sha256(f"{guide.edition} {only_signed}".encode())
    for topic_id in sorted(overlay.texts):
        digest.update(f"\n{topic_id} {overlay.texts[topic_id]!r}".encode())
    return digest.hexdigest()[:12]
