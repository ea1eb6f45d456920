"""What may come in as a file, and what is turned away with one sentence, by a process that cannot be carried off."""

import ast
import io
import re
import zipfile
from datetime import date
from functools import reduce
from pathlib import Path

import pytest

from bot.admin.staff_words import word
from bot.curation.import_pieces import Brought, part_named
from bot.curation.printed_guide import wrapped
from bot.curation.problem_words import in_words
from bot.curation.read_files import read_file
from bot.curation.reading_process import read_outside_files
from bot.curation.text_lines import joined
from bot.errors import Refusal
from knowledge.load import Shipped
from tests import import_files as made
from tests.conftest import REPOSITORY
from tests.import_files import HEADER, ROW, TOPIC

SHORT = "长颈鹿牙刷早晚各刷一次。 [@CNDENT]"
MARKDOWN = f"---\nid: {TOPIC}\nskill: care\n---\n\n# 刷牙\n\n## 简答\n{SHORT}\n"


def read(tmp_path: Path, name: str, content: bytes | str, **options: float) -> Brought:
    path = tmp_path / "brought"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_outside_files([(name, path)], **options)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("一篇.md", MARKDOWN),
        ("mark.md", "\ufeff" + MARKDOWN.replace("\n", "\r\n")),
        ("dir.zip", made.a_zip({"guide/care/teeth.md": MARKDOWN, "__MACOSX/._x": "x", "guide/": ""})),
        ("表.csv", made.a_csv()),
        ("utf8.csv", made.a_csv(encoding="utf-8")),
        ("excel.csv", made.a_csv(encoding="gb18030")),
        ("semicolon.csv", made.a_csv().replace(b",", b";")),
        ("表.xlsx", made.an_xlsx()),
        ("文.docx", made.a_docx()),
        ("文.pdf", made.a_pdf()),
    ],
)
def test_a_good_file_of_each_kind_brings_its_line(tmp_path: Path, name: str, content: bytes | str) -> None:
    brought = read(tmp_path, name, content)
    assert brought.faults == []
    assert [(p.topic, p.language, p.text) for p in brought.pieces if p.part == "short"] == [(TOPIC, "zh", SHORT)]


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("空.md", b"", "empty"),
        ("bom.csv", b"\xef\xbb\xbf\r\n", "empty"),
        ("a.xlsx", made.saved(made.Workbook()), "empty"),
        ("a.zip", made.a_zip({}), "empty"),
        ("a.docx", made.saved(made.Document()), "empty"),
        ("a.docx", made.a_pdf(), "name"),
        ("a.pdf", made.an_xlsx(), "name"),
        ("a.csv", made.an_xlsx(), "name"),
        ("a.xlsx", made.a_csv(), "name"),
        ("a.docx", made.a_zip({"guide/care/teeth.md": MARKDOWN}), "name"),
        ("a.csv", MARKDOWN, "name"),
        ("a.exe", b"MZ\x90\x00" + b"\x00" * 100, "kind"),
        ("a.csv", b"GIF89a\x00\x01", "kind"),
        ("a.md", "<html><script>alert(1)</script>", "kind"),
        ("a.odt", "text", "kind"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old_office"),
        ("a.docx", made.an_encrypted_office_file(), "encrypted"),
        ("a.pdf", made.an_encrypted_pdf(), "encrypted"),
        ("a.zip", made.an_encrypted_zip(), "encrypted"),
        ("a.pdf", made.a_scanned_pdf(), "scanned"),
        ("a.pdf", b"%PDF-1.7\n" + b"garbage " * 100, "broken"),
        ("a.xlsx", made.an_xlsx()[:900], "broken"),
        ("a.xlsx", made.a_zip({"xl/workbook.xml": "<a>"}), "broken"),
        ("a.docx", made.a_zip({"word/document.xml": "<a/>"}), "broken"),
        ("a.csv", "主题编号,栏目,内容\n".encode("utf-16"), "encoding"),
        ("a.csv", b"topic,part,text\n\xff\xff\xff\xfe\x80", "encoding"),
        ("a.csv", made.a_csv((TOPIC, "zh", "简答", "", "=HYPERLINK(A1)", "")), "formula"),
        ("a.xlsx", made.an_xlsx((TOPIC, "zh", "简答", "", "=1+1", "")), "formula"),
        ("a.xlsx", made.with_member(made.an_xlsx(), "xl/vbaProject.bin", b"x"), "macros"),
        ("a.docx", made.with_member(made.a_docx(), "word/vbaProject.bin", b"x"), "macros"),
        ("a.docx", made.with_declaration(made.a_docx(), "word/document.xml"), "entities"),
        ("a.docx", made.with_declaration(made.a_docx(), "docProps/core.xml"), "entities"),
        ("a.xlsx", made.with_declaration(made.an_xlsx(), "xl/worksheets/sheet1.xml"), "entities"),
        ("a.zip", made.a_bomb(30), "bomb"),
        ("a.docx", made.with_member(made.a_docx(), "word/media/x.bin", b"0" * 30_000_000), "bomb"),
        ("a.xlsx", made.with_member(made.an_xlsx(), "xl/x.bin", b"0" * 30_000_000), "bomb"),
        ("a.zip", made.a_lying_bomb(), "broken"),
        ("a.zip", made.a_zip({f"guide/{n}.md": "" for n in range(3_001)}), "members"),
        ("a.zip", made.a_zip({"../teeth.md": MARKDOWN}), "path"),
        ("a.zip", made.a_zip({"guide/../../teeth.md": MARKDOWN}), "path"),
        ("a.zip", made.a_zip({"/etc/teeth.md": MARKDOWN}), "path"),
        ("a.zip", made.a_zip({"C:\\teeth.md": MARKDOWN}), "path"),
        ("a.zip", made.a_symlink_zip(), "path"),
        ("a.zip", made.a_zip({"guide/teeth.sh": "x"}), "member"),
        ("a.zip", made.a_zip({"inner.zip": made.a_zip({"a.md": MARKDOWN})}), "member"),
        ("a.csv", "a,b,c\n1,2,3\n", "columns"),
        ("a.docx", made.a_tracked_docx(), "tracked"),
        ("a.docx", made.a_docx_with_a_control(), "tracked"),
    ],
)
def test_what_cannot_be_taken_is_refused_whole_with_a_sentence_in_both_languages(
    tmp_path: Path, name: str, content: bytes | str, key: str
) -> None:
    path = tmp_path / "brought"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(Refusal) as caught:
        read_file(path, name)  # what the process does with each file
    assert caught.value.phrase == f"refused.import_{key}"
    for language in ("zh", "en"):
        assert name in word(caught.value.phrase, language, caught.value.values)


