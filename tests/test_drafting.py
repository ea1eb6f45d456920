"""An entry's way from draft to approved: the form, the check, two people, one signature."""

from dataclasses import replace

import pytest

from bot.curation.curation_rows import GuideTopicRow
from bot.curation.drafting import open_draft, review, save_draft, send_to_review
from bot.curation.entry_form import Texts, form_of, place_of_line, text_of
from bot.curation.proofreading import proofread
from bot.curation.publishing import publish, sign
from bot.curation.revisions import texts_of
from bot.curation.text_differences import differences
from bot.database import Database
from bot.errors import Refusal
from knowledge.load import Shipped
from tests.conftest import FixedClock
from tests.curation_stage import TOPIC, by, edited


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


def test_differences_show_lines_taken_out_and_put_in() -> None:
    lines = differences("一\n二\n三\n四\n五", "一\n二\n改\n四\n五")
    assert [(line.kind, line.text) for line in lines if line.kind != "skipped"] == [
        ("same", "二"),
        ("removed", "三"),
        ("added", "改"),
        ("same", "四"),
    ]
    assert differences("一", "一") == []
