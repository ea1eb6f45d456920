"""Editors mend the guide in the browser: write, check, review, sign, publish, see the effect; script never runs."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest
from sqlmodel import select

from bot.admin.impact import Changed
from bot.admin.page_call import House
from bot.admin.question_grouping import group_questions
from bot.admin.question_groups import PoorlyAnswered, grouped
from bot.admin.staff_accounts import by_login
from bot.conversation.phrases import catalogue
from bot.curation.curation_rows import GuideTopicRow, KeptQuestionRow, RevisionRow
from bot.curation.entry_form import Texts, form_of
from bot.curation.problem_words import in_words
from bot.curation.revisions import text_hash
from bot.curation.shipped_edition import read_shipped_texts
from bot.database import Database
from bot.events.visit_states import STATES
from bot.questions.asking import Asking, Question
from bot.questions.question_log import note_feedback, note_question
from knowledge.data_folder import DATA
from knowledge.load import Shipped
from tests.conftest import REPOSITORY, FixedClock
from tests.staff_browser import StaffBrowser, a_house, quick_passwords, someone

TOPIC = "care.teeth"
PASSED_ON = {
    "event_choice.",
    "event_when.",
    "event_status.",
    "home_state.",
    "announcement_topic.",
    "place_kind.",
    "place_fresh.",
}
"""Beginnings of keys that a page gives to the macro that makes a choice."""

PAYLOADS = (REPOSITORY / "tests" / "cases" / "script_payloads.txt").read_text("utf-8").splitlines()


class TagsOf(HTMLParser):
    """The elements and attributes that a browser would see in a page, texts and quoted values left aside."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


@pytest.fixture(scope="module")
def file_texts(shipped: Shipped) -> dict[str, Texts]:
    return read_shipped_texts(DATA, shipped.guide)


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
    few = {topic_id: file_texts[topic_id] for topic_id in (TOPIC, "care.stool", "emergency.choking")}
    return a_house(database, clock, sampled, quick_asking, few)


@pytest.fixture
def browser(house: House) -> Callable[..., StaffBrowser]:
    def of(role: str, login: str = "") -> StaffBrowser:
        with house.database.transaction() as session:
            if by_login(session, login or role) is None:
                someone(session, house, login or role, role)
        return StaffBrowser(house).signs_in(login or role)

    return of


def open_row(house: House) -> RevisionRow:
    with house.database.transaction() as session:
        return session.get(RevisionRow, session.get(GuideTopicRow, TOPIC).open_id)


def fields_of(row: RevisionRow, **changed: object) -> dict[str, object]:
    """The editor's form as the page holds it."""
    form = form_of(row.entry)
    return {
        "version": row.version,
        "zh": form.zh,
        "en": form.en,
        "skill": form.skill,
        "review_by": form.review_by,
        "related": " ".join(form.related),
        "to_verify": "\n".join(form.to_verify),
        "source_id": [source_id for source_id, _ in form.sources],
        "section": [section for _, section in form.sources],
        "wordings_zh": row.wordings_zh,
        "wordings_en": row.wordings_en,
        "note": "",
    } | changed


def identity(row: RevisionRow) -> dict[str, object]:
    return {"revision": row.id, "version": row.version}