def test_a_lying_bomb_is_counted_and_not_believed() -> None:
    with zipfile.ZipFile(io.BytesIO(made.a_lying_bomb())) as archive:
        assert archive.infolist()[0].file_size == 10


@pytest.mark.parametrize(("content", "key"), [(made.a_bomb(30), "bomb"), (b"", "empty")])
def test_the_process_hands_its_refusal_on(tmp_path: Path, content: bytes, key: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(tmp_path, "a.zip", content)
    assert (caught.value.phrase, caught.value.values["file"]) == (f"refused.import_{key}", "a.zip")


def test_reading_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        read(tmp_path, "a.csv", made.a_csv(), timeout_s=0.01)
    assert caught.value.phrase == "refused.import_too_slow"


def test_a_reader_that_wants_more_memory_than_it_may_have_is_stopped(tmp_path: Path) -> None:
    """A small Word file whose text becomes a tree larger than what the process is given."""
    with zipfile.ZipFile(io.BytesIO(made.a_docx())) as archive:
        text = archive.read("word/document.xml").decode()
    lines = "".join(f"<w:p><w:r><w:t>{n * 7919 % 1_000_003}</w:t></w:r></w:p>" for n in range(400_000))
    swollen = text.replace("<w:sectPr", f"{lines}<w:sectPr", 1)
    path = tmp_path / "a.docx"
    path.write_bytes(made.with_member(made.a_docx(), "word/document.xml", swollen))
    with pytest.raises(Refusal) as caught:
        read_outside_files([("a.docx", path)], memory_bytes=120_000_000)
    assert caught.value.phrase in {"refused.import_too_much", "refused.import_broken"}  # libxml2 does not say which


def test_more_text_than_a_guide_could_hold_is_stopped(tmp_path: Path) -> None:
    """Twenty million characters and more."""
    rows = "".join(f"{TOPIC},zh,wording,,{number:0600d},\n" for number in range(34_000))
    with pytest.raises(Refusal) as caught:
        read(tmp_path, "a.csv", f"topic,language,part,months,text,sources\n{rows}")
    assert caught.value.phrase == "refused.import_too_much"


@pytest.mark.parametrize(
    ("rows", "number", "says"),
    [
        ([ROW, ("", *ROW[1:])], 3, "there is no topic id in the first column"),
        ([("Teeth!", *ROW[1:])], 2, "there is no topic id in the first column"),
        ([(TOPIC, "zh", "小结", "", "x", "")], 2, "part '小结' is not known"),
        ([(TOPIC, "fr", "wording", "", "x", "")], 2, "language 'fr' is not known"),
        ([(TOPIC, "zh", "分月龄", "4月12日", "x", "CNDENT")], 2, "months '4月12日' is no age band"),
        ([(TOPIC, "", "来源", "", "x", "")], 2, "a source without its id"),
        ([(TOPIC, "zh", "简答", "", "", "")], 2, "the text is empty"),
        ([ROW, ROW, (TOPIC, "zh", "简答", "", '"一\n二"', "")], 4, "a line break inside a cell"),
    ],
)
def test_a_row_that_is_not_understood_is_named_with_what_to_do(
    tmp_path: Path, rows: list[tuple[str, ...]], number: int, says: str
) -> None:
    brought = read(tmp_path, "表.csv", made.a_csv(*rows))
    fault = brought.faults[0]
    assert (fault.place.kind, fault.place.number) == ("row", number)
    assert fault.message.startswith(says)


def test_excel_that_made_a_date_of_an_age_band_is_told(tmp_path: Path) -> None:
    brought = read(tmp_path, "a.xlsx", made.an_xlsx((TOPIC, "zh", "分月龄", date(2026, 4, 12), "x", "CNDENT")))
    assert "is no age band" in brought.faults[0].message
    assert brought.faults[0].place.number == 2


def test_a_word_file_names_the_paragraph(tmp_path: Path) -> None:
    lines = (
        ("序言", ""),
        (f"编号：{TOPIC}", ""),
        ("总结", "Heading 2"),
        ("分月龄", "Heading 2"),
        ("很久", "Heading 3"),
    )
    faults = read(tmp_path, "a.docx", made.a_docx(*lines)).faults
    assert [(fault.place.kind, fault.place.number, fault.topic) for fault in faults] == [
        ("paragraph", 1, ""), ("paragraph", 3, TOPIC), ("paragraph", 5, TOPIC),
    ]  # fmt: skip


def test_a_word_file_loses_no_title_to_the_next(tmp_path: Path) -> None:
    lines = ((f"编号：{TOPIC}", ""), ("刷牙", "Heading 1"), ("另一个题目", "Heading 1"), ("简答", "Heading 2"))
    brought = read(tmp_path, "a.docx", made.a_docx(*lines))
    assert [(fault.place.number, fault.topic) for fault in brought.faults] == [(3, TOPIC)]
    assert "two titles" in brought.faults[0].message


def test_a_pdf_joins_its_lines_and_names_the_page(tmp_path: Path) -> None:
    first = (
        f"ID: {TOPIC}",
        "Brushing teeth",
        "Short answer",
        "Start with the first tooth, and",
        "go on. [@CNDENT]",
        "1",
    )
    second = ("Do", "• Brush twice", "a day. [@CNDENT]", "## Nothing", "## Do", "- Rinse. [@CNDENT]")
    brought = read(tmp_path, "a.pdf", made.a_pdf(first, second))
    assert [(piece.part, piece.text) for piece in brought.pieces] == [
        ("title", "Brushing teeth"),
        ("short", "Start with the first tooth, and go on. [@CNDENT]"),
        ("do", "Brush twice a day. [@CNDENT]"),
        ("do", "Rinse. [@CNDENT]"),
    ]
    assert [(fault.place.kind, fault.place.number) for fault in brought.faults] == [("page", 2)]


def test_nothing_of_the_operator_reaches_the_process_that_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.curation import reading_process

    seen = {}
    run = reading_process.subprocess.run

    def noting(*words: object, **options: object) -> object:
        seen.update(options)
        return run(*words, **options)

    monkeypatch.setenv("QIHUI_TELEGRAM_TOKEN", "sekret")
    monkeypatch.setattr(reading_process.subprocess, "run", noting)
    read(tmp_path, "a.csv", made.a_csv())
    assert "sekret" not in str(seen)


def test_too_many_and_too_large_files_are_refused_before_they_are_read(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(50_000_001)
    for files, key in (([], "no_file"), ([("a", large)], "too_large"), ([("a", large)] * 1_001, "files")):
        with pytest.raises(Refusal) as caught:
            read_outside_files(files)
        assert caught.value.phrase == f"refused.import_{key}"


def test_every_fault_is_said_in_chinese() -> None:
    missing = []
    for file in sorted((REPOSITORY / "bot" / "curation").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            for sentence in _sentences(node):
                if not re.search(r"[\u4e00-\u9fff]", in_words(sentence, "zh").replace("6-12个月", "")):
                    missing.append(f"{file.name}: {sentence}")
    assert missing == []


def _sentences(node: ast.AST) -> list[str]:
    """The sentences that are given to `fault`, `_fault` or `Fault`, with a word for every value."""
    values: list[ast.expr] = []
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        values = node.args[-1:] if name in {"fault", "_fault", "Fault"} else []
    texts = []
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            texts.append(value.value)
        elif isinstance(value, ast.JoinedStr):
            texts.append("".join(part.value if isinstance(part, ast.Constant) else "VALUE" for part in value.values))
    return texts


def test_the_header_of_the_templates_is_the_one_that_is_read() -> None:
    from bot.curation.imported_table import COLUMNS

    assert COLUMNS["zh"] == HEADER


def test_what_is_wrapped_for_a_page_is_joined_as_it_was(shipped: Shipped) -> None:
    """No width makes a line of the guide read otherwise, or look like a heading, a bullet or an age band."""
    texts = [
        statement.text
        for entry in list(shipped.guide.entries.values())[::6]
        for _, side in entry.sides
        for statement in side.statements()
    ]
    for text in [*texts, "单子写“远视”“散光”，体温到38℃……吃", "what to do and what not to Do"]:
        for width in (23, 40):
            lines = wrapped(text, width, len)
            assert reduce(joined, lines) == text
            assert not [line for line in lines[1:] if part_named(line) or line.startswith(("- ", "#", "•"))]
