"""The start page, the staff's chat and `qihui status` tell of the same alarms in the same words."""

import html
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from bot.admin.page_call import House
from bot.cli import app
from bot.conversation.phrases import phrase
from bot.curation.curation_rows import GuideStateRow, GuideTopicRow
from bot.curation.entry_form import Texts
from bot.database import Database
from bot.indicators.answer_watch import watched
from bot.outreach.alarms import Alarm, alarms
from bot.outreach.outreach_rows import OutgoingRow
from bot.outreach.watching import tell_staff
from bot.questions.asking import Asking
from bot.questions.question_log import QuestionRow
from bot.tickets.ticket_desk import late_tickets
from bot.tickets.ticket_rows import TicketRow
from knowledge.load import Shipped
from tests.announce_town import hidden
from tests.conftest import KEYS, FixedClock
from tests.counselling import HOURS
from tests.curation_stage import TOPIC
from tests.staff_browser import StaffBrowser, a_house, quick_passwords, someone

NEWER = {"ticket_urgent", "index_stale", "similarity_falling", "reviews_past"}


@pytest.fixture
def house(
    database: Database,
    clock: FixedClock,
    sampled: Shipped,
    quick_asking: Asking,
    file_texts: dict[str, Texts],
    monkeypatch: pytest.MonkeyPatch,
) -> House:
    """A house in which everything that the newer alarms look at has gone wrong some days ago."""
    quick_passwords(monkeypatch)
    made = a_house(database, clock, sampled, quick_asking, {TOPIC: file_texts[TOPIC]})
    long_ago = datetime(2026, 11, 20, tzinfo=UTC)
    with database.transaction() as session:
        someone(session, made, "admin", "administrator")
        topic, state = session.get_one(GuideTopicRow, TOPIC), session.get_one(GuideStateRow, 1)
        topic.review_by, state.counter, state.raised_at = date(2026, 1, 1), 3, long_ago
        ticket = TicketRow(
            id="abcdef0123456789", chat_key="c", language="zh", state="waiting", urgency="go_now", consent=1,
            asked_at=long_ago, waits_since=long_ago, changed_at=long_ago,
        )  # fmt: skip
        session.add_all([topic, state, ticket, *questions(clock)])
    return made


def questions(clock: FixedClock) -> list[QuestionRow]:
    """A month of sure answers, and days of unsure ones."""
    return [
        QuestionRow(
            chat_key="c",
            asked_at=clock.now() - timedelta(days=days),
            channel="web",
            language="zh",
            text="x",
            decision="answer",
            urgency="none",
            topics="[]",
            confidence=confidence,
            edition="e",
        )
        for days, confidence in ((20, 0.9), (2, 0.5))
        for _ in range(60)
    ]


def standing(house: House) -> list[Alarm]:
    now = house.clock.now()
    with house.database.reading() as session:
        return alarms(watched(session, now, house.clock.today(), late_tickets(session, HOURS, now)))


def test_page_chat_and_command_tell_the_same(
    house: House, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = standing(house)
    assert {alarm.name for alarm in known} == NEWER
    page = html.unescape(StaffBrowser(house).signs_in("admin").opens("/").page.text)
    for alarm in known:
        assert phrase(f"alarm.{alarm.name}", "zh", alarm.values) in page
    with house.database.transaction() as session:
        tell_staff(
            session, KEYS, [hidden("staff")], clock.now(), clock.today(),
            lambda held, at: watched(held, at, clock.today(), late_tickets(held, HOURS, at)),
        )  # fmt: skip
        told = session.exec(select(OutgoingRow.subject).where(OutgoingRow.kind == "staff")).all()
        assert {subject.split(":")[1] for subject in told} == NEWER
        for row in session.exec(select(OutgoingRow)).all():  # sealed with the keys of the tests
            session.delete(row)
    monkeypatch.setenv("QIHUI_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("QIHUI_DATABASE_URL", house.database.url)
    done = CliRunner().invoke(app, ["status", "--json"])
    assert done.exit_code == 1, done.output
    assert {alarm["name"] for alarm in json.loads(done.stdout)["alarms"]} >= NEWER
