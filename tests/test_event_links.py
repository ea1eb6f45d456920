"""A booking is taken along as a calendar file that follows the event, and an event is passed on as a link."""

from datetime import timedelta

import pytest

from bot.conversation.conversation import Conversation
from bot.database import Database
from bot.events.events import cancel_event, move, publish
from bot.ical import read_calendar
from bot.questions.asking import Asking
from tests.booking_parents import fill, only_booking, with_child
from tests.conftest import KEYS, FixedClock
from tests.event_builders import NOW, START, an_event, at
from tests.talk import Parent


@pytest.fixture
def conversation(database: Database, quick_asking: Asking, clock: FixedClock) -> Conversation:
    return Conversation(database, quick_asking, clock, b"secret of the tests", KEYS, "qihui_bot")


@pytest.fixture
def parent(conversation: Conversation) -> Parent:
    return Parent(conversation)


def test_a_booking_can_be_taken_along_and_shared(parent: Parent, database: Database) -> None:
    event = an_event(database, bring="围兜和小勺")
    with_child(parent).says("/events").presses("报名1").presses("确认报名")
    assert "要带：围兜和小勺" in parent.heard
    assert "uri.amap.com/search?keyword=" in parent.heard, "no map was given: it is looked for"
    own = parent.replies
    parent.presses("存进手机日历")
    file = parent.replies[0].attachment
    assert b"DTSTART:20261128T020000Z" in file.content
    assert "豆豆" not in file.content.decode()
    parent.replies = own
    parent.presses("转给别人")
    assert f"https://t.me/qihui_bot?start=event_{event}" in parent.heard
    other = Parent(parent.conversation, "friend").says(f"/start event_{event}")
    assert "辅食第一口" in other.heard


@pytest.mark.parametrize(
    ("changes", "cancelled", "passes", "words"),
    [
        ({}, True, {}, "这场活动取消了"),
        ({}, False, {"days": 4, "hours": 1}, "已经开始或结束"),
        ({}, False, {"days": 5}, "这场活动已经结束了"),
        ({"closes_at": NOW + timedelta(minutes=5)}, False, {"minutes": 10}, "报名已经截止了"),
        ({"capacity": 1}, False, {}, "满了，可以排队"),
    ],
)
def test_a_link_to_an_event_that_cannot_be_booked_says_so(
    parent: Parent, database: Database, clock: FixedClock, changes, cancelled: bool, passes, words: str
) -> None:
    event = an_event(database, **changes)
    if "capacity" in changes:
        fill(database, event, 1)
    if cancelled:
        at(database, cancel_event, event)
    clock.passes(**passes)
    assert words in parent.says(f"/start event_{event}").heard
    assert "报名" not in parent.labels, "a full one offers the list alone"
    draft = an_event(database, code="draft", status="draft")
    assert "没找到这场活动" in parent.says(f"/start event_{draft}").heard
    assert "没找到这场活动" in parent.says("/start event_0123456789abcdef").heard


def test_the_web_link_stands_beside_the_one_of_telegram(database: Database, quick_asking: Asking, clock) -> None:
    event = an_event(database)
    for public_url, here_only, shown in (
        ("https://seven.example", False, True),
        ("http://127.0.0.1:8080", True, False),
    ):
        conversation = Conversation(
            database, quick_asking, clock, b"secret", KEYS, "qihui_bot", public_url=public_url, here_only=here_only
        )
        told = Parent(conversation).says(f"/start event_{event}").presses("转给别人").heard
        assert (f"{public_url}/e/{event}" in told) is shown
        assert f"https://t.me/qihui_bot?start=event_{event}" in told


def test_a_saved_booking_changes_in_the_calendar_as_the_event_does(parent: Parent, database: Database) -> None:
    """The same entry with a higher number: calendars take the newer one, and show what is off as cancelled."""
    event = an_event(database)
    with_child(parent).says("/events").presses("报名1").presses("确认报名")
    with database.transaction() as session:
        booking = only_booking(session)

    def saved():
        parent.presses_data(f"event:ics:{booking}")
        (entry,) = read_calendar(parent.replies[0].attachment.content)
        return entry

    first = saved()
    at(database, move, event, START + timedelta(days=1), START + timedelta(days=1, hours=2))
    moved = saved()
    at(database, cancel_event, event)
    off = saved()
    assert "划掉" in parent.heard
    at(database, publish, event)
    again = saved()
    assert len({one.uid for one in (first, moved, off, again)}) == 1
    assert first.sequence < moved.sequence < off.sequence < again.sequence
    assert [one.cancelled for one in (first, moved, off, again)] == [False, False, True, False]
    assert (moved.starts - first.starts) == timedelta(days=1)
