"""Tables of records are read row by row, in the forms people have them; what was written out reads back the same."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.care.record_files import csv_file, json_file
from bot.care.record_import import plan_import
from bot.care.record_rows import ReadRow, UnreadRow, read_rows
from bot.care.record_table import MOST_BYTES, MOST_ROWS, cut_table, is_record_table, text_of
from bot.care.record_values import STANCES, DoseEntry, Record, VisitEntry
from bot.conversation.phrases import phrase
from bot.errors import Refusal
from bot.families.child import Child
from knowledge.load_calendars import load_calendars
from knowledge.topics import LANGUAGES

TODAY, BORN = date(2026, 11, 24), date(2026, 1, 15)
CASES = yaml.safe_load((Path(__file__).parent / "cases" / "record_rows.yaml").read_text(encoding="utf-8"))
CALENDARS = load_calendars()
CHILD = Child("c" * 16, "f" * 16, "豆豆", BORN)


def rows_of(text: str) -> list[ReadRow | UnreadRow]:
    return list(read_rows(cut_table(text), CALENDARS, BORN, TODAY, "zh"))


def plain(record: Record) -> list[object]:
    if isinstance(record, DoseEntry):
        return ["dose", record.code, record.how, record.on, record.dose]
    return ["visit", record.code, record.how, record.on, record.number]


def refused(text: str | bytes) -> str:
    with pytest.raises(Refusal) as caught:
        cut_table(text_of(text) if isinstance(text, bytes) else text)
    assert all(phrase(caught.value.phrase, language, caught.value.values) for language in LANGUAGES)
    return caught.value.phrase


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_table_is_read_row_by_row(case: dict) -> None:
    assert is_record_table(case["table"])
    rows = rows_of(case["table"])
    assert [plain(row.record) for row in rows if isinstance(row, ReadRow)] == case.get("read", [])
    unread = [row for row in rows if isinstance(row, UnreadRow)]
    assert [[row.line, row.why.key] for row in unread] == case.get("unread", [])
    for row in unread:
        for language in LANGUAGES:
            assert "{" not in phrase(row.why.key, language, row.why.values)


@st.composite
def records(draw: st.DrawFn) -> Record:
    if draw(st.booleans()):
        code = draw(st.sampled_from(sorted(CALENDARS.schedule.series)))
        how = draw(st.sampled_from(("given", "booked", *STANCES)))
        number = None if how == "given" else draw(st.integers(1, 9))
    else:
        visit = draw(st.sampled_from(CALENDARS.checkups.visits))
        code, number = visit.code, visit.n
        how = draw(st.sampled_from(("given", "booked", *STANCES)))
    on = {"given": draw(st.dates(BORN, TODAY)), "booked": draw(st.dates(TODAY, date(2028, 1, 1)))}.get(how)
    return DoseEntry(code, how, on, number) if code in CALENDARS.schedule.series else VisitEntry(code, how, on, number)


@given(st.lists(records(), min_size=1, max_size=12, unique_by=str), st.sampled_from(LANGUAGES))
def test_what_was_written_out_reads_back_the_same(written: list[Record], language: str) -> None:
    for file in (csv_file(written, CALENDARS, language), json_file(written, CALENDARS, language)):
        rows = rows_of(text_of(file.content))
        assert sorted(str(plain(row.record)) for row in rows) == sorted(str(plain(one)) for one in written)
        again = plan_import(rows, CHILD, written, CALENDARS, TODAY, "zh")
        assert (again.fresh, again.refused) == ((), ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_table_that_a_spreadsheet_saved_again_is_read(encoding: str) -> None:
    (row,) = rows_of(text_of("疫苗,日期\r\n卡介苗,2026/1/16\r\n".encode(encoding)))
    assert plain(row.record) == ["dose", "BCG", "given", date(2026, 1, 16), None]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "import.no_table"), ("hello", "import.no_table"), ("a,b\n1,2", "import.no_table"), ("code,on\n", "import.empty"),
        ("{", "import.broken"), ("[1]", "import.no_table"), ('{"records": 1}', "import.no_table"), ("[" * 5000, "import.no_table"),
        ('[{"on": 1e999999}]'.replace("1e999999", "1" * 5000), "import.no_table"), (b"\x89PNG\x00\x01", "import.no_table"),
        (b"\xff\xfe\x00", "import.no_table"), (b"code,on\n" + b"x" * MOST_BYTES, "import.too_large"),
        ("code,on\n" + "HepB,2026-01-15\n" * (MOST_ROWS + 1), "import.too_long"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_one_sentence(text: str | bytes, why: str) -> None:
    assert refused(text) == why


@given(st.text(max_size=80))
def test_any_text_is_cut_and_read_without_a_fault(text: str) -> None:
    is_record_table(text)
    for whole in (text, f"code,on,status,number\n{text}", f'[{{"code": "{text}", "on": "{text}"}}]'):
        try:
            rows = rows_of(whole)
        except Refusal:
            continue
        assert all(isinstance(row, ReadRow | UnreadRow) for row in rows)


@pytest.mark.parametrize(
    "text", ["宝宝发烧怎么办", "8.5kg 70cm", "乙肝 2026-01-15", "{", "[name]", "日期", "疫苗,日期怎么看"]
)
def test_what_people_say_is_no_table(text: str) -> None:
    assert not is_record_table(text)


def test_a_plan_tells_new_from_known_from_passed_from_untrue() -> None:
    table = "code,number,status,on\nHepB,,,2026-01-15\nBCG,,,2026-01-16\nBCG,,,2026-01-16\nMMR,1,booked,2026-10-01\nMMR,,,2025-01-01\nMMR,,,2027-01-01\nm12,1,booked,2025-01-01"
    plan = plan_import(rows_of(table), CHILD, [DoseEntry("HepB", "given", BORN, None)], CALENDARS, TODAY, "en")
    assert [row.line for row in plan.fresh] == [3]
    assert [row.line for row in plan.known] == [2, 4]
    assert [row.line for row in plan.passed] == [5]
    assert [row.line for row in plan.refused] == [6, 7, 8]
