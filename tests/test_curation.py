"""An entry's way from draft to parents: two people, one signature, at once in every process, and back again."""

import threading
import time
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import Session, select

from bot.audit_log import Audited, AuditRow
from bot.curation.curation_rows import GuideTopicRow, RevisionRow
from bot.curation.drafting import discard, open_draft, review, save_draft, send_to_review
from bot.curation.entry_form import Texts, form_of, place_of_line, text_of
from bot.curation.living_guide import LivingGuide
from bot.curation.proofreading import proofread
from bot.curation.publishing import publish, publish_due, roll_back, schedule, serve_only_signed, sign, withdraw
from bot.curation.revisions import history, text_hash, texts_of
from bot.curation.shipped_edition import export, follow_files, read_shipped_texts, settle, take_in
from bot.curation.text_differences import differences
from bot.database import Database
from bot.errors import Refusal
from bot.questions.asking import Asking, Question
from knowledge.load import DATA, Shipped
from tests.conftest import FixedClock

TOPIC = "care.teeth"
ENTRY = "紫色长颈鹿牙刷每天早晚各刷一次"


@pytest.fixture(scope="session")
def file_texts(shipped: Shipped) -> dict[str, Texts]:
    return read_shipped_texts(DATA, shipped.guide)


@pytest.fixture
def guided(database: Database, shipped: Shipped, file_texts: dict[str, Texts], clock: FixedClock) -> Database:
    """A database that has taken in a few topics of the shipped edition."""
    few = {topic_id: file_texts[topic_id] for topic_id in (TOPIC, "care.stool", "health.fever")}
    with database.transaction() as session:
        take_in(session, by(clock, "qihui"), few, shipped.guide)
    return database


@pytest.fixture
def guided_anywhere(
    any_database: Database, shipped: Shipped, file_texts: dict[str, Texts], clock: FixedClock
) -> Database:
    """The same on each of the two databases."""
    with any_database.transaction() as session:
        take_in(session, by(clock, "qihui"), {TOPIC: file_texts[TOPIC]}, shipped.guide)
    return any_database


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


def test_every_shipped_entry_goes_through_the_editors_form_unchanged(
    file_texts: dict[str, Texts], shipped: Shipped
) -> None:
    from knowledge.entry_file import read_entry

    for topic_id, texts in list(file_texts.items())[::7]:
        again = text_of(form_of(texts.entry))
        assert form_of(again) == form_of(texts.entry)
        before, after = (read_entry(text, "entry", shipped.guide.topics) for text in (texts.entry, again))
        assert [s.text for _, side in before.sides for s in side.statements()] == [
            s.text for _, side in after.sides for s in side.statements()
        ], topic_id


def test_a_finding_says_the_line_of_the_text_that_the_editor_sees(
    file_texts: dict[str, Texts], shipped: Shipped
) -> None:
    form = form_of(file_texts[TOPIC].entry)
    zh = form.zh.split("\n")
    zh.append("- 没有出处的一句")
    en = [*form.en.split("\n"), "- A sentence without a source"]
    broken = replace(form, zh="\n".join(zh), en="\n".join(en))
    _, problems = proofread(TOPIC, Texts(text_of(broken), *("", "")), shipped.guide.topics, set(), {})
    places = {place_of_line(broken, p.line) for p in problems if "no source" in p.message}
    assert places == {("zh", len(zh)), ("en", len(en))}


def test_the_check_finds_unknown_sources_too_few_and_doubled_wordings(
    file_texts: dict[str, Texts], shipped: Shipped
) -> None:
    texts = file_texts[TOPIC]
    sources = set(shipped.guide.sources)
    entry, problems = proofread(TOPIC, texts, shipped.guide.topics, sources, {})
    assert entry is not None
    assert problems == []
    fewer = replace(texts, wordings_zh="宝宝怎么刷牙\n宝宝怎么刷牙？\n别处的说法")
    _, problems = proofread(TOPIC, fewer, shipped.guide.topics, sources, {"别处的说法": "care.stool"})
    assert [p.line for p in problems if "the same as line" in p.message] == [2]
    assert [p.line for p in problems if "stands in topic care.stool" in p.message] == [3]
    assert any("at least 60" in p.message for p in problems)
    _, problems = proofread(TOPIC, texts, shipped.guide.topics, set(), {})
    assert any("not in data/sources.yaml" in p.message for p in problems)


def test_the_shipped_edition_is_revision_one_and_taking_it_in_again_changes_nothing(
    guided: Database, file_texts: dict[str, Texts], shipped: Shipped, clock: FixedClock
) -> None:
    few = {topic_id: file_texts[topic_id] for topic_id in (TOPIC, "care.stool", "health.fever")}
    with guided.transaction() as session:
        rows = session.exec(select(RevisionRow)).all()
        assert {(row.topic_id, row.number, row.state) for row in rows} == {(t, 1, "published") for t in few}
        assert take_in(session, by(clock, "qihui"), few, shipped.guide).unchanged == 3
        assert len(session.exec(select(RevisionRow)).all()) == 3