def test_from_a_draft_to_what_parents_read(house: House, browser: Callable) -> None:
    editor, doctor = browser("editor"), browser("reviewer")
    editor.opens(f"/guide/{TOPIC}").posts(f"/guide/{TOPIC}/draft")
    row = open_row(house)
    zh = form_of(row.entry).zh.replace("## 分月龄", "## 分月龄", 1)
    zh = re.sub(r"(## 简答\n)[^\n]+ (\[@)", r"\1长颈鹿牙刷早晚各刷一次。 \2", zh, count=1)
    editor.posts(f"/guide/{TOPIC}/edit", **fields_of(row, zh=zh, do="save"))
    assert "已保存" in editor.text
    row = open_row(house)
    editor.posts(f"/guide/{TOPIC}/edit", **fields_of(row, do="send"))
    assert "已送审" in editor.text, editor.text
    row = open_row(house)
    assert "长颈鹿牙刷" in doctor.opens(f"/guide/{TOPIC}/preview?revision={row.id}").text
    assert "长颈鹿牙刷" in doctor.opens(f"/guide/{TOPIC}/compare").text
    doctor.opens(f"/guide/{TOPIC}").posts(f"/guide/{TOPIC}/review", **identity(row), verdict="approve", note="")
    assert "已通过" in doctor.text
    row = open_row(house)
    doctor.posts(f"/guide/{TOPIC}/sign", **identity(row), understood="on")
    assert "职称或资质" in doctor.text
    with house.database.transaction() as session:
        person = by_login(session, "reviewer")
        person.qualification = "主任医师"
        session.add(person)
    doctor.opens(f"/guide/{TOPIC}").posts(f"/guide/{TOPIC}/sign", **identity(row))
    assert "我已通读" in doctor.text
    doctor.posts(f"/guide/{TOPIC}/sign", **identity(row), understood="on")
    assert "已签字" in doctor.text
    row = open_row(house)
    editor.opens(f"/guide/{TOPIC}").posts(f"/guide/{TOPIC}/publish", **identity(row), at="")
    assert "已发布" in editor.text
    assert house.desk.living.refresh()
    entry = house.desk.shipped.guide.entries[TOPIC]
    assert entry.zh.short_answer.text == "长颈鹿牙刷早晚各刷一次。"
    assert (entry.signed_by.name, entry.signed_by.qualification) == ("Reviewer", "主任医师")
    with house.database.transaction() as session:
        first = session.exec(select(RevisionRow).where(RevisionRow.topic_id == TOPIC, RevisionRow.number == 1)).one()
    editor.opens(f"/guide/{TOPIC}").posts(f"/guide/{TOPIC}/roll-back", revision=first.id)
    assert "已退回" in editor.text
    house.desk.living.refresh()
    assert "长颈鹿" not in house.desk.shipped.guide.entries[TOPIC].zh.short_answer.text


def test_errors_name_the_line_and_what_to_do_in_the_editors_language(house: House, browser: Callable) -> None:
    editor = browser("editor").opens(f"/guide/{TOPIC}")
    editor.posts(f"/guide/{TOPIC}/draft")
    row = open_row(house)
    form = form_of(row.entry)
    zh = form.zh + "\n- 没有出处的一句"
    editor.posts(f"/guide/{TOPIC}/edit", **fields_of(row, zh=zh, wordings_en="too few", do="send"))
    assert f"中文 第{zh.count(chr(10)) + 1}行 : 没有出处，请在行末写上" in editor.text
    assert "说法只有1条，至少25条" in editor.text
    assert "处要改，改好才能送审" in editor.text
    assert open_row(house).state == "draft"
    assert "没有出处的一句" in open_row(house).entry  # what was typed is kept


def test_what_was_typed_is_not_lost_when_somebody_else_saved(house: House, browser: Callable) -> None:
    one, two = browser("editor", "one"), browser("editor", "two")
    one.opens(f"/guide/{TOPIC}").posts(f"/guide/{TOPIC}/draft")
    row = open_row(house)
    two.opens(f"/guide/{TOPIC}/edit")
    one.posts(f"/guide/{TOPIC}/edit", **fields_of(row, note="一", do="save"))
    two.posts(f"/guide/{TOPIC}/edit", **fields_of(row, zh=form_of(row.entry).zh + "\n- 我的一句", do="save"))
    assert "别人刚改过" in two.text
    assert "我的一句" in two.text
    assert "我的一句" not in open_row(house).entry


def test_script_in_an_entry_a_wording_or_a_question_never_runs(house: House, browser: Callable) -> None:
    payload = " ".join(PAYLOADS)
    editor = browser("editor").opens(f"/guide/{TOPIC}")
    editor.posts(f"/guide/{TOPIC}/draft")
    row = open_row(house)
    zh = form_of(row.entry).zh.replace("## 简答\n", f"## 简答\n{payload} ", 1)
    wordings = "\n".join([row.wordings_zh, *PAYLOADS])
    editor.posts(f"/guide/{TOPIC}/edit", **fields_of(row, zh=zh, wordings_zh=wordings, note=payload[:400], do="save"))
    pages = [editor.page.text]
    kept = open_row(house)
    for path in ("", "/edit", f"/preview?revision={kept.id}", "/compare"):
        pages.append(editor.opens(f"/guide/{TOPIC}{path}").page.text)
    for one in PAYLOADS:
        ask(house, f"牙刷{one}", 1, disliked=True)
        pages.append(editor.client.get("/admin/playground", params={"text": one}).text)
        pages.append(editor.client.get("/admin/audit", params={"who": one, "subject": one}).text)
    pages.append(editor.opens("/asked").page.text)
    for page in pages:
        tags = TagsOf(page)
        assert not set(tags.names) & {"script", "svg", "iframe", "math", "object", "style"}
        assert not [
            name for name, value in tags.attributes if name.startswith("on") or "javascript:" in value.split(" ")[0]
        ]
    assert "{{ 7*7 }}" in pages[0]


