"""The figures: the table of cases for each indicator; what is counted of a town on both databases; consent withdrawn."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from fontTools.ttLib import TTFont
from openpyxl import load_workbook
from sqlmodel import select

from bot.admin.indicator_pages import drawn, shown_report
from bot.admin.page_call import House
from bot.admin.staff_accounts import by_login
from bot.admin.staff_words import staff_catalogue, word
from bot.audit_log import changes_noted
from bot.care.growth_chart import FONT
from bot.database import Database
from bot.demo_town import fill_town
from bot.errors import Misconfigured
from bot.families.family_rows import ConsentRow, FamilyRow
from bot.indicators import counted_rows as rows
from bot.indicators.counting import Beside, count_town
from bot.indicators.estimate_file import made_up_estimates, read_estimates
from bot.indicators.figures import INDICATORS, Figure, Report, bounds_of, quarter_of, report_of
from bot.indicators.indicator_pictures import PICTURES
from bot.indicators.indicator_rules import report_for
from bot.indicators.nightly_count import count_indicators
from bot.indicators.question_figures import topics_asked, weeks_of
from bot.indicators.report_rows import kept_quarters, kept_report
from bot.questions.asking import Asking
from knowledge.districts import DISTRICTS
from knowledge.load import Shipped
from knowledge.topics import LANGUAGES
from tests.conftest import KEYS, FixedClock
from tests.staff_browser import StaffBrowser, a_house, quick_passwords, someone

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "indicators.yaml").read_text(encoding="utf-8"))
TODAY = date(2026, 11, 24)
MADE: dict[str, tuple[type, Callable[[int], dict[str, Any]]]] = {
    "households": (rows.Household, lambda n: {"id": f"f{n}"}),
    "carers": (rows.Carer, lambda n: {"chat": f"c{n}", "family": f"f{n}"}),
    "infants": (rows.Infant, lambda n: {"family": f"f{n}"}),
    "doses": (rows.DosesDue, lambda n: {"family": f"f{n}"}),
    "questions": (rows.AskedOnce, lambda n: {"chat": f"c{n}", "on": TODAY}),
    "events": (rows.EventSeen, lambda _n: {}),
    "bookings": (rows.BookingSeen, lambda n: {"family": f"f{n}"}),
    "useful": (rows.SaidUseful, lambda n: {"family": f"f{n}"}),
    "places": (rows.PlaceSeen, lambda _n: {}),
    "tickets": (rows.TicketWait, lambda n: {"chat": f"c{n}"}),
}
WORDINGS = {"feeding.breast": ["奶不够怎么办"], "vaccine.fever": ["打完针发烧"], "emergency.choking": ["噎住了"]}


def town_of(case: dict[str, Any]) -> rows.Town:
    values: dict[str, Any] = {"families": case.get("families", 0)}
    for name, (made, own) in MADE.items():
        listed = [(fields, times) for times, fields in case.get(name, ())]
        every = [fields for fields, times in listed for _ in range(times)]
        if name in case:
            values[name] = tuple(made(**own(number), **fields) for number, fields in enumerate(every))
    return rows.Town(**values)


def written(one: Figure) -> Any:
    if one.kind == "median":
        return "-" if one.value is None else one.value
    if one.kind == "count":
        return "-" if one.whole is None else one.whole
    if one.kind == "plain" and one.whole is None:
        return one.part
    return f"{'-' if one.part is None else one.part}/{'none' if one.whole is None else one.whole}"


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_figure_is_counted_as_its_row_says(case: dict[str, Any]) -> None:
    report = report_for("2026Q4", town_of(case), TODAY)
    found = {name: written(report.figure(*name.split("."))) for name in case["expect"]}
    assert found == case["expect"]


def test_every_indicator_of_the_report_stands_there_even_when_nothing_was_counted() -> None:
    report = report_for("2026Q4", rows.Town(), TODAY)
    assert {one.section for one in report.figures} >= set(INDICATORS)
    assert all(one.part is None for one in report.figures if one.kind in {"share", "count"})
    assert len({(one.section, one.name) for one in report.figures}) == len(report.figures)
    assert report.figure("people", "no_tickets").kind == "not_counted"


def test_a_figure_has_words_for_itself_and_its_denominator_in_both_languages() -> None:
    with_tickets = report_for("2026Q4", rows.Town(tickets=()), TODAY)
    for report in (report_for("2026Q4", rows.Town(), TODAY), with_tickets):
        for language in LANGUAGES:
            for one in report.figures:
                assert word(f"figure.{one.section}.{one.name}", language)
                assert word(f"denominator.{one.denominator}", language)
                assert word(f"section.{one.section}", language)


def test_resident_children_stand_beside_the_reached_ones_with_their_source() -> None:
    homes = tuple(
        rows.Household(f"f{n}", "黄浦区" if n < 30 else "徐汇区", children=1, reached=True) for n in range(70)
    )
    report = report_for("2026Q4", rows.Town(households=homes, estimates=made_up_estimates()), TODAY)
    figure = report.figure("A5", "reached_children")
    assert (figure.part, figure.whole) == (70, sum(one.children for one in made_up_estimates()))
    shown = {cell.name: cell.part for cell in figure.by_district if cell.part is not None}
    assert shown == {"黄浦区": 30, "徐汇区": 40}
    assert "made up" in report.estimate


def test_estimates_are_refused_by_line_with_what_to_write() -> None:
    good = {"district": "浦东", "children": "120000", "source": "统计年鉴2025"}
    assert read_estimates([good], "x.csv")[0].district == "浦东新区"
    for bad, said in (
        ({"district": "苏州"}, "no district"), ({"children": "many"}, "whole number"), ({"source": ""}, "source is empty"),
    ):  # fmt: skip
        with pytest.raises(Misconfigured, match=f"line 3.*{said}"):
            read_estimates([good, good | {"district": "徐汇区"} | bad], "x.csv")
    with pytest.raises(Misconfigured, match="twice"):
        read_estimates([good, good], "x.csv")


def test_topics_are_listed_from_ten_chats_on_and_compared_with_the_quarter_before() -> None:
    def asked(topic: str, chats: int) -> list[rows.AskedOnce]:
        return [rows.AskedOnce(f"{topic}{n}", TODAY, topic, "answer") for n in range(chats)]

    lines = topics_asked(
        [*asked("a", 10), *asked("b", 9), *asked("c", 30)], [*asked("a", 9), *asked("c", 12), *asked("d", 40)]
    )
    assert [(one.topic_id, one.asked, one.before) for one in lines] == [("c", 30, 12), ("a", 10, None)]
    one_chat = [rows.AskedOnce("same", TODAY, "a", "answer")] * 50
    assert topics_asked(one_chat, []) == ()
    weeks = weeks_of(asked("a", 11), date(2026, 11, 10), TODAY)
    assert [(week.on.isoformat(), week.answer) for week in weeks] == [
        ("2026-11-09", None), ("2026-11-16", None), ("2026-11-23", 11),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "quarter", "first", "after"),
    [
        (date(2026, 1, 1), "2026Q1", date(2026, 1, 1), date(2026, 4, 1)),
        (date(2026, 9, 30), "2026Q3", date(2026, 7, 1), date(2026, 10, 1)),
        (date(2026, 12, 31), "2026Q4", date(2026, 10, 1), date(2027, 1, 1)),
    ],
)
def test_quarters(day: date, quarter: str, first: date, after: date) -> None:
    assert quarter_of(day) == quarter
    assert bounds_of(quarter) == (first, after)


def a_town(database: Database, clock: FixedClock, families: int = 160) -> Beside:
    fill_town(database, KEYS, clock.now(), WORDINGS, families, events=32)
    return Beside(clock.zone)


def test_a_made_up_town_is_counted_alike_on_both_databases_and_says_so(
    any_database: Database, clock: FixedClock
) -> None:
    beside = a_town(any_database, clock)
    assert count_indicators(any_database, KEYS, clock.now(), beside) == {"quarters": 2}
    with any_database.reading() as session:
        assert kept_quarters(session) == ["2026Q4", "2026Q3"]
        report, counted_at = kept_report(session, "2026Q4")
        before, _ = kept_report(session, "2026Q3")
    assert counted_at == clock.now()
    assert report.demo
    assert (report.final, before.final) == (False, True)
    registered = report.figure("families", "registered").whole
    assert 80 < registered < 160, "only those who agreed are counted"
    assert before.figure("families", "registered").whole < registered, "who came later is not in an earlier quarter"
    for section, name in (("A5", "reached"), ("questions", "answered"), ("doses", "on_time")):
        assert report.figure(section, name).part, f"{section} {name}"
    assert report.figure("attendance", "came").whole
    assert report_of(report.to_plain()) == report
    assert count_indicators(any_database, KEYS, clock.now(), beside) == {"quarters": 1}, "a final quarter stays"


def test_a_family_that_takes_consent_back_is_counted_no_more(database: Database, clock: FixedClock) -> None:
    beside = a_town(database, clock)
    with database.transaction() as session:
        full = count_town(session, KEYS, "2026Q4", clock.now(), beside)
        gone = full.households[0].id
        chats = {one.chat for one in full.carers if one.family == gone}
        given = select(ConsentRow).where(ConsentRow.family_id == gone, ConsentRow.purpose == "statistics")
        session.exec(given).one().withdrawn_at = clock.now()
        session.flush()
        less = count_town(session, KEYS, "2026Q4", clock.now(), beside)
    assert len(less.households) == len(full.households) - 1
    assert less.families == full.families
    for listed in (less.households, less.carers, less.infants, less.doses, less.questions, less.bookings):
        assert not any(gone in {getattr(one, "id", ""), getattr(one, "family", "")} for one in listed)
        assert not any(getattr(one, "chat", "") in chats for one in listed)


def test_the_made_up_town_refuses_a_database_that_holds_families(database: Database, clock: FixedClock) -> None:
    with database.transaction() as session:
        session.add(FamilyRow(id="f" * 16, created_at=clock.now()))
    with pytest.raises(Misconfigured, match="1 families and 0 questions that may be real; nothing was written"):
        a_town(database, clock, 50)
    with database.reading() as session:
        assert len(session.exec(select(FamilyRow)).all()) == 1


def test_the_made_up_town_is_filled_once(database: Database, clock: FixedClock) -> None:
    a_town(database, clock, 50)
    with pytest.raises(Misconfigured, match="already"):
        a_town(database, clock, 50)


def test_the_pictures_font_has_every_character_of_their_words(shipped: Shipped) -> None:
    known = set(TTFont(FONT).getBestCmap())
    said = [text for key, text in staff_catalogue()["zh"].items() if key.startswith("picture.")]
    said += [topic.zh for topic in shipped.guide.topics.values()] + [zh for zh, _ in DISTRICTS]
    assert {sign for text in said for sign in text if ord(sign) not in known} == set()


@pytest.fixture
def house(
    database: Database, clock: FixedClock, sampled: Shipped, quick_asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> House:
    quick_passwords(monkeypatch)
    return a_house(database, clock, sampled, quick_asking, {})


def signed_in(house: House, role: str) -> StaffBrowser:
    with house.database.transaction() as session:
        if by_login(session, f"{role}1") is None:
            someone(session, house, f"{role}1", role)
    return StaffBrowser(house).signs_in(f"{role}1")


def test_the_dashboard_the_printed_report_and_the_table(house: House, clock: FixedClock) -> None:
    editor = signed_in(house, "editor")
    assert "还没有数过" in editor.opens("/indicators").text
    assert "演示数据" not in editor.text
    count_indicators(house.database, KEYS, clock.now(), a_town(house.database, clock))
    for path in ("/", "/guide", "/indicators", "/sign-in"):
        assert "都是编出来的" in editor.opens(path).text, path
    page = editor.opens("/indicators?quarter=2026Q3").text
    assert "同意统计的登记家庭" in page
    assert "不满十户" in page
    for name in PICTURES:
        editor.opens(f"/indicators/2026Q3/{name}.svg")
        assert editor.page.headers["content-type"] == "image/svg+xml"
        assert editor.page.text.count("<path") > 20
    printed = editor.opens("/indicators/2026Q3/report").text
    assert "都是编出来的" in printed
    assert "统计方法" in printed
    assert "暂时的" not in printed
    assert "暂时的" in editor.opens("/indicators/2026Q4/report").text
    editor.opens("/indicators/2026Q3/report.xlsx")
    book = load_workbook(BytesIO(editor.page.content))
    assert book.sheetnames == ["统计方法", "指标", "问得最多的主题", "每周提问"]
    with house.database.transaction() as session:
        noted = [(one.who, one.action, one.subject) for one in changes_noted(session, action="indicators")]
    assert noted == [
        ("editor1", "indicators.xlsx", "2026Q3"), ("editor1", "indicators.printed", "2026Q4"),
        ("editor1", "indicators.printed", "2026Q3"),
    ]  # fmt: skip
    assert "没有这个季度的数" in editor.opens("/indicators/2019Q1/report").text


def test_a_reader_sees_and_takes_nothing_out_and_an_organiser_sees_nothing(house: House, clock: FixedClock) -> None:
    count_indicators(house.database, KEYS, clock.now(), a_town(house.database, clock, 60))
    reader = signed_in(house, "reader")
    assert "打印季度报告" not in reader.opens("/indicators").text
    assert reader.opens("/indicators/2026Q4/report").page.status_code == 403
    assert reader.opens("/indicators/2026Q4/report.xlsx").page.status_code == 403
    assert signed_in(house, "organiser").opens("/indicators").page.status_code == 403


def test_the_start_page_says_what_must_be_looked_at(house: House, clock: FixedClock) -> None:
    from bot.questions.question_log import QuestionRow

    editor = signed_in(house, "editor")
    assert "现在没有要马上看的事" in editor.opens("/").text
    with house.database.transaction() as session:
        for number in range(120):
            asked_at = clock.now() - timedelta(days=2 if number < 60 else 20)
            session.add(
                QuestionRow(
                    chat_key=f"{number}",
                    asked_at=asked_at,
                    channel="web",
                    language="zh",
                    text="?",
                    urgency="none",
                    decision="answer",
                    topics="[]",
                    confidence=0.6 if number < 60 else 0.8,
                    edition="x",
                )
            )
    assert "回答的把握平均是0.60，前四周是0.80" in editor.opens("/").text
    with house.database.transaction() as session:
        someone(session, house, "english1", "editor")
        by_login(session, "english1").language = "en"
    english = StaffBrowser(house).signs_in("english1")
    assert "sure to 0.60 on average" in english.opens("/").text


def test_a_report_reads_in_english_without_a_chinese_sign(
    database: Database, clock: FixedClock, shipped: Shipped
) -> None:
    count_indicators(database, KEYS, clock.now(), a_town(database, clock))
    with database.reading() as session:
        report: Report = kept_report(session, "2026Q4")[0]
    show = shown_report(report, "en", shipped.guide.topics)
    texts = [
        figure.title + figure.of + figure.number + figure.empty for _, listed in show.sections for figure in listed
    ]
    texts += [
        cell.name for _, listed in show.sections for one in listed for cells in one.cells.values() for cell in cells
    ]
    assert not re.search(r"[\u4e00-\u9fff]", "".join(texts))
    assert drawn("weeks", report, "en", shipped.guide.topics) == drawn("weeks", report, "en", shipped.guide.topics)
