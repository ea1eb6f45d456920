"""What a draft would change is measured beside the pages: begun, seen to run and to end, held while the draft stays."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete

from bot.admin.impact import Changed, Impact
from bot.admin.impact_book import MOST_HELD, ImpactBook
from bot.admin.impact_questions import DraftMark, mark_of
from bot.admin.page_call import House
from bot.curation.curation_rows import RevisionRow
from bot.curation.drafting import discard, open_draft, save_draft
from bot.curation.entry_form import Texts
from bot.curation.kept_questions import keep_question
from bot.curation.revisions import texts_of
from bot.curation.shipped_edition import take_in
from bot.database import Database
from bot.impact_process import ImpactProcess
from bot.questions.asking import Asking
from bot.questions.question_log import QuestionRow
from bot.wiring import Knowing
from knowledge.load import Shipped
from tests.conftest import REPOSITORY, FixedClock
from tests.curation_stage import TOPIC, by
from tests.staff_browser import StaffBrowser, a_house, quick_passwords, someone

ADDRESS = f"/guide/{TOPIC}/impact"
RUNS, DONE = "本页会自己刷新", "个是考题"
LOOKS_AGAIN = '<meta http-equiv="refresh"'


class SlowMeasure:
    """Measures when it is told to, and counts."""

    def __init__(self) -> None:
        self.marks: list[DraftMark] = []
        self.may_end = threading.Event()
        self.found: Impact | None = Impact(3, 1, 0, 1, ())
        self.fault: Exception | None = None

    def __call__(self, mark: DraftMark) -> Impact | None:
        self.marks.append(mark)
        assert self.may_end.wait(10)
        if self.fault is not None:
            raise self.fault
        return self.found


@pytest.fixture
def slow() -> Iterator[SlowMeasure]:
    made = SlowMeasure()
    yield made
    made.may_end.set()


@pytest.fixture
def house(
    any_database: Database,
    clock: FixedClock,
    sampled: Shipped,
    quick_asking: Asking,
    file_texts: dict[str, Texts],
    slow: SlowMeasure,
    monkeypatch: pytest.MonkeyPatch,
) -> House:
    """The staff pages with a measure that takes its time, and a draft of a topic."""
    quick_passwords(monkeypatch)
    made = a_house(any_database, clock, sampled, quick_asking, {TOPIC: file_texts[TOPIC]})
    made = replace(made, impacts=ImpactBook(slow, clock.now))
    with any_database.transaction() as session:
        someone(session, made, "editor", "editor")
        open_draft(session, by(clock, "editor"), TOPIC)
    return made


def the_draft(house: House) -> RevisionRow:
    with house.database.transaction() as session:
        return open_draft(session, by(house.clock, "editor"), TOPIC)


def the_mark(house: House) -> DraftMark:
    with house.database.reading() as session:
        return mark_of(session, the_draft(house), house.desk.shipped.guide.edition)


def ends(house: House, slow: SlowMeasure) -> None:
    """Let the measure in hand end, and wait until the book knows."""
    slow.may_end.set()
    until(lambda: house.impacts.look(the_mark(house)).outcome != "running")


def until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        time.sleep(0.01)
    pytest.fail("it did not come to pass")


def test_the_page_answers_at_once_and_tells_of_the_measure_from_begin_to_end(house: House, slow: SlowMeasure) -> None:
    editor = StaffBrowser(house).signs_in("editor").opens(ADDRESS)
    assert RUNS in editor.text
    assert LOOKS_AGAIN in editor.page.text
    assert "<script" not in editor.page.text
    assert RUNS in editor.opens(ADDRESS).text
    ends(house, slow)
    assert "共1个" in editor.opens(ADDRESS).text
    assert LOOKS_AGAIN not in editor.page.text
    assert "2026-11-24" in editor.text
    assert len(slow.marks) == 1  # held: looking again measures nothing


def test_it_is_measured_anew_when_the_draft_or_the_kept_questions_change_and_when_asked(
    house: House, slow: SlowMeasure, clock: FixedClock
) -> None:
    editor = StaffBrowser(house).signs_in("editor").opens(ADDRESS)
    ends(house, slow)
    row = the_draft(house)
    texts = texts_of(row)
    with house.database.transaction() as session:
        changed = replace(texts, wordings_zh=f"{texts.wordings_zh}紫色长颈鹿牙刷\n")
        save_draft(session, by(clock, "editor"), row.id, row.version, changed, "")
    slow.may_end.clear()
    assert RUNS in editor.opens(ADDRESS).text
    ends(house, slow)
    with house.database.transaction() as session:
        keep_question(session, by(clock, "editor"), "怎么刷牙", "zh", None, TOPIC)
    slow.may_end.clear()
    assert RUNS in editor.opens(ADDRESS).text
    ends(house, slow)
    slow.may_end.clear()
    assert RUNS in editor.opens(ADDRESS).posts(ADDRESS).text
    editor.posts("/language", language="en", back=ADDRESS)
    assert "this page looks again by itself" in editor.opens(ADDRESS).text
    ends(house, slow)
    assert len(slow.marks) == 4
    assert len(set(slow.marks)) == 3


def test_a_draft_that_is_gone_or_changed_and_a_measure_that_fails_are_told(
    house: House, slow: SlowMeasure, clock: FixedClock
) -> None:
    editor = StaffBrowser(house).signs_in("editor")
    slow.found = None
    editor.opens(ADDRESS)
    ends(house, slow)
    assert "草稿又改过了" in editor.opens(ADDRESS).text
    slow.fault = OSError("no such machine")
    editor.posts(ADDRESS)
    until(lambda: house.impacts.look(the_mark(house)).outcome == "failed")
    assert "没能算出影响" in editor.opens(ADDRESS).text
    assert "no such machine" not in editor.text
    row = the_draft(house)
    with house.database.transaction() as session:
        discard(session, by(clock, "editor"), row.id, row.version)
    for sent in (editor.opens, editor.posts):
        assert "没有可看的影响" in sent(ADDRESS).text
        assert editor.page.status_code == 422


def test_a_question_that_was_erased_is_shown_no_more(house: House, slow: SlowMeasure, clock: FixedClock) -> None:
    with house.database.transaction() as session:
        kept = keep_question(session, by(clock, "editor"), "怎么刷牙", "zh", None, TOPIC)
        session.flush()
        asked = {"chat_key": "c", "channel": "web", "language": "zh", "edition": "e", "asked_at": clock.now()}
        asked |= {"decision": "answer", "topics": "[]", "confidence": 0.5, "urgency": "none"}
        logged = QuestionRow(text="紫色长颈鹿", **asked)
        session.add(logged)
        session.flush()
        sources = (("kept", kept.id), ("log", logged.id))
    changed = tuple(Changed(one, "no_answer", "", "answer", TOPIC, None) for one in sources)
    slow.found = Impact(2, 1, 0, 1, changed)
    editor = StaffBrowser(house).signs_in("editor").opens(ADDRESS)
    ends(house, slow)
    assert "紫色长颈鹿" in editor.opens(ADDRESS).text
    with house.database.transaction() as session:
        session.execute(delete(QuestionRow))
    assert "紫色长颈鹿" not in editor.opens(ADDRESS).text
    assert "其中1个不再显示" in editor.text
    assert "怎么刷牙" in editor.text


def test_one_measure_runs_after_the_other_and_the_book_lets_the_oldest_go(clock: FixedClock) -> None:
    at_once, most, lock = 0, 0, threading.Lock()

    def measure(mark: DraftMark) -> Impact:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.001)
        with lock:
            at_once -= 1
        return Impact(mark.revision_id, 0, 0, 0, ())

    book = ImpactBook(measure, clock.now)
    marks = [DraftMark(number, "h", "e", "k") for number in range(130)]
    for mark in marks:
        book.look(mark)
    until(lambda: all(book.look(mark).outcome == "done" for mark in marks[-20:]))
    assert most == 1
    assert book.look(marks[-1]).impact.asked == marks[-1].revision_id
    until(lambda: book.look(DraftMark(999, "h", "e", "k")).outcome == "done")
    assert len(book._held) == MOST_HELD


def test_a_process_of_its_own_measures_what_is_in_the_database(
    tmp_path: Path, knowing: Knowing, file_texts: dict[str, Texts], shipped: Shipped, clock: FixedClock
) -> None:
    assert knowing.manifest.entries > 0
    url = f"sqlite:///{tmp_path}/here.sqlite3"
    database = Database(url)
    database.upgrade()
    with database.transaction() as session:
        take_in(session, by(clock, "qihui"), {TOPIC: file_texts[TOPIC]}, shipped.guide)
        keep_question(session, by(clock, "editor"), "紫色长颈鹿牙刷好不好", "zh", None, TOPIC)
        row = open_draft(session, by(clock, "editor"), TOPIC)
        texts = texts_of(row)
        texts = replace(texts, wordings_zh=f"{texts.wordings_zh}紫色长颈鹿牙刷好不好\n")
        row = save_draft(session, by(clock, "editor"), row.id, row.version, texts, "")
        mark = mark_of(session, row, shipped.guide.edition)
    process = ImpactProcess(REPOSITORY / ".qihui", url)
    found = process(mark)
    assert (found.asked, found.kept, found.right_after) == (1, 1, 1)
    assert all(one.source[0] == "kept" for one in found.changed)
    assert process(replace(mark, text_hash="another")) is None
