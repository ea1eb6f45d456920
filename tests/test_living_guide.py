"""What every process serves: what was published at once, an honest no for what was withdrawn, drafts to nobody."""

import time
from datetime import date

import pytest

from bot.curation.curation_rows import GuideTopicRow
from bot.curation.entry_form import Texts
from bot.curation.living_guide import LivingGuide
from bot.curation.published_edition import with_texts
from bot.curation.publishing import roll_back, serve_only_signed, sign, withdraw
from bot.curation.revisions import history, text_hash
from bot.curation.shipped_edition import follow_files
from bot.database import Database
from bot.questions.asking import Asking, Question
from knowledge.load import Shipped
from tests.conftest import FixedClock
from tests.curation_stage import ENTRY, TOPIC, by, edited, published_edit


@pytest.fixture
def living(
    database: Database, sampled: Shipped, file_texts: dict[str, Texts], quick_asking: Asking, clock: FixedClock
) -> LivingGuide:
    with database.transaction() as session:
        follow_files(session, by(clock, "qihui"), file_texts, sampled.guide)
    hashes = {topic_id: text_hash(texts) for topic_id, texts in file_texts.items()}
    return LivingGuide(database, clock, sampled, quick_asking._retriever, hashes, lambda _guide: None)


def asking_of(living: LivingGuide) -> Asking:
    return Asking(living.current.shipped, living.current.retriever, 0.5)


def test_what_is_published_is_found_in_every_process_within_two_seconds(
    living: LivingGuide, database: Database, quick_asking: Asking, sampled: Shipped, clock: FixedClock
) -> None:
    hashes = living._hashes
    other = LivingGuide(Database(database.url), clock, sampled, quick_asking._retriever, hashes, lambda _guide: None)
    assert living.refresh() is False
    assert other.refresh() is False
    before = living.current
    with database.transaction() as session:
        published_edit(session, clock)
    started = time.perf_counter()
    assert living.refresh()
    assert other.refresh()
    assert (time.perf_counter() - started) / 2 < 1.0  # the look each second makes it two
    assert living.current.shipped.guide.edition == other.current.shipped.guide.edition
    assert living.current.shipped.guide.edition != before.shipped.guide.edition
    entry = living.current.shipped.guide.entries[TOPIC]
    assert ENTRY in entry.zh.short_answer.text
    outcome = asking_of(living).ask(Question("紫色长颈鹿牙刷", "zh"))
    assert outcome.topic_ids[0] == TOPIC
    assert living.refresh() is False


def test_a_withdrawn_entry_is_an_honest_no_and_comes_back(
    living: LivingGuide, database: Database, clock: FixedClock
) -> None:
    living.refresh()
    wording = living.current.shipped.guide.wordings["zh"][TOPIC][0]
    assert asking_of(living).ask(Question(wording, "zh")).topic_ids[0] == TOPIC
    with database.transaction() as session:
        withdraw(session, by(clock, "reviewer"), TOPIC, "有误")
    assert living.refresh()
    assert asking_of(living).ask(Question(wording, "zh")).decision != "answer"
    with database.transaction() as session:
        first = history(session, TOPIC)[0]
        roll_back(session, by(clock, "editor"), TOPIC, first.id)
    assert living.refresh()
    assert living.current.shipped.guide.edition == living._base.guide.edition


def test_only_signed_entries_are_served_when_staff_say_so(
    living: LivingGuide, database: Database, clock: FixedClock
) -> None:
    with database.transaction() as session:
        published = session.get(GuideTopicRow, TOPIC).published_id
        sign(session, by(clock, "doctor"), published, 1, "王医生", "主任医师", date(2026, 11, 24))
        serve_only_signed(session, by(clock, "admin"), on=True)
    assert living.refresh()
    assert set(living.current.shipped.guide.entries) == {TOPIC}
    with database.transaction() as session:
        serve_only_signed(session, by(clock, "admin"), on=False)
    assert living.refresh()
    assert len(living.current.shipped.guide.entries) > 100


def test_a_draft_can_be_tried_and_is_served_to_nobody(living: LivingGuide, file_texts: dict[str, Texts]) -> None:
    living.refresh()
    draft = with_texts(living.current.shipped, TOPIC, edited(file_texts[TOPIC]))
    assert ENTRY in draft.guide.entries[TOPIC].zh.short_answer.text
    assert ENTRY not in living.current.shipped.guide.entries[TOPIC].zh.short_answer.text
