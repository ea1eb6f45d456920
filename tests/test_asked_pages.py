"""From what parents ask to a topic of its own: one click to the draft, and what became of the questions is in view."""

import re
from dataclasses import replace

import pytest
from sqlmodel import select

from bot.admin.page_call import House
from bot.admin.question_grouping import group_questions
from bot.curation.curation_rows import DealtGroupRow, GuideTopicRow, KeptQuestionRow, OwnTopicRow, RevisionRow
from bot.curation.entry_form import Texts, form_of
from bot.curation.own_topics import begin_topic
from bot.curation.shipped_edition import export, read_shipped_texts, take_in
from bot.database import Database
from bot.questions.asking import Asking, Question
from bot.questions.question_log import QuestionRow, note_question
from knowledge.data_folder import DATA, OWN_TOPICS
from knowledge.load import Shipped, read_topics
from tests.conftest import FixedClock
from tests.curation_stage import TOPIC, by
from tests.staff_browser import StaffBrowser, a_house, quick_passwords, someone

ASKED = "紫色长颈鹿滑板车怎么选"
OWN = "care.own-1"


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
    made = a_house(database, clock, sampled, quick_asking, {one: file_texts[one] for one in (TOPIC, "care.stool")})
    with database.transaction() as session:
        someone(session, made, "editor", "editor")
        someone(session, made, "reviewer", "reviewer")
    return made


@pytest.fixture
def editor(house: House) -> StaffBrowser:
    return StaffBrowser(house).signs_in("editor")


def ask(house: House, text: str, times: int = 1) -> str:
    """Ask so often, not be sure of the answer, and group what was asked. Returns the numbers in the log, with commas."""
    outcome = house.desk.asking(house.desk.living.current).ask(Question(text, "zh"))
    with house.database.transaction() as session:
        numbers = [
            note_question(session, replace(outcome, confidence=0.1), f"c{n}", "web", "e", house.clock.now())
            for n in range(times)
        ]
    group_questions(house.database, house.desk.vectors, house.clock.day_of, house.clock.now())
    return ",".join(map(str, numbers))


def test_a_group_becomes_the_draft_of_a_new_topic_and_then_its_answer(
    house: House, editor: StaffBrowser, file_texts: dict[str, Texts], clock: FixedClock
) -> None:
    numbers = f"{ask(house, ASKED, 3)},{ask(house, ASKED + '呢')}"
    editor.opens("/asked")
    shown = re.search(r'name="numbers" value="([\d,]+)"', editor.page.text)[1]
    assert set(shown.split(",")) == set(numbers.split(","))
    given = {"text": ASKED, "language": "zh", "age": "20", "numbers": numbers}
    editor.posts("/asked/topic", **given, domain="care", from_month="4", to_month="36")
    assert editor.page.url.path == f"/admin/guide/{OWN}/edit"
    with house.database.transaction() as session:
        draft = session.get(RevisionRow, session.get(GuideTopicRow, OWN).open_id)
        kept = session.exec(select(KeptQuestionRow)).one()
        dealt = session.exec(select(DealtGroupRow)).one()
        assert {row.dealt_with for row in session.exec(select(QuestionRow)).all()} == {dealt.id}
    assert draft.wordings_zh.split("\n")[:2] == [ASKED, ASKED + "呢"]
    assert (kept.text, kept.topic_id, kept.age_months) == (ASKED, OWN, 20)
    assert (dealt.became, dealt.questions, dealt.topic_id) == ("topic", 4, OWN)
    text = editor.opens("/asked").text
    assert "新主题:" in text
    assert 'action="/admin/asked/keep"' not in editor.page.text  # it left the list
    assert "新主题，还没发布" in editor.opens("/guide").text

    teeth = form_of(file_texts[TOPIC].entry)
    zh = teeth.zh.replace(teeth.zh.split("\n")[0], "# 滑板车怎么选", 1)
    fields = {
        "version": draft.version,
        "zh": zh,
        "en": teeth.en.replace(teeth.en.split("\n")[0], "# Choosing a scooter", 1),
        "skill": teeth.skill,
        "review_by": "2027-11-24",
        "source_id": [source_id for source_id, _ in teeth.sources],
        "section": [section for _, section in teeth.sources],
        "wordings_zh": draft.wordings_zh
        + "".join(f"{size}号滑板车{word}\n" for size in "甲乙丙丁戊" for word in ("多大能骑", "怎么刹住")),
        "wordings_en": "".join(
            f"is a {one} scooter safe\n" for one in ("red", "tiny", "large", "wooden", "folding", "used")
        ),
        "note": "",
        "do": "send",
    }
    editor.posts(f"/guide/{OWN}/edit", **fields)
    assert "已送审" in editor.text, editor.text
    reviewer = StaffBrowser(house).signs_in("reviewer").opens(f"/guide/{OWN}")
    step = _identity(house)
    reviewer.posts(f"/guide/{OWN}/review", **step, verdict="approve", note="")
    editor.opens(f"/guide/{OWN}").posts(f"/guide/{OWN}/publish", **_identity(house), at="")
    assert house.desk.living.refresh()
    outcome = house.desk.asking(house.desk.living.current).ask(Question(ASKED, "zh"))
    assert (outcome.decision, outcome.topic_ids[0]) == ("answer", OWN)
    assert house.desk.shipped.guide.topics[OWN].zh == "滑板车怎么选"
    clock.passes(hours=1)
    ask(house, ASKED)
    page = editor.opens("/asked").text
    assert "新主题: 滑板车怎么选 使用中 1 直接回答 找到了这个主题" in page, page


