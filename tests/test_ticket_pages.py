"""The staff's side of tickets: list and clock, claim, answer from the guide, hand over, close, the log, the alarm."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import Session, select

from bot.admin.page_call import House
from bot.audit_log import AuditRow
from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.outreach.alarms import LateTicket, Snapshot
from bot.outreach.outreach_rows import OutgoingRow
from bot.outreach.watching import take_snapshot, tell_staff
from bot.questions.asking import Asking
from bot.tickets.ticket_desk import late_tickets
from bot.tickets.ticket_rows import TicketRow
from knowledge.load import Shipped
from tests.conftest import KEYS, FixedClock
from tests.counselling import HOURS, post, tickets, words
from tests.staff_browser import StaffBrowser, a_house, quick_passwords, someone
from tests.talk import Parent

PAYLOADS = (Path(__file__).parent / "cases" / "script_payloads.txt").read_text(encoding="utf-8").split("\n")


@pytest.fixture
def house(
    database: Database, clock: FixedClock, sampled: Shipped, quick_asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> House:
    quick_passwords(monkeypatch)
    house = a_house(database, clock, sampled, quick_asking, {})
    with database.transaction() as session:
        for login, role in (("li", "counsellor"), ("wang", "counsellor"), ("admin", "administrator")):
            someone(session, house, login, role)
        someone(session, house, "ed", "editor")
    return house


@pytest.fixture
def conversation(house: House, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(house.database, quick_asking, clock, b"secret", KEYS)


@pytest.fixture
def ask(conversation: Conversation, house: House) -> Callable[..., TicketRow]:
    def of(text: str, chat: str = "mother", hint: str = "zh") -> TicketRow:
        known = {row.id for row in tickets(house.database)}
        parent = Parent(conversation, chat, hint).says("/ask")
        if "问一个新问题" in parent.labels:
            parent.presses("问一个新问题")
        parent.says(text).presses("同意，发给" if hint == "zh" else "Agree and send")
        return next(row for row in tickets(house.database) if row.id not in known)

    return of


def now(house: House, ticket: TicketRow) -> TicketRow:
    return next(row for row in tickets(house.database) if row.id == ticket.id)


def does(person: StaffBrowser, house: House, ticket: TicketRow, what: str, **fields: object) -> StaffBrowser:
    path = f"/tickets/{ticket.id}"
    return person.opens(path).posts(f"{path}/{what}", version=now(house, ticket).version, **fields)


def test_urgent_ones_are_on_top_with_their_clock_in_the_hours(house: House, ask: Callable, clock: FixedClock) -> None:
    calm = ask("大宝总推小宝", "a")
    clock.passes(minutes=10)
    urgent = ask("宝宝抽搐了，叫不醒", "b")
    clock.passes(minutes=16)
    page = StaffBrowser(house).signs_in("li").opens("/tickets")
    first, second = (page.text.index(f"T-{one.id[:6].upper()}") for one in (urgent, calm))
    assert first < second
    for told in ("加急：打120", "0小时16分", "0小时26分", "超时", "2 个在等回答，其中1个超时", "工作日09:00到17:00"):
        assert told in page.text
    assert "2 个在等回答，其中1个超时" in page.opens("/").text, "the start page says so too"
    assert "在等回答" not in StaffBrowser(house).signs_in("ed").opens("/").text
    clock.passes(hours=10)
    assert "现在不在上班时间" in page.signs_in("li").opens("/tickets").text


def test_claim_template_answer_and_the_parent_hears_it(
    house: House, ask: Callable, clock: FixedClock, conversation: Conversation
) -> None:
    ticket = ask("长颈鹿不爱刷牙")
    li = StaffBrowser(house).signs_in("li")
    does(li, house, ticket, "claim")
    assert "已认领" in li.text
    assert (now(house, ticket).state, now(house, ticket).claimed_by) == ("claimed", "li")
    guide = house.desk.shipped.guide
    entry = guide.entries["care.teeth"]
    does(li, house, ticket, "template", topic_id="care.teeth", text="您好！")
    assert f"您好！ {entry.zh.short_answer.text[:12]}" in li.text
    assert f"出处：《{guide.sources[entry.sources[0].source_id].title('zh')}》" in li.text
    assert now(house, ticket).state == "claimed", "nothing was sent"
    assert "没有这个主题" in does(li, house, ticket, "template", topic_id="no.such", text="打了半天的字").text
    assert "打了半天的字" in li.text
    assert "还没有写" in does(li, house, ticket, "answer", text="  ").text
    assert "最多能发3000个字" in does(li, house, ticket, "answer", text="字" * 3001).text
    does(li, house, ticket, "answer", text="请先用软毛牙刷。")
    assert "正在发给家长" in li.text
    assert "等着发" in li.text
    [(chat, letter)] = post(house.database, clock)
    assert chat == "mother"
    assert "请先用软毛牙刷" in letter.plain_text
    assert "已发出" in li.opens(f"/tickets/{ticket.id}").text


def test_the_template_is_in_the_parents_language(house: House, ask: Callable) -> None:
    ticket = ask("my toddler hides the toothbrush", hint="en")
    li = StaffBrowser(house).signs_in("li")
    does(li, house, ticket, "template", topic_id="care.teeth")
    assert house.desk.shipped.guide.entries["care.teeth"].en.short_answer.text[:20] in li.text
    assert "用英文回答" in li.text


def test_two_counsellors_do_not_answer_over_each_other(house: House, ask: Callable) -> None:
    ticket = ask("大宝总推小宝")
    li, wang = (StaffBrowser(house).signs_in(login) for login in ("li", "wang"))
    path = f"/tickets/{ticket.id}"
    li.opens(path)
    does(wang, house, ticket, "claim")
    li.posts(f"{path}/answer", version=ticket.version, text="李写的")
    assert "刚有变化" in li.text
    assert "wang已认领" in does(li, house, ticket, "answer", text="李写的").text
    assert "wang已认领" in does(li, house, ticket, "hand-over", to="li").text
    assert "wang已认领" in does(li, house, ticket, "close", reason="x").text
    admin = StaffBrowser(house).signs_in("admin")
    does(admin, house, ticket, "hand-over", to="li", note="王老师今天不在")
    assert "已转交" in admin.text
    assert now(house, ticket).claimed_by == "li"
    assert "王老师今天不在" in li.opens(path).text
    assert "没有这个人" in does(li, house, ticket, "hand-over", to="ed").text, "an editor answers nobody"
    assert now(house, ticket).claimed_by == "li"
    does(li, house, ticket, "hand-over", to="")
    assert (now(house, ticket).state, now(house, ticket).claimed_by) == ("waiting", None)


def test_a_note_between_counsellors_never_reaches_the_parent(
    house: House, ask: Callable, conversation: Conversation, clock: FixedClock
) -> None:
    ticket = ask("大宝总推小宝")
    does(StaffBrowser(house).signs_in("li"), house, ticket, "hand-over", to="wang", note="长颈鹿家的事")
    mother = Parent(conversation, "mother")
    mother.says("/ask").presses("看T-")
    assert "长颈鹿" not in mother.heard
    mother.says("/export")
    assert "长颈鹿" not in mother.replies[0].attachment.content.decode()
    assert post(house.database, clock) == []


def test_closing_without_an_answer_needs_a_reason_that_stays_in_the_log(house: House, ask: Callable) -> None:
    ticket = ask("大宝总推小宝")
    li = StaffBrowser(house).signs_in("li")
    assert "还没有人回答" in does(li, house, ticket, "close").text
    does(li, house, ticket, "close", reason="重复的提问")
    assert (now(house, ticket).state, now(house, ticket).closed_because) == ("closed", "closed")
    assert f"T-{ticket.id[:6].upper()}" in li.opens("/tickets?list=closed").text
    assert "不能这样处理" in does(li, house, ticket, "answer", text="晚了").text


def test_every_step_is_in_the_log_and_no_word_of_it(house: House, ask: Callable) -> None:
    ticket = ask("长颈鹿抽屉里的秘密")
    li = StaffBrowser(house).signs_in("li")
    does(li, house, ticket, "claim")
    does(li, house, ticket, "answer", text="河马的回答")
    does(li, house, ticket, "hand-over", to="wang", note="犀牛的说明")
    does(StaffBrowser(house).signs_in("wang"), house, ticket, "close", reason="说好了")
    with house.database.transaction() as session:
        rows = session.exec(select(AuditRow).where(AuditRow.subject == f"T-{ticket.id[:6].upper()}")).all()
    assert [row.action for row in rows] == ["ticket.claim", "ticket.answer", "ticket.hand_over", "ticket.close"]
    assert json.loads(rows[1].after)["characters"] == 5
    written = "".join(row.before + row.after + row.reason for row in rows)
    assert not [word for word in ("长颈鹿", "河马", "犀牛") if word in written]
    audit = StaffBrowser(house).signs_in("admin").opens("/audit?action=ticket")
    assert "回答家长" in audit.text


def test_the_family_is_masked_and_the_chat_is_not_shown(
    house: House, conversation: Conversation, ask: Callable
) -> None:
    Parent(conversation, "mother").says("/children").presses("同意：用月龄").presses("加一个宝宝").says("豆豆苗")
    ticket = ask("大宝总推小宝")
    li = StaffBrowser(house).signs_in("li")
    for page in (li.opens("/tickets").page.text, li.opens(f"/tickets/{ticket.id}").page.text):
        assert "F-" in page
        assert ticket.chat_key not in page


def test_only_counsellors_and_administrators_read_tickets(house: House, ask: Callable) -> None:
    ticket = ask("大宝总推小宝")
    editor = StaffBrowser(house).signs_in("ed")
    for path in ("/tickets", f"/tickets/{ticket.id}"):
        assert editor.opens(path).page.status_code == 403
    for what in ("claim", "answer", "template", "hand-over", "close"):
        editor.opens("/guide").posts(f"/tickets/{ticket.id}/{what}", version=1, text="x", topic_id="care.teeth")
        assert editor.page.status_code == 403
    assert now(house, ticket).version == ticket.version


def test_script_in_a_parents_words_never_runs(house: House, ask: Callable) -> None:
    payloads = [line for line in PAYLOADS if line and not line.startswith("#")]
    ticket = ask(f"长颈鹿 {' '.join(payloads)}"[:1400])
    page = StaffBrowser(house).signs_in("li").opens(f"/tickets/{ticket.id}").page.text
    assert "<script" not in page
    assert "<img" not in page
    assert dict(words(house.database, ticket.id))["words"].startswith("长颈鹿")


def test_the_alarm_hears_of_what_waits_too_long_and_of_calm_ones_only_in_the_hours(
    house: House, ask: Callable, clock: FixedClock
) -> None:
    urgent, calm = ask("宝宝抽搐了，叫不醒", "b"), ask("大宝总推小宝", "a")

    def late() -> list[LateTicket]:
        with house.database.transaction() as session:
            return late_tickets(session, HOURS, clock.now())

    label = f"T-{urgent.id[:6].upper()}"
    clock.passes(minutes=15)
    assert [(one.label, one.late) for one in late()] == [(label, False)]
    clock.passes(minutes=1)
    assert late() == [LateTicket(label, 16, urgent=True, claimed=False, since=urgent.waits_since)]
    with house.database.transaction() as session:
        today = clock.today()

        def look(within: Session, now: datetime) -> Snapshot:
            return take_snapshot(within, now, late_tickets(within, HOURS, now))

        assert tell_staff(session, KEYS, ["staff chat"], clock.now(), today, look)
        told = session.exec(select(OutgoingRow).where(OutgoingRow.kind == "staff")).all()
    assert [(row.subject, row.lane) for row in told] == [(f"alarm:ticket_urgent:{label}", "urgent")]
    does(StaffBrowser(house).signs_in("li"), house, urgent, "claim")
    assert late() == [], "claimed, it has an hour"
    clock.passes(hours=10)
    assert [one.label for one in late()] == [label], "for the calm one nobody could act"
    clock.passes(hours=14)
    assert [(one.label, one.urgent) for one in late()] == [(label, True), (f"T-{calm.id[:6].upper()}", False)]
