"""Staff bring texts as files: drafts, never published, with every fault by row or page; nothing is lost on the way."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from bot.admin.page_call import House
from bot.admin.staff_accounts import by_login
from bot.admin.upload_form import read_upload
from bot.audit_log import Audited, AuditRow
from bot.curation.curation_rows import GuideTopicRow, RevisionRow
from bot.curation.drafting import open_draft, save_draft
from bot.curation.entry_form import Texts, form_of
from bot.curation.guide_files import guide_file
from bot.curation.held_imports import held, keep, standing_of
from bot.curation.import_plan import plan_import
from bot.curation.import_rows import GuideImportRow
from bot.curation.revisions import text_hash, texts_of
from bot.curation.shipped_edition import read_shipped_texts, take_in
from bot.database import Database
from bot.errors import Refusal
from bot.questions.asking import Asking
from knowledge.data_folder import DATA
from knowledge.load import Shipped
from tests import import_files as made
from tests.conftest import FixedClock
from tests.import_files import ROW, TOPIC
from tests.staff_browser import StaffBrowser, a_house, quick_passwords, someone
from tests.test_staff_guide import PAYLOADS, TagsOf

SECOND = "care.stool"
on_both = pytest.mark.parametrize("on_postgres", [False, True], ids=["sqlite", "postgresql"])
"""The journey from a file to a draft, its faults and its clashes, on each of the two databases."""


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
    return a_house(database, clock, sampled, quick_asking, {one: file_texts[one] for one in (TOPIC, SECOND)})


@pytest.fixture
def new_topic(house: House) -> str:
    """A topic of the guide that was never taken in."""
    with house.database.transaction() as session:
        known = set(session.exec(select(GuideTopicRow.topic_id)).all())
    return next(topic_id for topic_id in house.desk.shipped.guide.topics if topic_id not in known)


@pytest.fixture
def browser(house: House) -> Callable[..., StaffBrowser]:
    def of(role: str, login: str = "") -> StaffBrowser:
        with house.database.transaction() as session:
            if by_login(session, login or role) is None:
                someone(session, house, login or role, role)
        return StaffBrowser(house).signs_in(login or role)

    return of


def revisions(house: House, topic_id: str) -> list[RevisionRow]:
    with house.database.transaction() as session:
        return list(session.exec(select(RevisionRow).where(RevisionRow.topic_id == topic_id)).all())


def mark(browser: StaffBrowser) -> str:
    return browser.page.text.split('name="mark" value="')[1].split('"')[0]


def keeps(browser: StaffBrowser, *topics: str) -> StaffBrowser:
    return browser.posts("/guide-import/keep", mark=mark(browser), topic=list(topics))


@on_both
def test_a_table_becomes_a_draft_of_what_it_names_and_nothing_is_published(house: House, browser: Callable) -> None:
    editor = browser("editor").opens("/guide-import")
    editor.brings("/guide-import", ("表.csv", made.a_csv()))
    assert "会有1份草稿" in editor.text
    assert "修改这个条目的草稿" in editor.text
    assert len(revisions(house, TOPIC)) == 1  # nothing is kept before the yes
    assert "长颈鹿牙刷" in StaffBrowser.opens(editor, f"/guide-import/topic/{TOPIC}").text
    keeps(editor.opens("/guide-import"), TOPIC)
    assert "已存成草稿" in editor.text
    assert TOPIC in editor.text
    before, draft = revisions(house, TOPIC)
    assert (draft.state, draft.authors, draft.based_on) == ("draft", "editor", 1)
    assert form_of(draft.entry).zh == form_of(before.entry).zh.replace(
        next(line for line in before.entry.split("\n") if line.startswith("第一颗牙冒出来就刷")),
        f"{ROW[4]} [@CNDENT]",
    )
    assert form_of(draft.entry).en == form_of(before.entry).en
    assert (draft.wordings_zh, draft.wordings_en) == (before.wordings_zh, before.wordings_en)
    assert not house.desk.living.refresh()  # parents read what they read before
    with house.database.transaction() as session:
        noted = session.exec(select(AuditRow).where(AuditRow.action == "guide.import")).one()
        assert session.exec(select(GuideImportRow)).all() == []
    assert noted.who == "editor"
    assert "表.csv" in noted.after
    assert TOPIC in noted.after
    assert "导入文件，存成草稿" in browser("administrator").opens("/audit").text


def test_who_brought_a_text_cannot_approve_it(house: House, browser: Callable) -> None:
    admin = browser("administrator").opens("/guide-import")
    keeps(admin.brings("/guide-import", ("a.csv", made.a_csv())), TOPIC)
    draft = revisions(house, TOPIC)[1]
    with house.database.transaction() as session:
        row = session.get(RevisionRow, draft.id)
        row.state = "in_review"
        session.add(row)
    fields = {"revision": draft.id, "version": draft.version, "verdict": "approve", "note": ""}
    admin.opens(f"/guide/{TOPIC}").posts(f"/guide/{TOPIC}/review", **fields)
    assert revisions(house, TOPIC)[1].state == "in_review"


@pytest.mark.parametrize("form", ["zip", "csv", "xlsx", "docx", "pdf"])
def test_a_template_brought_back_as_it_is_changes_nothing(house: House, browser: Callable, form: str) -> None:
    editor = browser("editor").opens("/guide-import")
    content = editor.client.get(f"/admin/guide-import/template/{form}")
    assert f"qihui-{TOPIC}.{form}" in content.headers["content-disposition"]
    editor.brings("/guide-import", (f"模板.{form}", content.content))
    assert "会有0份草稿；1个主题和现在一样，不动；0处没读懂" in editor.text
    assert 'name="mark"' not in editor.page.text  # there is nothing to keep


@pytest.mark.parametrize("form", ["zip", "csv", "xlsx"])
def test_the_whole_guide_out_and_in_again_changes_nothing(
    house: House, browser: Callable, file_texts: dict[str, Texts], form: str
) -> None:
    few = {topic_id: file_texts[topic_id] for topic_id in list(file_texts)[:12]}
    with house.database.transaction() as session:
        take_in(session, Audited("qihui", house.clock.now()), few, house.desk.shipped.guide)
    editor = browser("editor").opens("/guide-import")
    content = editor.client.get(f"/admin/guide-export/{form}").content
    editor.brings("/guide-import", (f"all.{form}", content))
    same = len(few.keys() | {TOPIC, SECOND})
    assert f"会有0份草稿；{same}个主题和现在一样，不动；0处没读懂" in editor.text


@on_both
def test_a_new_topic_becomes_the_draft_of_a_new_entry(
    house: House, browser: Callable, file_texts: dict[str, Texts], new_topic: str
) -> None:
    forged = file_texts[new_topic].entry.replace(
        "signed_by: null", "signed_by: {name: 某某, qualification: 主任医师, date: 2026-11-24}"
    )
    texts = {new_topic: replace(file_texts[new_topic], entry=forged)}
    editor = browser("editor").opens("/guide-import")
    editor.brings("/guide-import", ("new.zip", guide_file("zip", texts, "zh")))
    assert "新条目的草稿" in editor.text
    keeps(editor, new_topic)
    (draft,) = revisions(house, new_topic)
    assert draft.state == "draft"
    assert form_of(draft.entry).signed_by is None  # nobody here has signed it
    with house.database.transaction() as session:
        topic = session.get(GuideTopicRow, new_topic)
    assert (topic.published_id, topic.open_id) == (None, draft.id)
    assert editor.opens(f"/guide/{new_topic}").page.status_code == 200
    assert editor.opens(f"/guide/{new_topic}/edit").page.status_code == 200
    assert new_topic in editor.opens("/guide?work=open").text


@on_both
def test_faults_are_listed_by_row_and_their_topic_is_not_kept(house: House, browser: Callable) -> None:
    editor = browser("editor").opens("/guide-import")
    rows = (
        ROW,
        (SECOND, "zh", "简答", "", "没有出处的一句", ""),
        (TOPIC, "zh", "总结", "", "x", ""),
        ("no.topic", *ROW[1:]),
    )
    editor.brings("/guide-import", ("表.csv", made.a_csv(*rows)))
    assert "表.csv 第4行 : 没有“总结”这一栏" in editor.text
    assert "表.csv 第5行 : 指南里没有主题no.topic" in editor.text
    assert "表.csv 第3行 : 没有出处，请在行末写上" in editor.text  # of the check: the draft may be kept and mended
    assert "会有1份草稿" in editor.text
    keeps(editor, TOPIC, SECOND)
    assert len(revisions(house, TOPIC)) == 1
    assert len(revisions(house, SECOND)) == 2
    english = browser("editor", "two")
    english.client.post("/admin/language", data={"form_key": english.form_key(), "language": "en", "back": "/"})
    english.opens("/guide-import").brings("/guide-import", ("table.csv", made.a_csv(*rows)))
    assert "table.csv, row 4 : part '总结' is not known" in english.text


@on_both
def test_anothers_draft_is_left_alone_and_ones_own_is_gone_on_from(house: House, browser: Callable) -> None:
    by = Audited("somebody", house.clock.now())
    with house.database.transaction() as session:
        row = open_draft(session, by, TOPIC)
        texts = texts_of(row)
        save_draft(session, by, row.id, row.version, replace(texts, wordings_en="mine\n"), "")
    editor = browser("editor").opens("/guide-import")
    editor.brings("/guide-import", ("表.csv", made.a_csv()))
    assert "somebody正在改" in editor.text
    assert "会有0份草稿" in editor.text
    mine = browser("editor", "somebody").opens("/guide-import")
    keeps(mine.brings("/guide-import", ("表.csv", made.a_csv())), TOPIC)
    draft = revisions(house, TOPIC)[1]
    assert draft.wordings_en == "mine\n"
    assert ROW[4] in draft.entry


def test_nothing_is_laid_over_a_draft_that_is_not_of_the_form(house: House, browser: Callable) -> None:
    by = Audited("editor", house.clock.now())
    with house.database.transaction() as session:
        row = open_draft(session, by, TOPIC)
        broken = replace(texts_of(row), entry=texts_of(row).entry.replace("## 简答", "## 总结"))
        save_draft(session, by, row.id, row.version, broken, "")
    editor = browser("editor").opens("/guide-import")
    editor.brings("/guide-import", ("表.csv", made.a_csv()))
    assert "现在的草稿格式读不成" in editor.text
    assert "会有0份草稿" in editor.text
    keeps(editor, TOPIC)
    assert "没有选中任何一份草稿" in editor.text
    assert revisions(house, TOPIC)[1].wordings_en == broken.wordings_en


def test_what_moved_on_since_the_preview_is_shown_once_more(house: House, browser: Callable) -> None:
    editor = browser("editor").opens("/guide-import")
    editor.brings("/guide-import", ("表.csv", made.a_csv()))
    seen = mark(editor)
    by = Audited("editor", house.clock.now())
    with house.database.transaction() as session:
        row = open_draft(session, by, TOPIC)
        save_draft(session, by, row.id, row.version, replace(texts_of(row), wordings_en="later\n"), "")
    editor.posts("/guide-import/keep", mark=seen, topic=[TOPIC])
    assert "刚才指南变了" in editor.text
    assert ROW[4] not in revisions(house, TOPIC)[1].entry
    keeps(editor, "no.topic")
    assert "没有选中任何一份草稿" in editor.text


@on_both
def test_a_save_between_the_look_and_the_keeping_is_not_written_over(house: House, browser: Callable) -> None:
    by = Audited("editor", house.clock.now())
    editor = browser("editor").opens("/guide-import")
    editor.brings("/guide-import", ("表.csv", made.a_csv()))
    with house.database.transaction() as session:
        _, brought = held(session, "editor", by.now)
        standing = standing_of(session, [TOPIC], "editor")
    plan = plan_import(brought, [TOPIC], standing, lambda _topic, _texts: [], house.clock.today())
    with house.database.transaction() as session:
        row = open_draft(session, by, TOPIC)
        save_draft(session, by, row.id, row.version, replace(texts_of(row), wordings_en="later\n"), "")
    with house.database.transaction() as session, pytest.raises(Refusal) as caught:
        keep(session, by, plan, [TOPIC], "表.csv")
    assert caught.value.phrase == "refused.import_moved_on"


@on_both
def test_an_import_is_let_go_and_forgotten_after_a_day(house: House, browser: Callable, clock: FixedClock) -> None:
    editor = browser("editor").opens("/guide-import")
    editor.brings("/guide-import", ("表.csv", made.a_csv()))
    editor.posts("/guide-import/drop")
    assert "已放弃" in editor.text
    editor.brings("/guide-import", ("表.csv", made.a_csv()))
    clock.passes(hours=25)
    editor = browser("editor").opens("/guide-import")
    assert "读到的" not in editor.text
    editor.posts("/guide-import/keep", mark="x", topic=[TOPIC])
    assert "请再带来一次" in editor.text
    assert len(revisions(house, TOPIC)) == 1


def test_what_an_earlier_version_held_is_to_be_brought_again(house: House, browser: Callable) -> None:
    editor = browser("editor").opens("/guide-import")
    editor.brings("/guide-import", ("表.csv", made.a_csv()))
    with house.database.transaction() as session:
        row = session.get_one(GuideImportRow, "editor")
        row.brought = '{"lines": []}'
        session.add(row)
    editor.opens("/guide-import")
    assert "读到的" not in editor.text


def test_a_topic_in_two_files_is_not_kept(browser: Callable) -> None:
    editor = browser("editor").opens("/guide-import")
    editor.brings("/guide-import", ("一.csv", made.a_csv()), ("二.csv", made.a_csv()))
    assert "care.teeth在一.csv里也有" in editor.text
    assert "会有0份草稿" in editor.text


def test_script_in_imported_text_never_runs(house: House, browser: Callable) -> None:
    bullets = [(TOPIC, "zh", "这样做", "", f'"{one.replace(chr(34), chr(34) * 2)}"', "CNDENT") for one in PAYLOADS]
    wordings = [(TOPIC, "en", "wording", "", f'"{one.replace(chr(34), chr(34) * 2)}"', "") for one in PAYLOADS]
    names = [(f'"{one.replace(chr(34), chr(34) * 2)}"', "zh", "简答", "", "x", "") for one in PAYLOADS]
    editor = browser("editor").opens("/guide-import")
    pages = []
    for rows in ([*bullets, *wordings], names):
        editor.brings("/guide-import", ('"><script>alert(1)</script>.csv', made.a_csv(*rows)))
        pages.append(editor.page.text)
        if rows is not names:
            pages.append(editor.opens(f"/guide-import/topic/{TOPIC}").page.text)
            keeps(editor.opens("/guide-import"), TOPIC)
            draft = revisions(house, TOPIC)[1]
            assert "alert(1)" in draft.entry  # it is there, as a text
            pages += [
                editor.page.text,
                *(editor.opens(f"/guide/{TOPIC}{path}").page.text for path in ("", "/edit", "/preview", "/compare")),
            ]
            editor.opens("/guide-import")
    pages.append(browser("administrator").opens("/audit").page.text)
    for page in pages:
        tags = TagsOf(page)
        assert not set(tags.names) & {"script", "svg", "iframe", "math", "object", "style"}
        assert not [name for name, value in tags.attributes if name.startswith("on") or "javascript:" in value]
    assert "alert(1)" in pages[1]


def test_a_refused_file_is_told_in_one_sentence_and_changes_nothing(house: House, browser: Callable) -> None:
    editor = browser("editor").opens("/guide-import")
    for name, content, says in (
        ("密.pdf", made.an_encrypted_pdf(), "“密.pdf”加了密码"),
        ("扫.pdf", made.a_scanned_pdf(), "大概是扫描的图片"),
        ("弹.zip", made.a_bomb(30), "解压以后太大"),
        ("改名.docx", made.a_pdf(), "后缀和里面的内容对不上"),
    ):
        editor.brings("/guide-import", (name, content))
        assert editor.page.status_code == 422
        assert says in editor.text
        assert "什么都没改" in editor.text
    assert "还没有选文件" in editor.brings("/guide-import", ("", b"")).text
    with house.database.transaction() as session:
        assert session.exec(select(GuideImportRow)).all() == []


def test_fifty_megabytes_are_refused_while_they_come_in(browser: Callable) -> None:
    editor = browser("editor").opens("/guide-import")
    editor.brings("/guide-import", ("big.csv", b"x" * 50_200_000))
    assert "超过50 MB" in editor.text
    assert editor.page.status_code == 422


class Line:
    """A request whose body comes piece by piece, and that counts what was taken of it."""

    def __init__(self, head: bytes, pieces: int) -> None:
        self.headers = {"Content-Type": "multipart/form-data; boundary=line"}
        self.head, self.pieces, self.taken = head, pieces, 0
        self._all = self._body()

    def _body(self) -> Iterator[bytes]:
        yield self.head
        for _ in range(self.pieces):
            self.taken += 1
            yield b"x" * 100_000

    def stream(self):
        async def go():
            for chunk in self._all:
                yield chunk

        return go()


def test_of_what_is_too_large_no_more_than_the_limit_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    head = (
        b'--line\r\nContent-Disposition: form-data; name="form_key"\r\n\r\nkey\r\n'
        b'--line\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    )
    line = Line(head, 60)
    taken_at_refusal = []

    async def go() -> dict[str, list[str]]:
        async with read_upload(line, 1_000_000) as upload:
            taken_at_refusal.append(sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()))
            return upload.form

    assert asyncio.run(go()) == {"form_key": ["key"], "file_fault": ["too_large"]}
    assert taken_at_refusal == [0]
    assert line.taken == 60  # the rest is taken off the line, so that the browser reads the answer
    assert list(tmp_path.iterdir()) == []


def test_files_of_those_who_may_not_bring_them_are_not_read(
    house: House, browser: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("bot.admin.import_pages.read_outside_files", never)
    for role in ("reviewer", "reader", "organiser", "counsellor"):
        person = browser(role).opens("/account")
        assert person.brings("/guide-import", ("a.csv", made.a_csv())).page.status_code == 403
    stranger = StaffBrowser(house).opens("/sign-in")
    stranger.client.follow_redirects = False
    assert stranger.brings("/guide-import", ("a.csv", made.a_csv())).page.status_code == 303
    editor = browser("editor").opens("/guide-import")
    files = [("file", ("a.csv", made.a_csv()))]
    answer = editor.client.post("/admin/guide-import", data={"form_key": "guessed"}, files=files)
    assert answer.status_code == 403
    headers = {"sec-fetch-site": "cross-site"}
    data = {"form_key": editor.form_key()}
    assert editor.client.post("/admin/guide-import", data=data, files=files, headers=headers).status_code == 403


def test_word_and_pdf_of_the_whole_guide_are_refused_by_name(
    browser: Callable, house: House, file_texts: dict[str, Texts]
) -> None:
    with house.database.transaction() as session:
        take_in(session, Audited("qihui", house.clock.now()), file_texts, house.desk.shipped.guide)
    reviewer = browser("reviewer")
    assert "最多30个主题" in reviewer.opens("/guide-export/docx").text
    assert reviewer.opens("/guide-export/docx?domain=care").page.content.startswith(b"PK")
    assert "没有这种导出格式" in reviewer.opens("/guide-export/exe").text


def test_conflicts_stand_side_by_side_and_are_settled(
    house: House, browser: Callable, file_texts: dict[str, Texts]
) -> None:
    with house.database.transaction() as session:
        topic = session.get(GuideTopicRow, TOPIC)
        ours = session.get(RevisionRow, topic.published_id)
        texts = replace(texts_of(ours), entry=ours.entry.replace("早晚各一次", "早晚各两次"))
        mine = RevisionRow(
            **{**ours.model_dump(), "id": None, "number": 2, "entry": texts.entry, "text_hash": text_hash(texts)}
        )
        session.add(mine)
        session.flush()
        topic.published_id = mine.id
        session.add(topic)
        new = replace(file_texts[TOPIC], entry=file_texts[TOPIC].entry.replace("早晚各一次", "早晚各三次"))
        assert take_in(session, Audited("qihui", house.clock.now()), {TOPIC: new}, house.desk.shipped.guide).conflicts
    editor = browser("editor").opens("/guide-conflicts")
    assert "早晚各两次" in editor.text
    assert "早晚各三次" in editor.text
    assert "共1个主题" in editor.text
    editor.posts(f"/guide/{TOPIC}/settle", take="theirs")
    assert "共0个主题" in editor.opens("/guide-conflicts").text
    with house.database.transaction() as session:
        topic = session.get(GuideTopicRow, TOPIC)
        assert "早晚各三次" in session.get(RevisionRow, topic.open_id).entry
        assert "早晚各两次" in session.get(RevisionRow, topic.published_id).entry