def _identity(house: House) -> dict[str, object]:
    with house.database.transaction() as session:
        row = session.get(RevisionRow, session.get(GuideTopicRow, OWN).open_id)
    return {"revision": row.id, "version": row.version}


def test_a_group_that_is_not_for_the_guide_leaves_the_list_and_comes_back_when_it_is_asked_again(
    house: House, editor: StaffBrowser
) -> None:
    numbers = ask(house, ASKED, 2)
    editor.opens("/asked").posts("/asked/aside", text=ASKED, language="zh", age="", numbers=numbers)
    assert "已移出列表" in editor.text
    assert f"{ASKED} 2次" in editor.text  # below, as dealt with
    assert 'action="/admin/asked/keep"' not in editor.page.text
    ask(house, ASKED)
    assert 'action="/admin/asked/keep"' in editor.opens("/asked").page.text


def test_two_who_deal_with_one_group_do_it_once(house: House, editor: StaffBrowser) -> None:
    given = {"text": ASKED, "language": "zh", "age": "", "numbers": ask(house, ASKED, 2)}
    topic = {"domain": "care", "from_month": "0", "to_month": "36"}
    editor.opens("/asked").posts("/asked/topic", **given, **topic)
    assert "刚刚已经处理过" in editor.opens("/asked").posts("/asked/topic", **given, **topic).text
    assert "刚刚已经处理过" in editor.opens("/asked").posts("/asked/wording", **given, topic_id=TOPIC).text
    with house.database.transaction() as session:
        assert session.get(GuideTopicRow, "care.own-2") is None
        assert session.get(GuideTopicRow, TOPIC).open_id is None
        assert len(session.exec(select(DealtGroupRow)).all()) == 1


def test_a_topic_of_emergencies_or_with_ages_the_wrong_way_round_is_refused(house: House, editor: StaffBrowser) -> None:
    given = {"text": ASKED, "language": "zh", "age": "", "numbers": ask(house, ASKED)}
    editor.opens("/asked")
    for wrong in ({"domain": "emergency"}, {"domain": "no such"}):
        assert "急救内容随程序更新" in editor.posts("/asked/topic", **given, **wrong).text
    for months in (("9", "3"), ("0", "99"), ("x", "3")):
        editor.posts("/asked/topic", **given, domain="care", from_month=months[0], to_month=months[1])
        assert "月龄请填0到36" in editor.text
    with house.database.transaction() as session:
        assert session.get(GuideTopicRow, OWN) is None
        assert session.exec(select(DealtGroupRow)).all() == []


def test_topics_added_here_are_numbered_on_both_databases(any_database: Database, clock: FixedClock) -> None:
    with any_database.transaction() as session:
        ids = [
            begin_topic(session, by(clock, "editor"), domain, ASKED, (0, 36), {"zh": [ASKED], "en": []}).topic_id
            for domain in ("care", "care", "sleep")
        ]
    assert ids == [OWN, "care.own-2", "sleep.own-1"]


def test_a_topic_added_here_goes_out_with_the_files_and_into_another_house(
    guided: Database, shipped: Shipped, clock: FixedClock, tmp_path
) -> None:
    with guided.transaction() as session:
        draft = begin_topic(session, by(clock, "editor"), "care", ASKED, (0, 36), {"zh": [ASKED], "en": []})
        topic = session.get(GuideTopicRow, OWN)
        draft.state, draft.published_at, topic.published_id, topic.open_id = "published", clock.now(), draft.id, None
        session.add_all([draft, topic])
        export(session, tmp_path)
    (tmp_path / "topics.yaml").write_bytes((DATA / "topics.yaml").read_bytes())
    topics = read_topics(tmp_path)
    assert (topics[OWN].zh, topics[OWN].own) == (ASKED, True)
    assert (tmp_path / OWN_TOPICS).is_file()
    assert not any(topic.own for topic in shipped.guide.topics.values())
    other = Database(f"sqlite:///{tmp_path}/other.sqlite3")
    other.upgrade()
    guide = replace(
        shipped.guide, topics=topics, entries={OWN: replace(shipped.guide.entries[TOPIC], topic=topics[OWN])}
    )
    with other.transaction() as session:
        assert take_in(session, by(clock, "qihui"), read_shipped_texts(tmp_path, guide), guide).fresh == (OWN,)
        assert begin_topic(session, by(clock, "x"), "care", "x", (0, 36), {}).topic_id == "care.own-2"
        other_houses = OwnTopicRow(
            topic_id="care.own-7", zh="x", en="x", from_month=0, to_month=36, added_by="x", added_at=clock.now()
        )
        session.add(other_houses)
        assert begin_topic(session, by(clock, "x"), "care", "x", (0, 36), {}).topic_id == "care.own-8"
    with guided.transaction() as session:  # back into the house it came from
        files = read_shipped_texts(tmp_path, guide)
        assert take_in(session, by(clock, "qihui"), files, guide).unchanged == 1
        newer = {OWN: replace(files[OWN], wordings_zh="新的说法\n")}
        assert take_in(session, by(clock, "qihui"), newer, guide).conflicts == (OWN,)
        assert session.get(GuideTopicRow, OWN).published_id == draft.id
        assert take_in(session, by(clock, "qihui"), newer, guide).unchanged == 1
        session.get(GuideTopicRow, OWN).published_id = None  # withdrawn: the last of its kind
        session.flush()
        export(session, tmp_path)
    assert not (tmp_path / OWN_TOPICS).exists()
    assert not list(tmp_path.rglob("own-1.*"))
    assert OWN not in read_topics(tmp_path)
