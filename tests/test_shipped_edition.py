"""The product's own files: taken in once, never over an edit, and written back."""

import pytest
from sqlmodel import select

from bot.curation.curation_rows import GuideTopicRow, RevisionRow
from bot.curation.entry_form import Texts
from bot.curation.publishing import withdraw
from bot.curation.shipped_edition import export, follow_files, settle, take_in
from bot.database import Database
from bot.errors import Refusal
from knowledge.data_folder import DATA
from knowledge.load import Shipped
from tests.conftest import FixedClock
from tests.curation_stage import ENTRY, TOPIC, by, edited, published_edit


def test_the_shipped_edition_is_revision_one_and_taking_it_in_again_changes_nothing(
    guided: Database, file_texts: dict[str, Texts], shipped: Shipped, clock: FixedClock
) -> None:
    few = {topic_id: file_texts[topic_id] for topic_id in (TOPIC, "care.stool", "health.fever")}
    with guided.transaction() as session:
        rows = session.exec(select(RevisionRow)).all()
        assert {(row.topic_id, row.number, row.state) for row in rows} == {(t, 1, "published") for t in few}
        assert take_in(session, by(clock, "qihui"), few, shipped.guide).unchanged == 3
        assert len(session.exec(select(RevisionRow)).all()) == 3


def test_a_new_edition_follows_what_nobody_edited_and_never_overwrites_an_edit(
    guided: Database, file_texts: dict[str, Texts], shipped: Shipped, clock: FixedClock
) -> None:
    with guided.transaction() as session:
        ours = published_edit(session, clock)
        new = {
            TOPIC: edited(file_texts[TOPIC], "新版的说法"),
            "care.stool": edited(file_texts["care.stool"], "新版的说法"),
            "health.fever": file_texts["health.fever"],
        }
        taken = take_in(session, by(clock, "qihui"), new, shipped.guide)
        assert (taken.followed, taken.conflicts, taken.unchanged) == (("care.stool",), (TOPIC,), 1)
        topic = session.get(GuideTopicRow, TOPIC)
        assert topic.published_id == ours.id
        assert "新版的说法" in session.get(RevisionRow, topic.conflict_id).entry
        assert take_in(session, by(clock, "qihui"), new, shipped.guide).conflicts == ()  # said once
        settle(session, by(clock, "editor"), TOPIC, take_theirs=True)
        assert session.get(GuideTopicRow, TOPIC).open_id is not None
        with pytest.raises(Refusal):
            settle(session, by(clock, "editor"), TOPIC, take_theirs=False)


def test_the_products_own_files_are_taken_in_once_an_edition(
    database: Database, file_texts: dict[str, Texts], shipped: Shipped, clock: FixedClock
) -> None:
    with database.transaction() as session:
        taken = follow_files(session, by(clock, "qihui"), file_texts, shipped.guide)
        assert len(taken.fresh) == len(shipped.guide.entries)
        assert follow_files(session, by(clock, "qihui"), file_texts, shipped.guide) is None


def test_files_are_written_back_as_published(guided: Database, clock: FixedClock, tmp_path) -> None:
    with guided.transaction() as session:
        published_edit(session, clock)
        assert export(session, tmp_path) == (9, 0)
        assert ENTRY in (tmp_path / "guide" / "care" / "teeth.md").read_text("utf-8")
        untouched = tmp_path / "guide" / "health" / "fever.md"
        assert untouched.read_bytes() == (DATA / "guide" / "health" / "fever.md").read_bytes()
        withdraw(session, by(clock, "reviewer"), "health.fever", "有误")
        export(session, tmp_path)
        assert not untouched.exists()
