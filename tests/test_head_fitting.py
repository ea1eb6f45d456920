"""The fit after publishing is seen to begin and to end, its heads are used, and one that dies is begun again."""

import asyncio
import os
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.curation.curation_rows import FitRow
from bot.curation.drafting import open_draft, review, save_draft, send_to_review
from bot.curation.entry_form import Texts
from bot.curation.fit_book import LONGEST_FIT, begin_fit, end_fit, fit_standing
from bot.curation.living_guide import LivingGuide
from bot.curation.publishing import publish
from bot.curation.revisions import text_hash, texts_of
from bot.curation.shipped_edition import follow_files
from bot.database import Database
from bot.head_fitting import HeadFitting
from bot.indicators.answer_watch import watched
from bot.questions.asking import Asking
from index.assemble import index_folder, open_retriever
from index.hashing_encoder import HashingEncoder
from index.manifest import IndexStale
from index.retriever import Retriever
from knowledge.guide import Guide
from knowledge.load import Shipped
from tests.conftest import REPOSITORY, FixedClock
from tests.curation_stage import TOPIC, by

ADDED = "紫色长颈鹿牙刷好不好"
LONGEST_S = 150.0


@pytest.fixture
def living(
    database: Database,
    sampled: Shipped,
    file_texts: dict[str, Texts],
    quick_asking: Asking,
    clock: FixedClock,
    tmp_path: Path,
) -> LivingGuide:
    """Follows a database, and takes what lies prepared in the test's folder."""

    def open_prepared(guide: Guide) -> Retriever | None:
        try:
            return open_retriever(tmp_path, guide, HashingEncoder(), "flat")[0]
        except IndexStale:
            return None

    with database.transaction() as session:
        follow_files(session, by(clock, "qihui"), file_texts, sampled.guide)
    hashes = {topic_id: text_hash(texts) for topic_id, texts in file_texts.items()}
    made = LivingGuide(database, clock, sampled, quick_asking._retriever, hashes, open_prepared)
    made.refresh()
    return made


def publish_a_wording(database: Database, clock: FixedClock) -> None:
    with database.transaction() as session:
        row = open_draft(session, by(clock, "editor"), TOPIC)
        texts = texts_of(row)
        texts = replace(texts, wordings_zh=f"{texts.wordings_zh}{ADDED}\n")
        row = save_draft(session, by(clock, "editor"), row.id, row.version, texts, "")
        send_to_review(session, by(clock, "editor"), row.id, row.version, [])
        session.refresh(row)
        review(session, by(clock, "reviewer"), row.id, row.version, approved=True, note="")
        session.refresh(row)
        publish(session, by(clock, "editor"), row.id, row.version)


def look_after(living: LivingGuide, database: Database, clock: FixedClock, command: list[str]) -> list[FitRow]:
    """Run the looking after until the search is fitted and that is written down. Returns the book."""

    async def run() -> None:
        stop = asyncio.Event()
        quick = HeadFitting(living, database, clock, command, fit_after_s=0, again_after_s=0.1, look_every_s=0.05)
        running = asyncio.create_task(quick.run(stop))
        try:
            async with asyncio.timeout(LONGEST_S):
                while not is_fitted(living, database):
                    await asyncio.sleep(0.05)
        finally:
            stop.set()
            await running

    asyncio.run(run())
    with database.transaction() as session:
        return list(session.exec(select(FitRow).order_by(FitRow.id)).all())


def is_fitted(living: LivingGuide, database: Database) -> bool:
    with database.reading() as session:
        return living.current.heads_fitted and fit_standing(session).behind_since is None


def behind(database: Database, clock: FixedClock) -> bool:
    with database.reading() as session:
        return watched(session, clock.now(), clock.today()).index_behind_since is not None


def fit_command(database: Database, tmp_path: Path) -> list[str]:
    return [sys.executable, "-m", "tests.fit_process", database.url, str(tmp_path)]


def test_a_fit_that_dies_is_begun_again_ends_and_its_heads_are_used(
    living: LivingGuide, database: Database, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    publish_a_wording(database, clock)
    assert living.refresh()
    before = living.current.retriever.prepared
    assert not living.current.heads_fitted
    assert behind(database, clock)
    half = index_folder(
        tmp_path, living.current.shipped.guide.edition, HashingEncoder()
    )  # of one killed while it wrote
    half.mkdir()
    (half / "arrays.npz").write_bytes(b"half")
    died = tmp_path / "died"
    fit = " ".join(f"'{word}'" for word in fit_command(database, tmp_path))
    book = look_after(
        living, database, clock, ["sh", "-c", f"test -e '{died}' && exec {fit}; touch '{died}'; kill -9 $$"]
    )
    assert [(row.outcome, row.error) for row in book] == [("failed", "exit code -9"), ("done", "")]
    after = living.current.retriever.prepared
    assert (book[1].topics, book[1].wordings) == (len(after.topic_ids), len(after.wording_topics))
    assert book[1].edition == living.current.shipped.guide.edition
    assert not behind(database, clock)
    assert len(after.wording_topics) == len(before.wording_topics), "the wording was found before it was fitted on"
    assert (before.meaning_head.meaning != after.meaning_head.meaning).any(), "the heads are new ones"


def test_an_edition_that_came_with_its_index_is_written_down_as_fitted(
    living: LivingGuide, database: Database, clock: FixedClock
) -> None:
    assert look_after(living, database, clock, ["false"]) == []
    assert not behind(database, clock)


def test_a_process_that_died_leaves_its_fit_to_the_next_and_two_never_fit_at_once(
    living: LivingGuide, any_database: Database, clock: FixedClock
) -> None:
    machine, now = socket.gethostname()[:60], clock.now()
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    with any_database.transaction() as session:
        first = begin_fit(session, "a" * 12, f"{machine}:{ended.pid}", now)
        assert begin_fit(session, "a" * 12, f"{machine}:{os.getpid()}", now) is None, "one is running, for all we know"
    fitting = HeadFitting(living, any_database, clock, ["false"])
    second = fitting._begin("a" * 12)
    with any_database.transaction() as session:
        assert session.get_one(FitRow, first).outcome == "gone"
        assert fit_standing(session).running.id == second
        assert begin_fit(session, "a" * 12, "elsewhere:1", now) is None
        later = now + LONGEST_FIT + timedelta(seconds=1)
        third = begin_fit(session, "a" * 12, "elsewhere:1", later)
        assert session.get_one(FitRow, second).outcome == "gone"
        end_fit(session, third, "done", later + timedelta(seconds=90), topics=209, wordings=30000)
        standing = fit_standing(session)
    assert (standing.running, standing.took_s, standing.last.outcome) == (None, 90, "done")
