"""A topic's way from draft to published, and back. Every step is one conditional change, audited, in one transaction.

draft -> in review -> approved (by somebody who wrote none of it) -> published, now or at a set time. Publishing,
withdrawing and rolling back raise the counter that every process watches.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from bot.audit_log import Audited, note_change_by
from bot.curation.curation_rows import OPEN_STATES, GuideStateRow, GuideTopicRow, RevisionRow, State
from bot.curation.entry_form import Texts, form_of, same_but_for_signature, text_of
from bot.errors import Refusal
from knowledge.faults import Problem
from knowledge.guide import Entry, Signature

STATE_ID = 1


def text_hash(texts: Texts) -> str:
    """Sixteen hex digits that change with the entry or its wordings."""
    whole = f"{texts.entry}\x1e{texts.wordings_zh}\x1e{texts.wordings_en}"
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def texts_of(row: RevisionRow) -> Texts:
    """What a revision holds."""
    return Texts(row.entry, row.wordings_zh, row.wordings_en)


def topic_row(session: Session, topic_id: str) -> GuideTopicRow:
    """Where a topic stands; held by this transaction until it ends (SQLite has one writer anyway).

    Raises: Refusal: no topic of that id was taken in.
    """
    row = session.exec(select(GuideTopicRow).where(col(GuideTopicRow.topic_id) == topic_id).with_for_update()).first()
    if row is None:
        raise Refusal("refused.topic")
    return row


def revision(session: Session, revision_id: int | None) -> RevisionRow:
    """A revision by its id.

    Raises: Refusal: there is none.
    """
    row = session.get(RevisionRow, revision_id) if revision_id is not None else None
    if row is None:
        raise Refusal("refused.revision")
    return row


def history(session: Session, topic_id: str) -> list[RevisionRow]:
    """Every revision of a topic, newest first."""
    statement = select(RevisionRow).where(col(RevisionRow.topic_id) == topic_id)
    return list(session.exec(statement.order_by(col(RevisionRow.number).desc())).all())


def next_number(session: Session, topic_id: str) -> int:
    """The number of the next revision of a topic."""
    last = session.exec(select(func.max(RevisionRow.number)).where(col(RevisionRow.topic_id) == topic_id)).one()
    return int(last or 0) + 1


def add_revision(
    session: Session, by: Audited, topic_id: str, texts: Texts, state: State, based_on: int | None, note: str = ""
) -> RevisionRow:
    """Write a revision down and give it its number."""
    row = RevisionRow(
        topic_id=topic_id,
        number=next_number(session, topic_id),
        state=state,
        entry=texts.entry,
        wordings_zh=texts.wordings_zh,
        wordings_en=texts.wordings_en,
        text_hash=text_hash(texts),
        based_on=based_on,
        authors=by.who,
        note=note[:500],
        created_at=by.now,
        changed_at=by.now,
    )
    session.add(row)
    session.flush()
    return row


def open_draft(session: Session, by: Audited, topic_id: str) -> RevisionRow:
    """The topic's open revision; a fresh draft of what is published (or was last) where there is none."""
    topic = topic_row(session, topic_id)
    if topic.open_id is not None:
        return revision(session, topic.open_id)
    newest = next((row for row in history(session, topic_id) if row.state in {"published", "withdrawn"}), None)
    base = revision(session, topic.published_id) if topic.published_id else newest
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
    _move(session, by, row, OPEN_STATES, "draft", version=version, **values)
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
    _move(session, by, row, ("draft",), "in_review", version=version)
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
    _move(session, by, row, ("in_review",), state, version=version, **values)
    note_change_by(session, by, "guide.review", row.topic_id, {"state": "in_review"}, {"state": state}, note)


def sign(
    session: Session, by: Audited, revision_id: int, version: int, name: str, qualification: str, today: date
) -> RevisionRow:
    """A clinician puts name and qualification under an entry: an approved one, or the published one as it stands.

    The published one gets a new revision that differs by the signature alone. Returns the signed revision.
    Raises: Refusal: no qualification is known, the clinician wrote it, or it is neither approved nor published.
    """
    if not qualification.strip() or not name.strip():
        raise Refusal("refused.qualification")
    row = revision(session, revision_id)
    if by.who in row.authors.split(","):
        raise Refusal("refused.own_draft")
    signature = Signature(name.strip(), qualification.strip(), today)
    signed = text_of(replace(form_of(row.entry), signed_by=signature))
    texts = replace(texts_of(row), entry=signed)
    after = {"signed_by": f"{signature.name}, {signature.qualification}, {today.isoformat()}"}
    if row.state == "published":
        topic = topic_row(session, row.topic_id)
        if topic.published_id != row.id or topic.open_id is not None:
            raise Refusal("refused.sign_open" if topic.open_id is not None else "refused.moved_on")
        fresh = add_revision(session, by, row.topic_id, texts, "approved", row.number, note="signed")
        fresh.reviewed_by, fresh.reviewed_at = by.who, by.now
        session.add(fresh)
        _publish(session, by, topic, fresh)
        row = fresh
    else:
        _move(session, by, row, ("approved",), "approved", version=version, entry=signed, text_hash=text_hash(texts))
    note_change_by(session, by, "guide.sign", row.topic_id, {"signed_by": None}, after)
    return row


def publish(session: Session, by: Audited, revision_id: int, version: int) -> None:
    """Serve an approved revision from now on.

    Raises: Refusal: it is not approved (any more).
    """
    row = revision(session, revision_id)
    topic = topic_row(session, row.topic_id)
    _move(session, by, row, ("approved", "scheduled"), "approved", version=version)
    _publish(session, by, topic, row)
    note_change_by(session, by, "guide.publish", row.topic_id, after={"revision": row.number})