def test_the_list_shows_what_waits(house: House, browser: Callable, clock: FixedClock) -> None:
    editor = browser("editor").opens("/guide?work=unsigned")
    assert TOPIC in editor.text
    assert "emergency.choking" in editor.text
    assert TOPIC not in editor.opens("/guide?work=overdue").text
    clock.passes(days=500)
    editor = browser("editor").opens("/guide?work=overdue")
    assert TOPIC in editor.text
    assert "已过期" in editor.text


def test_the_playground_shows_decision_parts_and_danger(browser: Callable) -> None:
    reader = browser("reader").opens("/playground?text=宝宝怎么刷牙&age=14&language=zh")
    assert "家长会看到" in reader.text
    assert "字面分类" in reader.text
    assert "14个月" in reader.text
    urgent = reader.opens("/playground?text=孩子没有呼吸了叫不醒&language=zh")
    assert "规则命中" in urgent.text
    assert "打120" in urgent.text


def ask(house: House, text: str, times: int, *, disliked: bool = False) -> None:
    outcome = house.desk.asking(house.desk.living.current).ask(Question(text, "zh"))
    outcome = replace(outcome, confidence=0.1)
    with house.database.transaction() as session:
        for number in range(times):
            row = note_question(session, outcome, f"chat{number}", "web", "e", house.clock.now())
            if disliked:
                note_feedback(session, row, f"chat{number}", helpful=False)
    group_questions(house.database, house.desk.vectors, house.clock.day_of, house.clock.now())


def test_what_parents_ask_becomes_a_wording_and_a_kept_question_by_one_click(house: House, browser: Callable) -> None:
    ask(house, "紫色长颈鹿牙刷好不好", 3, disliked=True)
    editor = browser("editor").opens("/asked")
    assert "紫色长颈鹿牙刷好不好 3次" in editor.text
    editor.posts("/asked/wording", text="紫色长颈鹿牙刷好不好", topic_id=TOPIC, language="zh", age="")
    row = open_row(house)
    assert "紫色长颈鹿牙刷好不好" in row.wordings_zh
    with house.database.transaction() as session:
        kept = session.exec(select(KeptQuestionRow)).one()
    assert (kept.text, kept.topic_id) == ("紫色长颈鹿牙刷好不好", TOPIC)
    page = editor.opens(f"/guide/{TOPIC}/impact").text
    assert "其中1个是考题" in page
    assert "考题答对" in page
    assert "改后1个" in page
    editor.opens("/asked").posts("/asked/keep", text="x", topic_id="no.topic", language="zh", age="")
    assert "没有这个主题" in editor.text


@pytest.mark.parametrize(
    ("before", "after", "better"),
    [
        (("no_answer", TOPIC), ("answer", TOPIC), True),
        (("answer", TOPIC), ("no_answer", TOPIC), False),
        (("answer", "care.stool"), ("answer", TOPIC), True),
        (("answer", TOPIC), ("choices", TOPIC), None),
    ],
)
def test_a_change_is_for_the_better_where_the_parent_now_comes_to_the_right_topic(
    before: tuple[str, str], after: tuple[str, str], better: bool | None
) -> None:
    assert Changed(("kept", 1), *before, *after, TOPIC).better is better
    assert Changed(("kept", 1), *before, *after, None).better is None


def test_questions_of_one_meaning_come_together_with_their_trend(house: House) -> None:
    today = date(2026, 11, 24)
    texts = ["宝宝刷牙用什么牙膏", "宝宝刷牙用什么牙膏呢", "大便绿色怎么回事", "宝宝刷牙用什么牙膏"]
    questions = [
        PoorlyAnswered(n, text, "zh", today - timedelta(days=8 * n), "no_answer", TOPIC, None)
        for n, text in enumerate(texts)
    ]
    groups = grouped(questions, house.desk.vectors(texts), today)
    assert [group.count for group in groups] == [3, 1]
    assert groups[0].trend == (1, 0, 1, 1)
    assert groups[0].whys == (("no_answer", 3),)


