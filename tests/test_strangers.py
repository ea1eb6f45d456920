"""A stranger sends every command, and presses every button that a family was ever shown: nothing is seen or changed.

The buttons are gathered by walking through the family's own pages, so a new page is in this test without being named.
"""

import re
from collections import deque

import pytest

from bot.conversation import pictures
from bot.conversation.conversation import Conversation
from bot.conversation.render import RenderedReply
from bot.conversation.router import COMMANDS
from bot.database import Database
from bot.families.family_export import family_copy
from bot.questions.asking import Asking
from tests.conftest import KEYS, FixedClock
from tests.households import a_visit
from tests.talk import Parent

ENDS_IT = re.compile(r"^(forget:yes|child:erase_yes|share:leave_yes|share:out_yes|consent:take|display:|l:|data:)")
"""Buttons that the family does not press in this walk; the stranger presses them too."""

MOST_PAGES = 400


@pytest.fixture
def conversation(database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    """A conversation that knows spelling only, for speed."""
    url = "https://qihui.example.org"
    return Conversation(database, quick_asking, clock, b"secret of the tests", KEYS, "qihui_bot", url)


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second for every picture is too long here; its mark says that one would have been sent."""
    monkeypatch.setitem(pictures.DRAWINGS, "growth", lambda _values: b"PNG")


@pytest.fixture
def mother(conversation: Conversation) -> Parent:
    """A mother of a girl, with one record of each kind."""
    parent = Parent(conversation, "mother").says("/children").presses("同意：用月龄").presses("同意：日子和提醒")
    parent.presses("加一个宝宝").says("豆豆苗").says("2026-01-15").presses("足月").presses("想看生长曲线").presses(
        "女孩"
    )
    parent.says("/calendar").presses("记打过的").says("乙肝 1月15日\n卡介苗 1月16日").presses("都对")
    parent.says("/calendar").presses("8月龄体检" if "8月龄体检" in parent.labels else "这个月")
    parent.says("/growth").says("8.5kg 70cm 头围44").says("/milestones").presses("对一对")
    while "没有" in parent.labels:
        parent.presses("没有")
    parent.says("/invite").presses("只看")
    return parent


def data_of(replies: list[RenderedReply]) -> list[str]:
    return [button.data for reply in replies for row in reply.buttons for button in row]


def shape(data: str) -> str:
    """A button without its ids and days: one of each kind is enough for the walk."""
    return re.sub(r"[0-9a-f]{16}|\d+", "#", data)


def walk(parent: Parent) -> dict[str, str]:
    """Every kind of button that the family is shown, by its shape."""
    found: dict[str, str] = {}
    waiting: deque[str] = deque()

    def gather() -> None:
        for data in data_of(parent.replies):
            if shape(data) not in found:
                found[shape(data)] = data
                waiting.append(data)

    for command in COMMANDS:
        if command != "forget":
            parent.says(f"/{command}")
            gather()
    pressed = 0
    while waiting and pressed < MOST_PAGES:
        data = waiting.popleft()
        if ENDS_IT.match(data):
            continue
        pressed += 1
        parent._sends("button", data)
        gather()
    return found


def everything(parent: Parent, clock: FixedClock) -> object:
    with parent.conversation._database.transaction() as session:
        key = next(iter(session.connection().exec_driver_sql("SELECT chat_key FROM caregiver").scalars()))
        tables = ("dose", "checkup_visit", "measurement", "screening", "child", "consent", "caregiver", "calendar_feed")
        rows = {table: session.connection().exec_driver_sql(f"SELECT * FROM {table}").all() for table in tables}
        return family_copy(a_visit(session, clock, key, KEYS)), {
            name: sorted(map(str, of)) for name, of in rows.items()
        }


def test_no_command_and_no_button_shows_a_stranger_anything(mother: Parent, clock: FixedClock) -> None:
    buttons = walk(mother)
    flows = {data.partition(":")[0] for data in buttons.values()}
    assert {"calendar", "growth", "milestones", "feed", "records", "child", "share", "consent"} <= flows
    assert len(buttons) > 60
    before = everything(mother, clock)
    stranger = Parent(mother.conversation, "stranger")
    for sent in (*(f"/{command}" for command in COMMANDS), *buttons.values()):
        stranger._sends("text" if sent.startswith("/") else "button", sent)
        told = stranger.heard + "".join(stranger.labels)
        files = b"".join(reply.attachment.content for reply in stranger.replies if reply.attachment)
        assert "豆豆苗" not in told, sent
        assert "2026年1月15日" not in told, sent
        assert not re.search("豆豆苗|2026-01-15|HepB|VEVENT|PNG".encode(), files), sent
    stranger.says("豆豆苗该打什么疫苗").says("疫苗,日期\n麻腮风,2026-09-20").says("体重8.5kg").says("QH-AAAAA-AAAAA")
    assert "豆豆苗" not in stranger.heard
    assert everything(mother, clock) == before


def test_a_reader_changes_nothing_by_any_button(mother: Parent, clock: FixedClock) -> None:
    code = re.search(r"QH-\w{5}-\w{5}", mother.says("/invite").presses("只看").heard)[0]
    reader = Parent(mother.conversation, "reader").says(code)
    buttons = walk(mother)
    _, before = everything(mother, clock)
    for data in buttons.values():
        if not data.startswith(("share:leave_yes", "share:kin", "forget:yes", "feed:")):  # of the reader's own
            reader._sends("button", data)
    _, after = everything(mother, clock)
    assert after == before