def schedule(session: Session, by: Audited, revision_id: int, version: int, at: datetime) -> None:
    """Serve an approved revision from an instant on.

    Raises: Refusal: the instant is past, or the revision is not approved.
    """
    if at <= by.now:
        raise Refusal("refused.past")
    row = revision(session, revision_id)
    _move(session, by, row, ("approved", "scheduled"), "scheduled", version=version, publish_at=at)
    note_change_by(session, by, "guide.schedule", row.topic_id, after={"publish_at": at.isoformat()})


def publish_due(session: Session, by: Audited) -> int:
    """Publish what was scheduled for now or before. Every process may call it; each revision is published once."""
    where = (col(RevisionRow.state) == "scheduled", col(RevisionRow.publish_at) <= by.now)
    due = session.exec(select(RevisionRow.id, RevisionRow.topic_id).where(*where)).all()
    done = 0
    for revision_id, topic_id in due:
        topic = topic_row(session, topic_id)
        row = revision(session, revision_id)
        session.refresh(row)
        if row.state == "scheduled":
            _publish(session, by, topic, row)
            note_change_by(session, by, "guide.publish", topic_id, after={"revision": row.number})
            done += 1
    return done


def discard(session: Session, by: Audited, revision_id: int, version: int) -> None:
    """Let an open revision go; it stays in the history."""
    row = revision(session, revision_id)
    topic = topic_row(session, row.topic_id)
    _move(session, by, row, OPEN_STATES, "discarded", version=version)
    topic.open_id = None
    session.add(topic)
    note_change_by(session, by, "guide.discard", row.topic_id, {"revision": row.number})


def withdraw(session: Session, by: Audited, topic_id: str, reason: str) -> None:
    """Stop serving a topic's entry: parents hear honestly that it is not written.

    Raises: Refusal: no reason, or nothing is published.
    """
    if not reason.strip():
        raise Refusal("refused.withdraw_reason")
    topic = topic_row(session, topic_id)
    row = revision(session, topic.published_id)
    _move(session, by, row, ("published",), "withdrawn")
    topic.published_id = None
    session.add(topic)
    raise_counter(session)
    note_change_by(session, by, "guide.withdraw", topic_id, {"revision": row.number}, reason=reason)


def roll_back(session: Session, by: Audited, topic_id: str, revision_id: int) -> RevisionRow:
    """Serve an earlier published revision again, as a new one; what was open stays open.

    Raises: Refusal: that revision was never published.
    """
    old = revision(session, revision_id)
    topic = topic_row(session, topic_id)
    if old.topic_id != topic_id or old.published_at is None or old.id == topic.published_id:
        raise Refusal("refused.never_published")
    fresh = add_revision(session, by, topic_id, texts_of(old), "approved", old.number, note=f"<- {old.number}")
    fresh.reviewed_by, fresh.reviewed_at, fresh.authors = old.reviewed_by, old.reviewed_at, old.authors
    session.add(fresh)
    _publish(session, by, topic, fresh)
    note_change_by(session, by, "guide.roll_back", topic_id, after={"revision": fresh.number, "to": old.number})
    return fresh


def serve_only_signed(session: Session, by: Audited, *, on: bool) -> None:
    """Serve signed entries alone, or all."""
    state = state_row(session)
    note_change_by(session, by, "guide.mode", "guide", {"only_signed": state.only_signed}, {"only_signed": on})
    state.only_signed = on
    session.add(state)
    session.flush()
    raise_counter(session)


def state_row(session: Session) -> GuideStateRow:
    """The one row of the guide's state, made by the migration; held by this transaction until it ends."""
    return session.exec(select(GuideStateRow).where(col(GuideStateRow.id) == STATE_ID).with_for_update()).one()


def raise_counter(session: Session) -> None:
    """Tell every process that something else is served now."""
    state_row(session)
    statement = update(GuideStateRow).where(col(GuideStateRow.id) == STATE_ID)
    session.execute(statement.values(counter=GuideStateRow.counter + 1))


def note_published(topic: GuideTopicRow, row: RevisionRow, entry: Entry | None) -> None:
    """Keep on the topic what lists show of the published entry; None where it is only known as text."""
    topic.published_id = row.id
    form = form_of(row.entry)
    topic.review_by = entry.review_by if entry else date.fromisoformat(form.review_by)
    topic.signed = form.signed_by is not None
    topic.to_verify = len(form.to_verify)


def _publish(session: Session, by: Audited, topic: GuideTopicRow, row: RevisionRow) -> None:
    if topic.published_id is not None:
        earlier = revision(session, topic.published_id)
        earlier.state = "replaced"
        session.add(earlier)
    row.state, row.published_at, row.publish_at = "published", by.now, None
    row.version += 1
    note_published(topic, row, None)
    if topic.open_id == row.id:
        topic.open_id = None
    session.add_all([row, topic])
    session.flush()
    raise_counter(session)


def _move(
    session: Session,
    by: Audited,
    row: RevisionRow,
    states: Sequence[State],
    to: State,
    version: int | None = None,
    **values: Any,
) -> None:
    """Change a revision only if nobody else has; the row is as changed afterwards.

    Raises: Refusal: somebody has.
    """
    known = version if version is not None else row.version
    where = (col(RevisionRow.id) == row.id, col(RevisionRow.version) == known, col(RevisionRow.state).in_(states))
    changed = values | {"state": to, "version": known + 1, "changed_at": by.now}
    moved = session.execute(update(RevisionRow).where(*where).values(**changed).returning(col(RevisionRow.id))).first()
    if moved is None:
        raise Refusal("refused.moved_on")
    session.refresh(row)
