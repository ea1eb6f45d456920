"""The guide's list: how each entry is used and disliked, how old its text is, filtered and in any order."""

import re
from datetime import timedelta

import pytest

from bot.admin.page_call import House
from bot.admin.staff_words import staff_catalogue
from bot.curation.entry_form import Texts
from bot.database import Database
from bot.questions.answer_policy import Answer
from bot.questions.asking import Asking, Outcome, Question
from bot.questions.entry_use import COUNTED_FOR, EntryUse, entry_use
from bot.questions.question_log import note_feedback, note_question
from knowledge.load import Shipped
from knowledge.topics import LANGUAGES
from tests.conftest import FixedClock
from tests.staff_browser import StaffBrowser, a_house, quick_passwords, someone

TEETH, STOOL, CHOKING = "care.teeth", "care.stool", "emergency.choking"


@pytest.fixture
def house(
    database: Database,
    clock: FixedClock,
    sampled: Shipped,
    quick_asking: Asking,
    file_texts: dict[str, Texts],
    monkeypatch: pytest.MonkeyPatch,
) -> House:
    quick_passwords(monkeypatch)
    made = a_house(database, clock, sampled, quick_asking, {one: file_texts[one] for one in (TEETH, STOOL, CHOKING)})
    with database.transaction() as session:
        someone(session, made, "editor", "editor")
    return made


@pytest.fixture
def editor(house: House) -> StaffBrowser:
    return StaffBrowser(house).signs_in("editor")


def answered(database: Database, clock: FixedClock, topic_id: str, times: int, *, disliked: int = 0) -> None:
    """So many answers with an entry, some of which did not help."""
    outcome = Outcome(Question("怎么办", "zh"), Answer(topic_id), (topic_id, "health.fever"), 0.9, None, None)
    with database.transaction() as session:
        for number in range(times):
            row = note_question(session, outcome, "chat", "web", "e", clock.now())
            if number < disliked:
                note_feedback(session, row, "chat", helpful=False)


def test_answers_and_dislikes_are_counted_by_the_first_topic_for_ninety_days(
    any_database: Database, clock: FixedClock
) -> None:
    answered(any_database, clock, STOOL, 2)
    clock.passes(days=COUNTED_FOR.days + 1)
    answered(any_database, clock, TEETH, 5, disliked=2)
    unclear = Outcome(Question("嗯", "zh"), Answer(CHOKING), (CHOKING,), 0.3, None, None)
    with any_database.transaction() as session:
        row = note_question(session, unclear, "chat", "web", "e", clock.now())
        assert row
        assert entry_use(session, clock.now() - COUNTED_FOR) == {TEETH: EntryUse(5, 2), CHOKING: EntryUse(1, 0)}
        since_before = entry_use(session, clock.now() - COUNTED_FOR - timedelta(days=2))
    assert since_before[STOOL] == EntryUse(2, 0)


def listed(editor: StaffBrowser) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/admin/guide/([a-z_.]+)"', editor.page.text)


def test_the_list_shows_use_dislikes_age_and_is_put_in_order_by_each(
    house: House, editor: StaffBrowser, clock: FixedClock
) -> None:
    answered(house.database, clock, STOOL, 3)
    answered(house.database, clock, TEETH, 7, disliked=1)
    editor.opens("/guide")
    assert set(listed(editor)) == {TEETH, STOOL, CHOKING}
    written = house.desk.shipped.guide.entries[TEETH].written_on
    assert f"{written} {(clock.today() - written).days}天前" in editor.text
    editor.opens("/guide?sort=used")
    assert listed(editor) == [TEETH, STOOL, CHOKING]
    assert 'aria-sort="descending"' in editor.page.text
    assert listed(editor.opens("/guide?sort=used&way=up"))[-1] == TEETH
    assert listed(editor.opens("/guide?sort=disliked"))[0] == TEETH
    for sort in ("guide", "topic", "stands", "age", "review_by", "to_verify", "no such"):
        assert set(listed(editor.opens(f"/guide?sort={sort}"))) == {TEETH, STOOL, CHOKING}
    assert listed(editor.opens("/guide?work=disliked")) == [TEETH]
    assert listed(editor.opens("/guide?work=unused")) == [CHOKING]


def test_the_list_is_sifted_by_a_childs_age(house: House, editor: StaffBrowser) -> None:
    entries = house.desk.shipped.guide.entries
    for months in (0, 30):
        right = {
            one
            for one in (TEETH, STOOL, CHOKING)
            if any(passage.band.holds(months) for passage in entries[one].zh.passages)
        }
        assert set(listed(editor.opens(f"/guide?months={months}"))) == right


def test_every_domain_of_the_guide_has_a_name_in_both_languages(shipped: Shipped) -> None:
    domains = {topic.domain for topic in shipped.guide.topics.values()}
    for language in LANGUAGES:
        assert {f"domain.{one}" for one in domains} <= set(staff_catalogue()[language])
