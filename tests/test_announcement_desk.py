"""Announcements in the browser: written, counted, tested, started by one and confirmed by another, paused, reported."""

import re

import pytest

from bot.admin.page_call import House, mask, mask_chat
from bot.admin.staff_words import staff_catalogue
from bot.database import Database
from bot.outreach.announcement import STATES
from bot.outreach.contact import remember_contact
from bot.outreach.outgoing import STATES as FATES
from bot.outreach.staff_chats import keep_staff_chats
from tests.announce_town import Hand, Town
from tests.announce_words import TEXTS, hidden
from tests.conftest import KEYS, FixedClock
from tests.office import an_office, signed_in
from tests.staff_browser import StaffBrowser, quick_passwords

FORM = {**TEXTS, "topic": "announcements", "from_months": "", "to_months": "", "language": "", "attended": ""}


@pytest.fixture
def house(database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> House:
    quick_passwords(monkeypatch)
    return an_office(database, clock, alone_to=1)


@pytest.fixture
def town(database: Database, clock: FixedClock) -> Town:
    return Town(database, clock)


@pytest.fixture
def li(house: House) -> StaffBrowser:
    with house.database.transaction() as session:
        keep_staff_chats(session, KEYS, {hidden("staff"): ("telegram", "1")}, house.clock.now())
    return signed_in(house, "organiser", "li")


def written(li: StaffBrowser, **changes: object) -> str:
    """The path of an announcement."""
    li.opens("/announcements/new").posts("/announcements/new", **FORM | changes)
    return "/announcements/" + re.search(r'/admin/announcements/([0-9a-f]{16})"', li.page.text)[1]


def tried(li: StaffBrowser, town: Town) -> str:
    path = written(li)
    assert "会发到工作人员的1个聊天" in li.opens(f"{path}/test").text
    assert "试发过" in li.posts(f"{path}/test", people="1").text
    return path


def test_two_people_send_it_and_the_report_adds_up(li: StaffBrowser, house: House, town: Town) -> None:
    town.families(3)
    town.mutes(town.family("muted")[0])
    path = written(li)
    assert "现在会发给3个聊天" in li.text
    assert "家长不要这类消息: 1" in li.text
    li.opens(path)
    assert "开始发送" not in li.text, "nothing starts untested"
    assert "还没试发过" in li.posts(f"{path}/start", people="3").text
    li.opens(f"{path}/test").posts(f"{path}/test", people="1")
    assert "现在会发给3个聊天" in li.opens(f"{path}/start").text
    assert "另一位同事确认" in li.text
    town.family("one more")
    assert "现在是4个聊天" in li.posts(f"{path}/start", people="3").text
    assert "请另一位同事来确认" in li.posts(f"{path}/start", people="4").text
    assert "不能自己确认" in li.opens(path).posts(f"{path}/confirm", people="4").text
    second = signed_in(house, "administrator", "zhao")
    assert "确认以后会发给4个聊天" in second.opens(f"{path}/confirm").text
    assert "已排好" in second.posts(f"{path}/confirm", people="4").text
    town.announcing().tend(town.clock.now())
    assert "正在发" in li.opens(path).text
    li.posts(f"{path}/pause", why="错字")
    assert "错字" in li.text
    assert "会继续发给剩下的4个聊天" in li.opens(f"{path}/resume").text
    assert "继续发剩下的" in li.posts(f"{path}/resume", people="4").text
    assert "还没发到的4个聊天不会再收到" in li.opens(f"{path}/cancel").text
    assert "已取消" in li.posts(f"{path}/cancel", people="4").text
    town.announcing().tend(town.clock.now())
    assert "取消了: 4" in li.opens(path).text
    assert "已取消" in li.opens("/announcements").text


def test_a_small_one_is_started_alone_and_later(li: StaffBrowser, town: Town) -> None:
    town.families(1)
    path = tried(li, town)
    assert "已经过了" in li.opens(f"{path}/start").posts(f"{path}/start", people="1", at="2020-01-01T10:00").text
    assert "时间没看懂" in li.posts(f"{path}/start", people="1", at="soon").text
    li.posts(f"{path}/start", people="1", at="2026-11-25T10:00")
    assert "2026-11-25 10:00开始发" in li.text


def test_rewriting_begins_again_and_what_is_wrong_is_kept_in_the_form(li: StaffBrowser, town: Town) -> None:
    town.family("pudong", district="浦东新区")
    town.family("jingan", district="静安区")
    path = tried(li, town)
    assert "语言不对" in li.opens(f"{path}/edit").posts(f"{path}/edit", **FORM | {"zh": "hello"}).text
    assert ">hello</textarea>" in li.page.text
    assert "月龄要在0到" in li.posts(f"{path}/edit", **FORM | {"from_months": "x"}).text
    li.posts(f"{path}/edit", **FORM | {"district": "静安区", "from_months": "2", "to_months": "12"})
    assert "现在会发给1个聊天" in li.text
    assert "有2到12个月的孩子" in li.text
    assert "还没有发给任何人" in li.opens(path).text
    assert 'value="静安区" checked' in li.opens(f"{path}/edit").page.text


def test_nobody_is_tested_on_without_chats_and_nothing_reaches_nobody(li: StaffBrowser, house: House) -> None:
    path = written(li)
    li.opens(f"{path}/test").posts(f"{path}/test", people="1")
    assert "一个家庭也发不到" in li.opens(f"{path}/start").text
    with house.database.transaction() as session:
        keep_staff_chats(session, KEYS, {}, house.clock.now())
    assert "没法试发" in li.opens(f"{path}/test").text
    assert "没有这个通知" in li.opens("/announcements/none").text


def test_the_ledger_says_whether_when_and_why_not(li: StaffBrowser, house: House, town: Town) -> None:
    chat = town.family("told")[0]
    muted = town.family("silent")[0]
    town.started()
    town.announcing().tend(town.clock.now())
    town.clock.passes(minutes=1)
    town.announcing().tend(town.clock.now())
    town.mutes(muted)
    Hand(town).sends()
    town.clock.passes(minutes=1)
    family = mask(house.secret, hidden("told")[:16])
    assert "发到了" in li.opens(f"/ledger?mask={family.lower()}").text
    assert mask_chat(house.secret, chat) in li.text
    assert chat not in li.page.text
    assert "家长不要这类消息" in li.opens(f"/ledger?mask={mask_chat(house.secret, muted)}").text
    assert "没有这个代号" in li.opens("/ledger?mask=F-00000000").text
    with house.database.transaction() as session:
        remember_contact(session, KEYS, hidden("new"), "web", "x", "en", house.clock.now())
    assert "没有给这个聊天主动发过消息" in li.opens(f"/ledger?mask={mask_chat(house.secret, hidden('new'))}").text


def test_states_and_kinds_have_their_words() -> None:
    from bot.care.plan_nudges import KINDS
    from bot.events import booking_notices, event_questions, visit_messages
    from bot.outreach import announcements, watching

    words = staff_catalogue()["zh"]
    kinds = {
        *KINDS,
        *(room.KIND for room in (booking_notices, event_questions, visit_messages, announcements, watching)),
    }
    assert {f"delivery_kind.{kind}" for kind in kinds} <= set(words)
    assert {f"delivery.{state}" for state in FATES} | {f"announcing.{state}" for state in STATES} <= set(words)
    assert {f"announcing_now.{state}" for state in STATES} <= set(words)