def test_a_conflict_with_a_new_edition_is_listed_and_settled(
    house: House, browser: Callable, file_texts: dict[str, Texts]
) -> None:
    from bot.audit_log import Audited
    from bot.curation.shipped_edition import take_in

    editor = browser("editor").opens(f"/guide/{TOPIC}")
    with house.database.transaction() as session:
        topic = session.get(GuideTopicRow, TOPIC)
        ours = session.get(RevisionRow, topic.published_id)
        mine = RevisionRow(
            **{**ours.model_dump(), "id": None, "number": 2, "text_hash": text_hash(Texts("a", "b", "c"))}
        )
        session.add(mine)
        session.flush()
        topic.published_id = mine.id
        session.add(topic)
        new = replace(file_texts[TOPIC], wordings_en=file_texts[TOPIC].wordings_en + "one more\n")
        assert take_in(session, Audited("qihui", house.clock.now()), {TOPIC: new}, house.desk.shipped.guide).conflicts
    assert TOPIC in editor.opens("/guide?work=conflict").text
    assert "有出入" in editor.opens(f"/guide/{TOPIC}").text
    editor.posts(f"/guide/{TOPIC}/settle", take="ours")
    assert "已处理" in editor.text
    assert TOPIC not in editor.opens("/guide?work=conflict").text


def test_every_finding_of_the_check_is_said_in_chinese() -> None:
    """Each sentence in the check's own source, with a word for every value, has its pair."""
    import ast

    files = ("knowledge/entry_file.py", "knowledge/check.py", "bot/curation/proofreading.py")
    missing = []
    for file in files:
        for node in ast.walk(ast.parse((REPOSITORY / file).read_text("utf-8"))):
            sentence = _sentence(node)
            if sentence and not re.search(r"[\u4e00-\u9fff]", in_words(sentence, "zh")):
                missing.append(f"{file}: {sentence}")
    missing = [
        one for one in missing if "% the same as {file}" not in one and "VALUE the same as VALUE:VALUE" not in one
    ]
    assert missing == []


def _sentence(node: object) -> str | None:
    import ast

    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add":
        argument = node.args[1] if len(node.args) == 2 else None
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"report", "Problem"}:
        argument = node.args[-1]
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "message":
        argument = node.value
    else:
        return None
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    if isinstance(argument, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "VALUE" for part in argument.values)
    return None


def test_every_phrase_of_the_pages_exists_and_every_phrase_is_used() -> None:
    from bot.admin.permissions import ACTIONS, ROLES
    from bot.admin.staff_words import staff_catalogue

    folder = REPOSITORY / "bot"
    sources = [
        *folder.glob("admin/*.py"),
        *folder.glob("curation/*.py"),
        *folder.glob("indicators/*.py"),
        *folder.glob("admin/pages/*.html"),
        folder / "audit_log.py",
        folder / "tickets" / "ticket_desk.py",
    ]
    code = "\n".join(path.read_text("utf-8") for path in sources)
    known = set(staff_catalogue()["zh"])
    named = set(re.findall(r"""\bw\(\s*["']([a-z_]+\.[a-z0-9_.-]+)["']""", code)) | set(
        re.findall(r'Refusal\(\s*"([^"]+)"', code)
    )
    assert sorted(key for key in named - known - set(catalogue()["zh"]) if not key.endswith(("_", "."))) == []
    begun = (
        r"""\bw\(\s*["']([a-z_]+\.[a-z_.]*)["']\s*~""",
        r"""\b(?:w|word)\(\s*f["']([a-z_]+\.[a-z_.]*)\{""",
        r"""=\s*f["']([a-z_]+\.[a-z_.]*)\{""",
    )
    prefixes = {prefix for pattern in begun for prefix in re.findall(pattern, code)} | {"said.", *PASSED_ON}
    below = "\n".join(
        path.read_text("utf-8") for room in ("events", "outreach") for path in folder.glob(f"{room}/*.py")
    )
    written = set(re.findall(r"""["']([a-z_]+\.[a-z0-9_.-]+)["']""", code + below)) | {
        f"visit.is.{state}" for state in STATES
    }
    unused = [key for key in known - written if not key.startswith(tuple(prefixes))]
    assert sorted(unused) == []
    said = set(re.findall(r'call\.go\([^)]*?, "([a-z_]+)"\)|_back\(call, "([a-z_]+)"', code))
    assert {f"said.{one or two}" for one, two in said} <= known
    did = set(re.findall(r'note_change_by\(\s*session,\s*(?:by|call\.by|Audited\([^)]*\)),\s*"([a-z._]+)"', code))
    assert {f"did.{action}" for action in did} <= known
    assert len(did) > 15
    assert {f"role.{role}" for role in ROLES} | {f"action.{action}" for action in ACTIONS} <= known
