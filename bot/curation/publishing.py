"""From approved to served and back: signed, published now or at a set time, withdrawn, rolled back, signed ones alone.

Each step that changes what is served raises the counter that every process watches.
"""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from bot.audit_log import Audited, note_change_by
from bot.curation.curation_rows import GuideStateRow, GuideTopicRow, RevisionRow
from bot.curation.entry_form import form_of, text_of
from bot.curation.revisions import add_revision, move_revision, revision, text_hash, texts_of, topic_row
from bot.errors import Refusal
from knowledge.guide import Entry, Signature

STATE_ID = 1


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
        move_revision(
            session, by, row, ("approved",), "approved", version=version, entry=signed, text_hash=text_hash(texts)
        )
    note_change_by(session, by, "guide.sign", row.topic_id, {"signed_by": None}, after)
    return row


def publish(session: Session, by: Audited, revision_id: int, version: int) -> None:
    """Serve an approved revision from now on.

    Raises: Refusal: it is not approved (any more).
    """
    row = revision(session, revision_id)
    topic = topic_row(session, row.topic_id)
    move_revision(session, by, row, ("approved", "scheduled"), "approved", version=version)
    _publish(session, by, topic, row)
    note_change_by(session, by, "guide.publish", row.topic_id, after={"revision": row.number})


def schedule(session: Session, by: Audited, revision_id: int, version: int, at: datetime) -> None:
    """Serve an approved revision from an instant on.

    Raises: Refusal: the instant is past, or the revision is not approved.
    """
    if at <= by.now:
        raise Refusal("refused.past")
    row = revision(session, revision_id)
    move_revision(session, by, row, ("approved", "scheduled"), "scheduled", version=version, publish_at=at)
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


def withdraw(session: Session, by: Audited, topic_id: str, reason: str) -> None:
    """Stop serving a topic's entry: parents hear honestly that it is not written.

    Raises: Refusal: no reason, or nothing is published.
    """
    if not reason.strip():
        raise Refusal("refused.withdraw_reason")
    topic = topic_row(session, topic_id)
    row = revision(session, topic.published_id)
    move_revision(session, by, row, ("published",), "withdrawn")
    topic.published_id = None
    session.add(topic)
    raise_counter(session, by.now)
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
    raise_counter(session, by.now)


def state_row(session: Session) -> GuideStateRow:
    """The one row of the guide's state, made by the migration; held by this transaction until it ends."""
    held = select(GuideStateRow).where(col(GuideStateRow.id) == STATE_ID).with_for_update()
    return session.exec(held.execution_options(populate_existing=True)).one()


def raise_counter(session: Session, now: datetime) -> None:
    """Tell every process that something else is served now."""
    state_row(session)
    statement = update(GuideStateRow).where(col(GuideStateRow.id) == STATE_ID)
    session.execute(statement.values(counter=GuideStateRow.counter + 1, raised_at=now))


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
    raise_counter(session, by.now)
