"""A stage for tests of curation: one topic that is edited, approved and published."""

from dataclasses import replace

from sqlmodel import Session

from bot.audit_log import Audited
from bot.curation.curation_rows import RevisionRow
from bot.curation.drafting import open_draft, review, save_draft, send_to_review
from bot.curation.entry_form import Texts, form_of, text_of
from bot.curation.publishing import publish
from bot.curation.revisions import texts_of
from tests.conftest import FixedClock

TOPIC = "care.teeth"
ENTRY = "紫色长颈鹿牙刷每天早晚各刷一次"


def by(clock: FixedClock, who: str) -> Audited:
    return Audited(who, clock.now())


def edited(texts: Texts, sentence: str = ENTRY) -> Texts:
    """The same entry with another short answer in Chinese."""
    form = form_of(texts.entry)
    lines = form.zh.split("\n")
    place = lines.index("## 简答") + 1
    lines[place] = f"{sentence}。 [@{form.sources[0][0]}]"
    return replace(texts, entry=text_of(replace(form, zh="\n".join(lines))))


def published_edit(session: Session, clock: FixedClock, topic_id: str = TOPIC, sentence: str = ENTRY) -> RevisionRow:
    row = open_draft(session, by(clock, "editor"), topic_id)
    row = save_draft(session, by(clock, "editor"), row.id, row.version, edited(texts_of(row), sentence), "")
    send_to_review(session, by(clock, "editor"), row.id, row.version, [])
    session.refresh(row)
    review(session, by(clock, "reviewer"), row.id, row.version, approved=True, note="")
    session.refresh(row)
    publish(session, by(clock, "editor"), row.id, row.version)
    session.refresh(row)
    return row
