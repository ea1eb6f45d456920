"""The guide's files in and out: a shipped edition becomes revisions, edits made here are never overwritten."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, select

from bot.audit_log import Audited, note_change_by
from bot.curation.curation_rows import GuideTopicRow, RevisionRow
from bot.curation.entry_form import Texts
from bot.curation.own_topics import add_own_topics, own_topics, topics_file
from bot.curation.publishing import note_published, raise_counter, state_row
from bot.curation.revisions import add_revision, revision, text_hash, texts_of, topic_row
from bot.errors import Refusal
from knowledge.data_folder import OWN_TOPICS, entry_path
from knowledge.guide import Guide
from knowledge.topics import Topic

PRODUCT = "qihui"


@dataclass(frozen=True)
class TakenIn:
    """What became of each topic of an edition.

    `conflicts`: topics that were edited here and differ in the new edition; both versions are kept, ours is served.
    """

    fresh: tuple[str, ...]
    followed: tuple[str, ...]
    conflicts: tuple[str, ...]
    unchanged: int


def read_shipped_texts(data: Path, guide: Guide) -> dict[str, Texts]:
    """The files of every entry of a data folder, by topic."""
    return {topic_id: _read(data, topic_id) for topic_id in guide.entries}


def _read(data: Path, topic_id: str) -> Texts:
    wordings = [path.read_text("utf-8") if path.is_file() else "" for path in _wording_paths(data, topic_id)]
    return Texts(entry_path(data, topic_id).read_text("utf-8"), *wordings)


def _wording_paths(data: Path, topic_id: str) -> tuple[Path, Path]:
    domain, rest = topic_id.split(".", 1)
    zh, en = (data / "wordings" / language / domain / f"{rest}.txt" for language in ("zh", "en"))
    return zh, en


def take_in(session: Session, by: Audited, texts: Mapping[str, Texts], guide: Guide) -> TakenIn:
    """Take an edition in: new topics and topics nobody edited here follow it, the others become conflicts.

    A topic that was begun here is a conflict too, unless the edition says what is published here. Taking the same edition
    in again changes nothing.
    """
    known = {row.topic_id: row for row in session.exec(select(GuideTopicRow)).all()}
    fresh, followed, conflicts = [], [], []
    for topic_id, text in texts.items():
        topic = known.get(topic_id)
        if topic is None:
            fresh.append(topic_id)
            continue
        shipped = session.get(RevisionRow, topic.shipped_id) if topic.shipped_id is not None else None
        ours = session.get(RevisionRow, topic.published_id) if topic.published_id is not None else None
        known_text = shipped or ours
        if known_text is not None and known_text.text_hash == text_hash(text):
            continue
        if shipped is not None and topic.published_id == topic.shipped_id:
            row = add_revision(session, by, topic_id, text, "published", shipped.number)
            shipped.state, row.published_at = "replaced", by.now
            topic.shipped_id = row.id
            note_published(topic, row, guide.entries[topic_id])
            session.add_all([shipped, row, topic])
            followed.append(topic_id)
        else:
            row = add_revision(session, by, topic_id, text, "waiting", shipped.number if shipped is not None else None)
            topic.shipped_id = topic.conflict_id = row.id
            session.add(topic)
            conflicts.append(topic_id)
    _add_first_revisions(session, by, {topic_id: texts[topic_id] for topic_id in fresh}, guide)
    if followed:
        raise_counter(session, by.now)
    if fresh or followed or conflicts:
        counts = {"new": len(fresh), "followed": len(followed), "conflicts": len(conflicts)}
        note_change_by(session, by, "guide.take_in", guide.edition, after=counts)
    return TakenIn(tuple(fresh), tuple(followed), tuple(conflicts), len(texts) - len(fresh + followed + conflicts))


def _add_first_revisions(session: Session, by: Audited, texts: Mapping[str, Texts], guide: Guide) -> None:
    rows = [
        RevisionRow(
            topic_id=topic_id,
            number=1,
            state="published",
            entry=text.entry,
            wordings_zh=text.wordings_zh,
            wordings_en=text.wordings_en,
            text_hash=text_hash(text),
            authors=PRODUCT,
            created_at=by.now,
            changed_at=by.now,
            published_at=by.now,
        )
        for topic_id, text in texts.items()
    ]
    session.add_all(rows)
    add_own_topics(session, by, [guide.topics[topic_id] for topic_id in texts])
    session.flush()
    for row in rows:
        topic = GuideTopicRow(topic_id=row.topic_id, shipped_id=row.id)
        entry = guide.entries[row.topic_id]
        topic.published_id, topic.review_by = row.id, entry.review_by
        topic.signed, topic.to_verify = entry.signed_by is not None, len(entry.to_verify)
        session.add(topic)


def follow_files(session: Session, by: Audited, texts: Mapping[str, Texts], guide: Guide) -> TakenIn | None:
    """Take in the product's own files at a start; None where this edition was taken in before."""
    state = state_row(session)
    if state.shipped_edition == guide.edition:
        return None
    taken = take_in(session, by, texts, guide)
    state.shipped_edition = guide.edition
    session.add(state)
    return taken


def settle(session: Session, by: Audited, topic_id: str, *, take_theirs: bool) -> None:
    """Settle a conflict: keep ours, or make theirs the draft to go on from (it goes through review like any other).

    Raises: Refusal: there is no conflict, or a draft is open that would be lost.
    """
    topic = topic_row(session, topic_id)
    theirs = revision(session, topic.conflict_id)
    if take_theirs:
        if topic.open_id is not None:
            raise Refusal("refused.draft_open")
        theirs.state, theirs.authors, theirs.changed_at = "draft", PRODUCT, by.now
        topic.open_id = theirs.id
    else:
        theirs.state = "discarded"
    topic.conflict_id = None
    session.add_all([theirs, topic])
    note_change_by(session, by, "guide.settle", topic_id, after={"theirs": take_theirs, "revision": theirs.number})


def export(session: Session, folder: Path) -> tuple[int, int]:
    """Write every published revision back as files. Returns how many were written anew and how many are as they were.

    A withdrawn topic's entry file is removed; its wordings stay, so that the question is still understood. Topics that
    were added here are listed in a file of their own while they are published; withdrawn, nothing of them stays.
    """
    written = same = 0
    own = own_topics(session)
    published: list[Topic] = []
    for topic in session.exec(select(GuideTopicRow).order_by(GuideTopicRow.topic_id)).all():
        path = entry_path(folder, topic.topic_id)
        if topic.published_id is None:
            gone = (path, *(_wording_paths(folder, topic.topic_id) if topic.topic_id in own else ()))
            written += sum(_removed(one) for one in gone)
            continue
        texts = texts_of(revision(session, topic.published_id))
        paths = (path, *_wording_paths(folder, topic.topic_id))
        for target, text in zip(paths, (texts.entry, texts.wordings_zh, texts.wordings_en), strict=True):
            if target.is_file() and target.read_text("utf-8") == text:
                same += 1
            elif text:
                _write(target, text)
                written += 1
        if topic.topic_id in own:
            published.append(own[topic.topic_id])
    if published:
        _write(folder / OWN_TOPICS, topics_file(published))
    else:
        written += _removed(folder / OWN_TOPICS)
    return written, same


def _removed(path: Path) -> int:
    there = path.exists()
    path.unlink(missing_ok=True)
    return int(there)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{os.getpid()}-{path.name}")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)