def test_nobody_approves_what_they_wrote_and_nothing_unapproved_is_published(
    guided: Database, clock: FixedClock
) -> None:
    with guided.transaction() as session:
        row = open_draft(session, by(clock, "editor"), TOPIC)
        row = save_draft(session, by(clock, "editor"), row.id, row.version, edited(texts_of(row)), "牙刷")
        with pytest.raises(Refusal, match="moved_on"):
            publish(session, by(clock, "editor"), row.id, row.version)
        send_to_review(session, by(clock, "editor"), row.id, row.version, [])
        session.refresh(row)
        with pytest.raises(Refusal, match="own_draft"):
            review(session, by(clock, "editor"), row.id, row.version, approved=True, note="")
        with pytest.raises(Refusal, match="back_without_note"):
            review(session, by(clock, "reviewer"), row.id, row.version, approved=False, note=" ")
        review(session, by(clock, "reviewer"), row.id, row.version, approved=True, note="")
        session.refresh(row)
        save_draft(session, by(clock, "second"), row.id, row.version, edited(texts_of(row), "另一句"), "")
        session.refresh(row)
        assert row.state == "draft"
        assert row.reviewed_by is None
        with pytest.raises(Refusal):
            publish(session, by(clock, "editor"), row.id, row.version)


def test_two_editors_cannot_overwrite_each_other_unseen(guided: Database, clock: FixedClock) -> None:
    with guided.transaction() as session:
        row = open_draft(session, by(clock, "one"), TOPIC)
        assert open_draft(session, by(clock, "two"), TOPIC).id == row.id
        seen = row.version
        save_draft(session, by(clock, "one"), row.id, seen, edited(texts_of(row)), "")
        with pytest.raises(Refusal, match="moved_on"):
            save_draft(session, by(clock, "two"), row.id, seen, edited(texts_of(row), "别的"), "")


def test_a_draft_with_problems_goes_nowhere(guided: Database, clock: FixedClock, shipped: Shipped) -> None:
    with guided.transaction() as session:
        row = open_draft(session, by(clock, "editor"), TOPIC)
        _, problems = proofread(TOPIC, replace(texts_of(row), wordings_zh=""), shipped.guide.topics, set(), {})
        with pytest.raises(Refusal, match="problems"):
            send_to_review(session, by(clock, "editor"), row.id, row.version, problems)


def test_a_signature_holds_for_the_text_that_was_signed(guided: Database, clock: FixedClock) -> None:
    with guided.transaction() as session:
        topic = session.get(GuideTopicRow, TOPIC)
        with pytest.raises(Refusal, match="qualification"):
            sign(session, by(clock, "doctor"), topic.published_id, 1, "王医生", "", clock.today())
        signed = sign(session, by(clock, "doctor"), topic.published_id, 1, "王医生", "主任医师", clock.today())
        assert form_of(signed.entry).signed_by.name == "王医生"
        assert topic.signed
        row = open_draft(session, by(clock, "editor"), TOPIC)
        more = replace(texts_of(row), wordings_zh=row.wordings_zh + "\n长颈鹿牙刷好用吗")
        row = save_draft(session, by(clock, "editor"), row.id, row.version, more, "")
        assert form_of(row.entry).signed_by.name == "王医生"  # only wordings were added
        row = save_draft(session, by(clock, "editor"), row.id, row.version, edited(texts_of(row)), "")
        assert form_of(row.entry).signed_by is None
        forged = replace(form_of(row.entry), signed_by=form_of(signed.entry).signed_by)
        row = save_draft(
            session, by(clock, "editor"), row.id, row.version, replace(texts_of(row), entry=text_of(forged)), ""
        )
        assert form_of(row.entry).signed_by is None


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
    draft = living.with_draft(TOPIC, edited(file_texts[TOPIC]))
    assert ENTRY in draft.shipped.guide.entries[TOPIC].zh.short_answer.text
    assert ENTRY not in living.current.shipped.guide.entries[TOPIC].zh.short_answer.text


def test_differences_show_lines_taken_out_and_put_in() -> None:
    lines = differences("一\n二\n三\n四\n五", "一\n二\n改\n四\n五")
    assert [(line.kind, line.text) for line in lines if line.kind != "skipped"] == [
        ("same", "二"),
        ("removed", "三"),
        ("added", "改"),
        ("same", "四"),
    ]
    assert differences("一", "一") == []
