"""From approved to served and back: replaced, scheduled, withdrawn, rolled back."""

import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.audit_log import AuditRow
from bot.curation.curation_rows import GuideTopicRow
from bot.curation.drafting import discard, open_draft, review, save_draft, send_to_review
from bot.curation.entry_form import Texts
from bot.curation.publishing import publish_due, roll_back, schedule, withdraw
from bot.curation.revisions import history, texts_of
from bot.curation.shipped_edition import take_in
from bot.database import Database
from bot.errors import Refusal
from knowledge.load import Shipped
from tests.conftest import FixedClock
from tests.curation_stage import TOPIC, by, edited, published_edit


@pytest.fixture
def guided_anywhere(
    any_database: Database, shipped: Shipped, file_texts: dict[str, Texts], clock: FixedClock
) -> Database:
    """The same on each of the two databases."""
    with any_database.transaction() as session:
        take_in(session, by(clock, "qihui"), {TOPIC: file_texts[TOPIC]}, shipped.guide)
    return any_database


def test_what_is_published_replaces_and_can_be_rolled_back_and_withdrawn(guided: Database, clock: FixedClock) -> None:
    with guided.transaction() as session:
        row = published_edit(session, clock)
        first = next(one for one in history(session, TOPIC) if one.number == 1)
        assert (row.state, first.state) == ("published", "replaced")
        back = roll_back(session, by(clock, "editor"), TOPIC, first.id)
        assert back.text_hash == first.text_hash
        assert session.get(GuideTopicRow, TOPIC).published_id == back.id
        with pytest.raises(Refusal, match="withdraw_reason"):
            withdraw(session, by(clock, "reviewer"), TOPIC, "")
        withdraw(session, by(clock, "reviewer"), TOPIC, "有误")
        assert session.get(GuideTopicRow, TOPIC).published_id is None
        again = open_draft(session, by(clock, "editor"), TOPIC)
        assert again.text_hash == first.text_hash
        discard(session, by(clock, "editor"), again.id, again.version)
        with pytest.raises(Refusal, match="never_published"):
            roll_back(session, by(clock, "editor"), TOPIC, again.id)
        did = [one.action for one in session.exec(select(AuditRow).order_by(AuditRow.id)).all()]
    assert did.count("guide.publish") == 1
    assert {"guide.save", "guide.review", "guide.roll_back", "guide.withdraw", "guide.discard"} <= set(did)


def test_a_scheduled_revision_is_published_once_when_it_is_due(guided_anywhere: Database, clock: FixedClock) -> None:
    with guided_anywhere.transaction() as session:
        row = open_draft(session, by(clock, "editor"), TOPIC)
        row = save_draft(session, by(clock, "editor"), row.id, row.version, edited(texts_of(row)), "")
        send_to_review(session, by(clock, "editor"), row.id, row.version, [])
        session.refresh(row)
        review(session, by(clock, "reviewer"), row.id, row.version, approved=True, note="")
        session.refresh(row)
        with pytest.raises(Refusal, match="past"):
            schedule(session, by(clock, "editor"), row.id, row.version, clock.now())
        schedule(session, by(clock, "editor"), row.id, row.version, clock.now() + timedelta(hours=1))
        assert publish_due(session, by(clock, "qihui")) == 0
    clock.passes(hours=1)
    done: list[int] = []

    def publish_it() -> None:
        with guided_anywhere.transaction() as session:
            done.append(publish_due(session, by(clock, "qihui")))

    threads = [threading.Thread(target=publish_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 1
