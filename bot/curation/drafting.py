"""From draft to approved: opened, saved, sent to somebody who wrote none of it, approved or sent back, or let go."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlmodel import Session

from bot.audit_log import Audited, note_change_by
from bot.curation.curation_rows import OPEN_STATES, RevisionRow, State
from bot.curation.entry_form import Texts, form_of, same_but_for_signature, text_of
from bot.curation.revisions import add_revision, history, move_revision, revision, text_hash, texts_of, topic_row
from bot.errors import Refusal
from knowledge.faults import Problem


def open_draft(session: Session, by: Audited, topic_id: str) -> RevisionRow:
    """The topic's open revision; a fresh draft of what is published (or was last) where there is none."""
    topic = topic_row(session, topic_id)
    if topic.open_id is not None:
        return revision(session, topic.open_id)
    earlier = history(session, topic_id)
    newest = next((row for row in earlier if row.state in {"published", "withdrawn"}), None)
    base = revision(session, topic.published_id) if topic.published_id else newest or next(iter(earlier), None)
    if base is None:
        raise Refusal("refused.revision")
    row = add_revision(session, by, topic_id, texts_of(base), "draft", base.number)
    row.authors = ""  # opening is not writing
    topic.open_id = row.id
    session.add_all([row, topic])
    note_change_by(session, by, "guide.draft", topic_id, after={"revision": row.number})
    return row


def save_draft(session: Session, by: Audited, revision_id: int, version: int, texts: Texts, note: str) -> RevisionRow:
    """Keep what an editor wrote; an approval or a schedule is lost, and a signature unless the entry is as signed.

    Raises: Refusal: somebody else saved meanwhile, or the revision is no longer open.
    """
    row = revision(session, revision_id)
    before = {"entry": row.entry, "wordings_zh": row.wordings_zh, "wordings_en": row.wordings_en, "note": row.note}
    texts = replace(texts, entry=_with_rightful_signature(session, row.topic_id, texts.entry))
    authors = [name for name in row.authors.split(",") if name]
    values = {
        "entry": texts.entry,
        "wordings_zh": texts.wordings_zh,
        "wordings_en": texts.wordings_en,
        "text_hash": text_hash(texts),
        "note": note.strip()[:500],
        "authors": ",".join(dict.fromkeys([*authors, by.who]))[:300],
        "reviewed_by": None,
        "reviewed_at": None,
        "publish_at": None,
    }
    move_revision(session, by, row, OPEN_STATES, "draft", version=version, **values)
    after = {"entry": row.entry, "wordings_zh": row.wordings_zh, "wordings_en": row.wordings_en, "note": row.note}
    note_change_by(session, by, "guide.save", row.topic_id, before, after)
    return row


def _with_rightful_signature(session: Session, topic_id: str, entry: str) -> str:
    """A signature holds for the text that was signed: it stays only where nothing but wordings was changed."""
    topic = topic_row(session, topic_id)
    published = revision(session, topic.published_id).entry if topic.published_id else None
    if published is not None and same_but_for_signature(entry, published):
        return text_of(replace(form_of(entry), signed_by=form_of(published).signed_by))
    return text_of(replace(form_of(entry), signed_by=None))


def send_to_review(session: Session, by: Audited, revision_id: int, version: int, problems: Sequence[Problem]) -> None:
    """Ask for another pair of eyes.

    Raises: Refusal: the check found problems, or the draft has moved on.
    """
    if problems:
        raise Refusal("refused.problems", count=len(problems))
    row = revision(session, revision_id)
    move_revision(session, by, row, ("draft",), "in_review", version=version)
    note_change_by(session, by, "guide.send", row.topic_id, {"state": "draft"}, {"state": "in_review"})


def review(session: Session, by: Audited, revision_id: int, version: int, *, approved: bool, note: str) -> None:
    """Approve what others wrote, or send it back with a note.

    Raises: Refusal: the reviewer wrote some of it, sends it back without a word, or it has moved on.
    """
    row = revision(session, revision_id)
    if by.who in row.authors.split(","):
        raise Refusal("refused.own_draft")
    if not approved and not note.strip():
        raise Refusal("refused.back_without_note")
    state: State = "approved" if approved else "draft"
    values: dict[str, Any] = {"note": note.strip()[:500] or row.note}
    if approved:
        values |= {"reviewed_by": by.who, "reviewed_at": by.now}
    move_revision(session, by, row, ("in_review",), state, version=version, **values)
    note_change_by(session, by, "guide.review", row.topic_id, {"state": "in_review"}, {"state": state}, note)


def discard(session: Session, by: Audited, revision_id: int, version: int) -> None:
    """Let an open revision go; it stays in the history."""
    row = revision(session, revision_id)
    topic = topic_row(session, row.topic_id)
    move_revision(session, by, row, OPEN_STATES, "discarded", version=version)
    topic.open_id = None
    session.add(topic)
    note_change_by(session, by, "guide.discard", row.topic_id, {"revision": row.number})
